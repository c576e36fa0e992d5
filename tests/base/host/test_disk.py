"""Files and directories that survive, and files that are there whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from thorsched.base.host import drafted, sync_descriptor, sync_directory, sync_file, write_durably


def test_a_directory_is_synced_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    for _ in range(3):
        sync_directory(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_directory(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        sync_directory(tmp_path / "file")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_file_is_synced_unchanged_and_a_missing_one_is_an_error(
    tmp_path: Path, platform: str
) -> None:
    (tmp_path / "segment.mkv").write_bytes(b"frames")
    sync_file(tmp_path / "segment.mkv", platform)
    assert (tmp_path / "segment.mkv").read_bytes() == b"frames"
    with pytest.raises(FileNotFoundError):
        sync_file(tmp_path / "gone", platform)
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    ("platform", "is_flushed"), [("linux", False), ("darwin", True), ("win32", False)]
)
def test_only_macos_needs_more_than_fsync(
    tmp_path: Path, platform: str, *, is_flushed: bool
) -> None:
    flushed: list[int] = []
    with (tmp_path / "file").open("wb") as file:
        sync_descriptor(file.fileno(), platform, flush_drive=flushed.append)
        assert flushed == [file.fileno()] * is_flushed


def test_a_drive_that_cannot_be_told_to_flush_is_synced_all_the_same(tmp_path: Path) -> None:
    def refuse(_: int) -> None:
        raise OSError("not a drive that knows this")

    with (tmp_path / "file").open("wb") as file:
        sync_descriptor(file.fileno(), "darwin", flush_drive=refuse)
        closed = os.dup(file.fileno())
    os.close(closed)
    with pytest.raises(OSError, match="Bad file descriptor"):
        sync_descriptor(closed, "darwin", flush_drive=refuse)


def test_on_windows_a_directory_needs_no_syncing(tmp_path: Path) -> None:
    sync_directory(tmp_path / "gone", "win32")


def test_a_text_is_written_in_place_of_what_was_there_and_its_draft_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "side.json"
    for text in ("first\n", "grün\n"):
        write_durably(path, text)
        assert path.read_text("utf-8") == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "side.json"
    write_durably(path, "first")
    with pytest.raises(UnicodeEncodeError):
        write_durably(path, "half of it \ud800")
    assert path.read_text("utf-8") == "first"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileNotFoundError):
        write_durably(tmp_path / "gone" / "side.json", "text")


@pytest.mark.parametrize("plant", [Path.symlink_to, lambda draft, _: os.mkfifo(draft)])
def test_what_stands_in_a_drafts_place_is_neither_followed_nor_waited_for(
    tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    plant(tmp_path / "side.json.part", precious)
    write_durably(tmp_path / "side.json", "{}")
    assert precious.read_text() == "mine"
    assert (tmp_path / "side.json").read_text() == "{}"
    assert not (tmp_path / "side.json").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["precious", "side.json"]


def test_a_draft_takes_its_name_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with drafted(path) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    with pytest.raises(ZeroDivisionError), drafted(tmp_path / "other.csv"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_what_has_the_name_already_is_kept_and_not_followed(tmp_path: Path, when: str) -> None:
    def stand(path: Path) -> None:
        if path.suffix == ".link":
            path.symlink_to("mine")
        else:
            path.write_text("mine")

    for path in (tmp_path / "table.csv", tmp_path / "table.link"):
        if when == "before":
            stand(path)
        with pytest.raises(FileExistsError, match="exists already"), drafted(path):
            stand(path)
    assert (tmp_path / "table.csv").read_bytes() == b"mine"
    assert (tmp_path / "table.link").readlink() == Path("mine")
    assert len(list(tmp_path.iterdir())) == 2


def test_nothing_that_looks_like_a_draft_is_touched(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "table.csv.part")
    (tmp_path / "victim.mkv").write_bytes(b"mine")
    (tmp_path / "other.csv.part").symlink_to(tmp_path / "victim.mkv")
    for name in ("table.csv", "other.csv"):
        with drafted(tmp_path / name) as file:
            file.write(b"whole")
    assert (tmp_path / "victim.mkv").read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 5


def test_two_drafts_of_one_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    first, second = drafted(path), drafted(path)
    first.__enter__().write(b"first")
    second.__enter__().write(b"second")
    second.__exit__(None, None, None)
    with pytest.raises(FileExistsError):
        first.__exit__(None, None, None)
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


def test_a_draft_where_there_is_no_directory_names_the_directory(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(FileNotFoundError) as raised, drafted(gone / "table.csv"):
        pass
    assert raised.value.filename == str(gone)
