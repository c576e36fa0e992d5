"""Real recorders against a simulated server, held to what a test wants.

`Rig` is a launcher with its archivist, and a loop that carries out `engine.plan`'s actions as
long as a test waits. It looks at the world: processes, ports, files, the server.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.support import values
from tests.support.ports import free_port, free_ports
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.base.clock import SystemClock
from thorsched.cameras.capability import Capability
from thorsched.engine.plan import plan
from thorsched.recording.archive import Archivist
from thorsched.recording.history import Note
from thorsched.recording.launcher import Launcher
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.root import Roots
from thorsched.recording.segments import Described
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import ALWAYS
from thorsched.simulator.server import Simulator
from thorsched.thorvision.ports import is_listening

VGA = Capability.parse("image/jpeg,width=640,height=480,framerate=30/1")
LATENCY = timedelta(milliseconds=300)

_PORTS = 20


class RigClock:
    """The machine's clocks; a test may put the monotonic one forward and stop the wall clock."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._skipped_s = 0.0
        self._stopped: datetime | None = None

    def now(self) -> datetime:
        return self._stopped or self._system.now()

    def monotonic_s(self) -> float:
        return self._system.monotonic_s() + self._skipped_s

    def skip(self, seconds: float) -> None:
        self._skipped_s += seconds

    def stop_wall(self, at: datetime) -> None:
        self._stopped = at


class Rig:
    """The recorders of `simulator`'s cameras `cam0`, `cam1`, ...; a context manager."""

    def __init__(self, simulator: Simulator, root: Path) -> None:
        self.simulator = simulator
        self.root = root
        self.clock = RigClock()
        self.described: list[Described] = []
        self.troubles: list[Trouble] = []
        self.notes: list[Note] = []
        self.ports = free_ports(_PORTS)
        self._wanted: dict[str, Recording] = {}
        self._archivist = Archivist(clock=self.clock, described=self.described.append)
        self._archivist.start()
        self._changed = threading.Event()
        self.roots = Roots()
        self.roots.hold(root)
        self.launcher = Launcher(
            clock=self.clock,
            check_root=self.roots.check,
            changed=self._changed.set,
            closed=self._archivist.take,
            outlives=True,
            noted=self.notes.append,
        )
        self._closed = False

    def recording(self, number: int = 0, *, segment: timedelta = timedelta(hours=1)) -> Recording:
        """Return what camera `number` may be wanted to record."""
        name = next(device.name for device in self.simulator.devices if device.id == number)
        usual = values.recording(
            f"cam{number}",
            of=replace(
                values.source(device_id=number, capability=VGA),
                server=self.simulator.url,
                device_name=name,
            ),
            over=ALWAYS,
        )
        output = replace(values.output(self.root), segment_time=segment)
        return replace(usual, output=output, latency=LATENCY, ports=self.ports)

    def want(self, *recordings: Recording) -> None:
        """Want these and nothing else from now on; `until` acts on it."""
        self._wanted = {recording.camera: recording for recording in recordings}

    def until(self, holds: Callable[[], bool], *, within_s: float = PATIENCE_S) -> None:
        """Hold the recorders to what is wanted until `holds`; fails when that takes too long."""

        def holds_after_a_pass() -> bool:
            self._pass()
            return holds()

        assert eventually(holds_after_a_pass, within_s=within_s), self.launcher.observe()

    def _pass(self) -> None:
        observed = self.launcher.observe()
        for recorder in observed.values():
            if recorder.trouble is not None and recorder.trouble not in self.troubles:
                self.troubles.append(recorder.trouble)
        now_s = self.clock.monotonic_s()
        self.launcher.carry_out(
            plan(self._wanted, observed, now=self.clock.now(), now_s=now_s, views={})
        )

    def recorder(self, number: int = 0) -> Recorder:
        camera = f"cam{number}"
        return self.launcher.observe().get(camera, Recorder(camera))

    def is_in(self, phase: Phase, number: int = 0) -> Callable[[], bool]:
        return lambda: self.recorder(number).phase is phase

    def record(self, *recordings: Recording, at_least_bytes: int = 100_000) -> None:
        """Want these, and wait until each has something on disk."""
        self.want(*recordings)
        self.until(lambda: self._all_record(at_least_bytes))

    def _all_record(self, at_least_bytes: int) -> bool:
        observed = self.launcher.observe()
        return all(
            camera in observed
            and observed[camera].phase is Phase.RECORDING
            and observed[camera].recording == wanted
            and observed[camera].size_bytes >= at_least_bytes
            for camera, wanted in self._wanted.items()
        )

    def processes(self) -> list[psutil.Process]:
        """Return the recorder processes that run, stopped ones included."""
        return [process for process in psutil.Process().children() if _is_recorder(process)]

    def process(self) -> psutil.Process:
        """Return the one recorder process that runs."""
        (process,) = self.processes()
        return process

    def files(self, number: int = 0) -> list[Path]:
        """Return a camera's segments by name, which is by time."""
        return sorted(self.root.glob(f"cam{number}/*/*.mkv"))

    def whole_files(self) -> dict[str, bool]:
        """Return which described files are finalised, by name."""
        return {one.segment.path.name: one.finalised for one in self.described}

    def listening_ports(self) -> list[int]:
        return [port for port in self.ports if is_listening(self.simulator.host, port, 0.5)]

    def streams(self) -> list[int]:
        """Return the ids of the cameras that the server streams."""
        ids = [device.id for device in self.simulator.devices]
        return [number for number in ids if self.simulator.stream(number) is not None]

    def close(self) -> None:
        """End everything in an orderly way; nothing may be left."""
        if self._closed:
            return
        self._closed = True
        self.launcher.close()
        self._archivist.close(patience_s=PATIENCE_S)
        self.roots.close()
        assert self.processes() == []
        assert all(r.phase is Phase.IDLE for r in self.launcher.observe().values())
        assert list(self.root.glob("**/*.part")) == []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _is_recorder(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return "srtclientsrc" in process.cmdline()
    return False


@contextlib.contextmanager
def rig_of(cameras: int, root: Path) -> Iterator[Rig]:
    """Yield a rig of that many cameras."""
    with Simulator(cameras=cameras, port=free_port()) as simulator, Rig(simulator, root) as rig:
        yield rig
