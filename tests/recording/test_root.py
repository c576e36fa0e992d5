"""The storage root is writable and ours alone, or the message says what to mend."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.privileges import without_privileges
from tests.support.waiting import eventually
from thorsched.base import host
from thorsched.base.errors import MachineError
from thorsched.recording.process import RecorderProcess
from thorsched.recording.root import RootLock, Roots, StorageError, prove_writable


@contextlib.contextmanager
def held_elsewhere(root: Path) -> Iterator[int]:
    """Yield the pid of another process that holds the root; it is killed at the end."""
    script = (
        "import pathlib, sys;"
        "from thorsched.recording.root import RootLock;"
        "lock = RootLock(pathlib.Path(sys.argv[1]));"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder.pid
        holder.send_signal(signal.SIGKILL)


def test_a_root_is_made_and_left_clean(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b"
    prove_writable(root)
    assert list(root.iterdir()) == []


def test_the_lock_is_held_until_it_is_released(tmp_path: Path) -> None:
    with contextlib.closing(RootLock(tmp_path)) as lock:
        assert lock.root == tmp_path
        assert (tmp_path / ".thorsched" / "lock").read_text() == str(os.getpid())
        with pytest.raises(MachineError, match=f"process {os.getpid()}"):
            RootLock(tmp_path)
    RootLock(tmp_path).close()


def test_whoever_only_looks_whether_the_root_is_held_keeps_nobody_out(tmp_path: Path) -> None:
    RootLock(tmp_path).close()
    with (tmp_path / ".thorsched" / "lock").open() as looking:
        assert not host.is_locked(looking)
        threading.Timer(0.1, looking.close).start()
        RootLock(tmp_path).close()


@pytest.mark.fault(41)
def test_another_process_that_holds_the_root_is_named_until_it_is_killed(tmp_path: Path) -> None:
    with (
        held_elsewhere(tmp_path) as pid,
        pytest.raises(MachineError, match=rf"\(process {pid}\); end it first"),
    ):
        RootLock(tmp_path)
    RootLock(tmp_path).close()


def test_whoever_is_refused_leaves_the_holder_its_name(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path) as pid:
        for _ in range(2):
            with pytest.raises(MachineError, match=str(pid)):
                RootLock(tmp_path)


def test_a_recorder_does_not_hold_the_root_beyond_its_scheduler(tmp_path: Path) -> None:
    lock = RootLock(tmp_path)
    recorder = RecorderProcess.spawn(["sleep", "60"], directory=tmp_path, log=tmp_path / "side.log")
    try:
        lock.close()
        RootLock(tmp_path).close()
        assert recorder.exit_code() is None, "nothing outlived the scheduler"
    finally:
        recorder.kill()
        assert eventually(lambda: recorder.exit_code() is not None)


def test_a_lock_full_of_garbage_is_taken_all_the_same(tmp_path: Path) -> None:
    lock = tmp_path / ".thorsched" / "lock"
    lock.parent.mkdir()
    lock.write_bytes(b"\xff\x00\x1b[2J" * 100)
    with (
        contextlib.closing(RootLock(tmp_path)),
        pytest.raises(MachineError, match=str(os.getpid())),
    ):
        RootLock(tmp_path)


def test_a_holder_whose_name_is_garbage_is_shown_safely(tmp_path: Path) -> None:
    with contextlib.closing(RootLock(tmp_path)):
        (tmp_path / ".thorsched" / "lock").write_bytes(b"\xff\x1b[2J\n")
        with pytest.raises(MachineError) as refused:
            RootLock(tmp_path)
    assert str(refused.value).isprintable()


@pytest.mark.fault(28)
def test_a_root_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir(mode=0o500)
    words = "Permission denied; let the user that runs thorsched write in /"  # or enter it
    with without_privileges(), pytest.raises(MachineError, match=words) as refused:
        prove_writable(root)
    assert str(root) in str(refused.value)


@pytest.mark.fault(28)
def test_a_file_in_the_way_of_the_root_is_named(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.write_text("in the way")
    words = "is a file, not a directory; move it away, or name another"
    refused = f"cannot write to output_dir {root}: it {words} output_dir"
    with pytest.raises(MachineError, match=refused):
        prove_writable(root, setting="output_dir")
    deeper = root / "deeper"
    refused = f"cannot write to storage.root {deeper}: {root} {words} storage.root"
    with pytest.raises(MachineError, match=refused):
        RootLock(deeper)
    assert root.read_text() == "in the way"


@pytest.mark.parametrize("in_the_way", [".thorsched", ".thorsched/lock/directory"])
def test_what_stands_in_the_way_of_the_lock_is_named(tmp_path: Path, in_the_way: str) -> None:
    obstacle = tmp_path / in_the_way
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.write_text("")
    with pytest.raises(MachineError, match=r"cannot lock the storage root by .*lock: \w+"):
        RootLock(tmp_path)


def test_a_disk_without_room_is_refused(small_disk: Path) -> None:
    (small_disk / "filling").write_bytes(bytes(1_048_576))
    with pytest.raises(MachineError, match="No space left"):
        prove_writable(small_disk)
    assert [path.name for path in small_disk.iterdir()] == ["filling"]


def test_an_old_root_stays_held_until_the_end(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    with contextlib.closing(Roots()) as roots:
        roots.hold(old)
        roots.hold(new)
        for root in (old, new):
            with pytest.raises(MachineError):
                RootLock(root)
    RootLock(old).close()
    RootLock(new).close()


def test_a_root_is_known_again_and_not_confused_with_another(tmp_path: Path) -> None:
    root, away = tmp_path / "root", tmp_path / "away"
    with contextlib.closing(RootLock(root)) as lock:
        lock.check()
        root.rename(away)
        with pytest.raises(
            StorageError, match=r"cannot be looked at \(unmounted\?\): No such file"
        ):
            lock.check()
        root.mkdir()
        with pytest.raises(StorageError, match="is not the directory that was locked"):
            lock.check()
        assert list(root.iterdir()) == [], "something was put into the wrong directory"
        root.rmdir()
        away.rename(root)
        lock.check()


@pytest.mark.fault(31)
def test_a_disk_that_is_unmounted_is_missed_until_it_is_back(small_disk: Path) -> None:
    with contextlib.closing(RootLock(small_disk)) as lock:
        subprocess.run(["mount", "-t", "tmpfs", "thorsched-other", small_disk], check=True)
        try:
            with pytest.raises(StorageError, match=r"\(unmounted or replaced\?\)"):
                lock.check()
        finally:
            subprocess.run(["umount", small_disk], check=True)
        lock.check()


def test_the_disk_is_known_again_as_another_device_and_held_there(
    small_disk: Path, tmp_path: Path
) -> None:
    with contextlib.closing(RootLock(small_disk)) as lock:
        before = small_disk.stat().st_dev
        kept = shutil.copytree(small_disk / ".thorsched", tmp_path / "kept")
        subprocess.run(["umount", "--lazy", small_disk], check=True)
        with pytest.raises(StorageError, match=r"\(unmounted or replaced\?\)"):
            lock.check()
        assert list(small_disk.iterdir()) == []
        subprocess.run(["mount", "-t", "tmpfs", "thorsched-replugged", small_disk], check=True)
        shutil.copytree(kept, small_disk / ".thorsched")
        assert small_disk.stat().st_dev != before
        lock.check()
        lock.check()
        with pytest.raises(MachineError, match=f"process {os.getpid()}"):
            RootLock(small_disk)
    RootLock(small_disk).close()


def test_a_copy_of_the_root_takes_its_place_and_the_original_may_come_back(tmp_path: Path) -> None:
    root, away = tmp_path / "root", tmp_path / "away"
    with contextlib.closing(RootLock(root)) as lock:
        root.rename(away)
        shutil.copytree(away, root)
        lock.check()
        with pytest.raises(MachineError, match=f"process {os.getpid()}"):
            RootLock(root)
        RootLock(away).close()  # is not held any more
        shutil.rmtree(root)
        away.rename(root)
        lock.check()
        with pytest.raises(MachineError, match=f"process {os.getpid()}"):
            RootLock(root)


def test_the_own_disk_is_refused_while_another_scheduler_holds_it(tmp_path: Path) -> None:
    root, away = tmp_path / "root", tmp_path / "away"
    with contextlib.closing(RootLock(root)) as lock:
        root.rename(away)
        shutil.copytree(away, root)
        with held_elsewhere(root) as pid:
            for _ in range(2):
                with pytest.raises(StorageError, match=rf"\(process {pid}\)"):
                    lock.check()
        lock.check()


def test_a_root_that_was_recorded_to_before_is_no_other_disk(tmp_path: Path) -> None:
    root, away = tmp_path / "root", tmp_path / "away"
    RootLock(root).close()
    root.rename(away)
    with contextlib.closing(RootLock(root)) as lock:  # nothing was mounted there at first
        root.rename(tmp_path / "bare")
        away.rename(root)
        with pytest.raises(StorageError, match="is not the directory that was locked"):
            lock.check()


@pytest.mark.parametrize("mark", [b"", b"\xff\x00" * 1000, b"0123456789abcdef\n" * 2])
def test_a_mark_that_is_damaged_is_written_anew_and_knows_nobody(
    tmp_path: Path, mark: bytes
) -> None:
    path = tmp_path / ".thorsched" / "identity"
    path.parent.mkdir()
    path.write_bytes(mark)
    with contextlib.closing(RootLock(tmp_path)):
        first = path.read_text()
    assert len(first.strip()) == 32
    with contextlib.closing(RootLock(tmp_path)):
        assert path.read_text() == first


def test_a_lock_that_somebody_took_away_is_made_anew(tmp_path: Path) -> None:
    with contextlib.closing(RootLock(tmp_path)) as lock:
        mark = (tmp_path / ".thorsched" / "identity").read_text()
        shutil.rmtree(tmp_path / ".thorsched")
        lock.check()
        assert (tmp_path / ".thorsched" / "identity").read_text() == mark
        with pytest.raises(MachineError, match=f"process {os.getpid()}"):
            RootLock(tmp_path)
    RootLock(tmp_path).close()


def test_a_lock_that_another_scheduler_has_by_now_is_left_to_it(tmp_path: Path) -> None:
    with contextlib.closing(RootLock(tmp_path)) as lock:
        shutil.rmtree(tmp_path / ".thorsched")
        with (
            held_elsewhere(tmp_path) as pid,
            pytest.raises(StorageError, match=rf"\(process {pid}\)"),
        ):
            lock.check()
        lock.check()


def test_only_roots_that_are_held_may_be_recorded_to(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    with contextlib.closing(Roots()) as roots:
        roots.hold(old)
        roots.hold(new)
        roots.check(old)
        roots.check(new)
        with pytest.raises(StorageError, match="not held"):
            roots.check(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and FIFOs")
@pytest.mark.parametrize("name", ["lock", "identity"])
def test_what_stands_in_the_place_of_our_files_is_refused_and_left_as_it_was(
    tmp_path: Path, name: str
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("years of work")
    (tmp_path / "linked" / ".thorsched").mkdir(parents=True)
    (tmp_path / "linked" / ".thorsched" / name).symlink_to(precious)
    (tmp_path / "piped" / ".thorsched").mkdir(parents=True)
    os.mkfifo(tmp_path / "piped" / ".thorsched" / name)
    for root in ("linked", "piped"):
        with pytest.raises(MachineError, match="mend what stands there"):
            RootLock(tmp_path / root)
    assert precious.read_text() == "years of work"
