"""A text that is put back into the file: whole or not at all, and nothing else is lost by it."""

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.privileges import without_privileges
from thorsched.base.errors import MachineError
from thorsched.config.load import revision_of
from thorsched.reload.past.restoring import restore

GOOD, BAD = b"cameras: {}\r\n", b"cameras: [\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "recordings.yaml"
    path.write_bytes(BAD)
    path.chmod(0o640)
    return path


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@contextmanager
def untouched(directory: Path) -> Iterator[None]:
    """Everything below is as it was afterwards, and nothing is left there."""

    def seen() -> list[tuple[str, bool, bytes]]:
        paths = sorted(directory.iterdir())
        return [(p.name, p.is_symlink(), p.read_bytes() if p.is_file() else b"") for p in paths]

    before = seen()
    yield
    assert seen() == before


def test_what_stood_there_and_no_journal_keeps_is_kept_beside_it(file: Path) -> None:
    done = restore(file, GOOD, kept=())
    assert file.read_bytes() == GOOD
    assert done.backup == file.with_name(f"recordings.yaml.{revision_of(BAD)[:8]}.bak")
    assert done.backup.read_bytes() == BAD
    assert (done.path, done.was, done.is_written) == (file, revision_of(BAD), True)
    assert names(file.parent) == ["recordings.yaml", done.backup.name]


def test_what_a_journal_keeps_needs_no_copy(file: Path) -> None:
    assert restore(file, GOOD, kept={revision_of(BAD)}).backup is None
    assert names(file.parent) == ["recordings.yaml"]


def test_a_copy_of_before_is_not_made_twice_and_another_is_not_overwritten(file: Path) -> None:
    first = restore(file, GOOD, kept=()).backup
    file.write_bytes(BAD)
    assert restore(file, GOOD, kept=()).backup == first
    assert first is not None
    first.write_bytes(b"somebody's")
    file.write_bytes(BAD)
    second = restore(file, GOOD, kept=()).backup
    assert second is not None
    assert (first.read_bytes(), second.read_bytes()) == (b"somebody's", BAD)


def test_a_file_that_is_gone_is_there_again(file: Path) -> None:
    file.unlink()
    done = restore(file, GOOD, kept=())
    assert (file.read_bytes(), done.was, done.backup) == (GOOD, "", None)


def test_a_file_that_has_that_text_is_left_alone(file: Path) -> None:
    before = file.stat()
    assert not restore(file, BAD, kept=()).is_written
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_its_permissions_stay_and_so_does_its_owner(file: Path) -> None:
    if os.geteuid() == 0:
        os.chown(file, 65_534, 65_534)
    before = file.stat()
    restore(file, GOOD, kept=())
    after = file.stat()
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


@contextmanager
def watched(directory: Path) -> Iterator[set[tuple[str, int]]]:
    """Yield the kinds and modes of the files that hold anything below, as they come and go."""
    seen: set[tuple[str, int]] = set()
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            for one in directory.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    found = one.lstat()
                    if found.st_size:
                        seen.add((one.suffix, stat.S_IMODE(found.st_mode)))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        thread.join()


def test_nobody_can_read_a_text_on_its_way_who_may_not_read_the_file(file: Path) -> None:
    file.write_bytes(BAD * 1_000_000)
    file.chmod(0o600)
    with watched(file.parent) as seen:
        restore(file, GOOD * 1_000_000, kept=())
    assert ".part" in {suffix for suffix, _ in seen}
    assert {mode for _, mode in seen} == {0o600}


def test_a_link_stays_one_and_its_target_gets_the_text(file: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "recordings.yaml"
    link.symlink_to(Path("..") / "recordings.yaml")
    done = restore(link, GOOD, kept=())
    assert link.is_symlink()
    assert (file.read_bytes(), done.path) == (GOOD, file)
    assert names(link.parent) == ["recordings.yaml"]


def test_nothing_is_written_through_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    link = tmp_path / "recordings.yaml"
    link.symlink_to(tmp_path / "gone" / "target.yaml")
    with untouched(tmp_path), pytest.raises(MachineError, match=r"is a link to .*not there"):
        restore(link, GOOD, kept=())


@pytest.mark.parametrize("make", ["mkfifo", "mkdir"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, make: str) -> None:
    path = tmp_path / "recordings.yaml"
    getattr(os, make)(path)
    with untouched(tmp_path), pytest.raises(MachineError, match=r"recordings\.yaml"):
        restore(path, GOOD, kept=())


def test_a_directory_that_may_not_be_written_to_is_told_and_left_alone(file: Path) -> None:
    file.chmod(0o644)
    file.parent.chmod(0o555)
    denied = pytest.raises(MachineError, match="cannot be written: Permission denied")
    with untouched(file.parent), without_privileges(), denied:
        restore(file, GOOD, kept=())
    file.parent.chmod(0o755)


def test_what_was_edited_meanwhile_is_not_written_over(file: Path) -> None:
    class Edits(set[str]):
        """What is kept; whoever asks gives somebody the time to save the file."""

        def __contains__(self, _: object) -> bool:
            file.write_bytes(b"edited\n")
            return True

    with pytest.raises(MachineError, match="was edited at this moment"):
        restore(file, GOOD, kept=Edits())
    assert file.read_bytes() == b"edited\n"
    assert names(file.parent) == ["recordings.yaml"]
