"""What in a file is right as a file and may surprise whoever wrote it. Pure.

Called by `readiness.py`, for those who look before they leave.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.config.models import Config
from thorsched.engine.desired import timetables
from thorsched.engine.findings import Finding, Verdict
from thorsched.engine.outlook import outlook
from thorsched.schedule.occurrences import swallowed_dates

_LOOK_AHEAD = timedelta(days=366)


def lint(config: Config, *, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Yield what may surprise from `now`, aware UTC, on; `zone` is for schedules without one."""
    yield from _past(config, now=now, zone=zone)
    yield from _swallowed(config, today=now.astimezone(zone).date(), zone=zone)


def _past(config: Config, *, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Warn of schedules of which nothing comes any more, whatever others want."""
    tables = {t.name: t for camera in config.cameras for t in timetables(config, camera, zone)}
    for name, table in tables.items():
        seen = outlook([table], now=now)
        if seen.next is None:
            detail = f"is {seen}" if seen.last else "never happens"
            yield Finding(Verdict.WARNING, f"schedules.{name}", detail)


def _swallowed(config: Config, *, today: date, zone: ZoneInfo) -> Iterator[Finding]:
    """Warn of windows that do not happen because clocks skip their time."""
    for name, schedule in config.schedules.items():
        own_zone = config.zone_of(name) or zone
        dates = swallowed_dates(
            config.rule_of(name), zone=own_zone, first=today, last=today + _LOOK_AHEAD
        )
        if schedule.enabled and dates:
            days = ", ".join(f"{day:%a %Y-%m-%d}" for day in dates)
            detail = f"clocks in {own_zone.key} skip its time on {days}: nothing is recorded then"
            yield Finding(Verdict.WARNING, f"schedules.{name}", detail)
