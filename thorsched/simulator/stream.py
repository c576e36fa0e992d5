"""One camera's stream: a thread that hands each frame to the sender when it is due.

Made by `camera.py`. The thread never bursts: like a camera whose driver has a few buffers, it makes
up for at most `QUEUED_FRAMES` frames when it comes late, and drops the rest for good.
"""

import os
import threading
from dataclasses import dataclass
from enum import Enum

from thorsched.base.clock import Clock
from thorsched.simulator.footage import Footage
from thorsched.simulator.sender import QUEUED_FRAMES, Sender
from thorsched.simulator.timing import Timing
from thorsched.simulator.truth import SentFrame, Truth

_WITHOUT_MARKERS = bytes(byte & 0x7F for byte in range(256))


class Feed(Enum):
    """What goes out at the frames' pace."""

    PICTURES = "pictures"
    SILENCE = "nothing"
    GARBAGE = "bytes that are no JPEG"


@dataclass(frozen=True, slots=True)
class Origin:
    """The common zero of all frames, in seconds by both clocks, and as an ephys sample."""

    monotonic_s: float
    wall_s: float
    first_sample: int

    @classmethod
    def at_once(cls, clock: Clock, first_sample: int) -> "Origin":
        return cls(clock.monotonic_s(), clock.now().timestamp(), first_sample)


class Stream:
    """A camera that streams until `stop`. `footage`, `feed` and `sender` may change meanwhile."""

    def __init__(
        self, footage: Footage, sender: Sender, truth: Truth, *, origin: Origin, clock: Clock
    ) -> None:
        self.footage = footage
        self.sender = sender
        self.feed = Feed.PICTURES
        self._truth, self._origin, self._clock = truth, origin, clock
        self._stopping = threading.Event()
        name = f"simulated camera {footage.device_id}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether callers can be served."""
        return self.sender.is_alive

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, goodbye: bool = True) -> None:
        """End the thread and the sender; with `goodbye` the callers are told. Twice is safe."""
        self._stopping.set()
        if goodbye:
            self.sender.close()
        else:
            self.sender.kill()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._play(self.footage)

    def _elapsed_s(self) -> float:
        return self._clock.monotonic_s() - self._origin.monotonic_s

    def _play(self, footage: Footage) -> None:
        """Send frames of `footage` until it is exchanged."""
        timing = Timing(footage.capability.rate_fps, self._origin.first_sample)
        drawn = footage.pictures()
        number = timing.newest(self._elapsed_s())
        while self.footage is footage:
            oldest = timing.newest(self._elapsed_s()) - QUEUED_FRAMES + 1
            number = max(number + 1, oldest)
            if self._stopping.wait(timing.due_s(number) - self._elapsed_s()):
                return
            match self.feed:
                case Feed.PICTURES:
                    self._send(footage.frame(drawn, timing, number), timing, number)
                case Feed.GARBAGE:
                    self._offer(os.urandom(50_000).translate(_WITHOUT_MARKERS))
                case Feed.SILENCE:
                    pass

    def _send(self, frame: bytes, timing: Timing, number: int) -> None:
        sender = self._offer(frame)
        if sender is not None:
            due_s = self._origin.wall_s + timing.due_s(number)
            sent = SentFrame(number, due_s, timing.sample_index(number))
            self._truth.add(sent, sender, sender.written_bytes)

    def _offer(self, frame: bytes) -> Sender | None:
        """Return the sender that took `frame`, None if it was busy or dead."""
        sender = self.sender
        try:
            return sender if sender.offer(frame) else None
        except BrokenPipeError:
            return None
