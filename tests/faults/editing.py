"""A lab's file, edited again and again by the dice, and what the program says it makes of that."""

import hashlib
import random
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final, TypeVar

from tests.faults.edits import (
    ENDING,
    FOLLOWED,
    HARMLESS,
    MISTAKES,
    Edit,
    Mistake,
    Written,
    comment,
    edited,
    put_back,
    take_out,
    text_of,
)
from tests.faults.lab import Lab
from tests.faults.saves import any_way
from tests.support.program import Program
from tests.support.waiting import pause

T = TypeVar("T")

# How often somebody has the program look at once, too.
_BY_HAND: Final = 0.2
# Each is made once, and seen to be applied before the next.
_EDITS: Final[tuple[Edit, ...]] = (*HARMLESS * 4, *FOLLOWED * 4, *ENDING * 3)
# Of each shape of an edit how many, and the saves that one makes; and one more at the end.
SHAPES: Final = {
    "good": (len(_EDITS), 1),
    "wrong": (14, 1),
    "burst": (5, 4),
    "undone": (3, 2),
    "stopped": (2, 2),
    "gone": (2, 1),
}


@dataclass(frozen=True, slots=True)
class Saved:
    """A content that the file had."""

    content: bytes
    file: Written | None
    """What it says; None if it is wrong."""

    @property
    def revision(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Editing:
    """Edits the file of a lab, by the dice, and takes down what the program should make of it."""

    lab: Lab
    running: Program
    dice: random.Random
    file: Written
    """What the last right text says."""
    number: int = 0
    """Of the last edit."""
    saved: list[Saved] = field(default_factory=list)
    """Since the program was last seen to have come to a text."""
    runs: Saved | None = None
    """What runs, as far as that is known."""
    good: list[Saved] = field(default_factory=list)
    """Every right text there was, in order."""
    all_saved: list[Saved] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    """The revisions that were seen applied, as the log has them."""
    did: Counter[str] = field(default_factory=Counter)
    """What was done, by its name."""

    def make(self) -> None:
        """Make all edits; the program has come to the last when this returns."""
        deck = [shape for shape, (count, _) in SHAPES.items() for _ in range(count)]
        self.dice.shuffle(deck)
        edits, mistakes = self._shuffled(_EDITS), self._shuffled(MISTAKES)
        self.runs = self._text()
        self.good.append(self.runs)
        for shape in deck:
            self.did[shape] += 1
            match shape:
                case "good":
                    self._make(next(edits))
                case "wrong":
                    self._save(self._wrong(next(mistakes)))
                    self._settle()
                case "burst":
                    self._burst(mistakes)
                case "undone":
                    self._undo(self.dice.choice((*_EDITS, take_out)))
                case "stopped":
                    self._make(take_out)
                    self._make(put_back)
                case "gone":
                    self._remove()
        self._make(comment)

    def _make(self, edit: Edit) -> None:
        self._save(self._right(edit))
        self._settle()

    def _burst(self, mistakes: Iterator[Mistake]) -> None:
        """Save several times at once: what stands there in the end is what counts."""
        for _ in range(SHAPES["burst"][1] - 1):
            is_wrong = self.dice.random() < 0.3
            edit = self.dice.choice(_EDITS)
            self._save(self._wrong(next(mistakes)) if is_wrong else self._right(edit))
            pause(self.dice.choice((0.0, 0.02, 0.15)))
        self._make(self.dice.choice(_EDITS))

    def _undo(self, edit: Edit) -> None:
        """Make an edit and take it back, soon or a moment after it is applied."""
        before = self.file
        text = self._text()
        self._save(self._right(edit))
        pause(self.dice.uniform(0.0, 0.8))
        self.number += 1
        self.file = before
        self._save(text)

    def _remove(self) -> None:
        """Remove the file, and put it back as it was; nobody waits whether that is told."""
        text = self._text()
        self.number += 1
        self.lab.file.unlink()
        pause(self.dice.choice((0.0, 0.5, 3.0)))
        self.file = dict(self.file)
        self._save(text)

    def _shuffled(self, things: tuple[T, ...]) -> Iterator[T]:
        order = list(things)
        self.dice.shuffle(order)
        return cycle(order)

    def _text(self) -> Saved:
        return Saved(text_of(self.file).encode(), self.file)

    def _right(self, edit: Edit) -> Saved:
        self.number += 1
        self.file = edited(self.file, edit, self.dice, self.number)
        self.did[edit.__name__] += 1
        return self._text()

    def _wrong(self, mistake: Mistake) -> Saved:
        self.number += 1
        self.did[mistake.__name__] += 1
        return Saved(mistake(text_of(self.file), self.dice, self.number).encode(), None)

    def _save(self, text: Saved) -> None:
        way = any_way(self.lab.file, text.content, self.dice)
        self.did[way.__name__] += 1
        if self.dice.random() < _BY_HAND:
            self.running.process.send_signal(signal.SIGHUP)
            self.did["by hand"] += 1
        self.saved.append(text)
        self.all_saved.append(text)
        if text.file is not None:
            self.good.append(text)

    # What the program makes of it

    def _settle(self) -> None:
        """Wait until the program has come to the last text, and see how it did."""
        last = self.saved[-1]
        if last.file is None:
            self._await(lambda log: _refused(log) > self.did["seen refused"], "a mistake is told")
        else:
            self._await(lambda log: self._has_come_to(log, last), f"edit {self.number} is applied")
        log = self.running.err.read_text()
        self.did["seen refused"] = _refused(log)
        new = _applied(log)[len(self.applied) :]
        self.applied += new
        if last.file is not None and self.runs != last:
            assert new, f"edit {self.number} was not applied"
            assert last.revision.startswith(new[-1])
        self._assert_each_once(new)
        if new:
            (self.runs,) = {
                s.content: s for s in self.saved if s.revision.startswith(new[-1])
            }.values()
        self.saved.clear()

    def _has_come_to(self, log: str, text: Saved) -> bool:
        applied = _applied(log)
        return len(applied) > len(self.applied) and text.revision.startswith(applied[-1])

    def _await(self, holds: Callable[[str], bool], what: str) -> None:
        self.running.until(lambda: holds(self.running.err.read_text()), what=what)

    def _assert_each_once(self, new: list[str]) -> None:
        """Assert that what was applied is what was saved, in that order, and each once at most."""
        left = iter(self.saved)
        for revision in new:
            assert any(
                text.file is not None and text.revision.startswith(revision) for text in left
            ), f"{revision} of {new} was never saved, or not by then, or is applied twice"


def _applied(log: str) -> list[str]:
    return re.findall(r"applied the edited file .*?revision=([0-9a-f]{8})", log)


def _refused(log: str) -> int:
    return log.count("the edited file is not applied")
