"""The segment that a recorder writes, held open by us, whatever becomes of its name.

Made by `trail.py` and used in its thread alone. A file that was removed lives for as long as it is
open, and one whose directory was renamed goes on growing: so the file itself tells its size, and
its name only whether somebody took it away. (What gst-launch prints of fragments tells no more and
no sooner: by the same names, within a millisecond of a file's first byte and of its last.)
"""

import contextlib
import os
from pathlib import Path
from typing import IO

from thorsched.base import host
from thorsched.video.following import Follower

_PIECE_BYTES = 2**20
# What a gigabit a second brings between two looks.
_NEW_BYTES = 2**26


class OpenFile:
    """A segment that grows. Raises `OSError` for one that is not there; close it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        opener = host.plain_file_opener
        self._file: IO[bytes] = open(path, "rb", buffering=0, opener=opener)  # noqa: SIM115 - closed by `close`
        # One that was begun long ago is not read again: most of it has left the machine's memory.
        is_new = self.size_bytes() <= _NEW_BYTES
        self._follower = Follower(self._file) if is_new else None
        self._away_bytes: int | None = None
        """How large it was when it was first seen away."""

    def size_bytes(self) -> int:
        """Return its size, 0 if the disk does not tell."""
        with contextlib.suppress(OSError):
            return os.fstat(self._file.fileno()).st_size
        return 0

    def frames(self) -> int | None:
        """Return how many frames are in it by now; None if it was large when it was opened."""
        if self._follower is None:
            return None
        with contextlib.suppress(OSError):
            self._follower.follow(self.size_bytes())
        return self._follower.frames

    def is_away(self) -> bool:
        """Return whether its name is gone, or leads to a file that is not this one.

        Numbers of files are not to be trusted on every disk: one that is as large is the same.
        """
        try:
            ours, there = os.fstat(self._file.fileno()), self.path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False
        return not os.path.samestat(ours, there) and ours.st_size != there.st_size

    def grows_away(self) -> bool:
        """Return whether it was seen away, and has grown since: somebody took what is written.

        One that its recorder has closed may be taken by anybody; it does not grow.
        """
        if not self.is_away():
            self._away_bytes = None
        elif self._away_bytes is None:
            self._away_bytes = self.size_bytes()
        return self._away_bytes is not None and self.size_bytes() > self._away_bytes

    @property
    def is_removed(self) -> bool:
        """Whether it has no name any more; it is gone once it is closed."""
        with contextlib.suppress(OSError):
            return os.fstat(self._file.fileno()).st_nlink == 0 and self.is_away()
        return False

    def place(self) -> Path | None:
        """Return where it is by now; None if that cannot be known, or is nowhere."""
        return host.place_of(self._file)

    def copy_to(self, target: IO[bytes]) -> None:
        """Write all that is in it to `target`. Raises `OSError`."""
        self._file.seek(0)
        while piece := self._file.read(_PIECE_BYTES):
            target.write(piece)

    def close(self) -> None:
        self._file.close()
