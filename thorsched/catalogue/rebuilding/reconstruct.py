"""What sidecars tell of attempts, of what was wanted, and of what is missing. Pure.

Called by `rebuild.py` for a journal that was lost: it is told all that was found, and says what
follows from that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from thorsched.base.units import parse_utc
from thorsched.catalogue.entries import AttemptRow, Gap, SegmentRow, Stretch
from thorsched.catalogue.rebuilding.outages import RECKONED, Moment, Outages, rests
from thorsched.catalogue.told import Told
from thorsched.recording.segments import SEAM
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import ALWAYS, Window, clip, joined, meeting, subtract, union

ATTEMPT_DETAIL = "from its sidecars: how it ended is not known"
UNKNOWN_RUN = 0


@dataclass(slots=True)
class _Camera:
    recorded: list[Window] = field(default_factory=list)
    wanted: list[Window] = field(default_factory=list)
    """As the last journal said."""
    paused: list[Window] = field(default_factory=list)
    stretches: dict[datetime | None, Stretch] = field(default_factory=dict)
    """As the sidecars say, by their start; of a window that is told twice the later is right."""
    outages: Outages = field(default_factory=Outages)


@dataclass(slots=True)
class Recollection:
    """What was found so far."""

    _cameras: dict[str, _Camera] = field(default_factory=lambda: defaultdict(_Camera))
    _attempts: dict[str, AttemptRow] = field(default_factory=dict)
    _absences: list[Moment] = field(default_factory=list)

    def found(self, told: Told) -> None:
        """Take what a sidecar says."""
        camera = self._cameras[told.row.camera]
        self.recorded(told.row)
        for start, end in _windows(told.everything):
            known = camera.stretches.get(start)
            first = min(told.row.first_frame, known.start) if known else told.row.first_frame
            camera.stretches[start] = Stretch(
                told.row.camera,
                first if start is None else start,
                end,
                str(told.everything.get("revision") or ""),
                _schedules(told.everything),
            )
        known_attempt = self._attempts.get(told.row.attempt)
        attempt = _attempt(told)
        if attempt is not None:
            self._attempts[attempt.id] = _together(known_attempt, attempt)

    def recorded(self, row: SegmentRow) -> None:
        """Take a segment, of a sidecar or of a journal; in quarantine none counts."""
        if row.first_frame < row.last_frame_end and not row.quarantined:
            span = Window(row.first_frame, row.last_frame_end)
            for window in subtract((span,), row.pauses):
                _append(self._cameras[row.camera].recorded, window)

    def under_way(self, camera: str, since: datetime) -> None:
        """Take it that what an attempt has recorded since then is not described as yet."""
        self._cameras[camera].outages.undescribed.append(Window(since, ALWAYS.end))

    def absent(self, since: datetime, trouble: Trouble) -> None:
        """Take when a run was last at work, and why nobody was after it."""
        self._absences.append((since, trouble))

    def broke(self, camera: str, at: datetime, trouble: Trouble) -> None:
        """Take when a recorder has ended, and by what."""
        self._cameras[camera].outages.broke.append((at, trouble))

    def wanted(self, camera: str, start: datetime, end: datetime | None) -> None:
        """Take a stretch that the last journal knew."""
        last = ALWAYS.end if end is None else end
        if start < last:
            self._cameras[camera].wanted.append(Window(start, last))

    def paused(self, camera: str, spans: Iterable[Window]) -> None:
        """Take time in which a person did not want a camera, whatever its sidecars say."""
        self._cameras[camera].paused += spans

    def missed(self, gaps: Sequence[Gap], *, is_latest: bool) -> Iterator[tuple[Window, ...]]:
        """Take gaps that a journal knew; yield of each what nothing says that was taken before.

        They have an end. What journals before the latest know may have been recorded after all.
        """
        known = {
            camera: union((*one.outages.told, *(() if is_latest else one.recorded)))
            for camera, one in self._cameras.items()
        }
        for gap in gaps:
            span = Window(gap.start, gap.end or ALWAYS.end)
            outages = self._cameras[gap.camera].outages
            if gap.trouble == RECKONED:
                outages.suspected.append(span)
                yield ()
                continue
            outages.suffered(span, gap.trouble)
            told = meeting(known.get(gap.camera, ()), span)
            yield tuple(rests((span,), told)) if told else (span,)

    def attempts(self) -> Iterator[AttemptRow]:
        yield from self._attempts.values()

    def stretches(self, until: datetime) -> Iterator[Stretch]:
        """Yield when the cameras were wanted, beyond what the last journal knew, up to `until`."""
        for camera in self._cameras.values():
            known, paused = union(camera.wanted), union(camera.paused)
            for stretch in camera.stretches.values():
                if stretch.start >= until or stretch.is_empty:
                    continue
                span = subtract(clip((stretch.span,), Window(ALWAYS.start, until)), paused)
                for left in subtract(span, known):
                    if left.length > SEAM:
                        yield replace(stretch, start=left.start, end=left.end)
                known = union((*known, *span))

    def gaps(self, until: datetime) -> Iterator[Gap]:
        """Yield what was wanted up to `until`, and is neither recorded nor known to be missing."""
        for name, camera in self._cameras.items():
            told = (one.span for one in camera.stretches.values() if not one.is_empty)
            suspected = camera.outages.suspected
            wanted = clip(union((*camera.wanted, *suspected, *told)), Window(ALWAYS.start, until))
            wanted = subtract(wanted, union(camera.paused))
            recorded = joined(union(camera.recorded), within=SEAM)
            missing = subtract(wanted, recorded)
            for left, trouble in camera.outages.reckoned(missing, self._absences):
                yield Gap(name, left.start, left.end, trouble)

    def last_recorded(self) -> datetime | None:
        """Return when the last frame of all came."""
        ends = [w.end for camera in self._cameras.values() for w in camera.recorded]
        return max(ends, default=None)


def _append(windows: list[Window], window: Window) -> None:
    """Add a window; what follows the last one, as most do, becomes one with it."""
    if windows and timedelta(0) <= window.start - windows[-1].end <= SEAM:
        windows[-1] = Window(windows[-1].start, window.end)
    else:
        windows.append(window)


def _windows(told: Mapping[str, Any]) -> Iterator[tuple[datetime | None, datetime | None]]:
    """Yield the windows of a sidecar that can be read."""
    listed = told.get("windows")
    for one in listed if isinstance(listed, list) else ():
        try:
            start, end = (one[name] and parse_utc(one[name]) for name in ("start", "end"))
        except (TypeError, KeyError, ValueError, OverflowError):
            continue
        yield start or None, end or None


def _schedules(told: Mapping[str, Any]) -> tuple[str, ...]:
    listed = told.get("schedules")
    return tuple(map(str, listed)) if isinstance(listed, list) else ()


def _attempt(told: Told) -> AttemptRow | None:
    """Return what a segment's sidecar tells of its attempt, None if it is not enough for a row."""
    said, row = told.everything, told.row
    device = said.get("device")
    if not isinstance(device, dict) or not isinstance(device.get("id"), int):
        return None
    windows = list(_windows(said))
    start, end = windows[0] if len(windows) == 1 else (None, None)
    return AttemptRow(
        id=row.attempt,
        run=UNKNOWN_RUN,
        camera=row.camera,
        server=str(said.get("server", "")),
        device_id=device["id"],
        device_name=str(device.get("name", "")),
        capability=str(said.get("capability", "")),
        encoding=str(said.get("encoding", "")),
        port=0,
        pid=0,
        window_start=start,
        window_end=end,
        began=row.first_frame,
        first_bytes=row.first_frame,
        ended=row.last_frame_end,
        cause=None,
        detail=ATTEMPT_DETAIL,
        adopted=False,
        succeeds=None,
    )


def _together(known: AttemptRow | None, attempt: AttemptRow) -> AttemptRow:
    """Return what two of an attempt's segments tell of it."""
    if known is None:
        return attempt
    earlier, later = sorted((known, attempt), key=lambda one: one.began)
    return replace(earlier, ended=later.ended, window_end=later.window_end)
