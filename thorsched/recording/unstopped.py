"""Streams that a server was told to stop, and may not have: it is told again in the background.

Made by `launcher.py`, told by `streams.py` of each that is let go of in doubt. Has a thread only
while there is something to stop. Never stops a stream that anybody holds by then: who starts a
stream that is in doubt stops it first.
"""

import logging
import threading
from dataclasses import dataclass

from thorsched.base.backoff import backoff_s
from thorsched.base.clock import Clock
from thorsched.base.errors import UnavailableError
from thorsched.recording.streams import Stream, StreamBusy, Streams
from thorsched.thorvision.errors import Refused
from thorsched.thorvision.server import ServerClient

log = logging.getLogger(__name__)

# Less than a start waits for a stream that another holds: meanwhile it is held here.
_CALL_LIMIT_S = 1.0


@dataclass(frozen=True, slots=True)
class _Try:
    at_s: float
    failures: int


class Unstopped:
    """Tells servers to stop what nobody takes any more, until they obey or have nothing to stop."""

    def __init__(self, streams: Streams, *, clock: Clock) -> None:
        self._streams = streams
        self._clock = clock
        self._tries: dict[Stream, _Try] = {}
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, stream: Stream) -> None:
        """Have `stream` stopped; it was let go of, and may still be running. Never blocks."""
        with self._changed:
            if stream in self._tries or self._closing.is_set():
                return
            self._tries[stream] = self._next_try(stream, 0)
            self._changed.notify_all()
            if self._thread is None:
                self._begin()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="stops streams", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # no more threads: the next start will stop it
            self._thread = None
            self._tries.clear()

    def close(self) -> None:
        """Give up what is left; a call that is under way is called off."""
        with self._changed:
            self._closing.set()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_CALL_LIMIT_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closing.is_set() or not self._tries:
                    self._thread = None
                    return
                stream, due = min(self._tries.items(), key=lambda item: item[1].at_s)
                wait_s = due.at_s - self._clock.monotonic_s()
                if wait_s > 0:
                    self._changed.wait(wait_s)
                    continue
            is_over = self._is_over(stream)
            with self._changed:
                if is_over:
                    del self._tries[stream]
                else:
                    self._tries[stream] = self._next_try(stream, due.failures + 1)

    def _next_try(self, stream: Stream, failures: int) -> _Try:
        wait_s = backoff_s(f"stop {stream}", failures)
        return _Try(self._clock.monotonic_s() + wait_s, failures)

    def _is_over(self, stream: Stream) -> bool:
        """Try once; return whether there is nothing to be tried again."""
        holder = object()
        try:
            self._streams.claim(stream, holder, wait_s=0.0)
        except StreamBusy:  # it is somebody's by now, who lets go of it in time
            return True
        try:
            return not self._streams.is_in_doubt(stream) or self._is_stopped(stream)
        finally:
            self._streams.release(stream, holder)

    def _is_stopped(self, stream: Stream) -> bool:
        url, device_id = stream
        server = ServerClient(url, timeout_s=_CALL_LIMIT_S, cancelled=self._closing)
        where = {"server": url, "device": device_id}
        try:
            server.stop_stream(device_id)
        except Refused as error:
            log.debug("no stream to stop", extra={**where, "why": error})
            return not error.is_failure
        except UnavailableError as error:
            log.debug("the server still does not stop the stream", extra={**where, "why": error})
            return False
        self._streams.settle(stream)
        log.info("the server has stopped the stream after all", extra=where)
        return True
