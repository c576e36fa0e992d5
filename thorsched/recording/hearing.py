"""Whether anything reaches a recorder whose files do not grow: silence is told from garbage. Pure.

Kept by `progress.py`, which looks. What is looked at is how often the thread has woken that hands
libsrt's packets on: it sleeps until one is due, whatever is in it.
"""

import math
from dataclasses import dataclass, replace

from thorsched.recording.lifecycle import Clue

# A thread that is stopped, or told to end, wakes once without a packet.
_LOOKS = 2


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a recorder hears while its files do not grow."""

    looks: int = 0
    """How many looks could tell."""
    heard: int = 0
    """By how many of them something had come since the look before."""
    heard_at_s: float = -math.inf
    arrivals: int | None = None

    def listen(self, arrivals: int | None, *, now_s: float) -> "Hearing":
        """Return what is known after a look at the number that grows with what arrives."""
        if arrivals is None or self.arrivals is None:
            return Hearing(arrivals=arrivals)
        looked = replace(self, looks=self.looks + 1, arrivals=arrivals)
        if arrivals <= self.arrivals:
            return looked
        return replace(looked, heard=self.heard + 1, heard_at_s=now_s)

    def clue(self, *, recent_s: float, now_s: float) -> Clue | None:
        """Return why frames may be missing, by what arrives; None if nothing is known."""
        is_heard = now_s - self.heard_at_s <= recent_s
        if self.looks < _LOOKS or (is_heard and self.heard < _LOOKS):
            return None
        return Clue.GARBAGE if is_heard else Clue.SILENCE
