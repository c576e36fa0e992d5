"""What a report says, gathered: the journal's rows, the file's schedules, and who records now.

What was wanted is in the journal until the last run's last pass; after that the file's schedules
say it, and nobody has recorded. While a scheduler runs, the report ends where all is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.base.errors import ConfigError, MachineError
from thorsched.base.text import counted, did_you_mean, printable
from thorsched.base.units import format_utc
from thorsched.catalogue.consulting import consulted
from thorsched.catalogue.entries import AttemptRow, Run
from thorsched.catalogue.ledger import Account, Evidence, account
from thorsched.catalogue.pieces import pieces
from thorsched.catalogue.reader import JournalReader
from thorsched.cli.report.period import Asked, days, usual
from thorsched.config.load import Loaded
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, wanted_between
from thorsched.recording.guard import orphans_below
from thorsched.recording.root import holder_of
from thorsched.recording.spec import tail
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import ALWAYS, Window, clip, union

# What was wanted last is looked for that far back.
_LONG_AGO = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class CameraReport:
    """One camera: all of the time that is reported, and each day of it."""

    whole: Account
    days: tuple[tuple[date, Account], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of each camera; `period` ends where all is known."""

    file: Path
    root: Path
    zone: ZoneInfo
    made: datetime
    period: Window
    cameras: tuple[CameraReport, ...]
    is_recording: bool
    """Whether a scheduler runs on the root, so that more comes."""
    notes: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return all(camera.whole.is_complete for camera in self.cameras)


@dataclass(frozen=True, slots=True)
class _Known:
    """What holds for all cameras."""

    config: Config
    horizon: Horizon
    last: Run
    until: datetime
    is_recording: bool
    attempts: Sequence[AttemptRow]


def gather(
    loaded: Loaded, asked: Asked, names: Sequence[str], *, now: datetime, zone: ZoneInfo
) -> Report:
    """Return the report. `now` is aware UTC; `zone` is for a file without one.

    Raises `MachineError` where no journal can be read, and `ConfigError` for what was mistyped.
    """
    root = loaded.config.storage.root
    zone = ZoneInfo(loaded.config.timezone) if loaded.config.timezone else zone
    with consulted(root) as journal:
        known = _known(journal, loaded.config, Horizon(zone), now)
        cameras = _named(names, [*loaded.config.cameras, *journal.cameras()])
        period = _period(journal, known, cameras, asked, now)
        reports = tuple(_camera(journal, known, name, period, zone) for name in cameras)
        notes = tuple(_notes(journal, known, loaded, period, now))
    return Report(
        file=loaded.path,
        root=root,
        zone=zone,
        made=now,
        period=period,
        cameras=tuple(one for one in reports if names or _is_worth_telling(one, loaded.config)),
        is_recording=known.is_recording,
        notes=notes,
    )


def _known(journal: JournalReader, config: Config, horizon: Horizon, now: datetime) -> _Known:
    last = journal.last_run()
    if last is None:
        raise MachineError(f"no run is in the journal of {config.storage.root} as yet")
    is_recording = last.ended is None and holder_of(config.storage.root) == str(last.pid)
    latency = max(config.server_of(camera).latency for camera in config.cameras)
    until = min(last.last_pass, now) - tail(latency) if is_recording else last.last_pass
    attempts = journal.open_attempts() if is_recording else ()
    return _Known(config, horizon, last, until, is_recording, attempts)


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
        first = journal.first_run() or known.last
        period = usual(_newest(journal, known, cameras, now), end, since=first.began)
    if period.start >= end:
        raise ConfigError(f"nothing is known as yet of what comes after {format_utc(end)}")
    return Window(period.start, min(period.end, end))


def _newest(
    journal: JournalReader, known: _Known, cameras: Sequence[str], now: datetime
) -> datetime | None:
    between = Window(now - _LONG_AGO, now)
    ends = [_wanted(journal, known, name, between)[-1:] for name in cameras]
    return max((window.end for found in ends for window in found), default=None)


def _wanted(
    journal: JournalReader, known: _Known, camera: str, between: Window
) -> tuple[Window, ...]:
    """Return what was wanted of a camera: by the journal, then by the file."""
    stretches = [s.span for s in journal.wanted_of(camera, between) if not s.is_empty]
    told = clip(stretches, Window(ALWAYS.start, known.until))
    missed = [
        Window(g.start, g.end or known.until)
        for g in journal.gaps_of(camera, between)
        if g.start < (g.end or known.until)
    ]
    planned: tuple[Window, ...] = ()
    if camera in known.config.cameras and known.until < between.end:
        later = Window(max(known.until, between.start), between.end)
        planned = wanted_between(known.config, camera, between=later, horizon=known.horizon)
    return clip(union([*told, *missed, *planned]), between)


def _camera(
    journal: JournalReader, known: _Known, camera: str, period: Window, zone: ZoneInfo
) -> CameraReport:
    parts = tuple(days(period, zone))
    evidence = Evidence(
        camera=camera,
        wanted=_wanted(journal, known, camera, period),
        pieces=pieces(
            journal.filed_of(camera, period), edges=[period.start, *(w.end for _, w in parts)]
        ),
        gaps=journal.gaps_of(camera, period),
        attempts=[one for one in known.attempts if one.camera == camera],
        known=known.until,
        later=_absence(known.last),
    )
    whole = account(evidence, period)
    return CameraReport(whole, tuple((day, whole.within(window)) for day, window in parts))


def _absence(last: Run) -> Trouble:
    how = f"it ended by {last.how}" if last.how else f"process {last.pid} did not end in order"
    return Trouble(Cause.NOT_RUNNING, f"{how}, last at work {format_utc(last.last_pass)}")


def _is_worth_telling(report: CameraReport, config: Config) -> bool:
    whole = report.whole
    return whole.camera in config.cameras or bool(whole.wanted or whole.pieces)


def _notes(
    journal: JournalReader, known: _Known, loaded: Loaded, period: Window, now: datetime
) -> Iterator[str]:
    if known.is_recording and now - period.end < timedelta(minutes=1):
        yield "a recording is on: counted until here"
    orphans = 0 if known.is_recording else len(orphans_below(known.config.storage.root))
    if orphans:
        yield (
            f"{counted(orphans, 'recorder')} without a scheduler: what they record counts when "
            "thorsched run goes on with them"
        )
    revisions = journal.revisions()
    if revisions and revisions[-1].path.absolute() != loaded.path.absolute():
        yield f"recorded by another file: {printable(str(revisions[-1].path), longest=400)}"
    elif revisions and not known.is_recording and revisions[-1].revision != loaded.revision:
        yield "the file was edited since: what it wants now holds from the end of the last run on"
    runs = journal.first_run()
    if runs is not None and period.start < runs.began:
        began = runs.began.astimezone(known.horizon.zone)
        yield f"the journal begins {began:%a %Y-%m-%d %H:%M:%S}: what was before is not known"
