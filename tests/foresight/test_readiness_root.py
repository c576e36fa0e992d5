"""Is the root ready for a file: where it is, what it has room for, and who has it."""

import os
from pathlib import Path

import pytest

from tests.catalogue.stock import plain_segments
from tests.foresight.test_readiness import NIGHTS, NOW, config_of, examined, of
from thorsched.base.errors import MachineError
from thorsched.catalogue.database import path_below
from thorsched.foresight.findings import Verdict
from thorsched.foresight.places import unusable_paths
from thorsched.recording.root import RootLock


def test_a_root_below_which_windows_could_not_record_is_a_problem_there_only(
    tmp_path: Path,
) -> None:
    config = config_of(tmp_path / ("deep" * 50), {"always": True})
    found = list(unusable_paths(config, now=NOW, platform="win32"))
    assert [f.subject for f in found] == ["cameras.side", "cameras.top"]
    for finding in found:
        assert finding.verdict is Verdict.PROBLEM
        assert finding.detail.endswith("; name a shorter storage.root or storage.template")
    assert list(unusable_paths(config, now=NOW, platform="linux")) == []
    short = config_of(Path("/r"), {"always": True})
    assert list(unusable_paths(short, now=NOW, platform="win32")) == []


def test_a_template_that_makes_a_device_of_a_cameras_name_is_a_problem(tmp_path: Path) -> None:
    config = config_of(tmp_path, {"always": True}, template="{camera}1/{start}")
    assert list(unusable_paths(config, now=NOW)) == []
    own = {"storage": {"template": "{camera}1/{start}"}}
    scheduled = config_of(tmp_path, {"always": True, **own})
    for one in (config, scheduled):
        named = one.model_copy(
            update={
                "cameras": {"com": one.cameras["side"]},
                "schedules": {
                    "night": one.schedules["night"].model_copy(update={"cameras": ("com",)})
                },
            }
        )
        (found,) = unusable_paths(named, now=NOW)
        assert found.verdict is Verdict.PROBLEM
        assert "com1" in found.detail


def test_a_disk_with_less_than_min_free_is_a_problem(tmp_path: Path) -> None:
    ((verdict, detail),) = of(
        examined(tmp_path, {"always": True}, min_free="1000TB"), "storage.min_free"
    )
    assert verdict is Verdict.PROBLEM
    assert "min_free asks for" in detail


@pytest.mark.parametrize("keep", [None, {"age": "30d"}])
@pytest.mark.parametrize("journal", [None, b"garbage"])
def test_recordings_without_a_journal_that_can_be_read_are_told_once_with_the_next_step(
    tmp_path: Path, journal: bytes | None, keep: dict[str, str] | None
) -> None:
    root = tmp_path / "recordings"
    plain_segments(root, 1, size_bytes=100)
    if journal is not None:
        path_below(root).write_bytes(journal)
    found = examined(tmp_path, {"always": True}, keep=keep)
    ((verdict, detail),) = of(found, "journal")
    assert verdict is Verdict.WARNING, "it records all the same"
    assert f"thorsched rebuild {root} makes " in detail
    assert of(found, "storage.keep") == []


def test_a_root_without_recordings_needs_no_journal(tmp_path: Path) -> None:
    (tmp_path / "recordings" / ".thorsched").mkdir(parents=True)
    assert of(examined(tmp_path, {"always": True}), "journal") == []


def test_a_root_that_is_no_directory_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("in the way")
    ((verdict, detail),) = of(examined(tmp_path, {"always": True}), "storage.root")
    assert verdict is Verdict.PROBLEM
    assert str(tmp_path / "recordings") in detail


def test_a_root_that_is_absent_is_not_made_but_announced(tmp_path: Path) -> None:
    ((verdict, detail),) = of(examined(tmp_path, NIGHTS, min_free="1MB"), "storage.root")
    assert verdict is Verdict.READY
    assert detail.startswith(f"{tmp_path / 'recordings'} will be made in {tmp_path}, ")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "recordings").mkdir()
    ((_, detail),) = of(examined(tmp_path, NIGHTS, min_free="1MB"), "storage.root")
    assert detail.startswith(f"{tmp_path / 'recordings'} is writable, ")
    assert list((tmp_path / "recordings").iterdir()) == []


@pytest.mark.parametrize("name", ["$HOME", "${HOME}", "%USERPROFILE%"])
def test_a_variable_in_the_root_is_told(tmp_path: Path, name: str) -> None:
    found = of(
        examined(tmp_path, NIGHTS, root=f"{tmp_path}/{name}/x", min_free="1MB"), "storage.root"
    )
    assert [verdict for verdict, _ in found] == [Verdict.WARNING, Verdict.READY]
    assert f"'{name}' in {tmp_path}/{name}/x is taken as it stands" in found[0][1]


@pytest.mark.parametrize("name", ["100%", "a$", "$5", "50% of 60%"])
def test_a_dollar_or_percent_that_is_no_variable_is_not(tmp_path: Path, name: str) -> None:
    found = of(
        examined(tmp_path, NIGHTS, root=f"{tmp_path}/{name}", min_free="1MB"), "storage.root"
    )
    assert [verdict for verdict, _ in found] == [Verdict.READY]


def test_a_root_whose_disk_is_perhaps_not_mounted_is_told(tmp_path: Path) -> None:
    root = "/thorsched-no-such-disk/recordings"
    found = of(examined(tmp_path, NIGHTS, root=root, min_free="1MB"), "storage.root")
    assert found[0] == (
        Verdict.WARNING,
        f"{root} does not exist: is the disk mounted? it would be made on the system disk",
    )


def test_a_root_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    found = of(examined(tmp_path, NIGHTS, root="/proc/thorsched/deeper"), "storage.root")
    verdict, detail = found[-1]
    assert verdict is Verdict.PROBLEM
    assert "/proc/thorsched/deeper (it would be made in /proc): " in detail


def test_a_file_where_the_root_should_be_is_told_as_a_run_tells_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root in (tmp_path / "file", tmp_path / "file" / "deeper"):
        told = of(examined(tmp_path, NIGHTS, root=str(root)), "storage.root")
        with pytest.raises(MachineError, match="is a file, not a directory; move it away") as run:
            RootLock(root)
        assert told == [(Verdict.PROBLEM, str(run.value))]


def test_a_root_that_a_running_scheduler_holds_is_a_note_and_held_no_longer_after(
    tmp_path: Path,
) -> None:
    root = tmp_path / "recordings"
    lock = RootLock(root)
    note, ready = of(examined(tmp_path, NIGHTS, min_free="1MB"), "storage.root")
    lock.close()
    assert note == (
        Verdict.WARNING,
        f"process {os.getpid()} records to {root} now; another `thorsched run` must wait",
    )
    assert ready[0] is Verdict.READY
    assert len(of(examined(tmp_path, NIGHTS, min_free="1MB"), "storage.root")) == 1
    RootLock(root).close()
