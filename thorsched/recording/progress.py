"""What an attempt's recorder hears, and at which rate frames come: more than that files grow.

Made by `attempt.py` and used in its thread alone.
"""

from thorsched.recording.hearing import Hearing
from thorsched.recording.lifecycle import Clue
from thorsched.recording.process import RecorderProcess
from thorsched.recording.rate import Rate
from thorsched.recording.spec import Recording
from thorsched.recording.trail import Trail
from thorsched.recording.trouble import Trouble

# What arrived within that is what arrives now; a frame of a slow camera may be longer under way.
_RECENT_S = 1.0
_RECENT_FRAMES = 3


class Progress:
    """What is known of one recorder beside the size of its files. `look` at it, then ask."""

    def __init__(self, recording: Recording, *, now_s: float) -> None:
        self._rate = Rate(wanted_fps=1 / recording.frame_s, seen_at_s=now_s)
        self._recent_s = max(_RECENT_S, _RECENT_FRAMES * recording.frame_s)
        self._size_bytes = 0
        self._grew_at_s = now_s
        self._hearing = Hearing()

    def look(
        self, process: RecorderProcess, trail: Trail, *, size_bytes: int, now_s: float
    ) -> None:
        """Look at a recorder whose files hold that much."""
        if size_bytes > self._size_bytes:
            self._hearing = Hearing()
            self._grew_at_s = now_s
        else:
            self._hearing = self._hearing.listen(process.arrivals(), now_s=now_s)
        self._size_bytes = size_bytes
        if size_bytes and self._rate.is_due(now_s):
            frames = trail.frames()
            if frames is not None:
                self._rate = self._rate.seen(frames, now_s=now_s)

    def is_quiet(self, *, now_s: float) -> bool:
        """Return whether frames have come, and come no more; it may be a pause."""
        return bool(self._size_bytes) and now_s - self._grew_at_s >= self._recent_s

    @property
    def warning(self) -> Trouble | None:
        """What is wrong with the frames that arrive."""
        return self._rate.trouble

    def clue(self, *, now_s: float) -> Clue | None:
        """Return why frames may be missing, by what arrives; None if nothing is known."""
        return self._hearing.clue(recent_s=self._recent_s, now_s=now_s)
