"""A stream that is stuck, as long as a test wants it to be."""

import io
import threading

SOON_S = 5.0


class Tap(io.StringIO):
    """A stream that takes nothing while it is shut, as a paused terminal or a full pipe."""

    def __init__(self) -> None:
        super().__init__()
        self.is_entered = threading.Event()
        self.is_open = threading.Event()

    def write(self, text: str) -> int:
        self.is_entered.set()
        assert self.is_open.wait(SOON_S * 2)
        return super().write(text)
