"""Is the world ready for a file."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest

from tests.support.pauses import asked
from thorsched.base.claims import Claims
from thorsched.catalogue.pausefile import rewrite
from thorsched.config.blocks_storage import Hooks
from thorsched.config.models import Config
from thorsched.foresight.disk.departures import A_DAY, Keeping, keeping
from thorsched.foresight.findings import Finding, Verdict
from thorsched.foresight.patience import Patience
from thorsched.foresight.readiness import examine
from thorsched.foresight.views import views_of
from thorsched.recording.root import marked
from thorsched.simulator.server import Simulator

NOWHERE = "http://127.0.0.1:1"


NOW = datetime(2026, 3, 1, tzinfo=UTC)


def config_of(tmp_path: Path, schedule: Mapping[str, object], **more: object) -> Config:
    return Config.model_validate(
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


def examined(tmp_path: Path, schedule: Mapping[str, object], **more: object) -> list[Finding]:
    config = config_of(tmp_path, schedule, **more)
    kept = keeping(config, now=NOW, ahead=A_DAY, patience=Patience())
    return findings(config, kept)


def findings(config: Config, kept: Keeping | None = None) -> list[Finding]:
    zone, views = ZoneInfo("America/New_York"), views_of(config)
    return list(
        examine(
            config, now=NOW, zone=zone, views=views, kept=kept, filling=None, patience=Patience()
        )
    )


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
    assert of(examined(tmp_path, {"daily": "09:10-09:50"}), "schedules.night") == []


def test_a_camera_that_no_enabled_schedule_names_is_told(tmp_path: Path) -> None:
    found = examined(tmp_path, {"always": True})
    assert (Verdict.WARNING, "no enabled schedule names it: it will not be recorded") in of(
        found, "cameras.top"
    )
    disabled = examined(tmp_path, {"always": True, "enabled": False})
    assert len(of(disabled, "cameras.side")) == 2


def test_a_server_that_is_not_reached_is_a_problem_of_it_and_of_its_cameras(tmp_path: Path) -> None:
    found = examined(tmp_path, {"always": True})
    ((verdict, detail),) = of(found, "servers.server")
    assert verdict is Verdict.PROBLEM
    assert NOWHERE in detail
    assert (Verdict.PROBLEM, "its server 'server' does not list its cameras") in of(
        found, "cameras.side"
    )


def test_a_keep_rule_without_recordings_has_nothing_to_tell(tmp_path: Path) -> None:
    found = examined(tmp_path, {"always": True}, keep={"age": "30d"})
    assert of(found, "storage.keep") == [(Verdict.READY, "nothing is recorded there yet")]


NIGHTS = {"daily": "20:00-08:00"}


def test_when_a_camera_is_wanted_is_told_although_its_server_is_away(tmp_path: Path) -> None:
    words = "is wanted next Sat 2026-02-28 20:00 to Sun 2026-03-01 08:00 (America/New_York)"
    assert of(examined(tmp_path, NIGHTS), "cameras.side")[1] == (Verdict.INFORMATION, words)


def test_windows_that_are_over_are_told_of_the_camera_and_of_the_schedule(tmp_path: Path) -> None:
    found = examined(tmp_path, {"from": "2025-11-24T09:00", "to": "2025-11-24T10:00"})
    since = "over since Mon 2025-11-24 10:00 (America/New_York)"
    assert of(found, "cameras.side")[1] == (
        Verdict.WARNING,
        f"its windows are {since}: it will not be recorded",
    )
    assert of(found, "schedules.night") == [(Verdict.WARNING, f"is {since}")]


def test_windows_that_never_happen_are_told(tmp_path: Path) -> None:
    span = {"from": "2026-11-24T09:00", "to": "2026-11-24T10:00", "except": ["2026-11-24"]}
    found = examined(tmp_path, span)
    assert of(found, "cameras.side")[1] == (
        Verdict.WARNING,
        "its schedules never happen: it will not be recorded",
    )
    assert of(found, "schedules.night") == [(Verdict.WARNING, "never happens")]


def named_alike(server: Simulator, *devices: Mapping[str, object]) -> list[Finding]:
    config = Config.model_validate(
        {
            "server": server.url,
            "storage": {"min_free": "1MB"},
            "cameras": {
                f"c{number}": {"device": device, "capability": "jpeg 720p"}
                for number, device in enumerate(devices)
            },
            "schedules": {"ever": {"cameras": "all", "always": True}},
        }
    )
    return findings(config)


def test_devices_of_one_name_that_ids_alone_tell_apart_are_told_once() -> None:
    with Simulator(cameras=4) as server:
        first, second, other = {"id": 0}, {"name": "HD USB*", "id": 1}, {"name": "4K*"}
        found = named_alike(server, first, second, other)
        words = (
            "2 devices are named 'HD USB Camera'; "
            "after a replug or a restart of the server id 0 or 1 may be another one"
        )
        assert of(found, "servers.server")[1:] == [(Verdict.WARNING, words)]
        assert len(of(named_alike(server, other, {"id": 2}), "servers.server")) == 1


def test_a_schedules_capability_is_looked_up_for_each_of_its_cameras() -> None:
    with Simulator(cameras=3) as server:
        burst = {"always": True, "priority": 1, "capability": "jpeg 640x480 @120fps"}
        config = Config.model_validate(
            {
                "server": server.url,
                "storage": {"min_free": "1MB"},
                "cameras": {
                    "side": {"device": {"id": 0}, "capability": "jpeg 720p"},
                    "wheel": {"device": {"id": 2}, "capability": "jpeg 720p @30fps"},
                },
                "schedules": {
                    "burst": {"cameras": "all", **burst},
                    "off": {"cameras": "all", **burst, "enabled": False},
                },
            }
        )
        found = findings(config)
    (no, why), (yes, which) = of(found, "schedules.burst.capability")
    assert (no, yes) == (Verdict.PROBLEM, Verdict.READY)
    assert why.startswith("side: no capability matches jpeg 640x480 @120fps (nearest: ")
    assert why.endswith("; its own capability would be recorded")
    mode = "jpeg 640x480 @120fps"
    assert which == f"wheel: device 2 (High-Speed Camera): {mode} for '{mode}'"
    assert of(found, "schedules.off.capability") == []


def test_a_device_that_another_program_records_is_told() -> None:
    with Simulator(cameras=1) as server:
        claim = Claims().take(f"stream-{server.url}-0")
        found = of(named_alike(server, {"id": 0}), "cameras.c0")
        claim.release()
        assert found[1][0] is Verdict.WARNING
        assert f"process {os.getpid()} on this machine records device 0" in found[1][1]
        assert len(of(named_alike(server, {"id": 0}), "cameras.c0")) == 2, "it is told no more"


def test_a_place_of_copies_that_is_not_there_is_told_and_one_that_is(tmp_path: Path) -> None:
    there = tmp_path / "nas"
    always = {"always": True}
    ((verdict, detail),) = of(
        examined(tmp_path, always, offload={"to": str(there)}), "storage.offload"
    )
    assert verdict is Verdict.WARNING
    assert detail.endswith("(not mounted?); nothing is copied until it is there")
    there.mkdir()
    ((verdict, detail),) = of(
        examined(tmp_path, always, offload={"to": str(there)}), "storage.offload"
    )
    assert verdict is Verdict.READY
    assert list(there.iterdir()) == []


@pytest.mark.skipif(
    not os.access("/mnt", os.W_OK) or os.path.ismount("/mnt"), reason="needs a place for disks"
)
def test_a_place_of_copies_whose_disk_is_perhaps_not_mounted_is_told(tmp_path: Path) -> None:
    with TemporaryDirectory(dir="/mnt") as there:
        wanted = {"always": True}
        (found,) = of(examined(tmp_path, wanted, offload={"to": there}), "storage.offload")
        assert found[0] is Verdict.WARNING
        assert found[1].startswith(f"{there} is on the system disk (its own not mounted?)")
        (Path(there) / ".thorsched").mkdir()
        marked(Path(there), "f" * 32)
        (found,) = of(examined(tmp_path, wanted, offload={"to": there}), "storage.offload")
        assert found[0] is Verdict.READY, "it was copied to before"


def test_commands_that_are_not_there_are_told(tmp_path: Path) -> None:
    copies = {"command": ["copy-it", "{file}"], "check": ["sh", "{relative}"]}
    config = config_of(tmp_path, {"always": True}, offload=copies)
    hooks = Hooks.model_validate({"on_gap": ["/nowhere/page-me"], "on_segment": ["sh"]})
    found = findings(config.model_copy(update={"hooks": hooks}))
    assert {f.subject: f.detail for f in found if "program" in f.detail} == {
        "storage.offload.command": "there is no program 'copy-it' that can be run here",
        "hooks.on_gap": "there is no program '/nowhere/page-me' that can be run here",
    }


def test_a_script_that_may_not_be_run_is_told_with_what_allows_it(tmp_path: Path) -> None:
    script = tmp_path / "page me.sh"
    script.write_text("#!/bin/sh\n")
    hooks = Hooks.model_validate({"on_gap": [str(script)]})
    copies = {"command": [str(script), "{file}"], "check": ["sh", "{relative}"]}
    config = config_of(tmp_path, {"always": True}, offload=copies)
    config = config.model_copy(update={"hooks": hooks})
    found = findings(config)
    words = f"'{script}' is there, and not allowed to be run: chmod +x '{script}'"
    for subject in ("hooks.on_gap", "storage.offload.command"):
        assert (Verdict.WARNING, words) in of(found, subject)
    script.chmod(0o755)
    found = findings(config)
    assert not [f for f in found if "page me" in f.detail]


def test_a_key_that_nwb_would_not_understand_is_told_before_it_is_recorded(tmp_path: Path) -> None:
    config = config_of(tmp_path, {"always": True}).model_copy(update={"about": {"weight": 25}})
    found = findings(config)
    ((verdict, detail),) = of(found, "about.weight")
    assert verdict is Verdict.INFORMATION
    assert detail.endswith("write it with its unit: 25 g")


def test_a_camera_that_somebody_has_paused_is_told_until_it_is_over(tmp_path: Path) -> None:
    root = tmp_path / "recordings"
    (root / ".thorsched").mkdir(parents=True)
    pauses = (asked(for_s=1800, since=NOW, why="x\x1b"), asked("top", at_s=-60, for_s=1, since=NOW))
    rewrite(root, lambda _: pauses, now=NOW)
    found = of(examined(tmp_path, {"always": True}), "cameras.side")
    words = "is paused until Sat 2026-02-28 19:30: x\\x1b; thorsched resume ends that"
    assert (Verdict.WARNING, words) in found
    assert "paused" not in str(of(examined(tmp_path, {"always": True}), "cameras.top"))
