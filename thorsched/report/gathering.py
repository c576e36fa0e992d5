"""What a report says, gathered: the journal's rows, the file's schedules, and who records now.

What was wanted is in the journal until the last run's last pass; after that the file's schedules
say it, and nobody has recorded. While a scheduler runs, the report ends where all is known. A clock
may have been ahead, and anybody may have written the journal: nothing that lies after now counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.base.errors import ConfigError, MachineError
from thorsched.base.text import counted, did_you_mean, printable, printable_path, typed_path
from thorsched.base.units import format_utc
from thorsched.catalogue.consulting import consulted, holds_recordings
from thorsched.catalogue.entries import AttemptRow, Gap, Pause, Run
from thorsched.catalogue.kept import last_revision
from thorsched.catalogue.ledger import Evidence, account
from thorsched.catalogue.pausefile import asked_below
from thorsched.catalogue.pauses import BadPauses, together
from thorsched.catalogue.pieces import Filed, credible, pieces
from thorsched.catalogue.presence import unsure
from thorsched.catalogue.reader import EARLIEST, JournalReader
from thorsched.catalogue.runs import absence_after, was_ended
from thorsched.config.load import Loaded
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, wanted_between
from thorsched.engine.pauses import Pauses
from thorsched.recording.history import Happened
from thorsched.recording.root import holder_of
from thorsched.recording.spec import tail
from thorsched.recording.trouble import Cause, Trouble
from thorsched.report import leftovers
from thorsched.report.drifted import EVENTS, Drifted, drifted
from thorsched.report.period import USUAL, Asked, usual
from thorsched.report.provenance import in_force, recordings
from thorsched.report.values import CameraReport, RecordingReport, Report
from thorsched.report.words import local
from thorsched.schedule.days import days
from thorsched.schedule.intervals import ALWAYS, Window, clip, union

# What was wanted last is looked for that far back. Of a longer time the days count from the first
# thing on that was recorded or wanted.
_LONG_AGO = timedelta(days=366)
_NO_RUN = Trouble(Cause.UNKNOWN, "no run is in the journal, which was made anew")


@dataclass(frozen=True, slots=True)
class _Known:
    """What holds for all cameras."""

    config: Config
    horizon: Horizon
    last: Run | None
    """None in a journal that was made anew from recordings alone."""
    until: datetime
    """Until when the journal may tell what was wanted."""
    doubts: tuple[Window, ...]
    """When nobody knows whether a run was at work, which then does not tell all."""
    is_recording: bool
    orphaned: frozenset[str]
    """Cameras whose recorders run without a scheduler."""
    pipe: timedelta
    """How long frames may be on their way to the disk."""
    attempts: Sequence[AttemptRow]
    events: Sequence[Happened]
    """Those that tell of drifts and runs."""
    runs: Sequence[Run]

    @property
    def sure(self) -> datetime:
        """Until when the last run was at work, as far as that is known."""
        last = [doubt.start for doubt in self.doubts if doubt.end >= self.until]
        return self.until if self.is_recording else min([self.until, *last])

    def followed(self, camera: str) -> Window:
        """Return the time of which it can be told what of it a camera has recorded."""
        end = self.sure - self.pipe if camera in self.orphaned else ALWAYS.end
        return Window(ALWAYS.start, end)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the journal and the file tell of one camera."""

    camera: str
    wanted: tuple[Window, ...]
    filed: tuple[Filed, ...]
    incredible: int
    """Segments that cannot be as the journal tells."""
    gaps: Sequence[Gap]
    drifts: tuple[Drifted, ...]

    @property
    def first(self) -> datetime:
        """When the first thing was wanted or recorded."""
        return min(
            [ALWAYS.end, *(w.start for w in self.wanted[:1]), *(f[0] for f in self.filed[:1])]
        )


def gather(
    loaded: Loaded, asked: Asked, names: Sequence[str], *, now: datetime, zone: ZoneInfo
) -> Report:
    """Return the report. `now` is aware UTC; `zone` is for a file without one.

    Raises `MachineError` where no journal can be read, and `ConfigError` for what was mistyped.
    """
    root = loaded.config.storage.root
    zone = loaded.config.zone or zone
    with consulted(root) as journal:
        pauses, unread = _pauses(journal, root)
        known = _known(journal, loaded.config, Horizon(zone, pauses=pauses), now)
        cameras = _named(names, [*loaded.config.cameras, *journal.cameras()])
        period = _period(journal, known, cameras, asked, now)
        found = [_found(journal, known, name, period, now) for name in cameras]
        parts = tuple(days(_worth_dividing(period, found), zone))
        revisions = in_force(journal.applied_times(), period)
        told = clip([period], Window(ALWAYS.start, known.until))
        made = {
            name: recordings(journal.wanted_of(name, period), revisions, told) for name in cameras
        }
        reports = tuple(_camera(one, known, period, parts, made[one.camera]) for one in found)
        notes = (
            *_notes(journal, known, loaded, found, period, now),
            *_doubts(known, found, period),
            *_since_its_end(known, reports),
            *unread,
        )
    return Report(
        file=loaded.path,
        root=root,
        zone=zone,
        made=now,
        period=period,
        cameras=tuple(one for one in reports if names or _is_worth_telling(one, loaded.config)),
        is_recording=known.is_recording,
        notes=notes,
        revisions=revisions,
    )


