"""What happens to a segment once its recorder has closed it: made durable, counted, described.

One thread for all cameras, because none of it is urgent and all of it touches the disk. Called
by the launcher's `closed`; tells `described` what it found. Never changes or moves a segment; one
that holds no frame at all, as an attempt that is stopped before its first frame leaves it, is
removed.
"""

import contextlib
import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from thorsched.base import host
from thorsched.base.clock import Clock
from thorsched.base.errors import FileError
from thorsched.base.units import format_utc
from thorsched.base.version import __version__
from thorsched.cameras.bounds import Size
from thorsched.cameras.selector import Encoding
from thorsched.recording.segments import Described, Segment
from thorsched.schedule.intervals import Window, subtract, window_dict
from thorsched.video import matroska, picture

log = logging.getLogger(__name__)

SIDECAR_VERSION = 1

# The head that a recorder writes is 336 bytes.
LONGEST_HEAD_BYTES = 1024

_AGAIN_AFTER_S = 10.0


class Archivist:
    """Syncs closed segments to the disk and writes a sidecar beside each."""

    def __init__(self, *, clock: Clock, described: Callable[[Described], None]) -> None:
        """`described` is called from the thread that `start` starts."""
        self._clock = clock
        self._described = described
        self._at: tuple[Path, float] | None = None
        self._segments: deque[Segment] = deque()
        """What is left to do, the one in work included."""
        self._put_off_segments: list[Segment] = []
        self._failed: set[Segment] = set()
        self._told: set[Segment] = set()
        """What was reported, and has no sidecar as yet."""
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="archivist", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def at(self) -> tuple[Path, float] | None:
        """The file in work and the monotonic second at which that began; None at rest.

        From any thread: a disk that does not answer holds the archivist's own.
        """
        return self._at

    def take(self, segment: Segment) -> None:
        with self._changed:
            self._segments.append(segment)
            self._changed.notify_all()

    def close(self, *, patience_s: float) -> None:
        """Finish what was taken, then end.

        Where nothing is finished for `patience_s`, the disk does not answer: what is left then is
        logged and left behind, whole but without a sidecar.
        """
        with self._changed:
            self._is_closing = True
            self._take_again()
            self._changed.notify_all()
            while self._segments:
                is_done = partial(self._is_done, self._segments[0])
                if not self._changed.wait_for(is_done, patience_s):
                    break
            left = tuple(self._segments)
        for segment in (one for one in left if not one.is_guess):
            _log_left_behind(segment, patience_s)

    def _is_done(self, segment: Segment) -> bool:
        return not self._segments or self._segments[0] is not segment

    def _run(self) -> None:
        while (segment := self._next()) is not None:
            self._at = (segment.path, self._clock.monotonic_s())
            where = {"camera": segment.recording.camera, "file": segment.path.name}
            try:
                self._archive(segment)
            except OSError as error:  # its disk may be back later
                if isinstance(error, FileNotFoundError) and segment.path.parent.is_dir():
                    if not segment.is_guess:
                        log.warning("segment taken away before it was described", extra=where)
                else:
                    self._put_off(segment, error)
            except FileError as error:
                log.warning("segment not described", extra={**where, "why": error})
            except Exception:  # of all segments, only this one may suffer from a bug of ours
                log.exception("segment not described", extra=where)
            else:
                _forget_attempt(segment)
            self._at = None
            with self._changed:
                self._segments.popleft()
                self._changed.notify_all()

    def _put_off(self, segment: Segment, error: OSError) -> None:
        """Try again later, and once more at the end; only the first and last failures are news."""
        where = {"camera": segment.recording.camera, "file": segment.path}
        with self._changed:
            is_closing = self._is_closing
            if not is_closing:
                self._put_off_segments.append(segment)
        if not segment.is_guess and (is_closing or segment not in self._failed):
            what = (
                "segment left without a sidecar" if is_closing else "segment not described as yet"
            )
            log.warning(what, extra={**where, "why": error})
        self._failed.add(segment)

    def _next(self) -> Segment | None:
        """Return the next segment when there is one, None when there will be none."""
        with self._changed:
            while not self._segments and not self._is_closing:
                if not self._changed.wait(_AGAIN_AFTER_S if self._put_off_segments else None):
                    self._take_again()
            return self._segments[0] if self._segments else None

    def _take_again(self) -> None:
        self._segments.extend(self._put_off_segments)
        self._put_off_segments.clear()

    def _archive(self, segment: Segment) -> None:
        if segment.is_guess:
            self._follow(segment)
            return
        if remove_if_frameless(segment.path):
            return
        described = describe(segment)
        if segment not in self._told:
            self._told.add(segment)
            _warn_of_other_pictures(described)
            self._described(described)
        write_sidecar(described)
        self._told.discard(segment)
        self._failed.discard(segment)
        with self._changed:  # its disk is there: so are those that could not be read before
            self._take_again()

    def _follow(self, guess: Segment) -> None:
        """Take a segment that is there although nobody saw it; there may be one more, then."""
        guess.path.stat()
        self.take(replace(guess, is_guess=False))
        self.take(guess.successor())
        self._failed.discard(guess)


