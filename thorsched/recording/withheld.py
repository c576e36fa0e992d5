"""The segments of a successor, which wait until it is known whose frames they hold.

Held by `attempt.py` and `adoption.py`; what is rescued comes in a thread of its own. Nothing in a
stream names its camera: one that is called while no recorder proves that it is still ours may be
another's by then. See `succession.py`.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

from thorsched.recording.segments import Segment

UNPROVEN = "it was ended before it was known to be of the stream that it followed"


class Withheld:
    """Hands segments on; while `is_doubtful`, when it is known what to say of them."""

    def __init__(self, closed: Callable[[Segment], None], *, is_doubtful: bool) -> None:
        self.is_doubtful = is_doubtful
        self._closed = closed
        self._waiting: list[Segment] = []
        self._doubt = ""
        self._turn = threading.Lock()

    def closed(self, segment: Segment) -> None:
        with self._turn:
            if self.is_doubtful:
                self._waiting.append(segment)
                return
        self._closed(replace(segment, doubt=self._doubt))

    def prove(self) -> None:
        """Hand on what has waited: it is the camera's."""
        if self.is_doubtful:
            self._hand_on("")

    def end(self) -> None:
        """Hand on what has waited, and what comes still: nobody can prove it any more."""
        if self.is_doubtful:
            self._hand_on(UNPROVEN)

    def _hand_on(self, doubt: str) -> None:
        with self._turn:
            self.is_doubtful, self._doubt = False, doubt
            waiting, self._waiting = self._waiting, []
        for segment in waiting:
            self.closed(segment)
