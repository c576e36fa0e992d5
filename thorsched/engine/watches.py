"""What the servers offer, kept fresh: one thread a server asks, events only make it ask sooner.

The loop reads the views and never waits. A reading that fails changes nothing but what is
reported; a device is dropped only as `cameras/roster.py` decides. Made by `app.py`.
"""

import logging
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from thorsched.base.clock import Clock
from thorsched.base.errors import UnavailableError
from thorsched.cameras.roster import Roster
from thorsched.engine.sources import View
from thorsched.recording.blame import trouble_of
from thorsched.thorvision.events import EventListener
from thorsched.thorvision.server import ServerClient

log = logging.getLogger(__name__)

RESYNC_S = 10.0
SECOND_LOOK_S = 2.0


class ServerWatch:
    """Keeps one server's `View`."""

    def __init__(self, url: str, *, clock: Clock, changed: Callable[[], None]) -> None:
        """`changed` is called when the view has changed, from a thread that `start` starts."""
        self._url = url
        self._clock = clock
        self._changed = changed
        self._client = ServerClient(url)
        self._look = threading.Event()
        self._closing = False
        self._awaited_look_s: float | None = None
        self.view = View(Roster.unknown())
        self._events = EventListener(url, self._look.set, clock=clock)
        self._thread = threading.Thread(target=self._run, name=f"watch {url}", daemon=True)

    def start(self) -> None:
        """Start to ask and to listen. Raises `RuntimeError` if the machine has no more threads."""
        self._thread.start()
        self._events.start()

    def look_again(self) -> None:
        """Ask now, not when it is due."""
        self._look.set()

    def await_return(self, every_s: float | None) -> None:
        """Ask as often as that for as long as a recording waits for what is not there."""
        before_s, self._awaited_look_s = self._awaited_look_s, every_s
        if (every_s or math.inf) < (before_s or math.inf):
            self._look.set()

    def close(self) -> None:
        """Ask no more; does not wait for a call that is under way."""
        self._closing = True
        self._look.set()
        self._events.close()

    def _run(self) -> None:
        while not self._closing:
            self._read()
            self._look.wait(self._rest_s())
            self._look.clear()

    def _rest_s(self) -> float:
        roster = self.view.roster
        if self._awaited_look_s is not None:
            return self._awaited_look_s
        is_settled = self.view.problem is None and roster.is_settled and not roster.fresh_ids
        return RESYNC_S if is_settled else SECOND_LOOK_S

    def _read(self) -> None:
        before = self.view
        try:
            reading = self._client.devices()
        except UnavailableError as error:
            self.view = replace(before, problem=trouble_of(error))
        except Exception as error:  # a bug of ours must not end the watch for the night
            if before.problem is None:
                log.exception("the server could not be asked", extra={"server": self._url})
            self.view = replace(before, problem=trouble_of(error))
        else:
            now_s = self._clock.monotonic_s()
            was_reached = before.roster.known and before.problem is None
            reached_at_s = before.reached_at_s if was_reached else now_s
            roster = before.roster.fold(reading, now_s=now_s)
            self.view = View(roster, reached_at_s=reached_at_s)
        self._report(before)

    def _report(self, before: View) -> None:
        if self.view.problem != before.problem and self.view.problem is not None:
            why = {"server": self._url, "why": self.view.problem}
            log.warning("the server does not list its cameras", extra=why)
        if self.view.problem is None and (before.problem or not before.roster.known):
            devices = len(self.view.roster.devices)
            log.info("server reached", extra={"server": self._url, "devices": devices})
        came = self.view.roster.listed_since_s.keys() - before.roster.listed_since_s.keys()
        if came or _seen(self.view) != _seen(before):
            self._changed()


def _seen(view: View) -> tuple[object, ...]:
    """Return what of a view the loop acts on."""
    roster = view.roster
    return roster.known, roster.devices, roster.fresh_ids, view.problem


class ServerWatches:
    """A watch for each server that the running revision names."""

    def __init__(self, *, clock: Clock, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._watches: dict[str, ServerWatch] = {}
        self._unwatched: set[str] = set()

    def follow(self, urls: set[str]) -> None:
        """Watch exactly these servers from now on. Never blocks."""
        for url in urls - self._watches.keys():
            self._add(ServerWatch(url, clock=self._clock, changed=self._changed), url)
        for url in self._watches.keys() - urls:
            watch = self._watches.pop(url)
            threading.Thread(target=watch.close, name=f"close {url}", daemon=True).start()

    def _add(self, watch: ServerWatch, url: str) -> None:
        """Start `watch`, or log once that this cannot be and leave it to the next pass."""
        try:
            watch.start()
        except RuntimeError as error:  # no more threads
            watch.close()
            if url not in self._unwatched:
                self._unwatched.add(url)
                why = {"server": url, "why": error}
                log.error("no thread for a server", extra=why)  # noqa: TRY400 - no bug of ours
        else:
            self._unwatched.discard(url)
            self._watches[url] = watch

    def look_again(self, url: str) -> None:
        """Have a server asked for its list now: somebody has met another one."""
        if url in self._watches:
            self._watches[url].look_again()

    def await_return(self, every_s: Mapping[str, float]) -> None:
        """Have these servers asked as often as that, and no others: recordings wait for them."""
        for url, watch in self._watches.items():
            watch.await_return(every_s.get(url))

    def views(self) -> Mapping[str, View]:
        return {url: watch.view for url, watch in self._watches.items()}

    def close(self) -> None:
        for watch in self._watches.values():
            watch.close()
