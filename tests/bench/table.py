"""The README's table, from the figures. Pure.

A cell is the median of the runs and, in parentheses, the lowest and the highest.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.bench.figures import Figures, Spread, Start, Steady
from tests.bench.reading import READERS
from tests.bench.recorders import MODES, Copying
from tests.bench.sides import PEER_VERSION

_NONE = "-"
_CORE = "% of a core"
_ALL_ON_DISK: Mapping[int, str] = {8: "0.8 s, pythorvision 7.9 s"}
_SKEW: Mapping[int, str] = {8: "0.1 s, pythorvision 7.3 s"}
_WHY_FAST = (
    "all cameras at once, not one after another with a fixed second each; 0.5 s of either is the "
    "SRT buffer, most of the rest the programs that server and recorder start for each camera"
)
_WHY_TOGETHER = "the same; by the server's time in the frames, hence in steps of a frame (0.03 s)"
_WHY_CPU = "looks at each file twice a second, and acts; pythorvision's script only waits"
_WHY_MEMORY = "Python and its libraries; PyAV is among those of the peer"
_WHY_RECORDERS = "nothing: the same elements do the work, SRT and jpegparse most of it"
_WHY_COPY = "jpegparse copies all of a frame that it has so far for each SRT message"
_WHY_HELP = "beside `python -c pass`; a command imports what it needs when it is called"

_WHY_READING = "50 bytes of each frame are read, not all of it; beside a plain PyAV demux"
_WHY_ROWS = "51 bytes a frame; NumPy and its libraries are nearly all of it"


class _Row(NamedTuple):
    what: str
    expected: str
    ours: str
    theirs: str
    why: str

    def __str__(self) -> str:
        return f"| {' | '.join(self)} |"


def table(figures: Figures) -> str:
    """Return `figures` as Markdown, with a line about how they came about."""
    head = _Row(
        "",
        "expected",
        "thorsched",
        f"pythorvision {PEER_VERSION}",
        "what explains the difference",
    )
    rows = [
        *_starts(figures),
        *_loads(figures),
        *_copyings(figures),
        *_commands(figures),
        *_readings(figures),
    ]
    return "\n".join([str(head), "|---|---|---|---|---|", *map(str, rows), "", _about(figures)])


def _about(figures: Figures) -> str:
    commands = min(len(command.times_s) for command in figures.commands)
    repeats = len(figures.starts("thorsched", figures.cameras[-1]))
    disturbed = sum(run.disturbed for run in figures.runs)
    repeated = f" {disturbed} runs were repeated, as a recorder ended in them." if disturbed else ""
    busiest = max(run.busy_percent for run in figures.runs)
    return (
        f"Medians of {repeats} runs (lowest to highest), the two in turn, 1280x720 at 30 fps, SRT "
        f"latency 500 ms, `lead: 0s`, one simulated server; `--help`: of {commands}. "
        f"{figures.machine}, which the server, its senders and the recorders share; "
        f"other programs had at most {busiest:.0f} % of it in the second before a run.{repeated}"
    )


def _starts(figures: Figures) -> Iterator[_Row]:
    for cameras in figures.cameras:
        what = f"{_counted(cameras)}: from the edge until all have frames on disk"
        yield _start(figures, cameras, what, _ALL_ON_DISK, lambda s: s.all_on_disk_s, _WHY_FAST)
    for cameras in figures.cameras:
        if cameras > 1:
            what = f"{_counted(cameras)}: skew between the first frames of first and last"
            yield _start(figures, cameras, what, _SKEW, lambda s: s.frame_skew_s, _WHY_TOGETHER)


def _counted(cameras: int) -> str:
    return f"{cameras} camera{'s' * (cameras > 1)}"


def _start(
    figures: Figures,
    cameras: int,
    what: str,
    expected: Mapping[int, str],
    value_s: Callable[[Start], float],
    why: str,
) -> _Row:
    ours, theirs = (
        _cell((value_s(start) for start in figures.starts(side, cameras)), "s", digits=2)
        for side in ("thorsched", "pythorvision")
    )
    return _Row(what, expected.get(cameras, _NONE), ours, theirs, why)


def _loads(figures: Figures) -> Iterator[_Row]:
    ours, theirs = figures.steady("thorsched"), figures.steady("pythorvision")
    cameras = _counted(figures.cameras[-1])

    def row(
        what: str, expected: str, value: Callable[[Steady], float], unit: str, why: str, digits: int
    ) -> _Row:
        cells = [_cell(map(value, steady), unit, digits=digits) for steady in (ours, theirs)]
        return _Row(f"{cameras} recording: {what}", expected, cells[0], cells[1], why)

    yield row(
        "CPU of the program", f"< 1 {_CORE}", lambda s: s.program.cpu_percent, _CORE, _WHY_CPU, 2
    )
    yield row(
        "memory of the program", "< 100 MB", lambda s: s.program.memory_mb, "MB", _WHY_MEMORY, 0
    )
    yield row(
        "CPU of all recorders", _NONE, lambda s: s.recorders.cpu_percent, _CORE, _WHY_RECORDERS, 0
    )
    yield row(
        "memory of all recorders", _NONE, lambda s: s.recorders.memory_mb, "MB", "the same", 0
    )


def _copyings(figures: Figures) -> Iterator[_Row]:
    for mode in MODES:
        each = [one for one in figures.copyings if one.mode == mode]
        ours = _cell((one.recorder.cpu_percent for one in each), _CORE, digits=1)
        rate_mbit_s = Spread.of(one.stream_mbit_s for one in each).median
        what = f"a recorder at {mode} ({rate_mbit_s:.0f} Mbit/s): CPU"
        why = f"{_WHY_COPY}; {_beside(each, figures.no_ffmpeg)}"
        yield _Row(what, "as `ffmpeg -c copy`", ours, _NONE, why)


def _beside(each: Sequence[Copying], no_ffmpeg: str) -> str:
    theirs = [one.ffmpeg.cpu_percent for one in each if one.ffmpeg is not None]
    if not theirs:
        return f"not compared, for {no_ffmpeg}"
    return f"`ffmpeg -c copy` beside it: {_cell(theirs, _CORE, digits=1)}"


def _commands(figures: Figures) -> Iterator[_Row]:
    ours, floor = (_cell(each.times_s, "s", digits=2) for each in figures.commands)
    yield _Row("`thorsched --help`", "< 0.3 s", ours, _NONE, f"{_WHY_HELP}: {floor}")


def _readings(figures: Figures) -> Iterator[_Row]:
    frames = max(one.frames for one in figures.readings)
    fewer = min(one.frames for one in figures.readings)
    long = [one for one in figures.readings if one.frames == frames]
    ours, plain, theirs = ([one for one in long if one.reader == reader] for reader in READERS)
    medium = [o for o in figures.readings if (o.reader, o.frames) == (ours[0].reader, fewer)]
    demux = _cell((one.time_s for one in plain), "s", digits=2)
    yield _Row(
        f"metadata of {frames} frames of 720p",
        "no more than a PyAV demux",
        _cell((one.time_s for one in ours), "s", digits=2),
        _cell((one.time_s for one in theirs), "s", digits=2),
        f"{_WHY_READING}: {demux}",
    )
    yield _Row(
        "memory of the process that reads them",
        "flat with the file's size",
        _cell((one.peak_mb for one in ours), "MB", digits=0),
        _cell((one.peak_mb for one in theirs), "MB", digits=0),
        f"{_WHY_ROWS}; for {fewer} frames: {_cell((o.peak_mb for o in medium), 'MB', digits=0)}",
    )


def _cell(values: Iterable[float], unit: str, *, digits: int) -> str:
    """Return e.g. `0.71 s (0.70 to 0.74)`."""
    spread = Spread.of(values)
    low, high = f"{spread.lowest:.{digits}f}", f"{spread.highest:.{digits}f}"
    return f"{spread.median:.{digits}f} {unit} ({low} to {high})"
