"""Wanted against recorded, per camera, since the program began: the tables of a run.

Pure values; `tallies.py` keeps one per camera and adds to it. What is described counts as recorded;
what only grows as yet counts as kept, and as not missed. The journal outlives the program, this
does not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from thorsched.engine.growth import Growth, after_describing, seen
from thorsched.recording.lifecycle import Recorder
from thorsched.recording.segments import SEAM, Described, attempt_of
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import ALWAYS, Window, clip, joined, meeting, subtract, union

# Younger windows are not folded: a segment is described when its disk has the time.
KEPT_APART = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sums:
    """Seconds."""

    wanted_s: float = 0.0
    recorded_s: float = 0.0
    missed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """What one camera was asked for and has on disk; windows are disjoint and sorted."""

    wanted: tuple[Window, ...] = ()
    recorded: tuple[Window, ...] = ()
    unfinished: tuple[tuple[Path, tuple[Window, ...]], ...] = ()
    """What is recorded in files that are not repaired as yet: it counts, unless they cannot be."""
    quarantined: tuple[Path, ...] = ()
    """The files in quarantine, which count for nothing."""
    segments: int = 0
    frames: int = 0
    size_bytes: int = 0
    directories: frozenset[tuple[Path, Path]] = frozenset()
    """Where the segments are: each root, with a directory below it."""
    last_trouble: Trouble | None = None
    growths: tuple[Growth, ...] = ()
    """What is not described as yet, the newest attempt last."""
    folded: Sums = Sums()
    """What was wanted and recorded before the windows that stand here."""
    newest: Path | None = None
    """The segment that was described last; `newest_bytes` are those of its attempt so far."""
    newest_bytes: int = 0
    audited: int = 0
    """Segments that were audited since the program began, be they from before it."""
    flawed: int = 0
    """Those of them that are not good."""
    last_flaw: str = ""

    def audit(self, flaw: str) -> "Tally":
        """Return the tally with one more segment audited, and what is wrong with it if it is."""
        return replace(
            self,
            audited=self.audited + 1,
            flawed=self.flawed + bool(flaw),
            last_flaw=flaw or self.last_flaw,
        )

    def want(self, windows: Iterable[Window]) -> "Tally":
        """Return the tally with more time asked for; asking twice counts once."""
        return replace(self, wanted=union([*self.wanted, *windows]))

    def record(self, described: Described) -> "Tally":
        """Return the tally with one more segment on disk; a repaired one has counted before."""
        if described.quarantined is not None:
            return self._without(described)
        if described.repaired is not None:
            return self._finished(described)
        path, root = described.segment.path, described.segment.recording.output.root
        return replace(
            self,
            recorded=self._with(described.recorded) if described.finalised else self.recorded,
            unfinished=self.unfinished
            if described.finalised
            else (*self.unfinished, (path, described.recorded)),
            segments=self.segments + 1,
            frames=self.frames + described.frames,
            size_bytes=self.size_bytes + described.size_bytes,
            directories=self.directories | {(root, path.parent)},
            growths=after_describing(self.growths, path, until=described.span.end),
            newest=path,
            newest_bytes=self._described_bytes(attempt_of(path)) + described.size_bytes,
        )

    def _with(self, windows: Iterable[Window]) -> tuple[Window, ...]:
        return joined(union([*self.recorded, *windows]), within=SEAM)

    def _finished(self, described: Described) -> "Tally":
        known = dict(self.unfinished)
        windows = known.pop(described.origin, ())
        return replace(self, recorded=self._with(windows), unfinished=tuple(known.items()))

    def _without(self, described: Described) -> "Tally":
        """Return the tally without a file that is in quarantine now, if it has counted."""
        moved = replace(self, quarantined=(*self.quarantined, described.segment.path))
        if not self.counts(described.origin):
            return moved
        return replace(
            moved,
            unfinished=tuple(one for one in self.unfinished if one[0] != described.origin),
            segments=self.segments - 1,
            frames=self.frames - described.frames,
            size_bytes=self.size_bytes - described.size_bytes,
        )

    def counts(self, segment: Path) -> bool:
        """Return whether what is in an unfinished segment counts as recorded."""
        return any(path == segment for path, _ in self.unfinished)

    @property
    def on_disk(self) -> tuple[Window, ...]:
        """What is recorded, whether or not its file is finished."""
        if not self.unfinished:
            return self.recorded
        return self._with(window for _, windows in self.unfinished for window in windows)

    def see(self, recorder: Recorder, *, at: datetime, now_s: float) -> "Tally":
        """Return the tally with what the recorder's files hold at `at`, aware UTC.

        `now_s` is the same moment by the monotonic clock.
        """
        return replace(self, growths=seen(self.growths, recorder, at=at, now_s=now_s))

    def suffer(self, trouble: Trouble) -> "Tally":
        """Return the tally with what last stood in the way."""
        return replace(self, last_trouble=trouble)

    def fold(self, *, at: datetime) -> "Tally":
        """Return the tally with what is long past at `at` as sums: weeks of windows cost nothing.

        Nothing is folded that a segment may still be described for.
        """
        undescribed = [span.start for growth in self.growths if (span := growth.span(at))]
        cut = min([at - KEPT_APART, *undescribed])
        past, rest = Window(ALWAYS.start, cut), Window(cut, ALWAYS.end)
        old = replace(self, wanted=clip(self.wanted, past), growths=())
        missed_s = _seconds(subtract(old.wanted, joined(self.on_disk, within=SEAM)))
        return replace(
            self,
            wanted=clip(self.wanted, rest),
            recorded=tuple(window for window in self.recorded if window.end > cut),
            folded=Sums(old.wanted_s, old.recorded_s, self.folded.missed_s + missed_s),
        )

    @property
    def wanted_s(self) -> float:
        return self.folded.wanted_s + _seconds(self.wanted)

    @property
    def recorded_s(self) -> float:
        """Seconds recorded of the time that was wanted; the surplus does not count."""
        on_disk = self.on_disk
        return self.folded.recorded_s + sum(
            _seconds(clip(meeting(on_disk, window), window)) for window in self.wanted
        )

    @property
    def kept_bytes(self) -> int:
        """On disk altogether, what is not described as yet included; nothing counts twice."""
        grown_bytes = sum(
            max(growth.size_bytes - self._described_bytes(attempt_of(growth.segment)), 0)
            for growth in self.growths
        )
        return self.size_bytes + grown_bytes

    def _described_bytes(self, attempt: Path) -> int:
        is_newest = self.newest is not None and attempt_of(self.newest) == attempt
        return self.newest_bytes if is_newest else 0

    def recorded_since(self, at: datetime) -> datetime | None:
        """Return since when frames have come without a break; None if none come at `at`."""
        growing = [one for growth in self.growths if growth.is_live and (one := growth.span(at))]
        if not growing:
            return None
        stretches = joined(union([*self.on_disk, *growing]), within=SEAM)
        return next(one.start for one in stretches if one.start <= growing[-1].start < one.end)

    def missed_s(self, *, at: datetime, pipe: timedelta) -> float:
        """Return the seconds of what is `missed`, with what was missed before it."""
        return self.folded.missed_s + _seconds(self.missed(at=at, pipe=pipe))

    def missed(self, *, at: datetime, pipe: timedelta) -> tuple[Window, ...]:
        """Return what was wanted until `at` and is neither on disk nor on the way.

        Frames may take as long as `pipe` from the camera to the disk, so the last such stretch
        proves nothing yet. Of what is not described the truth is known within `growth.LOOK`.
        """
        growing = [span for growth in self.growths if (span := growth.span(at)) is not None]
        due = clip(self.wanted, Window(ALWAYS.start, at - pipe))
        return subtract(due, joined(union([*self.on_disk, *growing]), within=SEAM))


def _seconds(windows: Iterable[Window]) -> float:
    return sum((window.end - window.start).total_seconds() for window in windows)
