"""Is the world ready for a file."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.clocks import FakeClock
from thorsched.config.models import Config
from thorsched.engine.readiness import Finding, Verdict, examine

NOWHERE = "http://127.0.0.1:1"


def examined(tmp_path: Path, schedule: dict[str, object], **more: object) -> list[Finding]:
    config = Config.model_validate(
        {
            "version": 1,
            "server": NOWHERE,
            "storage": {"root": str(tmp_path / "recordings"), **more},
            "cameras": {
                "side": {"device": {"id": 0}, "capability": "jpeg 720p"},
                "top": {"device": {"id": 1}, "capability": "jpeg 720p"},
            },
            "schedules": {"night": {"cameras": ["side"], **schedule}},
        }
    )
    clock = FakeClock(datetime(2026, 3, 1, tzinfo=UTC))
    return list(examine(config, clock=clock, zone=ZoneInfo("America/New_York")))


def of(findings: list[Finding], subject: str) -> list[tuple[Verdict, str]]:
    return [(f.verdict, f.detail) for f in findings if f.subject == subject]


def test_a_window_that_clocks_skip_is_told(tmp_path: Path) -> None:
    found = examined(tmp_path, {"daily": "02:10-02:50"})
    assert of(found, "schedules.night") == [
        (
            Verdict.WARNING,
            "clocks in America/New_York skip its time on Sun 2026-03-08: nothing is recorded then",
        )
    ]
    assert of(examined(tmp_path, {"daily": "02:10-03:50"}), "schedules.night") == []


def test_a_camera_that_no_enabled_schedule_names_is_told(tmp_path: Path) -> None:
    found = examined(tmp_path, {"always": True})
    assert (Verdict.WARNING, "no enabled schedule names it: never recorded") in of(
        found, "cameras.top"
    )
    disabled = examined(tmp_path, {"always": True, "enabled": False})
    assert len(of(disabled, "cameras.side")) == 2


def test_a_server_that_is_not_reached_is_a_problem_of_it_and_of_its_cameras(tmp_path: Path) -> None:
    found = examined(tmp_path, {"always": True})
    ((verdict, detail),) = of(found, "servers.server")
    assert verdict is Verdict.PROBLEM
    assert NOWHERE in detail
    assert (Verdict.PROBLEM, "its server 'server' was not reached") in of(found, "cameras.side")


def test_a_disk_with_less_than_min_free_is_a_problem(tmp_path: Path) -> None:
    ((verdict, detail),) = of(
        examined(tmp_path, {"always": True}, min_free="1000TB"), "storage.min_free"
    )
    assert verdict is Verdict.PROBLEM
    assert "min_free asks for" in detail


def test_a_keep_rule_is_not_in_force_and_that_is_told(tmp_path: Path) -> None:
    found = examined(tmp_path, {"always": True}, keep={"age": "30d"})
    assert [verdict for verdict, _ in of(found, "storage.keep")] == [Verdict.WARNING]


def test_a_root_that_is_no_directory_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("in the way")
    ((verdict, detail),) = of(examined(tmp_path, {"always": True}), "storage.root")
    assert verdict is Verdict.PROBLEM
    assert str(tmp_path / "recordings") in detail
