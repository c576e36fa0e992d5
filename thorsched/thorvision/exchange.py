"""One HTTP call, the whole of which is bounded in time and size.

Called by `server.py` only. `requests` bounds each read, not the call, so a server that sends a
byte a second holds a caller for ever; here every wait of the connection's socket ends at one
deadline, and its bytes are counted, before anything of HTTP is parsed. One connection a call: no
session, hence no cookies, proxies, `.netrc` or redirects. Never decompresses.
"""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from thorsched.base.errors import UnavailableError
from thorsched.base.text import printable
from thorsched.base.units import format_size
from thorsched.base.version import __version__
from thorsched.thorvision.address import ServerAddress
from thorsched.thorvision.dial import CancelledWait, Deadline, dial
from thorsched.thorvision.errors import (
    AnswerLost,
    CalledOff,
    ProtocolError,
    Unreachable,
    unreachable,
    usual_port,
)

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Method = Literal["GET", "POST"]

_PIECE_BYTES = 65_536
_HEAD_BYTES = 80
_HTTP = b"HTTP/"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of any status; `body` is as it came, still encoded if `encoding` says so."""

    status: int
    body: bytes
    encoding: str
    location: str


class _TooLong(Exception):
    """More bytes came than were allowed."""


class _Bounds:
    """What one call may use, how far it got, and what the socket met if it failed."""

    def __init__(
        self, *, timeout_s: float, max_bytes: int, cancelled: threading.Event | None
    ) -> None:
        self.deadline = Deadline(timeout_s, cancelled=cancelled)
        self.max_bytes = max_bytes
        self.sent = False
        self.ended = False
        self.failure: OSError | _TooLong | None = None
        self.head = b""
        """The first bytes that came, by which what is no HTTP is known."""
        self._received_bytes = 0

    def received(self, piece: bytes, count_bytes: int) -> None:
        self.ended = self.ended or count_bytes == 0
        self.head = self.head or piece
        self._received_bytes += count_bytes
        if self._received_bytes > self.max_bytes:
            raise _TooLong

    @contextlib.contextmanager
    def remembered(self) -> Iterator[None]:
        """Keep the failure as the socket saw it: the layers above wrap it, each in its own way."""
        try:
            yield
        except (OSError, _TooLong) as error:
            self.failure = error
            raise


class _BoundedSocket(socket.socket):
    """A connected socket that keeps to its bounds in every send and receive of `http.client`."""

    def __init__(self, connected: socket.socket, bounds: _Bounds) -> None:
        super().__init__(fileno=connected.detach())
        self._bounds = bounds

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        with self._bounds.remembered():
            count_bytes = self._received(buffer, nbytes, flags)
            self._bounds.received(
                bytes(memoryview(buffer)[: min(count_bytes, _HEAD_BYTES)]), count_bytes
            )
        return count_bytes

    def _received(self, buffer: "WriteableBuffer", nbytes: int, flags: int) -> int:
        """Receive, waiting by slices: a cancelled call ends within one."""
        while True:
            self.settimeout(self._bounds.deadline.slice_s())
            with contextlib.suppress(TimeoutError):
                return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        with self._bounds.remembered():
            self.settimeout(self._bounds.deadline.left_s())
            self._bounds.sent = True
            super().sendall(data, flags)


class _Connection(urllib3.connection.HTTPConnection):
    """The pool's own settings of time-outs and the like are left out: the bounds hold for all."""

    def __init__(self, *, host: str, port: int, bounds: _Bounds, **_: object) -> None:
        super().__init__(host, port)
        self._bounds = bounds

    def connect(self) -> None:
        with self._bounds.remembered():
            connected = dial(self.host, self.port, self._bounds.deadline)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = _BoundedSocket(connected, self._bounds)


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _Adapter(HTTPAdapter):
    """Sends every request of one call through a pool of one bounded connection."""

    def __init__(self, pool: _Pool) -> None:
        super().__init__()
        self._pool = pool

    def get_connection_with_tls_context(self, *_: object, **__: object) -> _Pool:
        return self._pool

    def build_response(
        self, req: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse
    ) -> requests.Response:
        """Return what we read of an answer: no cookies, whose parser takes seconds for bad ones."""
        response = requests.Response()
        response.request, response.raw = req, resp
        response.status_code = resp.status
        response.headers = CaseInsensitiveDict(resp.headers)
        return response

    def close(self) -> None:
        self._pool.close()
        super().close()


