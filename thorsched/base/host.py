"""What differs between Linux, macOS and Windows in processes, signals, syncing and locks.

Called by whatever starts, stops, syncs or locks: `recording/process.py`, `archive.py` and
`root.py`, `base/claims.py`, `simulator/sender.py`, and `cli/commands.py` to ask whether it can
simulate. The functions that decide take the platform's name as an argument, so that every branch
is tested on every platform; what was run where is said in the README.
"""

import contextlib
import errno
import os
import secrets
import signal
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

_WINDOWS = "win32"
# winbase.h; subprocess defines it on Windows only.
_CREATE_NEW_PROCESS_GROUP = 0x00000200
_CTRL_BREAK_EVENT = 1
_SIGBREAK = 21


def own_session_kwargs(platform: str = sys.platform) -> dict[str, Any]:
    """Return the `Popen` keywords that keep a terminal's Ctrl-C away from a child process.

    A second SIGINT makes gst-launch leave its file unfinalised, so exactly one may reach it:
    ours. On Windows a new process group disables CTRL_C for the child; CTRL_BREAK still works.
    """
    if platform == _WINDOWS:
        return {"creationflags": _CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def inheritance_kwargs(descriptors: Sequence[int], platform: str = sys.platform) -> dict[str, Any]:
    """Return the `Popen` keywords that let a child have these open files, with their locks.

    Windows' locks belong to the process that took them: a child would gain nothing.
    """
    return {} if platform == _WINDOWS else {"pass_fds": tuple(descriptors)}


def inherits_locks(platform: str = sys.platform) -> bool:
    """Return whether a child holds the locks of the open files that it was given."""
    return platform != _WINDOWS


def can_hand_over(platform: str = sys.platform) -> bool:
    """Return whether a program can be asked to leave its recorders to the next one."""
    return platform != _WINDOWS


def meeting_place(platform: str = sys.platform) -> Path:
    """Return the directory by which all programs of this user find each other; it may not be there.

    It does not depend on TMPDIR or XDG_RUNTIME_DIR: a login, a service and a notebook of one user
    have different ones.
    """
    if platform == _WINDOWS:
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(local) / "thorsched"
    return Path("/tmp") / f"thorsched-{os.getuid()}"  # noqa: S108 - whoever uses it makes it private


def can_simulate(platform: str = sys.platform) -> bool:
    """Return whether the simulator runs here; its senders need POSIX pipes and signals."""
    return platform != _WINDOWS


def interrupt_signal(platform: str = sys.platform) -> int:
    """Return the signal that asks gst-launch to finalise its file and end."""
    return _CTRL_BREAK_EVENT if platform == _WINDOWS else int(signal.SIGINT)


class Signalled(Protocol):
    """A process, as far as signals go: `subprocess.Popen` is one."""

    def send_signal(self, number: int, /) -> None: ...


def interrupt(process: Signalled) -> None:
    """Ask `process` to finalise and end; nothing happens if it has ended. Call it once only.

    One that was stopped is woken for it: a signal waits for ever in a process that stands still.
    """
    process.send_signal(interrupt_signal())
    if sys.platform != _WINDOWS:
        process.send_signal(signal.SIGCONT)


def waits_for_disk(pid: int, platform: str = sys.platform) -> bool:
    """Return whether a thread of the process is in a wait that no signal ends; False if unknown.

    That is a disk's, or a network share's, but for moments. Only Linux tells.
    """
    if platform != "linux":
        return False
    with contextlib.suppress(OSError):  # it may be gone at any moment, as may its threads
        for status in Path(f"/proc/{pid}/task").glob("*/stat"):
            if status.read_text(errors="replace").rpartition(")")[2].split()[0] == "D":
                return True
    return False


def sync_file(path: Path, platform: str = sys.platform) -> None:
    """Make the content of `path`, whoever wrote it, survive a power cut. Raises `OSError`.

    Windows syncs only what is open for writing.
    """
    with path.open("r+b" if platform == _WINDOWS else "rb") as file:
        os.fsync(file.fileno())


def sync_directory(directory: Path, platform: str = sys.platform) -> None:
    """Make the names in `directory` survive a power cut; Windows has no such call and needs none.

    Raises `OSError` if the directory is gone or the disk fails.
    """
    if platform == _WINDOWS:
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all, so that it survives a power cut.

    A draft beside it, `PATH.part`, takes its name once it is on the disk. Whatever stands in the
    draft's place is removed, never followed or waited for. Raises `OSError`.
    """
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)


@contextlib.contextmanager
def drafted(path: Path) -> Iterator[IO[bytes]]:
    """Open a draft beside `path` for writing, which takes that name once it is whole.

    For what goes where anybody's files are: nothing is overwritten, followed or waited for, and
    nothing removed but the draft, whose name nobody else has. Raises `FileExistsError` if anything
    has the name `path`, be it a link that leads nowhere, and other `OSError`s.
    """
    _refuse_existing(path)
    draft = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(8)}.part")
    try:
        file = draft.open("xb")
    except OSError as error:  # the draft's name would tell nobody anything
        raise OSError(error.errno, error.strerror, str(path.parent)) from None
    try:
        with file:
            yield file
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    """Give a draft its name. A second link never overwrites; some disks (exFAT) have none."""
    try:
        os.link(draft, path)
    except FileExistsError:
        _refuse_existing(path)
        raise
    except OSError:
        _refuse_existing(path)
        draft.rename(path)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(f"{path} exists already")


def open_regular(path: Path, mode: str) -> IO[str]:
    """Open a text file of ours; raises `OSError` for a link, or for anything but a plain file."""
    return open(path, mode, encoding="utf-8", errors="replace", opener=plain_file_opener)


def plain_file_opener(name: str, flags: int) -> int:
    """Open a plain file, for `open`; raises `OSError` for a link, or for anything else.

    What stands in a storage root may have been put there by anybody: a link would have us write
    elsewhere, and a FIFO would hold us for ever.
    """
    return followed_file_opener(name, flags | getattr(os, "O_NOFOLLOW", 0))


def followed_file_opener(name: str, flags: int) -> int:
    """Open a plain file, or one that a link leads to; raises `OSError` for anything else."""
    descriptor = os.open(name, flags | getattr(os, "O_NONBLOCK", 0), 0o644)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    raise OSError(errno.EINVAL, "not a plain file", name)


def lock_exclusively(file: IO[str]) -> bool:
    """Take the lock of an open file; False if another process holds it.

    Closing the file lets go, once all copies of it are closed: a forked child has one.
    """
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - exists on Windows only

        # The byte lies far beyond the text, so that others can still read who holds the lock.
        file.seek(1 << 30)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    return _flock(file, is_shared=False)


def is_locked(file: IO[str]) -> bool:
    """Return whether another process holds the lock of an open file; those who look are not seen.

    Close the file then: nobody can take the lock before, as to look is to share it. On Windows,
    where none is shared, two that look at the same moment take each other for holders.
    """
    if sys.platform == "win32":
        return not lock_exclusively(file)
    return not _flock(file, is_shared=True)


def _flock(file: IO[str], *, is_shared: bool) -> bool:
    """Return whether the lock was got. NFS shares it by a file that can be read, no other way."""
    import fcntl  # noqa: PLC0415 - exists on POSIX only

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(file: IO[str]) -> None:
    """Give the lock back although a forked child has a copy of the file; Windows has no forks."""
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - exists on POSIX only

        fcntl.flock(file, fcntl.LOCK_UN)


def stands_at(file: IO[str], path: Path, platform: str = sys.platform) -> bool:
    """Return whether `path` still leads to the open `file`: it may be removed, or another's by now.

    Windows removes no file that is open. Raises `OSError` where that cannot be known.
    """
    if platform == _WINDOWS:
        return True
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return False


def freshen(file: IO[str], platform: str = sys.platform) -> None:
    """Make an open file look new to whoever removes old ones; Windows spares those that are open.

    Raises `OSError`.
    """
    if platform != _WINDOWS:
        os.utime(file.fileno())


def remove_locked(file: IO[str], path: Path, platform: str = sys.platform) -> None:
    """Remove a file of ours that is locked from `path`, and let go of the lock. Raises `OSError`.

    On POSIX it is removed first: whoever waits for the lock finds that the file does not stand at
    `path` any more. Windows removes it afterwards, unless somebody has opened it by then.
    """
    with file:
        try:
            if platform != _WINDOWS and stands_at(file, path, platform):
                path.unlink()
        finally:
            unlock(file)
    if platform == _WINDOWS:
        with contextlib.suppress(PermissionError):
            path.unlink(missing_ok=True)


def termination_signals(platform: str = sys.platform) -> tuple[int, ...]:
    """Return the signals by which the system asks a program to end, besides Ctrl-C."""
    if platform == _WINDOWS:
        return (int(signal.SIGTERM), _SIGBREAK)
    return (int(signal.SIGTERM), int(signal.SIGHUP))