def _pauses(journal: JournalReader, root: Path) -> tuple[Pauses, tuple[str, ...]]:
    """Return the pauses that the journal knows, and those that no run has heeded as yet.

    And what is not known of them, in words.
    """
    asked: tuple[Pause, ...] = ()
    unread: tuple[str, ...] = ()
    try:
        asked = asked_below(root)
    except (BadPauses, OSError) as error:
        unread = (f"not known: which pauses are asked for ({printable(str(error))})",)
    return Pauses.of(together(journal.pauses(), asked)), unread


def _known(journal: JournalReader, config: Config, horizon: Horizon, now: datetime) -> _Known:
    last, root = journal.last_run(), config.storage.root
    is_recording = last is not None and last.ended is None and holder_of(root) == str(last.pid)
    pipe = tail(max(config.server_of(camera).latency for camera in config.cameras))
    orphaned = frozenset() if is_recording else leftovers.running_below(root)
    seen = max(min(last.last_pass if last else _told(journal, root).end, now), EARLIEST)
    until = seen - pipe if is_recording else seen
    runs = journal.runs()
    return _Known(
        config=config,
        horizon=horizon,
        last=last,
        until=until,
        doubts=unsure(runs, now=now),
        is_recording=is_recording,
        orphaned=orphaned,
        pipe=pipe,
        attempts=[a for a in journal.open_attempts() if is_recording or a.camera in orphaned],
        events=journal.events_of(*EVENTS),
        runs=runs,
    )


def _told(journal: JournalReader, root: Path) -> Window:
    """Return the time of which a journal without runs tells. Raises `MachineError` if none."""
    span = journal.span()
    if span is None:
        step = f"thorsched rebuild {typed_path(root)} takes in the recordings that are there"
        step = step if holds_recordings(root) else "thorsched run has not recorded there"
        raise MachineError(f"nothing is in the journal of {root} as yet: {step}")
    return span


