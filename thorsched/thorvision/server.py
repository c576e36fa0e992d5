"""The calls of one ThorVision server over HTTP.

Made by `engine/watches.py`, `foresight/views.py`, `recording/server_stream.py` and `unstopped.py`,
`cli/cameras.py` and `simulate.py`, `client/`, each for itself; may be used by several threads at
once, as every call has a connection of its own. Remembers at which address a name was found and
what was last complained of, nothing of cameras or streams. Every call is over within `timeout_s`,
whatever the server does, and fails with an `UnavailableError` of `errors.py`.
"""

import ipaddress
import logging
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

import pydantic_core

from thorsched.base.clock import SystemClock
from thorsched.base.text import printable
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.selector import Encoding
from thorsched.thorvision import wire
from thorsched.thorvision.address import ServerAddress
from thorsched.thorvision.dial import Deadline, dial
from thorsched.thorvision.errors import ProtocolError, Refused, unreachable
from thorsched.thorvision.exchange import Answer, Method, exchange

T = TypeVar("T")

log = logging.getLogger(__name__)

_START_PATHS: Mapping[Encoding, str] = {Encoding.JPEG: "/jpeg", Encoding.H265: "/h265"}
_WORDS_BYTES = 4096
_CLOCK = SystemClock()
_COMPLAINTS_LOGGED = 5
_NOT_FOUND = 404
_LOG_BYTES = 64_000_000
_LOG = "is there a log of that name? `list_logs` has them"
# What FastAPI says of a path that it does not serve at all.
_NO_SUCH_PATH = "Not Found"


class ServerClient:
    """A server at `url` (`http://HOST:PORT`); raises `AddressError` if that is no address.

    `timeout_s` bounds each whole call, connecting included; `max_bytes` each whole answer.
    `cancelled`, once it is set, ends every call at once: with `CalledOff`, or `AnswerLost`.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 5.0,
        max_bytes: int = 4_000_000,
        cancelled: threading.Event | None = None,
    ) -> None:
        self.address = ServerAddress.parse(url)
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._cancelled = cancelled
        self._complaints: tuple[str, ...] = ()
        self._ip_address = _numeric(self.address.host)

    @property
    def url(self) -> str:
        return self.address.url

    def ip_address(self) -> str:
        """Return the IP address at which the server answers, without brackets.

        Of the addresses that a name has, not all need lead to the server: GStreamer takes
        `localhost` for ::1 alone. So streams are called where HTTP got through. A name is dialled
        once; raises `Unreachable`.
        """
        if self._ip_address is None:
            host, port = self.address.host, self.address.port
            deadline = Deadline(self._timeout_s, cancelled=self._cancelled)
            try:
                with dial(host, port, deadline) as connection:
                    self._ip_address = str(connection.getpeername()[0])
            except OSError as error:
                raise unreachable(self.url, error, timeout_s=self._timeout_s, port=port) from error
        return self._ip_address

    def devices(self) -> tuple[Device, ...]:
        """Return the devices that the server lists now, in its order.

        What is broken in the list is left out, and logged when it changes.
        """
        listing = self.listing()
        if listing.complaints != self._complaints:
            self._complaints = listing.complaints
            self._complain(listing.complaints)
        return listing.devices

    def _complain(self, complaints: tuple[str, ...]) -> None:
        for complaint in complaints[:_COMPLAINTS_LOGGED]:
            log.warning(
                "server lists something unusable", extra={"server": self.url, "what": complaint}
            )
        if len(complaints) > _COMPLAINTS_LOGGED:
            more = len(complaints) - _COMPLAINTS_LOGGED
            log.warning(
                "server lists more that is unusable", extra={"server": self.url, "more": more}
            )

    def listing(self) -> wire.Listing:
        """Return the devices with what was left out of the list, in words."""
        return self._parsed("/cameras", wire.parse_listing)

    def start_stream(
        self, device_id: int, port: int, capability: Capability, encoding: Encoding
    ) -> None:
        """Make the server stream a device to SRT callers of its UDP `port`.

        Raises `Refused` if it will not, `AnswerLost` if it may be streaming, and `Unreachable`
        (not `AnswerLost`) if it was never asked.
        """
        content = {"id": device_id, "port": port, "capability": capability.caps}
        path = _START_PATHS[encoding]
        busy = f"the camera or port {port} may be in use by another program"
        gone = f"it has no device {device_id} any more: is the camera plugged in?"
        self._call("POST", path, content=content, hint=busy, gone=gone)

    def stop_stream(self, device_id: int) -> None:
        """Make the server stop streaming a device; raises `Refused` where it does not stream."""
        self._call("POST", "/stop", content={"id": device_id}, hint="it may not be streaming")

    def logs(self) -> tuple[str, ...]:
        """Return the names of the server's log files (hostile text)."""
        return self._parsed("/logs", wire.parse_log_names)

    def log(self, name: str) -> str:
        """Return the text of one of the server's log files (hostile, too), at most 64 MB of it."""
        call = self._call("GET", f"/logs/{quote(name, safe='')}", hint=_LOG, max_bytes=_LOG_BYTES)
        return _plain(call).decode("utf-8", "replace")

    def _parsed(self, path: str, parse: Callable[[bytes], T]) -> T:
        answer = self._call("GET", path, hint="is this a ThorVision server?")
        try:
            return parse(_plain(answer))
        except ProtocolError as error:
            raise ProtocolError(
                f"{self.url}{path}: the answer is unusable: {error}; is this a ThorVision server?"
            ) from error

    def _call(
        self,
        method: Method,
        path: str,
        *,
        content: Mapping[str, object] | None = None,
        hint: str,
        gone: str = "",
        max_bytes: int | None = None,
    ) -> Answer:
        """Return the answer; raises `Refused` with the `hint`, or with `gone` for a 404."""
        began_s = _CLOCK.monotonic_s()
        answer = exchange(
            method,
            self.address,
            path,
            content=content,
            timeout_s=self._timeout_s,
            max_bytes=max_bytes or self._max_bytes,
            cancelled=self._cancelled,
        )
        took_ms = round((_CLOCK.monotonic_s() - began_s) * 1000)
        log.debug(
            "server answered",
            extra={"call": f"{method} {self.url}{path}", "status": answer.status, "ms": took_ms},
        )
        if answer.status // 100 == 2:  # noqa: PLR2004 - any of HTTP's successes
            return answer
        raise _refused(self.url + path, answer, hint, gone)


