"""Days and moments for people, by the clocks of a zone: `Tue 2026-11-24 09:00`. Pure.

Called by whatever shows one; for programs `units.py` writes them in UTC.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def format_date(day: date) -> str:
    """Return e.g. `Tue 2026-11-24`; of a moment, the day that it shows."""
    return f"{day:%a %Y-%m-%d}"


def format_clock(shown: datetime) -> str:
    """Return the time that it shows, e.g. `09:00`, with seconds only where there are some."""
    return f"{shown:%H:%M:%S}" if shown.second else f"{shown:%H:%M}"


def format_moment(at: datetime, zone: ZoneInfo) -> str:
    """Return e.g. `Tue 2026-11-24 09:00`, with seconds only where there are some."""
    there = at.astimezone(zone)
    return f"{format_date(there)} {format_clock(there)}"


def format_minute(at: datetime, zone: ZoneInfo) -> str:
    """Return e.g. `Tue 2026-11-24 09:00`: the minute that `at` is in."""
    return format_moment(at.replace(second=0), zone)
