"""Rules of a zone that change: the windows are those of the rules that the machine has now."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.schedule.asking import windows
from thorsched.config.days import parse_days
from thorsched.config.rules import Daily
from thorsched.config.times import parse_daily
from thorsched.schedule.intervals import Window

SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
DAY = Window(SUMMER, SUMMER + timedelta(days=1))
NINE_TO_TEN = Daily((parse_daily("09:00-10:00"),), parse_days("mon-sun"))


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Path]:
    """The file of the zone Lab/Bench, which no machine has."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([tmp_path])
    (tmp_path / "Lab").mkdir()
    yield tmp_path / "Lab" / "Bench"
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


def starts_under(rules: Path, hours: int) -> datetime:
    """Have the zone be that many hours ahead of UTC; return when nine o'clock is in it."""
    rules.write_bytes(_fixed(hours))
    zoneinfo.ZoneInfo.clear_cache()  # as a program that is started anew
    (window,) = windows(NINE_TO_TEN, zone=zoneinfo.ZoneInfo("Lab/Bench"), between=DAY)
    return window.start


def _fixed(hours: int) -> bytes:
    """Return the rules of a zone without a summer, as RFC 8536 has them, version 1."""
    header = b"TZif" + bytes(16) + b"".join(n.to_bytes(4, "big") for n in (0, 0, 0, 0, 1, 4))
    return header + (hours * 3600).to_bytes(4, "big") + bytes(2) + b"LAB\0"


@pytest.mark.fault(46)
def test_zone_rules_that_changed_move_the_windows(rules: Path) -> None:
    assert starts_under(rules, 2) == SUMMER + timedelta(hours=7)
    assert starts_under(rules, 1) == SUMMER + timedelta(hours=8)
