"""What windows cost to find: `python -m tests.bench.schedules`, a year of 200 schedules.

Schedules of every form, in four zones, none like another. Each repetition asks of another year, so
that nothing of it is remembered. Times are of the processor's, whoever else keeps it busy. Prints
the README's table.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.bench.figures import Spread
from thorsched.config.models import Config
from thorsched.engine.desired import timetables
from thorsched.schedule.intervals import Window
from thorsched.schedule.windows import Timetable, state, wanted

COUNT = 200
YEARS = range(2026, 2031)
MOMENTS = 50
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC")
# Of each form a schedule, `n` being its number.
FORMS: Sequence[Callable[[int], dict[str, Any]]] = (
    lambda n: {"always": True, "except": ["2026-12-24..2026-12-26"], "priority": n % 3},
    lambda n: {"from": f"2026-11-24T09:{n % 60:02}", "to": "2028-11-24T17:30"},
    lambda n: {"from": f"2026-11-24T09:{n % 60:02}", "for": "8h"},
    lambda n: {"daily": f"20:{n % 60:02}-08:00", "days": "mon-fri"},
    lambda n: {"daily": [f"06:{n % 60:02}-07:00", "01:30-02:30", "20:00-24:00"]},
    lambda n: {"daily": f"20:{n % 60:02}-08:00", "days": ["day 1-3", "day 8"]},
    lambda n: {"daily": f"20:{n % 60:02}-08:00", "except": ["2026-12-24..2026-12-26"]},
    lambda n: {"cron": f"{n % 60} * * * *", "for": "10min"},
    lambda n: {"cron": f"{n % 60} 9 1-7 * mon", "for": "10min", "mode": "skip_starts"},
    lambda n: {"every": "2h", "for": f"{1 + n % 60}min"},
    lambda n: {"every": "7h", "for": "10min", "from": f"2025-11-24T09:{n % 60:02}"},
    lambda n: {"zt": ["12-14", f"{n % 24}.5-{n % 24 + 1}"]},
    lambda n: {"zt": f"{n % 11}-12", "lights": "wall_clock", "days": "sun"},
    lambda n: {"every": "30min", "for": f"{1 + n % 25}min", "only": "2026-11-24..2030-12-07"},
)
_MS = 1000
_HEAD = "| | reach for | median of the runs (lowest to highest) |\n|---|---|---|"


@dataclass(frozen=True, slots=True)
class Finding:
    """What it costs, in milliseconds of the processor's, and how much was found."""

    year_ms: Spread
    windows: int
    first_ms: Spread
    """A `state` at a moment that nobody asked about before."""
    again_ms: Spread
    dense_ms: Spread
    """The first `state` of a day with a window a minute."""


def schedules(count: int) -> tuple[Timetable, ...]:
    """Return so many schedules, of each form one after the other."""
    written = {
        f"s{n}": {"cameras": "all", "timezone": ZONES[n % len(ZONES)], **FORMS[n % len(FORMS)](n)}
        for n in range(count)
    }
    config = Config.model_validate(
        {
            "experiment": {"start": "2026-11-24", "days": 14, "lights_on": "07:00"},
            "cameras": {"side": {"device": {"id": 0}, "capability": "jpeg 720p"}},
            "schedules": written,
        }
    )
    return timetables(config, "side", ZoneInfo("UTC"))


def measured(tables: Sequence[Timetable], *, years: Sequence[int], moments: int) -> Finding:
    """Return what the windows of each year cost, and states at moments of it."""
    dense = _dense()
    year_ms, first_ms, again_ms, dense_ms, windows = [], [], [], [], 0
    for year in years:
        start, end = (datetime(y, 1, 1, tzinfo=UTC) for y in (year, year + 1))
        windows = 0
        began_s = time.process_time()
        windows = sum(len(wanted([table], between=Window(start, end))) for table in tables)
        year_ms.append((time.process_time() - began_s) * _MS)
        for n in range(moments):
            at = start + n * (end - start) / moments + timedelta(minutes=7 * n)
            table = tables[n % len(tables)]
            first_ms.append(_state_ms(table, at))
            again_ms.append(_state_ms(table, at + timedelta(seconds=1)))
            dense_ms.append(_state_ms(dense, at))
        print(f"{year}: {windows} windows", file=sys.stderr)
    whole, first, again, crowded = map(Spread.of, (year_ms, first_ms, again_ms, dense_ms))
    return Finding(whole, windows, first, again, crowded)


def rows(found: Finding, *, count: int) -> str:
    """Return the README's table."""
    what = f"a year of {count} schedules of every form: {found.windows:,} windows"
    return "\n".join(
        [
            _HEAD,
            f"| {what} | under 1 s | {_text(found.year_ms, 0)} |",
            f"| `state` of a schedule at a new moment | under 1 ms | {_text(found.first_ms, 3)} |",
            f"| ... a second later | under 1 ms | {_text(found.again_ms, 3)} |",
            f"| ... at a new moment, a window a minute | under 1 ms | {_text(found.dense_ms, 3)} |",
        ]
    )


def _dense() -> Timetable:
    config = Config.model_validate(
        {
            "cameras": {"side": {"device": {"id": 0}, "capability": "jpeg 720p"}},
            "schedules": {"dense": {"cameras": "all", "every": "1min", "for": "10s"}},
        }
    )
    return timetables(config, "side", ZoneInfo("Europe/Berlin"))[0]


def _state_ms(table: Timetable, at: datetime) -> float:
    began_s = time.process_time()
    state([table], at=at)
    return (time.process_time() - began_s) * _MS


def _text(spread: Spread, decimals: int) -> str:
    median, low, high = (
        f"{value:.{decimals}f}" for value in (spread.median, spread.lowest, spread.highest)
    )
    return f"{median} ms ({low}-{high})"


def main() -> None:
    found = measured(schedules(COUNT), years=YEARS, moments=MOMENTS)
    print(rows(found, count=COUNT))


if __name__ == "__main__":
    main()
