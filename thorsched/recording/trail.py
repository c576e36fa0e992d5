"""The segments that an attempt leaves: which is open, which are closed, how much they hold.

Made by `attempt.py` and used in its thread alone. Writes nothing but the empty first segment that
keeps the attempt's name. A disk that is away for a while costs no segment: what was seen once is
handed over whether or not it can be seen now, and the archivist waits for it. One whose directory
was renamed below the root is handed over where it is then; one that was removed while it was open
is rescued.
"""

import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from thorsched.base import host
from thorsched.recording import naming
from thorsched.recording.basetime import zero_of
from thorsched.recording.frameless import LONGEST_HEAD_BYTES
from thorsched.recording.openfile import OpenFile
from thorsched.recording.rescue import rescue
from thorsched.recording.segments import CLOCK_SET_S, Relabelled, Segment
from thorsched.recording.sidecars import is_settled
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause, Trouble


class Trail:
    """One attempt's segments. `look` while its recorder runs, `end` once when it is gone."""

    def __init__(
        self,
        recording: Recording,
        *,
        directory: Path,
        prefix: str,
        zero: datetime,
        closed: Callable[[Segment], None],
    ) -> None:
        """Follow the segments with that prefix; `closed` is called for each, in turn."""
        self.directory = directory
        self.prefix = prefix
        self.zero = zero
        """When a frame arrived whose PTS is 0; set it when the recorder starts, and see `hear`."""
        self.clock_offset_s: float | None = None
        """As of a `Segment`; likewise."""
        self.clock_offset_now_s: float | None = None
        """The same as of now; set it before each look."""
        self.checkpoint: Path | None = None
        """What goes with the last segment."""
        self._recording = recording
        self._naming = recording.output.naming
        self._closed = closed
        self._index = 0
        self._closed_bytes = 0
        self._open_bytes = 0
        self._held: OpenFile | None = None
        self._closed_frames = 0
        self._opened_as = recording
        self._relabelled: tuple[Relabelled, ...] = ()
        self._beside: str | None = None
        self._overlaps: tuple[str, ...] = ()

    @classmethod
    def begin(
        cls, recording: Recording, *, started: datetime, closed: Callable[[Segment], None]
    ) -> "Trail":
        """Take a name that is the attempt's alone. Raises `OSError`, `ValueError`."""
        directory, prefix = _claimed(recording, started)
        return cls(recording, directory=directory, prefix=prefix, zero=started, closed=closed)

    def resume(self, relabelled: Sequence[Relabelled]) -> None:
        """Go on where another scheduler has left off: with what has no sidecar as yet."""
        numbers = sorted(self._numbers())
        undescribed = [n for n in numbers if not is_settled(self._path(n))]
        self._index = min(undescribed, default=max(numbers, default=-1) + 1)
        opened = _modified(self._path(self._index - 1)) or self.zero
        for label in relabelled:
            self._recording = label.recording
            if label.at <= opened:
                self._opened_as = label.recording
            else:
                self._relabelled += (label,)

    def hear(self, words: str) -> None:
        """Know better when a frame arrived whose PTS is 0, where a recorder's words tell."""
        if self.clock_offset_s is not None:
            latency = self._recording.latency
            told = zero_of(
                words,
                spawned=self.zero + latency,
                latency=latency,
                clock_offset_s=self.clock_offset_s,
            )
            self.zero = told or self.zero

    @property
    def open_segment(self) -> Path:
        return self._path(self._index)

    def relabel(self, label: Relabelled) -> None:
        self._recording = label.recording
        self._relabelled += (label,)

    @property
    def has_bytes(self) -> bool:
        """Whether anything was recorded, as far as was seen."""
        return self._closed_bytes + self._open_bytes > 0

    def overlaps(self, other: str | None) -> None:
        """Note that another attempt, of that name, records the same from now on; None: no more."""
        self._beside = other
        if other is not None and other not in self._overlaps:
            self._overlaps += (other,)

    def look(self) -> int:
        """Hand over what is closed; return the bytes written so far, as far as they were seen."""
        self._hand_over_closed()
        if self._held is None:
            with contextlib.suppress(OSError):
                self._held = OpenFile(self.open_segment)
        self._open_bytes = max(self._open_bytes, self._open_size_bytes())
        return self._closed_bytes + self._open_bytes

    def _open_size_bytes(self) -> int:
        if self._held is not None:
            return self._held.size_bytes()
        return _size_bytes(self.open_segment) or 0

    def frames(self) -> int | None:
        """Return how many frames were written since they are counted; None while they are not."""
        frames = self._held.frames() if self._held is not None else None
        return None if frames is None else self._closed_frames + frames

    def is_away(self) -> bool:
        """Return whether the open segment is not in its place any more."""
        return self._held is not None and self._held.is_away()

    def taken(self) -> Trouble | None:
        """Return where the open segment is that grows, if that is not its place; None if it is."""
        if self._held is None or not self._held.grows_away():
            return None
        name, place = self.open_segment.name, self._held.place()
        if self._held.is_removed:
            return Trouble(Cause.FILE_TAKEN, f"{name} was removed while it was recorded")
        where = f"is {place} now" if place else "is not in its place: was its disk unmounted?"
        return Trouble(Cause.FILE_TAKEN, f"{name} {where}")

    def end(self) -> None:
        """Hand over all that is left: the recorder is gone.

        Where the open segment cannot be seen, later ones may have been made unseen.
        """
        self._follow()
        self._hand_over_closed()
        last = replace(self._segment(), checkpoint=self.checkpoint)
        held, self._held = self._held, None
        if held is not None and held.is_removed and held.size_bytes() > LONGEST_HEAD_BYTES:
            rescue(held, last, closed=self._closed)
            return
        if held is not None:
            held.close()
        if self._index and _size_bytes(last.path) == 0:  # it was killed as it opened this one
            self._closed(last)
        elif _size_bytes(last.path) is not None:
            self._hand_over(last)
        elif self._open_bytes:
            self._closed(last)
            self._closed(last.successor())
        else:
            self._closed(replace(last, is_guess=True))

    def _follow(self) -> None:
        """Look where the open segment is by now, if that is below the root still."""
        place = self._held.place() if self._held is not None and self._held.is_away() else None
        if place is not None and place.name == self.open_segment.name:
            root = self._recording.output.root
            with contextlib.suppress(OSError, ValueError):
                self.directory = root / place.parent.relative_to(root.resolve())

    def let_go(self) -> None:
        """Leave it to the next scheduler."""
        if self._held is not None:
            self._held.close()

    def let_go_of_the_name(self) -> None:
        """Remove the file that has kept the attempt's name, if nothing was recorded into it."""
        if _size_bytes(self._path(0)) == 0:
            with contextlib.suppress(OSError):
                host.remove(self._path(0))

    def _hand_over_closed(self) -> None:
        """Let the segments go that the recorder has closed: all but the newest.

        Somebody may have taken one away already, or several: what it has grown to counts all the
        same.
        """
        newest = self._newest()
        while self._index < newest:
            self._let_go_of_the_closed()
            self._hand_over(self._segment())
            self._index += 1
            self._opened_as, self._relabelled = self._recording, ()
            self._overlaps = () if self._beside is None else (self._beside,)
            self._follow_clock()

    def _follow_clock(self) -> None:
        """Count from now on by the wall clock as it is, if it was set."""
        was_s, now_s = self.clock_offset_s, self.clock_offset_now_s
        if was_s is not None and now_s is not None and abs(now_s - was_s) > CLOCK_SET_S:
            self.zero += timedelta(seconds=now_s - was_s)
            self.clock_offset_s = now_s

    def _let_go_of_the_closed(self) -> None:
        if self._held is not None:
            self._open_bytes = max(self._open_bytes, self._held.size_bytes())
            self._closed_frames += self._held.frames() or 0
            self._held.close()
            self._held = None

    def _hand_over(self, segment: Segment) -> None:
        """Let the segment go that was open until now, if there were ever bytes in it."""
        size_bytes = max(self._open_bytes, _size_bytes(segment.path) or 0)
        if size_bytes:
            self._closed(segment)
        self._closed_bytes += size_bytes
        self._open_bytes = 0

    def _newest(self) -> int:
        """Return the number of the newest segment; looks at others only when its file is gone."""
        newest = self._index
        while _size_bytes(self._path(newest + 1)) is not None:
            newest += 1
        if _size_bytes(self._path(newest)) is None:
            newest = max([newest, *self._numbers()])
        return newest

    def _numbers(self) -> list[int]:
        """Return the numbers of the attempt's segments that are there."""
        numbers: list[int] = []
        with contextlib.suppress(OSError):
            for path in self.directory.iterdir():
                prefix, number = naming.name_and_number(path)
                if prefix == self.prefix and path.suffix == ".mkv" and number.isdecimal():
                    numbers.append(int(number))
        return numbers

    def _segment(self) -> Segment:
        return Segment(
            self.open_segment,
            self._opened_as,
            self.zero,
            self._relabelled,
            overlaps=self._overlaps,
            clock_offset_s=self.clock_offset_s,
        )

    def _path(self, index: int) -> Path:
        return self.directory / self._naming.segment_name(self.prefix, index)