def _named(names: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    there = tuple(dict.fromkeys(there))
    for name in names:
        if name not in there:
            raise ConfigError(
                f"--camera: no camera '{printable(name)}' is in the file or the journal"
                f"{did_you_mean(name, there)}"
            )
    return tuple(dict.fromkeys(names)) or there


def _period(
    journal: JournalReader, known: _Known, cameras: Sequence[str], asked: Asked, now: datetime
) -> Window:
    """Return the time to tell of, without what has not come or is not known as yet."""
    try:
        period = asked.period(known.horizon.zone, now)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    end = known.until if known.is_recording else now
    if period is None:
        since = _since(journal, known, cameras)
        period = usual(_newest(journal, known, cameras, now), end, since=since)
    if period.start >= end:
        raise ConfigError(f"nothing is known as yet of what comes after {format_utc(end)}")
    return Window(period.start, min(period.end, end))


def _since(journal: JournalReader, known: _Known, cameras: Sequence[str]) -> datetime:
    """Return since when anything is known: the first run, or what is recorded of the day before."""
    first = journal.first_run()
    if first is None:
        return _told(journal, known.config.storage.root).start
    before = Window(max(first.began - USUAL, EARLIEST), first.began)
    filed = [one for name in cameras for one in journal.filed_of(name, before)]
    return min([first.began, *(max(one[0], before.start) for one in filed)])


def _newest(
    journal: JournalReader, known: _Known, cameras: Sequence[str], now: datetime
) -> datetime | None:
    between = Window(now - _LONG_AGO, now)
    ends = [_wanted(journal, known, name, between)[-1:] for name in cameras]
    return max((window.end for found in ends for window in found), default=None)


def _wanted(
    journal: JournalReader, known: _Known, camera: str, between: Window
) -> tuple[Window, ...]:
    """Return what was wanted of a camera: by the journal, then by the file.

    Of a time that nobody may have watched the file tells what the journal does not.
    """
    stretches = [s.span for s in journal.wanted_of(camera, between) if not s.is_empty]
    told = clip(stretches, Window(ALWAYS.start, known.until))
    missed = [
        Window(g.start, g.end or known.until)
        for g in journal.gaps_of(camera, between)
        if g.start < (g.end or known.until)
    ]
    later = [Window(known.until, ALWAYS.end)] if known.until < between.end else []
    planned = [
        window
        for part in clip(union([*known.doubts, *later]), between)
        if camera in known.config.cameras
        for window in wanted_between(known.config, camera, between=part, horizon=known.horizon)
    ]
    return clip(union([*told, *missed, *planned]), between)


def _found(
    journal: JournalReader, known: _Known, camera: str, period: Window, now: datetime
) -> _Found:
    told = journal.filed_of(camera, period)
    filed = tuple(one for one in told if credible(one, now=now))
    wanted = clip(_wanted(journal, known, camera, period), known.followed(camera))
    gaps = journal.gaps_of(camera, period)
    until = min(period.end, max(known.sure, period.start + timedelta.resolution))
    drifts = drifted(camera, known.events, known.runs, within=Window(period.start, until))
    return _Found(camera, wanted, filed, len(told) - len(filed), gaps, drifts)


def _worth_dividing(period: Window, found: Sequence[_Found]) -> Window:
    """Return the time whose days are told: a person may ask from the year 1 on."""
    if period.length <= _LONG_AGO:
        return period
    first = min([period.end - timedelta.resolution, *(one.first for one in found)])
    return Window(max(period.start, first), period.end)


def _camera(
    found: _Found,
    known: _Known,
    period: Window,
    parts: Sequence[tuple[date, Window]],
    made: tuple[RecordingReport, ...],
) -> CameraReport:
    evidence = Evidence(
        camera=found.camera,
        wanted=found.wanted,
        pieces=pieces(found.filed, edges=[period.start, *(w.end for _, w in parts)]),
        gaps=found.gaps,
        pauses=sorted(
            (one for one in known.horizon.pauses.known.values() if one.camera == found.camera),
            key=lambda one: one.start,
        ),
        attempts=[one for one in known.attempts if one.camera == found.camera],
        known=known.sure,
        later=absence_after(known.last) if known.last else _NO_RUN,
    )
    whole = account(evidence, period)
    days_of = tuple((day, whole.within(window)) for day, window in parts)
    return CameraReport(whole, days_of, made, found.drifts)


def _since_its_end(known: _Known, reports: Sequence[CameraReport]) -> Iterator[str]:
    """Tell whoever has ended the program that what the file wants since then counts as missing.

    So, too, where nobody knows how it ended.
    """
    ends = [one.span.end for report in reports for one in report.whole.missing]
    is_missed = max(ends, default=known.sure) > known.sure
    if known.is_recording or not is_missed:
        return
    if known.last is None:
        what = "the last recording ended"
    elif was_ended(known.last):
        what = f"thorsched was ended by {known.last.how}"
    else:
        return
    zone = known.horizon.zone
    yield (
        f"{what} {local(known.sure, zone)}: what the file wants since then is missing; "
        f"--until {known.sure.astimezone(zone):%Y-%m-%dT%H:%M:%S} leaves it out"
    )


def _is_worth_telling(report: CameraReport, config: Config) -> bool:
    whole = report.whole
    return whole.camera in config.cameras or bool(whole.wanted or whole.pieces)


def _notes(
    journal: JournalReader,
    known: _Known,
    loaded: Loaded,
    found: Sequence[_Found],
    period: Window,
    now: datetime,
) -> Iterator[str]:
    if known.is_recording and now - period.end < timedelta(minutes=1):
        yield "a recording is on: counted until here"
    if orphans := len(known.orphaned):
        since = local(known.sure - known.pipe, known.horizon.zone)
        yield (
            f"{counted(orphans, 'recorder')} without a scheduler: what they record since {since} "
            "counts when thorsched run goes on with them"
        )
    if not known.is_recording:
        yield from leftovers.in_words(known.config.storage.root)
    applied = last_revision(journal)
    if applied and applied.path.absolute() != loaded.path.absolute():
        yield f"recorded by another file: {printable_path(applied.path)}"
    elif applied and not known.is_recording and applied.revision != loaded.revision:
        yield "the file was edited since: what it wants now holds from the end of the last run on"
    yield from _beginning(journal.first_run(), known, found, period, now)


def _beginning(
    first: Run | None, known: _Known, found: Sequence[_Found], period: Window, now: datetime
) -> Iterator[str]:
    """Yield what is not known of the time of which no run tells."""
    alone = "is known from recordings alone: what else was wanted, and why it is missing, is not"
    if first is None:
        yield f"no run is in the journal: what is told here {alone}"
    elif period.start < first.began <= now:
        began = local(first.began, known.horizon.zone)
        is_told = any(one.filed and one.filed[0][0] < first.began for one in found)
        yield (
            f"the first run in the journal began {began}: what was before {alone}"
            if is_told
            else f"the journal begins {began}: what was before is not known"
        )


def _doubts(known: _Known, found: Sequence[_Found], period: Window) -> Iterator[str]:
    """Yield what cannot be as the journal tells."""
    for doubt in clip(known.doubts, period):
        yield (
            "the clock was ahead: nobody knows until when thorsched was at work from "
            f"{local(doubt.start, known.horizon.zone)} to {local(doubt.end, known.horizon.zone)}; what the file wants now "
            "counts there, too"
        )
    incredible = sum(one.incredible for one in found)
    if incredible:
        yield (
            f"{counted(incredible, 'segment')} not counted: what the journal says of the time "
            "cannot be; thorsched rebuild asks the files"
        )
