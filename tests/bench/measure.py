"""What both sides of the benchmark are measured with: files that appear, CPU and memory, a command.

Called by `session.py` and `commandline.py`. Knows neither side.
"""

import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import psutil

from tests.support.frames import parse_frame
from tests.support.waiting import pause
from thorsched.base.clock import SystemClock

_POLL_S = 0.01
_PATIENCE_S = 60.0
_QUIET_PERCENT = 10.0
# The head that a recorder writes before its first frame is 336 bytes; a frame of 720p is 50 kB.
_MORE_THAN_A_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Load:
    """CPU in percent of one core over the time looked at, and resident memory in MB at its end."""

    cpu_percent: float
    memory_mb: float


def await_frames(
    directories: Sequence[Path], *, is_over: Callable[[], bool]
) -> Mapping[Path, float]:
    """Return when (s since 1970, within 0.01 s) each directory first held a file with a frame.

    Returns when all do. Raises `TimeoutError` if that takes a minute, or if `is_over` says that
    whoever should record has ended.
    """
    clock = SystemClock()
    deadline_s = clock.monotonic_s() + _PATIENCE_S
    found: dict[Path, float] = {}
    while len(found) < len(directories):
        now_s = clock.now().timestamp()
        found |= {d: now_s for d in directories if d not in found and _holds_a_frame(d)}
        if is_over() or clock.monotonic_s() > deadline_s:
            raise TimeoutError(f"only {len(found)} of {len(directories)} cameras were recorded")
        pause(_POLL_S)
    return found


def _holds_a_frame(directory: Path) -> bool:
    return any(path.stat().st_size > _MORE_THAN_A_HEAD_BYTES for path in directory.rglob("*.mkv"))


def first_frame_s(directory: Path) -> float:
    """Return the server's time, in seconds, of the first frame in a camera's directory."""
    first = min(directory.rglob("*.mkv"))
    with av.open(str(first)) as container:
        for packet in container.demux(video=0):
            frame = parse_frame(bytes(packet))
            if frame is not None:
                return frame.gstreamer_pts / 1e9
    raise ValueError(f"{first} holds no frame with metadata")


def loads(groups: Iterable[Sequence[psutil.Process]], *, over_s: float) -> tuple[Load, ...]:
    """Return the load of each group of processes over the next `over_s` seconds."""
    groups, clock = tuple(groups), SystemClock()
    before_s, began_s = [_cpu_s(group) for group in groups], clock.monotonic_s()
    pause(over_s)
    elapsed_s = clock.monotonic_s() - began_s
    return tuple(
        Load(
            cpu_percent=100 * (_cpu_s(group) - used_s) / elapsed_s,
            memory_mb=sum(process.memory_info().rss for process in group) / 1e6,
        )
        for group, used_s in zip(groups, before_s, strict=True)
    )


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(time.user + time.system for time in times)


def await_quiet(limit_s: float) -> float:
    """Wait until the machine rests, `limit_s` at most; return how busy it last was, in percent."""
    clock = SystemClock()
    deadline_s = clock.monotonic_s() + limit_s
    while True:
        busy_percent = psutil.cpu_percent(interval=1.0)
        if busy_percent < _QUIET_PERCENT or clock.monotonic_s() > deadline_s:
            return busy_percent


def wall_s(command: Sequence[str], *, code: int = 0) -> float:
    """Return how long `command` takes, in seconds.

    Raises `CalledProcessError` if it ends with another exit code.
    """
    clock = SystemClock()
    began_s = clock.monotonic_s()
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    took_s = clock.monotonic_s() - began_s
    if done.returncode != code:
        raise subprocess.CalledProcessError(done.returncode, command)
    return took_s
