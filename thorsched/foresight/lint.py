"""What in a file is right as a file and may surprise whoever wrote it. Pure.

Called by `readiness.py`, for those who look before they leave. A file with a mistake does not get
so far: here is what it does that its words may not say.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.base.moments import format_date, format_minute
from thorsched.base.text import counted
from thorsched.base.units import format_duration
from thorsched.config.models import Config
from thorsched.config.rules import Always, Lasting, Span, Zeitgeber
from thorsched.engine.desired import timetables
from thorsched.engine.manner import SEGMENT_TIME, manner, settings_of
from thorsched.engine.odds import odds
from thorsched.engine.outlook import outlook
from thorsched.foresight.findings import Finding, Verdict
from thorsched.recording.spec import tail
from thorsched.schedule.changes import lights_on_the_wall, moved_starts, stretched, swallowed_dates
from thorsched.schedule.intervals import Window, joined
from thorsched.schedule.localtime import first_instant, midnight
from thorsched.schedule.occurrences import start_dates
from thorsched.schedule.parts import parts
from thorsched.schedule.windows import Timetable, state, wanted

_A_DAY = timedelta(days=1)
_A_YEAR = timedelta(days=366)
# Long enough for every day of the week, short enough for a window a minute.
_A_WEEK = timedelta(days=8)


def lint(config: Config, *, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Yield what may surprise from `now`, aware UTC, on; `zone` is for schedules without one."""
    tables = {t.name: t for camera in config.cameras for t in timetables(config, camera, zone)}
    yield from _experiment(config, now=now, zone=zone)
    yield from _after_the_experiment(config, tables)
    yield from _at_odds(config, Window(now, now + _A_YEAR), zone=zone)
    yield from _lights(config, tables, now=now)
    for camera in config.cameras:
        yield from _camera(config, camera, now=now, zone=zone)
        yield from _upgrade(config, camera, now=now, zone=zone)
    for name in config.schedules:
        subject = f"schedules.{name}"
        if name in tables:
            yield from _past(subject, tables[name], now=now)
            yield from _clocks(subject, tables[name], now=now)
        else:
            yield Finding(Verdict.INFORMATION, subject, "is switched off: enabled is false")


def _at_odds(config: Config, between: Window, *, zone: ZoneInfo) -> Iterator[Finding]:
    """Tell who asks for several things of one camera at once: one of them is not recorded."""
    for one in odds(config, between=between, zone=zone):
        last = f"schedules.{one.conflict.names[-1]}"
        own_zone = config.zone_of(one.conflict.names[-1]) or zone
        since = format_minute(one.conflict.window.start, own_zone)
        yield Finding(Verdict.PROBLEM, last, f"from {since} on: {one}")
    for name, schedule in config.schedules.items():
        if schedule.enabled and schedule.priority and not settings_of(schedule):
            detail = "its priority decides nothing: it has no capability, segment or storage"
            yield Finding(Verdict.WARNING, f"schedules.{name}", detail)