def _numeric(host: str) -> str | None:
    """Return `host` if it is an address of one machine, not a name nor 0.0.0.0."""
    try:
        return None if ipaddress.ip_address(host).is_unspecified else host
    except ValueError:
        return None


def _plain(answer: Answer) -> bytes:
    if answer.encoding != "identity":
        raise ProtocolError(f"compressed ({printable(answer.encoding)}), which was not asked for")
    return answer.body


def _refused(url: str, answer: Answer, hint: str, gone: str) -> Refused:
    words = _words(answer.body[:_WORDS_BYTES]) if answer.encoding == "identity" else ""
    kind = answer.status // 100
    if kind == 3 and answer.location:  # noqa: PLR2004 - HTTP's redirections
        hint = f"it redirects to {printable(answer.location)}: write that server's address instead"
    elif kind == 5:  # noqa: PLR2004 - HTTP's failures of the server
        hint = f"the server failed; its own log may say why; {hint}"
    elif answer.status == _NOT_FOUND and words == _NO_SUCH_PATH:
        hint = "is this a ThorVision server? An old one may not know this call"
    elif answer.status == _NOT_FOUND and gone:
        hint = gone
    return Refused(url, answer.status, words, hint)


def _words(body: bytes) -> str:
    """Return what a person can read of an error's body: FastAPI's `detail`, or plain text."""
    try:
        parsed = pydantic_core.from_json(body)
    except ValueError:
        parsed = body.decode("utf-8", "replace")
    detail = parsed.get("detail", parsed) if isinstance(parsed, dict) else parsed
    if isinstance(detail, list):
        detail = "; ".join(str(d.get("msg", d) if isinstance(d, dict) else d) for d in detail)
    return " ".join(str(detail).split())
