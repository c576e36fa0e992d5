"""What one program of a user claims for itself on this machine: a port, a camera's stream.

Called by `thorvision/ports.py` and `recording/streams.py`. A claim is a lock on a file of that
name, which the system gives back when the program is gone, however it ended. Programs of other
users, and other machines, know nothing of it; neither do those that have a /tmp of their own.

A recorder outlives a program that is killed, so it holds what it uses, too: it inherits the open
file, and the claim lasts until both are gone. (A child of the recorder's has it as well: gst-launch
has one for a moment, which looks at plugins. Who releases a claim frees it all the same.) A claim
whose file was removed and which was taken again is the program's alone. So is every claim on
Windows, where locks are not inherited: there, end a recorder that is left behind before its device
is used again.
A file says whose it is: the program's process id, and on a second line the recorder's.

The files lie where cleaners remove what is old, or everything. A lock counts only while its file
stands under its name: who takes a claim looks after locking, and begins again if the file has
been removed or replaced. So at most one program holds what stands under the name, and a claim that
is released takes its file with it. A holder that calls `Claim.keep` often enough always looks new
to a cleaner that goes by age; whatever else removes the file, the claim is open to others until the
next `keep` takes it again. If another program was faster, both go on, and the log says so.
"""

import contextlib
import errno
import logging
import os
import re
import stat
import threading
from pathlib import Path
from typing import IO

from thorsched.base import host

log = logging.getLogger(__name__)

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")
_HOLDERS_CHARS = 40
# Each further try means that somebody has removed the file in the moment since it was opened.
_TRIES = 100


class Claimed(Exception):
    """Another program has it; `holder` is its process id, in digits, or nothing.

    `recorder` is that of the recorder which it was lent to, or nothing. The holder may be gone;
    it is not if it is `seen`: the process of that id has the claim's file open.
    """

    def __init__(self, holder: str, recorder: str = "", *, seen: bool = False) -> None:
        super().__init__(holder)
        self.holder = holder
        self.recorder = recorder
        self.seen = seen


class Claim:
    """A claim that is held until `release`. Any thread may keep and release it."""

    def __init__(
        self, path: Path | None = None, file: IO[str] | None = None, *, is_lent: bool = False
    ) -> None:
        """Hold `file`, open and locked, which stands at `path`; nothing if there is none.

        One that `is_lent` is not locked here: it is the lock of a recorder that is ours now.
        """
        self._is_lent = is_lent
        self._path = path
        self._file = file
        self._lock = threading.Lock()
        self._recorder: int | None = None
        self._is_lost = False

    def keep(self) -> None:
        """Keep the file from being removed for its age; take the claim again if it is gone.

        Once a minute is often enough. Never fails: what is recorded goes on, claimed or not.
        """
        with self._lock:
            if self._file is None or self._path is None:
                return
            try:
                if host.stands_at(self._file, self._path):
                    host.freshen(self._file)
                else:
                    self._take_again(self._file, self._path)
            except (OSError, Claimed) as error:
                self._lament(error)
            else:
                self._is_lost = False

    def _take_again(self, gone: IO[str], path: Path) -> None:
        self._file, self._is_lent = _locked(path, self._recorder), False
        log.info("a claim was removed, and taken again", extra={"claim": path.name})
        _close(gone)

    def _lament(self, error: OSError | Claimed) -> None:
        if self._path is not None and not self._is_lost:
            self._is_lost = True
            log.error(
                "a claim is lost: another program may take what this one holds",
                extra={"claim": self._path.name, "why": _why(error)},
            )

    def descriptors(self) -> tuple[int, ...]:
        """Return what a recorder is to inherit so that it holds the claim, too; perhaps nothing."""
        with self._lock:
            return () if self._file is None else (self._file.fileno(),)

    def lent_to(self, recorder: int) -> None:
        """Write down that this process has inherited it, for whoever finds it claimed."""
        with self._lock:
            self._recorder = recorder
            if self._file is not None:
                _sign(self._file, recorder)

    def leave(self) -> None:
        """Leave it to the recorder alone, which still runs; `release` has nothing to do then."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                _close(file)

    def release(self) -> None:
        """Let others have it; doing so again is safe."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None and self._path is not None:
                with contextlib.suppress(OSError):  # the file may stay: its lock is gone
                    if self._is_lent and not host.lock_exclusively(file):
                        file.close()
                    else:
                        host.remove_locked(file, self._path)


