"""How long the disk lasts, as `thorsched plan` draws it."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.foresight.test_disk_filling import NIGHTLY, NOW, config_of, seen
from thorsched.cli.console import show_table
from thorsched.cli.plan.disk import disk_text
from thorsched.foresight.disk.fullness import Filling

ZONE = ZoneInfo("America/New_York")


def drawn(found: Filling, capsys: pytest.CaptureFixture[str]) -> list[str]:
    show_table(disk_text(found, ZONE, last=date(2026, 12, 2)))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 90
    return [line for line in lines if not set(line) & {"─"}]


def test_each_day_has_a_bar_until_the_disk_is_full(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn(seen(config_of(tmp_path, NIGHTLY, min_free="100GB"), 1000), capsys) == [
        "disk: full on Sat 2026-11-28 00:15",
        "needs 382 GB a day, 900 GB free above min_free 100GB",
        "from then on no recording begins; a `keep` rule, a larger disk or a shorter schedule helps",
        "at the end of     free",
        "Wed 2026-11-25  873 GB  ░░░░███████████████████████████████",
        "Thu 2026-11-26  490 GB  ░░░░████████████████",
        "Fri 2026-11-27  108 GB  ░░░░",
        "Sat 2026-11-28          full since 00:15",
    ]


def test_the_days_end_with_the_calendar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn(seen(config_of(tmp_path, NIGHTLY, keep={"size": "500GB"}), 1000), capsys)
    assert lines[:2] == [
        "disk: lasts beyond Sun 2027-01-24",
        "needs 382 GB a day, 374 GB a day goes by the rules, 980 GB free above min_free 20GB",
    ]
    assert [line.split()[1] for line in lines[3:]] == [
        f"2026-11-{day}" for day in range(25, 31)
    ] + [
        "2026-12-01",
        "2026-12-02",
    ]


def test_a_disk_that_is_full_now_or_not_known_or_not_needed_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = drawn(seen(config_of(tmp_path, NIGHTLY), 10), capsys)
    assert full[:2] == ["disk: full now", "needs 382 GB a day, 10 GB free, less than min_free 20GB"]
    assert full[-1] == f"{NOW:%a %Y-%m-%d}        full now"
    assert drawn(Filling(None, "it does not answer"), capsys) == [
        "disk: how long it lasts is not known: it does not answer"
    ]
    idle = seen(
        config_of(tmp_path, {"never": {"cameras": "all", "always": True, "enabled": False}}), 9
    )
    assert drawn(idle, capsys) == ["disk: nothing is to be recorded"]
