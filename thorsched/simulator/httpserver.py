"""The HTTP server of the simulator: uvicorn in a thread, on one port, up and down at will.

Made by `server.py`, taken down and up by the faults. Knows nothing of what it serves.
"""

import errno
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from thorsched.base.errors import MachineError

_BACKLOG = 128
_GRACE_S = 1
_LEAST_FREE_PORT = 1024


class PortTaken(MachineError):
    """Somebody else serves at that address and port."""


class HttpServer:
    """Serves `app` at `host`; `port` 0 takes a free one and keeps it. Down until `up`.

    Raises `MachineError` if the address cannot be had.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            self.address = socket.gethostbyname(host)
        except OSError as error:
            raise MachineError(
                f"cannot serve at {host}: it is no IPv4 address and no name of one; "
                "leave --host out, or write an address of this machine"
            ) from error
        self._guard = threading.Lock()
        self._running: tuple[uvicorn.Server, threading.Thread] | None = None
        self._listener: socket.socket | None = self._listen(port)
        self.port: int = self._listener.getsockname()[1]

    def _listen(self, port: int) -> socket.socket:
        # With the protocol named: only then does asyncio send small answers at once (TCP_NODELAY),
        # instead of waiting 40 ms for the caller's acknowledgement of what was sent before.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.address, port))
            # From here on callers wait in the queue, until `up` has an answer for them.
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            raise _refused(self.address, port, error) from error
        return listener

    def up(self, app: ASGIApp) -> None:
        """Serve; harmless if it is up. Raises `MachineError` if the port was taken meanwhile."""
        with self._guard:
            if self._running is not None:
                return
            listener = self._listener or self._listen(self.port)
            self._listener = None
            config = uvicorn.Config(
                app,
                access_log=False,
                lifespan="off",
                log_config=None,
                log_level="critical",
                timeout_graceful_shutdown=_GRACE_S,
                ws="websockets-sansio",
            )
            server = uvicorn.Server(config)
            thread = threading.Thread(
                target=server.run, args=([listener],), name="simulator http", daemon=True
            )
            thread.start()
            self._running = (server, thread)

    def down(self) -> None:
        """Close every connection and the port; harmless if it is down."""
        with self._guard:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
            if self._running is not None:
                server, thread = self._running
                server.should_exit = True
                thread.join()
                self._running = None


def _refused(address: str, port: int, error: OSError) -> MachineError:
    """Return what to do where `address` and `port` cannot be had."""
    where = f"cannot serve at http://{address}:{port}"
    if error.errno == errno.EADDRINUSE:
        return PortTaken(f"{where}: the port is in use; stop what is there or choose another port")
    if error.errno == errno.EADDRNOTAVAIL:
        return MachineError(
            f"{where}: that is no address of this machine; "
            "leave --host out, or write 0.0.0.0 for all that it has"
        )
    if isinstance(error, PermissionError) and port < _LEAST_FREE_PORT:
        return MachineError(
            f"{where}: this user may not have a port below {_LEAST_FREE_PORT}; choose another port"
        )
    return MachineError(f"{where}: {error.strerror}; choose another port or another --host")
