"""What a journal says of an edit, before somebody asks and after: judged. Pure.

Called by `answer.py`, which reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from thorsched.catalogue.applied import RevisionApplied
from thorsched.engine.filenews import Answer, answer_in
from thorsched.recording.history import Happened

Event = tuple[int, Happened]
"""With its number in the journal; they rise."""
PATIENCE_S = 15.0
"""How long an answer is waited for."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a journal says of the file."""

    number: int = 0
    """Of the last revision; they rise."""
    applied: RevisionApplied | None = None
    """That revision: it runs, or ran last."""
    looked: Event | None = None
    """The last look by hand that was told of, with its number."""
    refused: Event | None = None
    """That the file is not applied, likewise; None if it is."""
    events: int = 0
    """The number of the last event of any kind."""


@dataclass(frozen=True, slots=True)
class Waited:
    """What was heard since somebody asked."""

    applied: RevisionApplied | None
    """What runs."""
    is_new: bool = False
    """Whether that is so since."""
    answer: Answer | None = None
    """What the scheduler says of its look."""
    refused: str = ""
    """Why it has not applied the file, where it does not say more."""

    def is_about(self, asked: str) -> bool:
        """Return whether it is of that revision; what is told of no look always is."""
        return self.answer is None or self.answer.revision == asked


def since(before: Mapping[Path, Heard], now: Mapping[Path, Heard], asked: str) -> Waited | None:
    """Return what has come of the `asked` revision since `before`; None if nothing as yet."""
    for root, one in now.items():
        was = before.get(root, Heard())
        is_new = one.applied is not None and one.number > was.number
        if one.looked and _is_later(one.looked, was.looked):
            answer = answer_in(one.looked[1])
            return Waited(one.applied, is_new, answer)
        if is_new and one.applied and one.applied.revision == asked:
            return Waited(one.applied, is_new)
    return None


def at_last(before: Mapping[Path, Heard], now: Mapping[Path, Heard], asked: str) -> Waited:
    """Return what is known of it where nobody has answered."""
    for root, one in now.items():
        was = before.get(root, Heard())
        if one.applied and one.applied.revision == asked:
            return Waited(one.applied, one.number > was.number)
    for root, one in now.items():
        was = before.get(root, Heard())
        if one.refused and _is_later(one.refused, was.refused):
            return Waited(one.applied, refused=one.refused[1].detail)
    return Waited(None)


def told_unasked(now: Mapping[Path, Heard], asked: str) -> Waited | None:
    """Return that the `asked` revision runs already; None unless the journals say so."""
    running = (one.applied for one in now.values() if one.applied and one.refused is None)
    return next((Waited(one) for one in running if one.revision == asked), None)


def forgetting_refusals(before: Mapping[Path, Heard]) -> dict[Path, Heard]:
    """Return it so that a refusal of before counts as one of now, where nobody is told anew."""
    return {root: replace(one, refused=None) for root, one in before.items()}


def _is_later(now: Event | None, before: Event | None) -> bool:
    return now is not None and now[0] > (before[0] if before else 0)
