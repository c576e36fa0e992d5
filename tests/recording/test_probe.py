"""Whether a directory can be written to is found out by writing, and nothing is left of it."""

import os
from pathlib import Path

import pytest

from tests.support.privileges import without_privileges
from thorsched.base.errors import MachineError
from thorsched.recording.probe import nearest_writable, would_fill_system_disk, write_in


def test_a_root_that_is_there_is_its_own_place_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "side.mkv").write_text("frames")
    assert nearest_writable(tmp_path) == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == ["side.mkv"]


@pytest.mark.parametrize("below", ["recordings", "recordings/rig/north"])
def test_a_root_that_is_not_there_is_not_made(tmp_path: Path, below: str) -> None:
    assert nearest_writable(tmp_path / below) == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_a_file_on_the_way_to_the_root_is_named_as_what_is_in_the_way(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(MachineError) as refused:
        nearest_writable(file / "recordings")
    assert str(refused.value) == (
        f"cannot write to storage.root {file}/recordings: {file} is a file, not a directory; move it away, or name another storage.root"
    )
    assert file.read_text() == "in the way"


def test_a_link_to_a_disk_that_is_not_there_is_no_place_to_make_a_root(tmp_path: Path) -> None:
    root = tmp_path / "recordings"
    root.symlink_to(tmp_path / "unplugged")
    words = f"storage.root {root}: it is a link to what is not there; plug in or mount its disk"
    with pytest.raises(MachineError, match=words):
        nearest_writable(root)
    assert not (tmp_path / "unplugged").exists()


def test_permissions_that_forbid_it_are_told(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir(mode=0o500)
    words = "Permission denied; let the user that runs thorsched write in /"  # or enter it
    with without_privileges(), pytest.raises(MachineError, match=words):
        nearest_writable(root)
    assert list(root.iterdir()) == []


def test_a_disk_without_room_is_told_and_left_as_it_was(small_disk: Path) -> None:
    (small_disk / "filling").write_bytes(bytes(1_048_576))
    with pytest.raises(MachineError, match="No space left on device; make room on its disk, or"):
        nearest_writable(small_disk)
    with pytest.raises(OSError, match="No space left"):
        write_in(small_disk)
    assert [path.name for path in small_disk.iterdir()] == ["filling"]


@pytest.mark.parametrize("mounts", ["/mnt", "/media"])
def test_an_absent_root_where_disks_are_mounted_would_fill_the_system_disk(mounts: str) -> None:
    root = Path(mounts) / "thorsched-no-such-disk/recordings"
    is_own_disk = os.path.lexists(mounts) and os.path.ismount(mounts)
    assert would_fill_system_disk(root) is not is_own_disk


def test_a_root_that_is_there_or_in_a_directory_that_is_no_place_for_disks_does_not(
    tmp_path: Path,
) -> None:
    assert not would_fill_system_disk(tmp_path)
    assert not would_fill_system_disk(tmp_path / "recordings")
    assert would_fill_system_disk(Path("/thorsched-no-such-directory/recordings"))
