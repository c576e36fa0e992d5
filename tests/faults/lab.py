"""A lab: a simulated server, a file that names its cameras, and the program that records them.

What it recorded is held against what the server really sent. `rig.py` in `tests/recording` is the
same without the program.
"""

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

import psutil

from tests.support.frames import identities, segments, sent_meanwhile
from tests.support.journals import gaps_of
from tests.support.ports import free_port, free_ports
from tests.support.program import Program, program, recorders
from tests.support.waiting import eventually
from thorsched.cameras.capability import Device
from thorsched.catalogue.entries import Gap
from thorsched.recording import checkpoint
from thorsched.recording.trouble import Cause
from thorsched.simulator.sender import QUEUED_FRAMES
from thorsched.simulator.server import Simulator
from thorsched.video import matroska

ALWAYS = "always: true"
_WITHIN_S = 1.0
# How late a busy server's frames were seen to come, and a bit.
_ARRIVES_S = 2.0
# From half a second on a pause is a gap; less by what a float of today's seconds cannot tell.
_PAUSE_S = 0.499
# By as many a simulated camera comes late before it drops them, and one for the seam.
_LATE_FRAMES = QUEUED_FRAMES + 1
_MOST_PORTS = 60
_FILE = """\
timezone: UTC
storage: {{root: {root}, min_free: 1MB}}
segment: {{time: {segment}}}
server: {{url: "{url}", ports: {first}-{last}, latency: {latency}}}
cameras:
{cameras}
schedules: {{pilot: {{cameras: all, {rule}}}}}
"""
_CAMERA = "  cam{0}: {{device: {{id: {0}}}, capability: {1}}}"


class Lab:
    """The cameras `cam0`, `cam1`, ... of `simulator`, which have the ids 0, 1, ..."""

    def __init__(self, simulator: Simulator, directory: Path, *, root: Path | None = None) -> None:
        self.simulator = simulator
        self.directory = directory
        self.file = directory / "recordings.yaml"
        self.root = root or directory / "recordings"
        self.url = simulator.url
        """Where the program finds the server."""
        self.inside: tuple[str, ...] = ()
        """What the program's command begins with."""
        self.environment: dict[str, str] = {}
        """What is added to the program's."""
        self.cameras = [f"cam{device.id}" for device in simulator.devices]
        """Those in the file."""
        self.ports = free_ports(min(4 * len(self.cameras) + 10, _MOST_PORTS))

    def write(
        self,
        rule: str = ALWAYS,
        *,
        segment: str = "2s",
        latency: str = "300ms",
        capability: str = "jpeg 640x480 @30fps",
    ) -> None:
        """Write the file: every camera, by this rule."""
        text = _FILE.format(
            root=self.root,
            segment=segment,
            url=self.url,
            first=self.ports[0],
            last=self.ports[-1],
            latency=latency,
            cameras="\n".join(
                _CAMERA.format(self.device_id(name), capability) for name in self.cameras
            ),
            rule=rule,
        )
        self.file.write_text(text)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Program]:
        """Run the program on the file; nothing of it is left afterwards."""
        with program(
            "run",
            str(self.file),
            *arguments,
            cwd=self.directory,
            inside=self.inside,
            env=self.environment,
        ) as running:
            yield running

    @contextmanager
    def recording(self) -> Iterator[Program]:
        """Run the program, from when every camera has one whole segment and more."""
        with self.running() as running:
            self.await_segments(running, 2)
            yield running

    def await_segments(self, running: Program, count: int) -> None:
        """Wait until each camera has that many files with something in them."""
        for camera in self.cameras:
            what = f"{count} segments of {camera}"
            running.until(partial(self.has_segments, camera, count), what=what)

    def has_segments(self, camera: str, count: int) -> bool:
        return len(self.files(camera)) >= count

    def files(self, camera: str = "cam0") -> list[Path]:
        """Return a camera's segments, in the order of their recording."""
        return segments(self.root, camera)

    def numbers(self, camera: str = "cam0") -> list[int]:
        """Return the numbers of the frames in a camera's files, in order; all must be its own."""
        found = identities(*self.files(camera))
        assert {identity.device_id for identity in found} <= {self.device_id(camera)}
        return [identity.number for identity in found]

    def gaps(self, camera: str = "cam0") -> list[Gap]:
        """Return what the journal says was missed, from a camera's first frame on."""
        return gaps_of(self.root, camera)

    def missed(self, camera: str = "cam0") -> tuple[float, float]:
        """Return when the frames were due between which most are missing, in seconds since 1970."""
        due = [self.due(camera)[number] for number in self.numbers(camera)]
        return max(pairwise(due), key=lambda pair: pair[1] - pair[0])

    def assert_one_gap(self, camera: str, cause: Cause, *, longer_s: float = 0.2) -> Gap:
        """Assert that all that is missing is missing at once, and is what the journal says.

        Every frame that was sent before and after is there once.
        """
        gone, back = self.missed(camera)
        assert back - gone > longer_s, f"{camera}: the fault has cost nothing"
        numbers, due = self.numbers(camera), self.due(camera)
        truth = self.simulator.truth(self.device_id(camera))
        before = [number for number in numbers if due[number] <= gone]
        after = [number for number in numbers if due[number] >= back]
        assert before + after == numbers
        assert before == sent_meanwhile(truth, before), camera
        assert after == sent_meanwhile(truth, after), camera
        (gap,) = self.gaps(camera)
        assert_is(gap, (gone, back))
        assert gap.trouble.cause is cause, gap
        return gap

    def device_id(self, camera: str) -> int:
        return int(camera.removeprefix("cam"))

    def due(self, camera: str = "cam0") -> dict[int, float]:
        """Return when each frame that was sent was due, by its number, in seconds since 1970."""
        truth = self.simulator.truth(self.device_id(camera))
        return {frame.number: frame.due_s for frame in truth}

    def pids(self) -> list[int]:
        return sorted(recorder.pid for recorder in self.recorders())

    def recorders(self, camera: str | None = None) -> list[psutil.Process]:
        """Return the recorders that run, of one camera or of all."""
        return recorders(self.root if camera is None else self.root / camera)

    def guards(self) -> list[psutil.Process]:
        """Return the guards of the root."""
        wanted = {"thorsched.recording.guard", str(self.root)}
        return [p for p in psutil.process_iter() if wanted <= set(_words_of(p))]

    def assert_nothing_lost(self, cameras: Sequence[str] = ()) -> None:
        """Assert that all that was sent from a camera's first frame to its last is there, once."""
        for camera in cameras or self.cameras:
            recorded = self.numbers(camera)
            truth = self.simulator.truth(self.device_id(camera))
            sent = sent_meanwhile(truth, recorded)
            missing = sorted(set(sent) - set(recorded))
            assert recorded == sent, f"{camera}: {len(missing)} of {len(sent)} missing: {missing}"
            assert len(recorded) > 30, f"{camera}: the machine is too busy to send anything"

    def assert_no_gap(self, cameras: Sequence[str] = ()) -> None:
        """Assert that the journal has no gap but where the server itself sent nothing.

        On a busy machine the simulator comes late: it drops frames, and sends the last ones after
        what was wanted is over.
        """
        for camera in cameras or self.cameras:
            due, recorded = self.due(camera), sorted(self.numbers(camera))
            sent = sent_meanwhile(self.simulator.truth(self.device_id(camera)), recorded)
            pauses = [(due[a], due[b]) for a, b in pairwise(sent) if due[b] - due[a] > _PAUSE_S]
            first, last = recorded[0], recorded[-1]
            frame_s = (due[last] - due[first]) / (last - first)
            late_s = _LATE_FRAMES * frame_s
            gaps = [gap for gap in self.gaps(camera) if not is_late(gap, due[last], late_s)]
            words = f"{camera}: {gaps}; the server paused at {pauses}"
            assert len(gaps) <= len(pauses), words
            assert all(any(is_of(gap, pause) for pause in pauses) for gap in gaps), words

    def repaired(self) -> list[Path]:
        """Return the segments that no recorder has closed, by their sidecars."""
        described = ((path, path.with_suffix(".json").read_text()) for path in self.all_files())
        return [path for path, text in described if "repaired" in json.loads(text)]

    def all_files(self) -> list[Path]:
        return [path for camera in self.cameras for path in self.files(camera)]

    def assert_all_described(self) -> None:
        """Assert that every file is whole and has its sidecar, and that no attempt is left open."""
        for segment in self.all_files():
            assert segment.with_suffix(".json").exists(), segment
            assert matroska.frames(segment).finalised, segment
        assert checkpoint.paths_below(self.root) == []