def exchange(
    method: Method,
    address: ServerAddress,
    path: str,
    *,
    content: Mapping[str, object] | None = None,
    timeout_s: float,
    max_bytes: int,
    cancelled: threading.Event | None = None,
) -> Answer:
    """Return the server's whole answer; `content` is sent as JSON, `max_bytes` holds headers too.

    `cancelled`, once it is set, ends the call soon. Raises `Unreachable` (nothing was sent, or no
    whole answer came back), `CalledOff` (cancelled), `AnswerLost` (a POST was sent and no whole
    answer came) or `ProtocolError` (what came is too long or not HTTP).
    """
    url = address.url + path
    bounds = _Bounds(timeout_s=timeout_s, max_bytes=max_bytes, cancelled=cancelled)
    headers = {"User-Agent": f"thorsched/{__version__}", "Connection": "close"}
    adapter = _Adapter(_Pool(address.host, address.port, bounds=bounds))
    try:
        request = requests.Request(method, url, headers=headers, json=content).prepare()
        response, body = _answered(adapter, request, bounds)
    except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException, _TooLong) as error:
        raise _meaning(error, method, url, address.port, bounds) from error
    finally:
        adapter.close()
    return Answer(
        status=response.status_code,
        body=body,
        encoding=response.headers.get("Content-Encoding", "").lower() or "identity",
        location=response.headers.get("Location", ""),
    )


def _answered(
    adapter: _Adapter, request: requests.PreparedRequest, bounds: _Bounds
) -> tuple[requests.Response, bytes]:
    try:
        response = adapter.send(request, stream=True)
        return response, _body(response, bounds)
    except ValueError as error:  # http.client believes a chunk of less than no bytes
        raise http.client.HTTPException(str(error)) from error


def _body(response: requests.Response, bounds: _Bounds) -> bytes:
    with response:
        if bounds.ended:
            # Within the headers, which http.client takes for their proper end.
            raise ConnectionAbortedError
        return b"".join(response.raw.stream(_PIECE_BYTES, decode_content=False))


def _meaning(
    error: Exception, method: Method, url: str, port: int, bounds: _Bounds
) -> UnavailableError:
    failure = bounds.failure
    if not bounds.sent:
        met = failure if isinstance(failure, OSError) else OSError(str(error))
        return unreachable(url, met, timeout_s=bounds.deadline.limit_s, port=port)
    what = _what_happened(error, bounds)
    if method == "POST":
        return AnswerLost(
            f"{url}: {what}; the server may have obeyed all the same: look before trying again"
        )
    if isinstance(failure, CancelledWait):
        return CalledOff(f"{url}: {what}")
    if bounds.head and not _may_be_http(bounds.head):
        return ProtocolError(f"{url}: {_something_else(bounds.head)}{usual_port(port)}")
    if isinstance(failure, OSError) or bounds.ended:
        hint = "is the server overloaded, or the network bad?"
        if not bounds.head:
            hint += f" Or is that port another program's?{usual_port(port)}"
        return Unreachable(f"{url}: {what}; {hint}")
    return ProtocolError(f"{url}: {what}; is this a ThorVision server?")


def _what_happened(error: Exception, bounds: _Bounds) -> str:
    """Return what became of an answer whose question was sent."""
    failure = bounds.failure
    if isinstance(failure, CancelledWait):
        return "called off before it answered"
    if isinstance(failure, TimeoutError):
        return f"connected, but no whole answer came within {bounds.deadline.limit_s:g} s"
    if isinstance(failure, _TooLong):
        return f"the answer is longer than {format_size(bounds.max_bytes)}"
    if failure is not None or bounds.ended:
        return "the connection was closed before the answer was complete"
    return f"the answer is not HTTP ({printable(str(error))})"


def _may_be_http(head: bytes) -> bool:
    return head.startswith(_HTTP) or _HTTP.startswith(head)


def _something_else(head: bytes) -> str:
    """Return what to say of an answer that begins with `head`, and is no HTTP."""
    line = head.splitlines()[0].decode("latin-1")
    banner = f" (it says '{printable(line, longest=40)}')" if line.isprintable() and line else ""
    return f"something else than ThorVision answers there{banner}; check the port"