class Claims:
    """The claims of this program. Any thread may take and release."""

    def __init__(self, directory: Path | None = None) -> None:
        """Keep the files in `directory`; by default in one that all programs of the user share."""
        self._directory = directory or host.meeting_place()
        self._has_complained = False

    def take(self, name: str) -> Claim:
        """Claim what `name` stands for; raises `Claimed` if somebody else has it.

        That is another program, or another part of this one. Where the files cannot be used at all,
        everything is granted: a recording is worth more than the certainty that nobody else makes
        the same one.
        """
        path = self._path(name)
        try:
            return Claim(path, _locked(path))
        except OSError as error:
            self._complain(error)
            return Claim()

    def adopt(self, name: str, recorder: int) -> Claim:
        """Claim what was lent to a recorder by a program that is gone; raises `Claimed`.

        The recorder's lock stands for ours. What nobody holds is taken.
        """
        with contextlib.suppress(Claimed):
            claim = self.take(name)
            claim.lent_to(recorder)
            return claim
        path = self._path(name)
        try:
            claim = Claim(path, _lent(path, recorder), is_lent=True)
        except OSError as error:
            self._complain(error)
            return Claim()
        claim.lent_to(recorder)
        return claim

    def _path(self, name: str) -> Path:
        return self._directory / f"{_UNSAFE.sub('_', name)}.lock"

    def _complain(self, error: OSError) -> None:
        if not self._has_complained:
            self._has_complained = True
            log.warning(
                "programs on this machine cannot agree on ports and cameras",
                extra={"directory": self._directory, "why": error},
            )


def _locked(path: Path, recorder: int | None = None) -> IO[str]:
    """Return the file that stands at `path`, open, locked and signed, with the recorder if any.

    Raises `Claimed`, or `OSError` where there can be no such file.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError):  # the directory, too, may go at any moment
            file = _locked_now(path)
            if host.stands_at(file, path):
                _sign(file, recorder)
                return file
            file.close()
    raise FileNotFoundError(errno.ENOENT, "no file lasts here", str(path))


def _lent(path: Path, recorder: int) -> IO[str]:
    """Return the file of a claim that this recorder holds. Raises `Claimed`, `OSError`."""
    file = host.open_regular(path, "r+")
    with contextlib.ExitStack() as undo:
        undo.callback(file.close)
        holders = _holders(file)
        has_it = host.has_open(
            recorder, file
        )  # its program may have died before it wrote that down
        if not (holders[1] == str(recorder) if has_it is None else has_it):
            raise Claimed(*holders)
        undo.pop_all()
    return file


def _locked_now(path: Path) -> IO[str]:
    _make_private(path.parent)
    file = host.open_regular(path, "a+")
    with contextlib.ExitStack() as undo:
        undo.callback(file.close)
        if not host.lock_exclusively(file):
            holder, recorder = _holders(file)
            seen = bool(holder) and host.has_open(int(holder), file) is True
            raise Claimed(holder, recorder, seen=seen)
        undo.pop_all()
    return file


def _holders(file: IO[str]) -> tuple[str, str]:
    file.seek(0)
    holder, _, recorder = file.read(_HOLDERS_CHARS).strip().partition("\n")
    return holder if holder.isdecimal() else "", recorder if recorder.isdecimal() else ""


def _why(error: OSError | Claimed) -> str:
    if isinstance(error, Claimed):
        return f"process {error.holder} was faster" if error.holder else "another was faster"
    return str(error)


def _sign(file: IO[str], recorder: int | None) -> None:
    with contextlib.suppress(OSError):  # a full disk does not undo the lock
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}" if recorder is None else f"{os.getpid()}\n{recorder}")
        file.flush()


def _close(file: IO[str]) -> None:
    with contextlib.suppress(OSError):  # what could not be written on a full disk
        file.close()


def _make_private(directory: Path) -> None:
    """Make the directory; raises `OSError` if somebody else has made it, or a link, before us."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    found = directory.lstat()
    is_ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if not stat.S_ISDIR(found.st_mode) or not is_ours:
        raise PermissionError(f"{directory} is not a directory of this user's")
