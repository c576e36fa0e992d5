"""What can go wrong between us and a ThorVision server, told apart by what the caller may conclude.

Raised by every module of this room; caught by whoever asked. Each message names the URL, says what
was wrong and what to do next; text from the server is printable and cut short before it gets in.
"""

import errno
import socket

from thorsched.base.errors import UnavailableError
from thorsched.base.text import printable
from thorsched.thorvision.address import USUAL_PORT
from thorsched.thorvision.dial import CancelledWait

_FAILED = 500  # and above, by RFC 9110, 15.6
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)


class Unreachable(UnavailableError):
    """No answer came; unless it is an `AnswerLost`, the server has done nothing."""


class CalledOff(Unreachable):
    """Whoever asked does not want the answer any more: `thorsched` is closing."""


class AnswerLost(Unreachable):
    """A call that changes something was sent, but no whole answer came: it may have been obeyed.

    After a start, the server may be streaming: ask the port (`ports.is_listening`) or stop the
    stream before the camera is started again.
    """


class Refused(UnavailableError):
    """The server answered, and the answer is no: `status` is HTTP's, `words` are its own."""

    def __init__(self, url: str, status: int, words: str, hint: str) -> None:
        self.url, self.status, self.hint = url, status, hint
        self.words = printable(words)
        said = f": {self.words}" if self.words else " without a reason"
        super().__init__(f"{url} answered {status}{said}; {hint}")

    @property
    def is_failure(self) -> bool:
        """Whether the server could not do it, and not just would not: it may have, all the same."""
        return self.status >= _FAILED

    def with_hint(self, more: str) -> "Refused":
        """Return the same refusal with a further hint."""
        return Refused(self.url, self.status, self.words, f"{self.hint}; {more}")


class ProtocolError(UnavailableError):
    """The answer is not what a ThorVision server says: another program's, or a broken one's."""


def usual_port(port: int) -> str:
    """Return what to add where `port` may be the wrong one."""
    return "" if port == USUAL_PORT else f" (ThorVision's usual port is {USUAL_PORT})"


def unreachable(url: str, error: OSError, *, timeout_s: float, port: int) -> Unreachable:
    """Return what a failed connection to `url` means for the person, as an error to raise."""
    usual = usual_port(port)
    said = printable(error.strerror or str(error) or type(error).__name__)
    if isinstance(error, socket.gaierror):
        return Unreachable(f"{url}: no such host ({said}); check the name, or write the IP address")
    if isinstance(error, CancelledWait):
        return CalledOff(f"{url}: called off before it answered")
    if isinstance(error, TimeoutError):
        return Unreachable(
            f"{url}: no answer within {timeout_s:g} s; is that machine switched on, and the address right?"
        )
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(
            f"{url}: connection refused; is the ThorVision server running there?{usual}"
        )
    if error.errno in _NO_WAY:
        return Unreachable(
            f"{url}: no way there ({said}); check the cable and this machine's network address"
        )
    return Unreachable(f"{url}: {said}; check the network between here and there")
