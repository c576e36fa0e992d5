"""Where a ThorVision server is: an `http://HOST:PORT` text, checked and taken apart.

Made from the text in the configuration: by `config/fields_rig.py` and `references.py` to check it, by
`server.py` and `events.py` to call, by `recording/launcher.py` to compare; never asks the network.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from thorsched.base.errors import ConfigError
from thorsched.base.text import printable

_HINT = "write it as http://192.168.177.100:8000"
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/*")
_LONGEST_CHARS = 500
_HTTP_PORT = 80


class AddressError(ConfigError, ValueError):
    """The text is not the address of a ThorVision server; says what would be right."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """`host` is a name or an IP address without brackets; `path` is empty or `/such/as/this`."""

    host: str
    port: int
    path: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the address that `url` says; raises `AddressError` for anything but plain HTTP.

        A user name or a password in it is refused, and not repeated in the message: the address
        goes into logs and sidecars.
        """
        shown = printable(re.sub(r"//[^/]*@", "//***@", url))
        if len(url) > _LONGEST_CHARS or any(c.isspace() or not c.isprintable() for c in url):
            raise AddressError(f"{shown!r} is not a server's address; {_HINT}")
        try:
            parts = urlsplit(url)
            port = _HTTP_PORT if parts.port is None else parts.port
        except ValueError as error:
            raise AddressError(f"{shown!r}: {printable(str(error))}; {_HINT}") from error
        if parts.scheme != "http":
            raise AddressError(f"{shown!r} does not begin with http://; {_HINT}")
        if "@" in parts.netloc:
            raise AddressError(
                f"{shown!r} holds a user name or password, which is not sent; {_HINT}"
            )
        if parts.query or parts.fragment or not _PATH.fullmatch(parts.path):
            raise AddressError(f"{shown!r} has more than a host and a port; {_HINT}")
        if port == 0:
            raise AddressError(f"{shown!r}: nothing listens on port 0; {_HINT}")
        host = _host(parts.hostname or "")
        if host is None:
            raise AddressError(f"{shown!r} names no host; {_HINT}")
        return cls(host, port, parts.path.rstrip("/"))

    @property
    def url(self) -> str:
        """The address as text, without a slash at its end; `parse` reads it back."""
        return f"http://{self._authority}{self.path}"

    @property
    def events_url(self) -> str:
        """Where the server tells of cameras that come and go (WebSocket)."""
        return f"ws://{self._authority}{self.path}/ws"

    @property
    def _authority(self) -> str:
        host = f"[{self.host.replace('%', '%25')}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def _host(text: str) -> str | None:
    if ":" in text:
        try:
            return str(ipaddress.IPv6Address(text.replace("%25", "%")))
        except ValueError:
            return None
    try:
        name = text.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return name if _NAME.fullmatch(name) else None
