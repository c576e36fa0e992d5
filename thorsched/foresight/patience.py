"""Looks at places that may never answer: a share whose server is gone holds whoever looks at it.

Made by a command, `check` or `plan`, for all that it looks at.
"""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from thorsched.base.errors import UnavailableError
from thorsched.base.threads import started
from thorsched.base.units import format_seconds

LIMIT_S = 10.0

Seen = TypeVar("Seen")


class Silent(UnavailableError):
    """A place that does not answer."""


def _is_listed(place: Path) -> None:
    """Have a place answer, itself, not what is remembered of it; that it is not there will do."""
    with suppress(OSError):
        os.scandir(place).close()


class Patience:
    """One limit for each place, for all looks: what was silent is not asked again."""

    def __init__(
        self, *, limit_s: float = LIMIT_S, answers: Callable[[Path], None] = _is_listed
    ) -> None:
        """`answers` returns once a place has answered."""
        self._limit_s = limit_s
        self._answers = answers
        self._silent: set[Path] = set()

    def ask(self, look: Callable[[], Seen], *places: Path) -> Seen:
        """Return what a look at places returns; raises what it raises, and `Silent`.

        It may take as long as it likes, as years of a journal do, while the places answer.
        """
        self._hear(places)
        seen = _begun(look)
        while not self._is_done(seen):
            self._hear(places)
        return seen.result()

    def _hear(self, places: Iterable[Path]) -> None:
        for place in places:
            if place in self._silent or not self._is_done(_begun(partial(self._answers, place))):
                self._silent.add(place)
                length = format_seconds(self._limit_s, decimals=0)
                raise Silent(f"{place} does not answer: nothing was heard of it for {length}")

    def _is_done(self, seen: "Future[Seen]") -> bool:
        return bool(wait([seen], self._limit_s).done)


def _begun(look: Callable[[], Seen]) -> "Future[Seen]":
    seen: Future[Seen] = Future()

    def begin() -> None:
        try:
            seen.set_result(look())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            seen.set_exception(error)

    started(threading.Thread(target=begin, name="look", daemon=True), undone="a place is not seen")
    return seen
