"""What a disk does to recorders, by the numbers of the list of faults: 29, 30 and 32.

Others (26, 28 and disks that come and go) are in `tests/recording/test_disk_faults.py`.
"""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from tests.recording.rig import LATENCY, Rig, RigClock
from tests.support.disks import FreezableDisk
from tests.support.frames import numbers, sent_meanwhile
from tests.support.ports import free_ports
from tests.support.program import recorders
from tests.support.waiting import eventually
from thorsched.app import App
from thorsched.base.clock import SystemClock
from thorsched.base.host import waits_for_disk
from thorsched.engine.status import CameraStatus
from thorsched.recording.lifecycle import Phase
from thorsched.recording.rescue import rescued_path
from thorsched.recording.trouble import Cause
from thorsched.reload.past.beginning import by_file
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

NOTICED_WITHIN_S = 10.0
FPS = 30


@dataclass(frozen=True)
class Harm:
    """What is done to the directory of a segment that is open, and where its frames are then."""

    do: Callable[[Path], None]
    left: Callable[[Path], Path]
    says: str


def renamed(path: Path) -> Path:
    return path.parent.with_name("renamed") / path.name


def rename(directory: Path) -> None:
    directory.rename(directory.with_name("renamed"))


def unlink(directory: Path) -> None:
    for path in directory.glob("*.mkv"):
        path.unlink()


HARMS = {
    "renamed": Harm(rename, renamed, "is "),
    "removed": Harm(shutil.rmtree, rescued_path, "was removed while it was recorded"),
    "unlinked": Harm(unlink, rescued_path, "was removed while it was recorded"),
}


@pytest.mark.fault(30)
@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_an_open_segment_that_is_taken_away_is_noticed_kept_and_recorded_anew(
    rig: Rig, harm: Harm
) -> None:
    rig.record(rig.recording())
    (taken,) = rig.files()
    before, began_s = rig.process(), rig.clock.monotonic_s()
    harm.do(taken.parent)
    assert not taken.exists()
    rig.until(lambda: rig.troubles != [])
    assert rig.clock.monotonic_s() - began_s < NOTICED_WITHIN_S
    (trouble,) = rig.troubles
    assert trouble.cause is Cause.FILE_TAKEN
    assert f"{taken.name} {harm.says}" in trouble.detail
    rig.until(lambda: not before.is_running())
    rig.record(rig.recording())
    rig.until(lambda: len(rig.described) == 1)
    left = harm.left(taken)
    assert rig.whole_files() == {left.name: True}
    assert left.with_suffix(".json").exists()
    rig.close()
    (new,) = (path for path in rig.files() if path != left)
    kept, anew = numbers(left), numbers(new)
    assert kept == sent_meanwhile(rig.simulator.truth(0), kept)
    assert kept[-1] < anew[0]
    assert anew == sent_meanwhile(rig.simulator.truth(0), anew)


@pytest.mark.fault(30)
def test_segments_that_are_closed_may_be_taken_away_at_once(rig: Rig) -> None:
    rig.record(rig.recording(segment=timedelta(seconds=1)), at_least_bytes=1)
    first = rig.process()
    taken: list[Path] = []

    def takes() -> bool:
        *closed, _ = rig.files()
        for path in closed:
            path.rename(rig.root / path.name)
            taken.append(rig.root / path.name)
        return len(taken) >= 3

    rig.until(takes)
    assert rig.troubles == []
    assert rig.process() == first
    rig.close()
    frames = numbers(*sorted(taken), *rig.files())
    assert frames == sent_meanwhile(rig.simulator.truth(0), frames)


@contextmanager
def after_power_cut(copy: Path) -> Iterator[Path]:
    """Yield the file system as it would be found if the power had gone when `copy` was taken."""
    found = copy.with_suffix(".found")
    found.mkdir()
    subprocess.run(["mount", "-o", "loop", copy, found], check=True)
    try:
        yield found
    finally:
        subprocess.run(["umount", "--lazy", found], check=True)


