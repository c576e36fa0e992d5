"""What a server lists, asked once for all who want to know at the same time.

Made by `launcher.py`, shared by its attempts, each in a thread of its own: eight cameras that
start together look at one list, and none at one that is older than its question.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from thorsched.base.errors import UnavailableError
from thorsched.thorvision.wire import Listing


class Listings:
    """The lists of all servers, by URL."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_server: dict[str, SharedListing] = {}

    def of_server(self, url: str) -> "SharedListing":
        with self._lock:
            return self._of_server.setdefault(url, SharedListing())


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the call of this number brought; numbers rise with the time at which a call began."""

    number: int
    content: Listing | UnavailableError


class SharedListing:
    """One server's list: one call at a time, whose answer serves all who asked before it began."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._begun = 0
        self._is_asking = False
        self._latest = _Answer(0, Listing((), ()))

    def read(self, ask: Callable[[], Listing]) -> Listing:
        """Return what the server listed at a moment after this was called.

        `ask` calls the server, in the thread of one of those who wait; raises the
        `UnavailableError` that it raised.
        """
        with self._changed:
            wanted = self._begun + 1
            self._changed.wait_for(lambda: self._latest.number >= wanted or not self._is_asking)
            if self._latest.number >= wanted:
                return _unpacked(self._latest)
            self._begun, self._is_asking = self._begun + 1, True
            number = self._begun
        try:
            return _unpacked(self._remembered(number, ask))
        finally:
            with self._changed:
                self._is_asking = False
                self._changed.notify_all()

    def _remembered(self, number: int, ask: Callable[[], Listing]) -> _Answer:
        try:
            answer = _Answer(number, ask())
        except UnavailableError as error:
            answer = _Answer(number, error)
        with self._changed:
            self._latest = answer
        return answer


def _unpacked(answer: _Answer) -> Listing:
    if isinstance(answer.content, UnavailableError):
        raise answer.content
    return answer.content