@contextmanager
def lab_of(
    cameras: int | Sequence[Device],
    directory: Path,
    *,
    host: str = "127.0.0.1",
    root: Path | None = None,
) -> Iterator[Lab]:
    """Yield a lab of that many cameras, with its file written; the server listens at `host`."""
    with Simulator(cameras=cameras, host=host, port=free_port()) as simulator:
        lab = Lab(simulator, directory, root=root)
        lab.write()
        try:
            yield lab
        finally:
            for recorder in lab.recorders():  # of a program that a failed test left running
                recorder.kill()


def kill(running: Program) -> None:
    """End the program as nothing can be prepared for."""
    running.process.send_signal(signal.SIGKILL)
    assert running.process.wait() == -signal.SIGKILL


def ends_in_order(running: Program, lab: Lab) -> None:
    """Have the program finalise everything, and see that nothing is left."""
    running.interrupt()
    assert running.ends() == 130, running.outputs
    assert lab.pids() == []
    assert eventually(lambda: lab.guards() == [])


def is_late(gap: Gap, last_s: float, late_s: float) -> bool:
    """Return whether a gap follows on the last frame, no longer than the server may be late."""
    if gap.end is None or gap.start.timestamp() < last_s:
        return False
    return (gap.end - gap.start).total_seconds() < late_s


def is_of(gap: Gap, pause: tuple[float, float]) -> bool:
    """Return whether a gap lies where the server sent nothing; frames come later than due."""
    start_s, end_s = pause
    ends_s = end_s if gap.end is None else gap.end.timestamp()
    return gap.start.timestamp() < end_s + _ARRIVES_S and start_s - _WITHIN_S < ends_s


def assert_is(gap: Gap, truth: tuple[float, float]) -> None:
    """Assert that the gap begins and ends with what is missing, within a second."""
    assert gap.end is not None
    assert abs(gap.start.timestamp() - truth[0]) < _WITHIN_S, (gap, truth)
    assert abs(gap.end.timestamp() - truth[1]) < _WITHIN_S, (gap, truth)


def in_yaml(moment: datetime) -> str:
    """Return an aware moment as the file has it, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def _words_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