@pytest.mark.fault(32)
def test_a_power_cut_takes_no_closed_segment_and_five_seconds_of_an_open_one(
    freezable_disk: FreezableDisk, tmp_path: Path
) -> None:
    root = freezable_disk.path / "root"
    clock = SystemClock()
    with Simulator(cameras=2) as simulator, Rig(simulator, root) as rig:
        long, short = rig.recording(0), rig.recording(1, segment=timedelta(seconds=1))
        rig.record(long, short)
        began_s = clock.monotonic_s()
        rig.until(lambda: clock.monotonic_s() - began_s > 6.0)
        closed = {path.name: path.read_bytes() for path in described(root)}
        arrived = simulator.truth(0)[-1].number - round(FPS * LATENCY.total_seconds())
        (freezable_disk.path / "unsynced").write_bytes(bytes(100_000))
        cut = freezable_disk.cut(tmp_path / "cut")
        rig.close()
    assert len(closed) >= 3
    with after_power_cut(cut) as found:
        unsynced = found / "unsynced"
        assert not (unsynced.exists() and unsynced.stat().st_size), "the power was not cut"
        for name, content in closed.items():
            (path,) = found.glob(f"root/cam1/*/{name}")
            assert path.read_bytes() == content
            assert path.with_suffix(".json").stat().st_size > 0
        (path,) = found.glob("root/cam0/*/*.mkv")
        frames = numbers(path)
        assert frames == sent_meanwhile(simulator.truth(0), frames)
        assert arrived - frames[-1] <= 5.0 * FPS


def described(root: Path) -> list[Path]:
    return [path.with_suffix(".mkv") for path in root.glob("cam1/*/*.json")]


FILE = """\
timezone: UTC
storage: {{root: {root}, min_free: 1MB}}
server: {{url: "{url}", ports: {first}-{last}, latency: 300ms}}
cameras:
  cam0: {{device: {{id: 0}}, capability: jpeg 640x480 @30fps}}
  cam1: {{device: {{id: 1}}, capability: jpeg 640x480 @30fps}}
schedules:
  ever: {{cameras: [cam0], always: true}}
  once: {{cameras: [cam1], from: "{year}-01-01T00:00", to: "{year}-01-01T01:00"}}
"""


class Edited:
    """A program in this process, and its file, whose next edge tells which edit it acts on."""

    def __init__(self, simulator: Simulator, file: Path, root: Path) -> None:
        self._file, ports = file, free_ports(20)
        self._values = {
            "root": root,
            "url": simulator.url,
            "first": ports[0],
            "last": ports[-1],
        }
        self._year = 2030
        self._write()
        self.clock = RigClock()
        self.hung = threading.Event()
        self.app = App(by_file(file), clock=self.clock, zone=ZoneInfo("UTC"), hung=self.hung.set)

    def _write(self) -> None:
        self._file.write_text(FILE.format(**self._values, year=self._year))

    def edit(self) -> None:
        self._year += 1
        self._write()
        self.app.reload()

    def acts_on_it(self) -> bool:
        """Return whether a pass has seen the last edit."""
        edge = self.app.status().next_edge
        return edge is not None and edge.at.year == self._year

    def close(self) -> None:
        self.app.close()
        for guard, _ in self.app._guards._started.values():
            guard.kill()
            guard.wait()

    @property
    def camera(self) -> CameraStatus:
        return self.app.status().cameras[0]


@pytest.mark.fault(29)
def test_a_disk_that_is_frozen_for_a_minute_blocks_no_pass_and_is_named(
    freezable_disk: FreezableDisk, tmp_path: Path
) -> None:
    with Simulator(cameras=2) as simulator:
        edited = Edited(simulator, tmp_path / "recordings.yaml", freezable_disk.path / "root")
        edited.app.start()
        assert eventually(lambda: edited.camera.phase is Phase.RECORDING)
        with freezable_disk.frozen():
            assert eventually(lambda: edited.camera.phase is Phase.STOPPING)
            trouble = edited.camera.trouble
            assert trouble is not None
            assert trouble.cause is Cause.STORAGE
            assert trouble.detail.startswith("the disk does not answer: no new frame for ")
            for _ in range(14):
                edited.clock.skip(4.5)  # more would be a machine that was suspended
                edited.edit()
                assert eventually(edited.acts_on_it)
            assert "the disk does not answer" in str(edited.camera.silence)
            assert waits_for_disk(recorder_below(freezable_disk.path).pid), "nothing was frozen"
        assert not edited.hung.is_set()
        assert eventually(lambda: edited.camera.phase is Phase.RECORDING)
        edited.close()
        for path in freezable_disk.path.glob("root/cam0/*/*.mkv"):
            frames = numbers(path)
            assert frames == sent_meanwhile(simulator.truth(0), frames)


def recorder_below(root: Path) -> psutil.Process:
    (recorder,) = recorders(root)
    return recorder