def _experiment(config: Config, *, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Say which day of the experiment it is: a start that is a week off is easily overlooked."""
    if config.experiment is None:
        return
    start, days = config.experiment.start, config.experiment.days
    own_zone = config.zone or zone
    today = (now.astimezone(own_zone).date() - start).days + 1
    if today < 1:
        detail = f"begins in {counted(1 - today, 'day')}, on {format_date(start)}"
    elif days is None or today <= days:
        detail = f"today is day {today}" + (f" of {days}" if days else "")
    else:
        detail = f"is over: day {days} was {format_date(start + (days - 1) * _A_DAY)}"
    yield Finding(Verdict.INFORMATION, "experiment", detail)


def _camera(config: Config, camera: str, *, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Tell of files that are as long as their windows, whatever `segment` says."""
    for place, (limit, longest) in _files(config, camera, now=now, zone=zone).items():
        if limit > longest:
            detail = (
                f"segment.time, {format_duration(limit)}, is longer than its longest window, "
                f"{format_duration(longest)}: there is one file a window"
            )
            yield Finding(Verdict.INFORMATION, place, detail)


def _upgrade(config: Config, camera: str, *, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Tell of a camera that would wait for a better selector in vain: no recorder begins anew."""
    if config.cameras[camera].upgrade == "at_once":
        return
    tables = timetables(config, camera, zone)
    week = _a_week(tables, now=now)
    found = parts(tables, between=week) if week else []
    tried = {manner(config, camera, part.settings).selectors for part in found}
    if any(len(selectors) > 1 for selectors in tried) and len(tried) == 1:
        apart = config.lead + tail(config.server_of(camera).latency)
        windows = joined([part.window for part in found], within=apart)
        if len(windows) == 1 and week and windows[0].end >= week.end - apart:
            detail = (
                "it is wanted without a break: once it is recorded by a later selector, a better "
                "one waits until its recorder ends for another reason; upgrade: at_once takes it, "
                "and costs about a second"
            )
            yield Finding(Verdict.INFORMATION, f"cameras.{camera}.upgrade", detail)


def _a_week(tables: Sequence[Timetable], *, now: datetime) -> Window | None:
    """Return the week which begins with the current window, at `now`, or with the next."""
    current = state(tables, at=now)
    start = now if current.active else current.next_edge
    return Window(start, start + _A_WEEK) if start else None


def _files(
    config: Config, camera: str, *, now: datetime, zone: ZoneInfo
) -> dict[str, tuple[timedelta, timedelta]]:
    """Return, by who says how long files are, how long, and the longest time without a break.

    Of a week, which begins with the next window.
    """
    tables = timetables(config, camera, zone)
    week = _a_week(tables, now=now)
    found: dict[str, tuple[timedelta, timedelta]] = {}
    for part in parts(tables, between=week) if week else ():
        said_by = dict(part.said_by).get(SEGMENT_TIME)
        place = f"schedules.{said_by}" if said_by else f"cameras.{camera}"
        limit = manner(config, camera, part.settings).segment_time
        _, longest = found.get(place, (limit, timedelta(0)))
        found[place] = (limit, max(longest, part.window.length))
    return found


def _past(subject: str, table: Timetable, *, now: datetime) -> Iterator[Finding]:
    """Tell of times that are past: of all, or of those that are named."""
    today = now.astimezone(table.zone).date()
    seen = outlook([table], now=now)
    if seen.next is None:
        detail = f"is {seen}" if seen.last else "never happens"
        yield Finding(Verdict.WARNING, subject, detail)
        return
    if isinstance(table.rule, Span | Lasting) and seen.is_now:
        detail = (
            f"began {format_minute(seen.next.start, table.zone)}: what is past of it is not made up"
        )
        yield Finding(Verdict.INFORMATION, subject, detail)
    if table.exceptions and max(last for _, last in table.exceptions) < today:
        last = max(last for _, last in table.exceptions)
        detail = (
            f"all dates of `except` are past, the last is {format_date(last)}: nothing is left out"
        )
        yield Finding(Verdict.WARNING, subject, detail)


def _clocks(subject: str, table: Timetable, *, now: datetime) -> Iterator[Finding]:
    """Tell of windows of which a change of clocks makes something else, within a year.

    Nothing is said of windows that `only` or `except` take away.
    """
    rule, zone = table.rule, table.zone
    first = now.astimezone(zone).date()
    last = first + _A_YEAR
    swallowed = swallowed_dates(rule, zone=zone, first=first, last=last)
    if dates := [day for day in swallowed if _is_left(table, day)]:
        days = ", ".join(map(format_date, dates))
        detail = f"clocks in {zone.key} skip its time on {days}: nothing is recorded then"
        yield Finding(Verdict.WARNING, subject, detail)
    longer_or_shorter = stretched(rule, zone=zone, first=first, last=last)
    if odd := [one for one in longer_or_shorter if _is_whole(table, one.window)]:
        words = ", ".join(
            f"that of {format_date(one.day)} is {format_duration(one.window.length)}, "
            f"not {format_duration(one.usual)}"
            for one in odd
        )
        detail = f"clocks in {zone.key} change within its window: {words}"
        yield Finding(Verdict.INFORMATION, subject, detail)
    starts = moved_starts(rule, zone=zone, first=first, last=last)
    if moved := [one for one in starts if _is_left(table, one.day)]:
        words = ", ".join(
            f"{one.skipped:%H:%M} on {format_date(one.day)} (it starts at {one.shown:%H:%M})"
            for one in moved
        )
        yield Finding(Verdict.INFORMATION, subject, f"clocks in {zone.key} skip {words}")


def _is_left(table: Timetable, day: date) -> bool:
    """Return whether `only` and `except` leave a date, whatever the mode."""
    is_out = any(first <= day <= last for first, last in table.exceptions)
    return not is_out and (
        not table.only or any(first <= day <= last for first, last in table.only)
    )


def _is_whole(table: Timetable, window: Window) -> bool:
    """Return whether all of a window of its rule is wanted."""
    wanted_then = wanted([table], between=window)
    return any(one.start <= window.start and window.end <= one.end for one in wanted_then)


def _lights(config: Config, tables: Mapping[str, Timetable], *, now: datetime) -> Iterator[Finding]:
    """Tell how lights that ignore daylight saving time move on the clocks of the zone."""
    told: dict[Finding, None] = {}
    for name, table in tables.items():
        if not isinstance(table.rule, Zeitgeber):
            continue
        zone, today = table.zone, now.astimezone(table.zone).date()
        starts = start_dates(table.rule, zone=zone, first=today, last=today + _A_YEAR)
        days = [day for day in starts if _is_left(table, day)]
        if not days:
            continue
        (_, now_at), *changes = lights_on_the_wall(
            table.rule, zone=zone, first=days[0], last=days[-1]
        )
        if changes:
            words = ", ".join(f"from {format_date(day)} on {shown:%H:%M}" for day, shown in changes)
            detail = (
                f"lights keep to one offset from UTC: in {zone.key} they go on at "
                f"{now_at:%H:%M}, {words}; lights: wall_clock lets them follow"
            )
            is_own = config.schedules[name].lights_on is not None
            place = f"schedules.{name}" if is_own else "experiment"
            told[Finding(Verdict.INFORMATION, f"{place}.lights_on", detail)] = None
    yield from told


def _after_the_experiment(config: Config, tables: Mapping[str, Timetable]) -> Iterator[Finding]:
    """Tell of windows after the last day of the experiment, but for those that never end."""
    if not config.experiment or not config.experiment.days:
        return
    last = config.experiment.start + (config.experiment.days - 1) * _A_DAY
    going_on = [
        name
        for name, table in tables.items()
        if not isinstance(table.rule, Always)
        and state([table], at=first_instant(midnight(last + _A_DAY), table.zone)).next_edge
    ]
    if going_on:
        detail = (
            f"goes on after its last day, {format_date(last)}: {', '.join(going_on)}; "
            f"only: {config.experiment.start}..{last} would end that"
        )
        yield Finding(Verdict.INFORMATION, "experiment", detail)
