"""A whole benchmark: the two sides in turn, A B A B, against one warm simulated server.

Called by `__main__.py` and the test. Reports each step that is done; prints nothing.
"""

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.figures import CommandTimes, Figures, Run, Start, Steady
from tests.bench.measure import await_frames, await_quiet, first_frame_s, loads, wall_s
from tests.bench.reading import READERS, Reading, film, reading
from tests.bench.recorders import MODES, Copying, copying, streaming, why_no_ffmpeg
from tests.bench.rig import Rig, rig
from tests.bench.sides import SIDES, Recording
from tests.support.waiting import pause

_SETTLES_WITHIN_S = 3.0
_MOST_DISTURBED = 2
_PARTS = 6


class Disturbed(Exception):
    """What was to be measured is not what ran all the time."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured. The largest of `cameras` also shows what steady recording costs."""

    cameras: tuple[int, ...] = (1, 4, 8)
    repeats: int = 5
    steady_s: float = 20.0
    command_repeats: int = 11
    film_frames: int = 18_000
    """Ten minutes at 30 fps, 1.1 GB."""
    patience_s: float = 120.0
    """How long each run waits for a machine that other programs have busy."""
    warm: bool = True

    @property
    def steps(self) -> int:
        """How often `session` reports a step that is done."""
        starts = len(self.cameras) * self.repeats * len(SIDES)
        copies = len(MODES) * self.repeats
        return 1 + starts + copies + self.command_repeats + len(READERS) * self.repeats


FULL = Extent()
QUICK = Extent(
    cameras=(2,),
    repeats=1,
    steady_s=2.0,
    command_repeats=1,
    film_frames=300,
    patience_s=0.0,
    warm=False,
)


def session(extent: Extent, *, done: Callable[[str], None]) -> Figures:
    """Measure all of `extent`; `done` is told what was done, `extent.steps` times."""
    with rig(max(extent.cameras), warm=extent.warm) as server:
        done("simulated server warm")
        runs = tuple(_runs(extent, server, done))
        copyings = tuple(_copyings(extent, server, done))
    commands = tuple(_commands(extent.command_repeats, done))
    readings = tuple(_readings(extent, done))
    return Figures(_machine(), runs, commands, readings, copyings, why_no_ffmpeg())


def _runs(extent: Extent, server: Rig, done: Callable[[str], None]) -> Iterator[Run]:
    for cameras in extent.cameras:
        for repeat in range(extent.repeats):
            for side in SIDES:
                yield _run(side, server, cameras, extent)
                done(f"{side} with {cameras} cameras, {repeat + 1} of {extent.repeats}")


def _run(side: str, server: Rig, cameras: int, extent: Extent) -> Run:
    """Measure one side once; again, a few times at most, if a recorder ended meanwhile."""
    steady_s = extent.steady_s if cameras == max(extent.cameras) else 0.0
    disturbed = 0
    while True:
        busy_percent = await_quiet(extent.patience_s)
        try:
            start, steady = _measured(side, server, cameras, steady_s)
        except Disturbed:
            disturbed += 1
            if disturbed > _MOST_DISTURBED:
                raise
        else:
            return Run(side, cameras, busy_percent, disturbed, start, steady)


def _measured(side: str, server: Rig, cameras: int, steady_s: float) -> tuple[Start, Steady | None]:
    with tempfile.TemporaryDirectory(prefix="thorsched-bench-") as directory:
        with SIDES[side](server, Path(directory), cameras) as recording:
            on_disk_s = await_frames(recording.directories, is_over=recording.is_over)
            steady = _steady(recording, steady_s) if steady_s else None
        firsts_s = [first_frame_s(path) for path in recording.directories]
    first_s, last_s = min(on_disk_s.values()), max(on_disk_s.values())
    start = Start(
        first_on_disk_s=first_s - recording.edge_s,
        all_on_disk_s=last_s - recording.edge_s,
        disk_skew_s=last_s - first_s,
        frame_skew_s=max(firsts_s) - min(firsts_s),
    )
    return start, steady


def _steady(recording: Recording, over_s: float) -> Steady:
    pause(_SETTLES_WITHIN_S)
    recorders = recording.recorders()
    try:
        program, together = loads([[recording.program], recorders], over_s=over_s)
    except psutil.NoSuchProcess as error:
        raise Disturbed(f"a process ended while it was measured: {error}") from error
    if recording.recorders() != recorders:
        raise Disturbed("a recorder was exchanged while it was measured")
    return Steady(program, together)


def _copyings(extent: Extent, server: Rig, done: Callable[[str], None]) -> Iterator[Copying]:
    for mode in MODES:
        with streaming(server, mode) as port:
            for repeat in range(extent.repeats):
                await_quiet(extent.patience_s)
                settle_s = _SETTLES_WITHIN_S if extent.warm else 0.0
                yield copying(server, mode, port, settle_s=settle_s, over_s=extent.steady_s)
                done(f"a recorder at {mode} beside ffmpeg, {repeat + 1} of {extent.repeats}")


def _commands(repeats: int, done: Callable[[str], None]) -> Iterator[CommandTimes]:
    script = shutil.which("thorsched", path=str(Path(sys.executable).parent))
    assert script is not None, "thorsched is not installed beside this Python"
    commands = {
        "thorsched --help": [script, "--help"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    times_s: dict[str, list[float]] = {name: [] for name in commands}
    for repeat in range(repeats):
        for name, command in commands.items():
            times_s[name].append(wall_s(command))
        done(f"thorsched --help, {repeat + 1} of {repeats}")
    for name in commands:
        yield CommandTimes(name, tuple(times_s[name]))


def _readings(extent: Extent, done: Callable[[str], None]) -> Iterator[Reading]:
    with tempfile.TemporaryDirectory(prefix="thorsched-bench-") as directory:
        long = film(Path(directory, "long.mkv"), frames=extent.film_frames)
        medium = film(Path(directory, "medium.mkv"), frames=extent.film_frames // _PARTS)
        short = film(Path(directory, "short.mkv"), frames=100)
        for repeat in range(extent.repeats):
            for reader in READERS:
                await_quiet(extent.patience_s)
                yield reading(reader, long, short=short)
                yield reading(reader, medium, short=short)
                done(f"{reader}, {repeat + 1} of {extent.repeats}")


def _machine() -> str:
    return (
        f"{platform.system()} {platform.release()}, {platform.machine()}, {psutil.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )
