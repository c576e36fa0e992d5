"""A file that is read once from end to end, and its SHA-256 of the same reading.

Made by `examination.py`, which looks at the frames on the way: who asks for bytes further on has
all that lies before them read and hashed, so the disk gives each byte once. No more of the file is
in memory than a piece, and what is asked for.
"""

import hashlib
from collections.abc import Callable

from thorsched.video.ebml import FileData

_PIECE_BYTES = 2**20


class HashedData(FileData):
    """The first `size_bytes` of `data`; ask for them in about their order. Raises `OSError`."""

    def __init__(self, data: FileData, size_bytes: int, *, read: Callable[[int], None]) -> None:
        """`read` is told how many bytes were read, after each piece: whoever does may wait."""
        self._data = data
        self._size_bytes = size_bytes
        self._read = read
        self._digest = hashlib.sha256()
        self._held = b""
        self._held_at = 0
        self._end = 0

    def read_at(self, start: int, count: int) -> bytes:
        """Return `count` bytes from `start` on; fewer at the end.

        What is behind already is read anew, which is to be rare.
        """
        count = max(min(count, self._size_bytes - start), 0)
        if start < self._held_at:
            return self._data.read_at(start, count)
        while self._end < start + count and self._go_on(keep_from=start):
            pass
        at = start - self._held_at
        return self._held[at : at + count]

    def finish(self) -> tuple[str, int]:
        """Read what is left; return the SHA-256 of all as hexadecimal digits, and its size."""
        while self._go_on(keep_from=self._end):
            pass
        return self._digest.hexdigest(), self._end

    def _go_on(self, *, keep_from: int) -> bool:
        """Read one piece more, and forget what is before `keep_from`; False at the end."""
        piece = self._data.read_at(self._end, min(_PIECE_BYTES, self._size_bytes - self._end))
        self._digest.update(piece)
        self._held = self._held[max(keep_from - self._held_at, 0) :] + piece
        self._end += len(piece)
        self._held_at = self._end - len(self._held)
        if piece:
            self._read(len(piece))
        return bool(piece)
