"""The calls of one ThorVision server over HTTP.

Made by `engine/watches.py` and `readiness.py`, `recording/attempt.py` and `cli/cameras.py`, each for
itself; may be used by several threads at once, as every call has a connection of its own. Remembers nothing of cameras or streams. Every call is over
within `timeout_s`, whatever the server does, and fails with an `UnavailableError` of `errors.py`.
"""

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

import pydantic_core

from thorsched.base.text import printable
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.selector import Encoding
from thorsched.thorvision import wire
from thorsched.thorvision.address import ServerAddress
from thorsched.thorvision.errors import ProtocolError, Refused
from thorsched.thorvision.exchange import Answer, Method, exchange

T = TypeVar("T")

log = logging.getLogger(__name__)

_START_PATHS: Mapping[Encoding, str] = {Encoding.JPEG: "/jpeg", Encoding.H265: "/h265"}
_WORDS_BYTES = 4096


class ServerClient:
    """A server at `url` (`http://HOST:PORT`); raises `AddressError` if that is no address.

    `timeout_s` bounds each whole call, connecting included; `max_bytes` each whole answer.
    """

    def __init__(self, url: str, *, timeout_s: float = 5.0, max_bytes: int = 4_000_000) -> None:
        self.address = ServerAddress.parse(url)
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._complaints: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return self.address.url

    def devices(self) -> tuple[Device, ...]:
        """Return the devices that the server lists now, in its order.

        What is broken in the list is left out, and logged when it changes.
        """
        listing = self.listing()
        if listing.complaints != self._complaints:
            self._complaints = listing.complaints
            for complaint in listing.complaints:
                log.warning(
                    "server lists something unusable", extra={"url": self.url, "what": complaint}
                )
        return listing.devices

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
        hint = f"the camera or port {port} may be in use by another program"
        self._call("POST", _START_PATHS[encoding], content=content, hint=hint)

    def stop_stream(self, device_id: int) -> None:
        """Make the server stop streaming a device; raises `Refused` where it does not stream."""
        self._call("POST", "/stop", content={"id": device_id}, hint="it may not be streaming")

    def logs(self) -> tuple[str, ...]:
        """Return the names of the server's log files (hostile text)."""
        return self._parsed("/logs", wire.parse_log_names)

    def _parsed(self, path: str, parse: Callable[[bytes], T]) -> T:
        answer = self._call("GET", path, hint="is this a ThorVision server?")
        try:
            return parse(_plain(answer))
        except ProtocolError as error:
            raise ProtocolError(
                f"{self.url}{path}: the answer is unusable: {error}; is this a ThorVision server?"
            ) from error

    def _call(
        self, method: Method, path: str, *, hint: str, content: Mapping[str, object] | None = None
    ) -> Answer:
        answer = exchange(
            method,
            self.address,
            path,
            content=content,
            timeout_s=self._timeout_s,
            max_bytes=self._max_bytes,
        )
        if answer.status // 100 == 2:  # noqa: PLR2004 - any of HTTP's successes
            return answer
        raise _refused(self.url + path, answer, hint)


def _plain(answer: Answer) -> bytes:
    if answer.encoding != "identity":
        raise ProtocolError(f"compressed ({printable(answer.encoding)}), which was not asked for")
    return answer.body


def _refused(url: str, answer: Answer, hint: str) -> Refused:
    if answer.location:
        hint = f"it redirects to {printable(answer.location)}: write that server's address instead"
    elif answer.status // 100 == 5:  # noqa: PLR2004 - any of HTTP's failures of the server
        hint = f"the server failed; its own log may say why; {hint}"
    words = _words(answer.body[:_WORDS_BYTES]) if answer.encoding == "identity" else ""
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
