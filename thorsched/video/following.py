"""How many frames are in a file that grows: only what is new is looked at, a few bytes a frame.

Made by `recording/openfile.py`, for a file that a recorder writes.
"""

from typing import IO

from thorsched.video.blocks import Walk
from thorsched.video.ebml import data_of


class Follower:
    """Counts the frames of one file."""

    def __init__(self, file: IO[bytes]) -> None:
        """Follow `file`, opened unbuffered."""
        self.frames = 0
        """As many as were whole at the last look."""
        self._data = data_of(file)
        self._at = 0

    def follow(self, size_bytes: int) -> None:
        """Count what is new in the first `size_bytes`. Raises `OSError`."""
        walk = Walk(
            self._data,
            size_bytes,
            head_bytes=0,
            is_finalised=False,
            start=self._at,
            is_in_cluster=self._at > 0,
        )
        for block in walk:
            self.frames += 1
            self._at = block.start + block.size
