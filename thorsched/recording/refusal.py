"""What a server means that refuses to start a stream, as far as its words and its ports tell.

Called by `server_stream.py`. The protocol has no answer of its own for a camera that streams for
somebody else already: servers say it in words, or not at all.
"""

import re
from collections.abc import Sequence

from thorsched.base.errors import UnavailableError
from thorsched.recording.streams import StreamBusy
from thorsched.thorvision.errors import Refused

USUAL_PORTS = range(9000, 9100)
"""Where the clients that are known stream: the GUI on 9000 to 9063, PyThorVision from 9001 on."""

_MOST_OWN_PORTS = 100

_IN_USE = re.compile(
    r"\b(already|busy|in use|occupied|taken|streaming|acquired|locked)\b", re.IGNORECASE
)
_NOT_STREAMING = re.compile(r"\bnot\s+(\w+\s+)?streaming\b", re.IGNORECASE)
_OF_A_PORT = re.compile(r"\b(port|address|bind)\b", re.IGNORECASE)
_SHOWN = 4


def ports_of_others(own: range) -> set[int]:
    """Return where others may stream: as usual, or with the same file as we, within our `own`."""
    return {*USUAL_PORTS, *own[:_MOST_OWN_PORTS]}


def explained(error: Refused, others: Sequence[int]) -> UnavailableError:
    """Return the refusal as what it means; `others` are the ports on which not we stream."""
    if error.is_failure:
        return error
    where = f"others stream on its UDP {_ports(others)}" if others else ""
    if _is_in_use(error.words):
        return StreamBusy(
            f"the server says '{error.words}': another program, in the GUI or on another PC, has "
            f"this camera{where and '; '}{where}; end its stream there, it is tried again"
        )
    if others:
        return error.with_hint(f"{where}: is it this camera, in the GUI?")
    return error


def is_port_taken(error: Refused) -> bool:
    """Return whether the server says that somebody has the port, and so not that we may not."""
    return bool(_IN_USE.search(error.words) and _OF_A_PORT.search(error.words))


def _is_in_use(words: str) -> bool:
    is_said = _IN_USE.search(words) and not _NOT_STREAMING.search(words)
    return bool(is_said) and not _OF_A_PORT.search(words)


def _ports(ports: Sequence[int]) -> str:
    shown = ", ".join(str(port) for port in ports[:_SHOWN])
    more = f" and {len(ports) - _SHOWN} more" if len(ports) > _SHOWN else ""
    return f"port{'s' if len(ports) > 1 else ''} {shown}{more}"
