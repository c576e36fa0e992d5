"""A file that is saved as a script says, looked at on a clock of its own: no test waits for it."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from thorsched.reload.watching.stillness import (
    WITH_EVENTS,
    Complain,
    Judge,
    Look,
    Patience,
    Proof,
    Prove,
    Step,
    Stillness,
    Wait,
    seen,
    step,
)

APART_S = 0.05
"""What `watch.py` keeps between two looks."""
ABSENT, EMPTY, WRONG = "absent", "", "with a mistake"


@dataclass(frozen=True, slots=True)
class Save:
    """From `at_s` on the file has `content`."""

    at_s: float
    content: str
    is_open: bool | None = False
    """Whether somebody has it open for writing from then on; None if nobody can tell."""


@dataclass(slots=True)
class Played:
    """What became of a file that had rested with the content `before`."""

    saves: Sequence[Save]
    patience: Patience = WITH_EVENTS
    has_events: bool = True
    """Whether it is heard of a save, but of one that is still being written."""
    blind: tuple[float, float] = (math.inf, math.inf)
    """From when to when a look does not end, as the disk does not answer."""
    asked_s: float | None = None
    """When somebody asks for a look by hand."""
    judged: list[tuple[float, str]] = field(default_factory=list)
    """What was judged, and had not been before, or by hand; and when."""
    held: list[str] = field(default_factory=list)
    complaints: list[float] = field(default_factory=list)
    looks: int = 0
    _state: Stillness | None = None

    def until(self, end_s: float) -> "Played":
        now_s = -10.0
        while now_s < end_s:
            now_s = self._next_s(now_s, self._look(now_s))
            if self.blind[0] <= now_s < self.blind[1]:
                now_s = self.blind[1]
        del self.judged[0]  # what there was before
        return self

    def _look(self, now_s: float) -> float:
        self.looks += 1
        save = self._at(now_s)
        look = Look(save.content, (round(save.at_s * 1e6),), save.content in {ABSENT, EMPTY})
        is_by_hand = self.asked_s is not None and self.asked_s <= now_s
        before = self._state.judged if self._state else None
        self._state = seen(self._state, look, now_s=now_s)
        what = self._step(now_s, is_by_hand=is_by_hand)
        if isinstance(what, Prove):
            is_good = look.content not in {ABSENT, EMPTY, WRONG}
            what = self._step(now_s, Proof(is_good, save.is_open), is_by_hand=is_by_hand)
        match what:
            case Wait(seconds):
                return seconds
            case Complain():
                self.complaints.append(now_s)
                self.asked_s = None if is_by_hand else self.asked_s
                return self.patience.again_s
            case Judge(is_held):
                if is_by_hand or look.content != before:
                    self.judged.append((now_s, look.content))
                    self.held += [look.content] if is_held else []
                if is_by_hand:
                    self.asked_s = None
        return self.patience.poll_s

    def _step(self, now_s: float, proof: Proof | None = None, *, is_by_hand: bool) -> Step:
        assert self._state is not None
        self._state, what = step(
            self._state, now_s=now_s, patience=self.patience, is_by_hand=is_by_hand, proof=proof
        )
        return what

    def _at(self, now_s: float) -> Save:
        index = bisect_right(self.saves, now_s, key=lambda save: save.at_s)
        return self.saves[index - 1] if index else Save(-20.0, "before")

    def _next_s(self, now_s: float, again_s: float) -> float:
        """Return when it is looked at next: then, or when something is heard of."""
        index = bisect_right(self.saves, now_s, key=lambda save: save.at_s)
        heard = [save.at_s for save in self.saves[index:] if save.is_open is not True]
        wakes = [self.asked_s] if self.asked_s is not None and self.asked_s > now_s else []
        wakes += heard[:1] if self.has_events else []
        return max(now_s + APART_S, min([*wakes, now_s + again_s]))

    @property
    def contents(self) -> list[str]:
        return [content for _, content in self.judged]
