"""A thread that hears from a server when cameras come or go, and says only: look again.

Made by `engine/watches.py`, one per server. An event may be lost, doubled or out of order, so
nothing is concluded from it: `on_event` asks for a fresh list. The thread reconnects for ever,
patiently.
"""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from thorsched.base.backoff import backoff_s
from thorsched.base.clock import Clock
from thorsched.base.text import printable
from thorsched.thorvision.address import ServerAddress
from thorsched.thorvision.dial import Deadline, dial

log = logging.getLogger(__name__)

# websockets reports through this one; we say ourselves, once, what a lost connection means.
_library_log = logging.getLogger(f"{__name__}.websockets")
_library_log.setLevel(logging.CRITICAL + 1)

_OPEN_TIMEOUT_S = 5.0
_PING_S = 10.0
_CLOSE_TIMEOUT_S = 0.3
_JOIN_TIMEOUT_S = 1.0
_MAX_MESSAGE_BYTES = 1_000_000
_SAID_BYTES = 1000
# A connection that lasts this long shows that the server is well: the next wait is short again.
_STEADY_S = 10.0
# A server that floods is looked at no more often than this.
_LEAST_INTERVAL_S = 0.2


class EventListener:
    """Listens to the server at `url` between `start` and `close`.

    Calls `on_event`, in its own thread, after each connection made (what happened before it is
    unknown) and after each message, once for all those of a moment; it must return soon. Raises
    `AddressError`.
    """

    def __init__(self, url: str, on_event: Callable[[], None], *, clock: Clock) -> None:
        self._address = ServerAddress.parse(url)
        self._on_event = on_event
        self._clock = clock
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_connected: bool | None = None
        self._has_failed = False
        self._thread = threading.Thread(
            target=self._run, name=f"events of {self._address.url}", daemon=True
        )

    def start(self) -> None:
        """Begin to listen; may be called once."""
        self._thread.start()

    def close(self) -> None:
        """End the thread, within a second even while it connects; may be called twice."""
        self._closing.set()
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_TIMEOUT_S)

    def _run(self) -> None:
        failures = 0
        while not self._closing.is_set():
            began_s = self._clock.monotonic_s()
            try:
                self._listen()
            except (OSError, WebSocketException, ValueError) as error:
                # ValueError: websockets refuses to follow a redirect, or to decode a header.
                self._lost(error)
            except Exception:  # a bug of ours must not end the thread for the night
                if not self._has_failed:
                    log.exception("the listener failed", extra={"server": self._address.url})
                self._has_failed = True
            failures = 0 if self._clock.monotonic_s() - began_s >= _STEADY_S else failures + 1
            self._closing.wait(backoff_s(self._address.url, failures))

    def _listen(self) -> None:
        with (
            self._dialled() as connection,
            connect(
                self._address.events_url,
                sock=connection,
                proxy=None,
                compression=None,
                open_timeout=_OPEN_TIMEOUT_S,
                ping_interval=_PING_S,
                ping_timeout=_PING_S,
                close_timeout=_CLOSE_TIMEOUT_S,
                max_size=_MAX_MESSAGE_BYTES,
                logger=_library_log,
            ) as events,
        ):
            self._connected()
            while True:
                called_s = self._clock.monotonic_s()
                self._heard(events.recv(decode=False))
                self._hear_out(events, until_s=called_s + _LEAST_INTERVAL_S)
                self._on_event()

    def _hear_out(self, events: ClientConnection, *, until_s: float) -> None:
        """Take the messages that come before `until_s`: one look is for all of them."""
        with contextlib.suppress(TimeoutError):
            while (left_s := until_s - self._clock.monotonic_s()) > 0:
                self._heard(events.recv(left_s, decode=False))

    @contextlib.contextmanager
    def _dialled(self) -> Iterator[socket.socket]:
        """Yield a connection that `close` can cut, closed at the end."""
        deadline = Deadline(_OPEN_TIMEOUT_S, cancelled=self._closing)
        with dial(self._address.host, self._address.port, deadline) as connection:
            with self._lock:
                self._socket = connection
            try:
                deadline.left_s()  # `close` may have looked before the socket was there
                yield connection
            finally:
                with self._lock:
                    self._socket = None

    def _connected(self) -> None:
        if self._is_connected is not True:
            log.info("hearing of cameras that come and go", extra={"server": self._address.url})
        self._is_connected = True
        self._on_event()

    def _heard(self, message: bytes) -> None:
        said = message[:_SAID_BYTES].decode("utf-8", "replace")
        log.debug("server told", extra={"server": self._address.url, "said": printable(said)})

    def _lost(self, error: Exception) -> None:
        if self._is_connected is not False and not self._closing.is_set():
            log.warning(
                "not hearing of cameras that come and go",
                extra={
                    "server": self._address.url,
                    "why": printable(_why(error)),
                    "next": "the list is asked for at intervals",
                },
            )
        self._is_connected = False


def _why(error: Exception) -> str:
    """Return what is wrong without the number that an operating system has for it."""
    said = error.strerror if isinstance(error, OSError) else ""
    return said or str(error) or type(error).__name__