def _forget_attempt(segment: Segment) -> None:
    """Remove the checkpoint of an attempt whose last segment is described, or is none."""
    if segment.checkpoint is not None and not segment.is_guess:
        with contextlib.suppress(OSError):
            host.remove(segment.checkpoint, missing_ok=True)


def _log_left_behind(segment: Segment, waited_s: float) -> None:
    log.error(
        "segment left without a sidecar, its disk does not answer",
        extra={
            "camera": segment.recording.camera,
            "file": segment.path,
            "waited_s": waited_s,
        },
    )


def remove_if_frameless(path: Path) -> bool:
    """Remove the file if it is empty, or the bare head of a recording; return whether it was.

    Raises `OSError`.
    """
    size_bytes = path.stat().st_size
    if size_bytes > LONGEST_HEAD_BYTES:
        return False
    if size_bytes > 0:
        try:
            matroska.frames(path)
        except matroska.NoFrame:
            pass
        else:
            return False
    host.remove(path)
    log.info(
        "removed a segment without a frame", extra={"file": path.name, "size_bytes": size_bytes}
    )
    return True


def describe(segment: Segment) -> Described:
    """Make the segment durable and return what is in it. Raises `OSError`, `NotMatroska`."""
    host.sync_file(segment.path)
    host.sync_directory(segment.path.parent)
    frames = matroska.frames(segment.path)
    frame = timedelta(seconds=segment.recording.frame_s)
    return Described(
        segment=segment,
        size_bytes=segment.path.stat().st_size,
        frames=frames.count,
        span=Window(
            segment.zero + timedelta(seconds=frames.first_pts_s),
            segment.zero + timedelta(seconds=frames.last_pts_s) + frame,
        ),
        finalised=frames.finalised,
        pictures=_pictures(segment),
    )


def _pictures(segment: Segment) -> tuple[Size | None, Size | None]:
    if segment.recording.source.encoding is not Encoding.JPEG:
        return None, None
    return picture.first_and_last(segment.path)


def _warn_of_other_pictures(described: Described) -> None:
    """Log that a camera sent another size than was asked for: the container does not tell."""
    recording = described.segment.recording
    capability = recording.source.capability
    wanted = Size(capability.width, capability.height)
    first, last = described.pictures
    if {first, last} - {None, wanted}:
        log.warning(
            "pictures are not of the size that was asked for",
            extra={
                "camera": recording.camera,
                "file": described.segment.path.name,
                "wanted": wanted,
                "first": first,
                "last": last,
            },
        )


def write_sidecar(described: Described) -> Path:
    """Write `SEGMENT.json` beside the segment, whole or not at all. Raises `OSError`."""
    path = described.segment.path.with_suffix(".json")
    host.write_durably(path, json.dumps(sidecar(described), indent=2, ensure_ascii=False) + "\n")
    return path


def sidecar(described: Described) -> dict[str, object]:
    """Return the sidecar's content: what the file holds, and why it was recorded."""
    segment, recording = described.segment, described.segment.recording
    source = recording.source
    windows = [w for w in segment.windows if w.meets(described.span)] or segment.windows
    return {
        "version": SIDECAR_VERSION,
        "file": segment.path.name,
        "camera": recording.camera,
        "size_bytes": described.size_bytes,
        "frames": described.frames,
        "first_frame": format_utc(described.span.start),
        "last_frame_end": format_utc(described.span.end),
        "finalised": described.finalised,
        "windows": [window_dict(window) for window in windows],
        "surplus_s": _surplus_s(described.span, windows),
        "server": source.server,
        "device": {"id": source.device_id, "name": source.device_name},
        "capability": source.capability.caps,
        "encoding": source.encoding.value,
        "picture": {"first": _size(described.pictures[0]), "last": _size(described.pictures[1])},
        **recording.provenance,
        "relabelled": [
            {"at": format_utc(one.at), **one.recording.provenance} for one in segment.relabelled
        ],
        "overlaps": list(segment.overlaps),
        "software": {"thorsched": __version__},
    }


def _size(size: Size | None) -> dict[str, int] | None:
    return None if size is None else {"width": size.width, "height": size.height}


def _surplus_s(span: Window, windows: Sequence[Window]) -> dict[str, float]:
    """Return how much of `span` lies before, between and after the windows, in seconds."""
    parts = {"before": 0.0, "between": 0.0, "after": 0.0}
    for surplus in subtract((span,), windows):
        if surplus.end <= windows[0].start:
            where = "before"
        else:
            where = "after" if surplus.start >= windows[-1].end else "between"
        parts[where] += surplus.length.total_seconds()
    return {where: round(seconds, 3) for where, seconds in parts.items()}
