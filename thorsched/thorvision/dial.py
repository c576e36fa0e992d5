"""Connections whose making ends at a deadline, whatever the resolver or the network does.

Called by `exchange.py` (HTTP), `events.py` (WebSocket) and `ports.py` (UDP); knows no protocol.
Works on real sockets, hence in real time: the deadline reads the machine's own clock.
"""

import errno
import os
import queue
import selectors
import socket
import threading
from collections.abc import Sequence
from typing import Any

from thorsched.base.clock import SystemClock

# A cancelled wait goes on for this long at most.
_SLICE_S = 0.1
# TCP itself asks again after 1, 3 and 7 s: it would notice a network that is back that much later.
_ASK_AGAIN_S = 0.5
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)})

# What `socket.getaddrinfo` returns one of: family, kind, protocol, canonical name, address.
Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]


class CancelledWait(TimeoutError):
    """Nobody waits for the outcome any more."""


class Deadline:
    """The moment at which a whole call has to be over; `cancelled`, when set, ends it sooner."""

    def __init__(self, limit_s: float, *, cancelled: threading.Event | None = None) -> None:
        self.limit_s = limit_s
        self._clock = SystemClock()
        self._at_s = self._clock.monotonic_s() + limit_s
        self._cancelled = cancelled

    def left_s(self) -> float:
        """Return the seconds that are left, more than 0; raises `TimeoutError` when none are.

        Raises `CancelledWait`, which is one, when it is cancelled.
        """
        left_s = self._at_s - self._clock.monotonic_s()
        if left_s <= 0:
            raise TimeoutError(errno.ETIMEDOUT, f"not done within {self.limit_s:g} s")
        if self._cancelled is not None and self._cancelled.is_set():
            raise CancelledWait(errno.ETIMEDOUT, "cancelled")
        return left_s

    def slice_s(self) -> float:
        """Return how long to wait before asking again, so that a cancelled wait ends soon."""
        return min(self.left_s(), _SLICE_S)


def dial(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Return a TCP connection to the first of the host's addresses that takes one.

    Raises `OSError` of the last address tried (`socket.gaierror` if there is none,
    `TimeoutError` at the deadline). Each address gets an equal share of the time that is left.
    """
    addresses = resolve(host, port, socket.SOCK_STREAM, deadline)
    failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for tried, found in enumerate(addresses):
        try:
            share = Deadline(deadline.left_s() / (len(addresses) - tried))
            return _connect_within(found, share, deadline)
        except OSError as error:
            failure = error
    raise failure


def resolve(host: str, port: int, kind: socket.SocketKind, deadline: Deadline) -> Sequence[Found]:
    """Return the host's addresses, in the resolver's order; raises `OSError`.

    The C library's resolver cannot be interrupted, so a name (not an address) is looked up in a
    thread of its own, which is left behind at the deadline and ends when the resolver gives up.
    """
    try:
        return socket.getaddrinfo(host, port, type=kind, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
    outcome: queue.SimpleQueue[Sequence[Found] | OSError] = queue.SimpleQueue()
    looking_up = threading.Thread(
        target=_look_up, args=(host, port, kind, outcome), name="resolver", daemon=True
    )
    try:
        looking_up.start()
    except RuntimeError:  # none to be had: the machine's limit, or the program is ending
        return socket.getaddrinfo(host, port, type=kind)
    found = _await(outcome, deadline)
    if isinstance(found, OSError):
        raise found
    return found


def _await(
    outcome: "queue.SimpleQueue[Sequence[Found] | OSError]", deadline: Deadline
) -> Sequence[Found] | OSError:
    while True:
        try:
            return outcome.get(timeout=deadline.slice_s())
        except queue.Empty:
            continue
        except CancelledWait:
            raise
        except TimeoutError:
            return socket.gaierror(socket.EAI_AGAIN, "the name server does not answer")


def _look_up(
    host: str,
    port: int,
    kind: socket.SocketKind,
    outcome: "queue.SimpleQueue[Sequence[Found] | OSError]",
) -> None:
    try:
        outcome.put(socket.getaddrinfo(host, port, type=kind))
    except OSError as error:
        outcome.put(error)


def _connect_within(found: Found, share: Deadline, deadline: Deadline) -> socket.socket:
    """Ask anew every half second, as a question that was lost on the way is answered by nobody."""
    while True:
        try:
            return _connect(found, min(share.left_s(), _ASK_AGAIN_S), deadline)
        except CancelledWait:
            raise
        except TimeoutError:
            share.left_s()
            deadline.left_s()


def _connect(found: Found, limit_s: float, deadline: Deadline) -> socket.socket:
    family, kind, protocol, _, address = found
    connection = socket.socket(family, kind, protocol)
    try:
        connection.settimeout(0.0)
        code = connection.connect_ex(address)
        if code in _UNDER_WAY:
            code = _outcome(connection, Deadline(limit_s), deadline)
        connection.settimeout(None)
        _check(code)
    except BaseException:
        connection.close()
        raise
    return connection


def _outcome(connection: socket.socket, share: Deadline, whole: Deadline) -> int:
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_WRITE)
        while not selector.select(min(share.left_s(), whole.slice_s())):
            pass
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def _check(code: int) -> None:
    if code:
        raise OSError(code, os.strerror(code))
