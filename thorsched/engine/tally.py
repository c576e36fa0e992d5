"""Wanted against recorded, per camera, since the program began: the table at the end of a run.

Pure values; `loop.py` keeps one per camera and adds to it. The journal outlives the program,
this does not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from thorsched.recording.segments import Described
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import Window, clip, union

# Frames that arrive this close together belong to one stretch of recording.
SEAM = timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one camera was asked for and has on disk; windows are disjoint and sorted."""

    wanted: tuple[Window, ...] = ()
    recorded: tuple[Window, ...] = ()
    segments: int = 0
    frames: int = 0
    size_bytes: int = 0
    last_trouble: Trouble | None = None

    def want(self, windows: Iterable[Window]) -> "Tally":
        """Return the tally with more time asked for; asking twice counts once."""
        return replace(self, wanted=union([*self.wanted, *windows]))

    def record(self, described: Described) -> "Tally":
        """Return the tally with one more segment on disk."""
        return replace(
            self,
            recorded=_joined(union([*self.recorded, described.span])),
            segments=self.segments + 1,
            frames=self.frames + described.frames,
            size_bytes=self.size_bytes + described.size_bytes,
        )

    def suffer(self, trouble: Trouble) -> "Tally":
        """Return the tally with what last stood in the way."""
        return replace(self, last_trouble=trouble)

    @property
    def wanted_s(self) -> float:
        return _seconds(self.wanted)

    @property
    def recorded_s(self) -> float:
        """Seconds recorded of the time that was wanted; the surplus does not count."""
        return sum(_seconds(clip(self.recorded, window)) for window in self.wanted)


def _joined(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """Return sorted `windows` with the seams between segments closed."""
    joined: list[Window] = []
    for window in windows:
        if joined and window.start - joined[-1].end <= SEAM:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return tuple(joined)


def _seconds(windows: Iterable[Window]) -> float:
    return sum((window.end - window.start).total_seconds() for window in windows)
