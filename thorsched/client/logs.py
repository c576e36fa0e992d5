"""The server's own log files, by calls that a client and its class both have.

Called by `api.py`. PyThorVision 0.3.0 has them as static methods, with the server's host and port;
a client knows its server already.
"""

from collections.abc import Callable
from types import MethodType
from typing import Concatenate, Generic, ParamSpec, Protocol, TypeVar

from thorsched.base.errors import ConfigError
from thorsched.base.text import printable
from thorsched.client.arguments import server_url
from thorsched.thorvision.address import USUAL_HOST, USUAL_PORT
from thorsched.thorvision.server import ServerClient

P = ParamSpec("P")
R = TypeVar("R")


class HasServer(Protocol):
    """A client of a server."""

    @property
    def url(self) -> str: ...


class OfClientOrClass(Generic[P, R]):
    """A method whose first argument is a client's own server, or for the class the usual one."""

    def __init__(self, function: Callable[Concatenate[ServerClient, P], R]) -> None:
        self._function = function

    def __get__(self, client: HasServer | None, kind: type) -> Callable[P, R]:
        url = server_url(USUAL_HOST, USUAL_PORT) if client is None else client.url
        return MethodType(self._function, ServerClient(url))


def list_logs(usual: ServerClient, host: str | None = None, port: int | None = None) -> list[str]:
    """Return the names of the server's log files; errors as `ThorVisionClient.cameras`.

    A client asks its own server; `ThorVisionClient.list_logs(host, port)` asks any other.
    """
    return list(_asked(usual, host, port).logs())


def get_log(
    usual: ServerClient, log_name: str, host: str | None = None, port: int | None = None
) -> str:
    """Return the text of one of the server's log files; the rest as `list_logs`."""
    if not isinstance(log_name, str):
        raise ConfigError(f"log_name is {printable(repr(log_name))}; write one of list_logs()")
    return _asked(usual, host, port).log(log_name)


def _asked(usual: ServerClient, host: str | None, port: int | None) -> ServerClient:
    if host is None and port is None:
        return usual
    address = usual.address
    return ServerClient(
        server_url(
            address.host if host is None else host,
            (address.port if host is None else USUAL_PORT) if port is None else port,
        )
    )
