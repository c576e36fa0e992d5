"""Where a ThorVision server is: an `http://HOST:PORT` text, checked and taken apart.

Made from the text in the configuration: by `config/fields_rig.py` and `references.py` to check it,
by `server.py` and `events.py` to call, by `recording/launcher.py` to compare; never asks the
network.
"""

import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from urllib.parse import SplitResult, urlsplit

from thorsched.base.errors import ConfigError
from thorsched.base.text import printable

_HINT = "write it as http://192.168.177.100:8000"
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/*")
_LONGEST_CHARS = 500
USUAL_HOST = "192.168.177.100"
USUAL_PORT = 8000
USUAL_STREAM_PORTS = range(9001, 9100)
"""The UDP ports that PyThorVision uses; the GUI's are 9000 to 9063."""
USUAL_LATENCY = timedelta(milliseconds=500)
"""SRT's buffer, as all of the maker's programs have it."""
_LOOPBACK = "127.0.0.1"
# What people write before the host, with or without all of its punctuation.
_SCHEME = re.compile(r"^(?:(?:[a-z][a-z0-9+.-]*[:;])?//|https?[:;]?/{1,2})", re.IGNORECASE)
_SCHEMES = ("http", "https")
_AUTHORITY = re.compile(
    r"(?P<host>\[[^\]]*:[^\]]*\]|[^:\[\]]*)(?::(?:(?P<port>[0-9]{1,9})|[^:]*))?"
)
_PORTS = range(1, 65536)
_NO_PORT = f"names no port (ThorVision's is {USUAL_PORT})"
# What of the server's own paths people leave at the end, from their browser.
_ENDPOINT = re.compile(r"/(?:cameras|ws|jpeg|h265|stop|docs|openapi\.json)/*$")


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
        shown = printable(re.sub(r"^(\S*?//)?\S*@", r"\1***@", url))
        if len(url) > _LONGEST_CHARS or any(c.isspace() or not c.isprintable() for c in url):
            raise AddressError(f"{shown!r} is not a server's address; {_HINT}")
        found = cls._split(url)
        if isinstance(found, str):
            raise AddressError(f"{shown!r} {found}; {_instead(url)}")
        return found

    @classmethod
    def _split(cls, url: str) -> Self | str:
        """Return the address, or what is wrong with `url`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            return f"is not an address ({_why(error)})"
        host = _host(parts.hostname or "")
        wrong = _wrong(parts)
        if wrong or host is None or port is None:
            return wrong or ("names no host" if host is None else _NO_PORT)
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


def machine_of(host: str) -> str:
    """Return one text for all numeric ways to write a machine's address; a name is kept.

    This machine has many: its loopback's, and 0.0.0.0, by which whoever calls gets it, too.
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.lower()
    address = getattr(address, "ipv4_mapped", None) or address
    return _LOOPBACK if address.is_loopback or address.is_unspecified else str(address)


def _why(error: ValueError) -> str:
    said = str(error)
    return "a port is a number from 1 to 65535" if "ort " in said else printable(said)


def _wrong(parts: SplitResult) -> str:
    """Return what is wrong with an address that has been split, but for its host; or ''."""
    if parts.scheme == "https":
        return "asks for https, which ThorVision does not speak"
    if parts.scheme != "http":
        return "does not begin with http://"
    if "@" in parts.netloc:
        return "holds a user name or password, which is not sent"
    if parts.query or parts.fragment or not _PATH.fullmatch(parts.path):
        return "has more than a host and a port"
    if _ENDPOINT.search(parts.path):
        return "goes on behind the server's address"
    return "names port 0, where nothing listens" if parts.port == 0 else ""


def _instead(url: str) -> str:
    """Return what is right instead of `url`: itself, mended, if that can be seen."""
    rest = _SCHEME.sub("", url)
    authority, slash, path = re.split("[?#]", rest)[0].partition("/")
    path = _ENDPOINT.sub("", slash + path).rstrip("/")
    parts = _AUTHORITY.fullmatch(authority.rpartition("@")[2])
    host = _host(parts["host"].strip("[]")) if parts else None
    if parts is None or host is None or host in _SCHEMES or not _PATH.fullmatch(path):
        return _HINT
    port = int(parts["port"] or USUAL_PORT)
    address = ServerAddress(host, port if port in _PORTS else USUAL_PORT, path)
    return f"write it as {address.url}"


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
