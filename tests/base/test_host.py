"""Processes of their own session, one interrupt each, directories that survive, locks that tell."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_S, eventually
from thorsched.base.host import (
    can_simulate,
    drafted,
    followed_file_opener,
    freshen,
    inheritance_kwargs,
    interrupt,
    is_locked,
    lock_exclusively,
    meeting_place,
    own_session_kwargs,
    place_of,
    remove_locked,
    stands_at,
    sync_descriptor,
    sync_directory,
    sync_file,
    thread_wakeups,
    waits_for_disk,
    write_durably,
)

SLEEPER = "import signal, sys; print('up', flush=True); signal.pause()"


def sleeper() -> "subprocess.Popen[bytes]":
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-c", SLEEPER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        **own_session_kwargs(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def test_a_child_has_a_session_of_its_own() -> None:
    with sleeper() as process:
        assert os.getsid(process.pid) == process.pid
        assert os.getpgid(process.pid) != os.getpgid(0)
        process.kill()


def test_only_posix_lets_a_child_have_open_files() -> None:
    assert inheritance_kwargs([7, 8], "linux") == {"pass_fds": (7, 8)}
    assert inheritance_kwargs([7, 8], "darwin") == {"pass_fds": (7, 8)}
    assert inheritance_kwargs([7, 8], "win32") == {}


def test_programs_meet_where_their_user_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(meeting_place("linux")) == f"/tmp/thorsched-{os.getuid()}"
    monkeypatch.setenv("LOCALAPPDATA", "/users/me/local")
    assert str(meeting_place("win32")) == "/users/me/local/thorsched"
    monkeypatch.delenv("LOCALAPPDATA")
    assert meeting_place("win32") == Path.home() / "AppData" / "Local" / "thorsched"


def test_an_interrupt_is_one_sigint_to_that_process() -> None:
    with sleeper() as process:
        interrupt(process)
        assert process.wait(10) == -signal.SIGINT


def test_interrupting_what_has_ended_does_nothing() -> None:
    with sleeper() as process:
        process.kill()
        process.wait(10)
        interrupt(process)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_on_posix_a_session_of_its_own(platform: str) -> None:
    assert own_session_kwargs(platform) == {"start_new_session": True}


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


LOCKER = """
import sys
from thorsched.base.host import lock_exclusively
with open(sys.argv[1], "a") as file:
    print(lock_exclusively(file), flush=True)
    sys.stdin.read()
