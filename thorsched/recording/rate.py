"""Whether the frames arrive at the rate that was asked for. Pure.

Kept by `progress.py`, which counts the frames on disk every few seconds. JPEGs vary in size with
what they show, so bytes tell nothing.
"""

from dataclasses import dataclass, replace

from thorsched.recording.trouble import Cause, Trouble

COUNT_EVERY_S = 5.0
"""How often the frames are counted: it costs 5 µs a frame."""
_STRETCH_S = 10.0
_STRETCH_FRAMES = 10
# What is wrong is said, and taken back, at different rates: a camera may sit between.
_WRONG = (0.6, 1.7)
_RIGHT = (0.7, 1.5)

_SLOW = (
    "is it dark? many cameras expose longer then, at half the rate; or the camera, its USB bus or "
    "the network does not keep up"
)
_FAST = "the camera does not hold to the mode that it was asked for"


@dataclass(frozen=True, slots=True)
class Rate:
    """What is known of one attempt's rate. Times are monotonic seconds."""

    wanted_fps: float
    frames: int = 0
    """Counted in all at `since_s`, when the stretch began that is measured."""
    since_s: float | None = None
    seen_at_s: float = 0.0
    trouble: Trouble | None = None

    def is_due(self, now_s: float) -> bool:
        return now_s - self.seen_at_s >= COUNT_EVERY_S

    def seen(self, frames: int, *, now_s: float) -> "Rate":
        """Return what is known once `frames` in all are counted.

        The stretch that is measured begins anew where nobody has looked for long: what became of
        the frames meanwhile is not known.
        """
        elapsed_s = 0.0 if self.since_s is None else now_s - self.since_s
        was_blind = now_s - self.seen_at_s > 2 * COUNT_EVERY_S
        if self.since_s is None or was_blind:
            return replace(self, frames=frames, since_s=now_s, seen_at_s=now_s)
        if elapsed_s < max(_STRETCH_S, _STRETCH_FRAMES / self.wanted_fps):
            return replace(self, seen_at_s=now_s)
        trouble = self._judged((frames - self.frames) / elapsed_s)
        return Rate(self.wanted_fps, frames, now_s, now_s, trouble)

    def _judged(self, fps: float) -> Trouble | None:
        """Return the trouble; the same value for as long as it lasts."""
        lowest, highest = _RIGHT if self.trouble else _WRONG
        if lowest <= fps / self.wanted_fps <= highest:
            return None
        why = _SLOW if fps < self.wanted_fps else _FAST
        words = f"wanted {self.wanted_fps:.3g} fps, {fps:.3g} arrive: {why}"
        return self.trouble or Trouble(Cause.WRONG_RATE, words)