def _claimed(recording: Recording, started: datetime) -> tuple[Path, str]:
    """Return a directory, made, and a prefix that is the attempt's alone.

    No file of it exists but the first segment, made here, empty: so another program that records to
    the same directory at the same moment, over a network even, takes another prefix. What has the
    prefix and a higher number later on is therefore the attempt's own.
    """
    number = 1
    root, names = recording.output.root, recording.output.naming
    while True:
        attempt = naming.attempt_path(
            names.attempt, camera=recording.camera, started=started, number=number
        )
        if why := naming.too_long_below(root, attempt, names, platform=sys.platform):
            raise ValueError(why)
        path = root / attempt
        path.parent.mkdir(parents=True, exist_ok=True)
        if not any(taken.name.startswith(f"{path.name}-") for taken in path.parent.iterdir()):
            with contextlib.suppress(FileExistsError):
                first = names.segment_name(path.name, 0)
                path.with_name(first).open("xb").close()
                return path.parent, path.name
        number += 1


def _modified(path: Path) -> datetime | None:
    """Return when a file was written to last, None if there is none to be seen."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None


def _size_bytes(path: Path) -> int | None:
    """Return a file's size, None if there is none to be seen: what cannot be seen does not grow."""
    try:
        return path.stat().st_size
    except OSError:
        return None
