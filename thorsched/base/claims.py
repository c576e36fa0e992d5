"""What one program of a user claims for itself on this machine: a port, a camera's stream.

Called by `thorvision/ports.py` and `recording/streams.py`. A claim is a lock on a file of that
name, which the system gives back when the program is gone, however it ended. Programs of other
users, and other machines, know nothing of it.
"""

import contextlib
import logging
import os
import re
import stat
import tempfile
from pathlib import Path
from typing import IO

from thorsched.base import host

log = logging.getLogger(__name__)

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")
_HOLDER_CHARS = 20


class Claimed(Exception):
    """Another program has it; `holder` is its process id, in digits, or nothing."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class Claim:
    """A claim that is held until `release`."""

    def __init__(self, file: IO[str] | None) -> None:
        self._file = file

    def release(self) -> None:
        """Let others have it; doing so again is safe."""
        if self._file is not None:
            self._file.close()


class Claims:
    """The claims of this program. Any thread may take and release."""

    def __init__(self, directory: Path | None = None) -> None:
        """Keep the files in `directory`; by default in one that all programs of the user share."""
        self._directory = directory or _shared_directory()
        self._has_complained = False

    def take(self, name: str) -> Claim:
        """Claim what `name` stands for; raises `Claimed` if somebody else has it.

        That is another program, or another part of this one. Where the files cannot be used at all,
        everything is granted: a recording is worth more than the certainty that nobody else makes
        the same one.
        """
        path = self._directory / f"{_UNSAFE.sub('_', name)}.lock"
        try:
            _make_private(self._directory)
            file = host.open_regular(path, "a+")
        except OSError as error:
            self._complain(error)
            return Claim(None)
        with contextlib.ExitStack() as undo:
            undo.callback(file.close)
            if not host.lock_exclusively(file):
                file.seek(0)
                holder = file.read(_HOLDER_CHARS).strip()
                raise Claimed(holder if holder.isdecimal() else "")
            _sign(file)
            undo.pop_all()
        return Claim(file)

    def _complain(self, error: OSError) -> None:
        if not self._has_complained:
            self._has_complained = True
            log.warning(
                "programs on this machine cannot agree on ports and cameras",
                extra={"directory": self._directory, "why": error},
            )


def _sign(file: IO[str]) -> None:
    with contextlib.suppress(OSError):  # a full disk does not undo the lock
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()


def _shared_directory() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"thorsched-{user}"


def _make_private(directory: Path) -> None:
    """Make the directory; raises `OSError` if somebody else has made it, or a link, before us."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    found = directory.lstat()
    is_ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if not stat.S_ISDIR(found.st_mode) or not is_ours:
        raise PermissionError(f"{directory} is not a directory of this user's")
