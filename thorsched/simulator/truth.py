"""What was really sent: the record that recordings are held against.

Written by `stream.py`, one `Truth` for each camera; read by tests, from Python or by HTTP.
"""

from collections import deque
from typing import NamedTuple

from thorsched.simulator.sender import Sender

REMEMBERED_FRAMES = 54_000
"""How far a camera's truth goes back: half an hour at 30 fps."""


class SentFrame(NamedTuple):
    """A frame that was wholly handed to SRT, whether anybody was listening or not.

    `due_s` is when it was due, in seconds since 1970, by the wall clock as it stood when the
    simulator started; `sample_index` is what its metadata says.
    """

    number: int
    due_s: float
    sample_index: int


class Truth:
    """The frames of one camera, over all of its streams, oldest first."""

    def __init__(self) -> None:
        self._frames: deque[tuple[SentFrame, Sender, int]] = deque(maxlen=REMEMBERED_FRAMES)

    def add(self, frame: SentFrame, sender: Sender, end_bytes: int) -> None:
        """Note a frame that ends `end_bytes` after the start of what `sender` was given."""
        self._frames.append((frame, sender, end_bytes))

    def frames(self) -> tuple[SentFrame, ...]:
        """Return the frames that their sender has taken out of its pipe by now."""
        noted = self._frames.copy()
        taken_bytes = {sender: sender.taken_bytes for _, sender, _ in noted}
        return tuple(frame for frame, sender, end in noted if end <= taken_bytes[sender])