"""


def locker(path: Path) -> "tuple[subprocess.Popen[str], str]":
    process = subprocess.Popen(
        [sys.executable, "-c", LOCKER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_a_lock_is_one_processs_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process, got = locker(path)
    with process:
        assert got == "True"
        with path.open("a") as file:
            assert not lock_exclusively(file)
            process.kill()
            process.wait(10)
            assert lock_exclusively(file)


def test_closing_the_file_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a") as first, path.open("a") as second:
        assert lock_exclusively(first)
        assert not lock_exclusively(second)
        first.close()
        assert lock_exclusively(second)


# Whoever calls vfork waits as for a disk, until the child ends or runs another program.
HELD = "import ctypes, time; print(flush=True); ctypes.CDLL(None).vfork(); time.sleep(60)"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process waits for")
def test_a_process_that_a_wait_holds_which_no_signal_ends_is_told_from_one_that_sleeps() -> None:
    command = [sys.executable, "-c", HELD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as held:
        assert eventually(lambda: waits_for_disk(held.pid))
        assert not waits_for_disk(held.pid, "darwin")
        os.killpg(held.pid, signal.SIGKILL)
    assert not waits_for_disk(held.pid), "it is gone"
    assert not waits_for_disk(os.getpid())


def test_how_often_a_thread_has_waited_and_gone_on_is_told_by_its_name() -> None:
    def wakeups(name: str, like: str = "test:", platform: str = "linux") -> int | None:
        return thread_wakeups(os.getpid(), name, like=like, platform=platform)

    named, ended = threading.Event(), threading.Event()

    def run() -> None:
        Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text("test:own")
        named.set()
        while not ended.wait(0.01):
            pass

    assert wakeups("test:own") is None, "no thread has such a name"
    thread = threading.Thread(target=run)
    thread.start()
    assert named.wait(PATIENCE_S)
    before = wakeups("test:own")
    assert before is not None
    assert eventually(lambda: (wakeups("test:own") or 0) > before)
    assert wakeups("test:other") == 0, "there is none as yet"
    assert wakeups("test:own", platform="darwin") is None
    ended.set()
    thread.join()


def test_the_place_of_an_open_file_is_known_where_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        path.rename(tmp_path / "renamed")
        assert place_of(file) == (tmp_path / "renamed").resolve()
        assert place_of(file, "darwin") is None
        (tmp_path / "renamed").unlink()
        assert place_of(file) is None


def test_who_looks_whether_a_lock_is_held_is_seen_by_nobody_else_who_looks(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    with path.open() as first, path.open() as second:
        assert not is_locked(first)
        assert not is_locked(second)
    with path.open("a") as held, path.open() as looking:
        assert lock_exclusively(held)
        assert is_locked(looking)


def test_a_lock_stays_as_long_as_any_process_holds_the_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a") as ours:
        assert lock_exclusively(ours)
        heir = subprocess.Popen(
            [sys.executable, "-c", SLEEPER],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[ours.fileno()],
        )
    with heir, path.open("a") as other:
        assert not lock_exclusively(other)
        heir.kill()
        heir.wait(10)
        assert lock_exclusively(other)


def test_a_lock_that_is_given_back_is_given_back_for_its_heirs_too(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a") as ours, path.open("a") as other:
        assert lock_exclusively(ours)
        with subprocess.Popen(
            [sys.executable, "-c", SLEEPER],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[ours.fileno()],
        ) as heir:
            assert not lock_exclusively(other)
            remove_locked(ours, path)
            assert lock_exclusively(other)
            heir.kill()


def test_a_file_stands_at_its_path_until_it_is_removed_or_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a") as file:
        assert stands_at(file, path)
        path.unlink()
        assert not stands_at(file, path)
        assert stands_at(file, path, "win32"), "Windows would not have removed it"
        path.touch()
        assert not stands_at(file, path)
        too_long = tmp_path / ("x" * 300)
        with pytest.raises(OSError, match="too long"):
            stands_at(file, too_long)


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_a_locked_file_is_removed_and_let_go(tmp_path: Path, platform: str) -> None:
    path = tmp_path / "lock"
    with path.open("a") as ours, path.open("a") as waiting:
        assert lock_exclusively(ours)
        remove_locked(ours, path, platform)
        assert not path.exists()
        assert lock_exclusively(waiting)
        assert not stands_at(waiting, path)


def test_a_file_looks_new_when_freshened_except_on_windows_which_needs_it_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lock"
    with path.open("a") as file:
        os.utime(path, (0, 0))
        freshen(file, "win32")
        assert path.stat().st_mtime == 0
        freshen(file, "linux")
        assert path.stat().st_mtime > 0


@pytest.mark.parametrize(("platform", "can"), [("linux", True), ("darwin", True), ("win32", False)])
def test_the_simulator_runs_where_there_are_posix_pipes(platform: str, *, can: bool) -> None:
    assert can_simulate(platform) is can


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


def test_a_link_is_followed_where_that_is_asked_for_and_a_fifo_refused(tmp_path: Path) -> None:
    plain, link, fifo = tmp_path / "plain", tmp_path / "link", tmp_path / "fifo"
    plain.write_text("text")
    link.symlink_to(plain)
    os.mkfifo(fifo)
    with open(link, opener=followed_file_opener) as file:
        assert file.read() == "text"
    with pytest.raises(OSError, match="not a plain file"):
        followed_file_opener(str(fifo), os.O_RDONLY)
    with pytest.raises(IsADirectoryError):
        followed_file_opener(str(tmp_path), os.O_RDONLY)
