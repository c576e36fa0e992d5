"""A TCP server that reads one HTTP request a connection, then does what a script says."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from thorsched.base.clock import SystemClock

_WAIT_S = 60.0


@dataclass(frozen=True)
class Request:
    """What came: `head` as text, `body` as JSON or None."""

    head: str
    body: object

    @property
    def line(self) -> str:
        return self.head.split("\r\n", 1)[0]


@dataclass
class Server:
    """Runs `script` on each connection after its request has been read, each in a thread."""

    listener: socket.socket
    script: "Script"
    url: str
    requests: list[Request] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def accept(self) -> None:
        while not self.stopped.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self.listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self.threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_WAIT_S)
            self.requests.append(_read(connection))
            self.script(self, connection)


Script = Callable[[Server, socket.socket], None]


def _read(connection: socket.socket) -> Request:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(4096) or b"\r\n\r\n"
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(4096)
    return Request(head.decode(), json.loads(body) if body else None)


@contextlib.contextmanager
def serving(script: Script, host: str = "127.0.0.1") -> Iterator[Server]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        shown = f"[{host}]" if ":" in host else host
        server = Server(listener, script, f"http://{shown}:{listener.getsockname()[1]}")
        thread = threading.Thread(target=server.accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
            for each in [thread, *server.threads]:
                each.join(_WAIT_S)


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def sends(data: bytes) -> Script:
    """Send `data`, then close."""

    def script(server: Server, connection: socket.socket) -> None:
        del server
        connection.sendall(data)

    return script


def sends_and_holds(data: bytes) -> Script:
    """Send `data`, then keep the connection open and say nothing."""

    def script(server: Server, connection: socket.socket) -> None:
        connection.sendall(data)
        server.stopped.wait(_WAIT_S)

    return script


def drips(head: bytes, drop: bytes, every_s: float = 0.02) -> Script:
    """Send `head`, then `drop` again and again, each well before any time-out of a read."""

    def script(server: Server, connection: socket.socket) -> None:
        connection.sendall(head)
        while not server.stopped.wait(every_s):
            connection.sendall(drop)

    return script


def floods(head: bytes, piece: bytes) -> Script:
    """Send `head`, then `piece` for ever, as fast as it is taken."""

    def script(server: Server, connection: socket.socket) -> None:
        connection.sendall(head)
        while not server.stopped.is_set():
            connection.sendall(piece)

    return script


def resets(server: Server, connection: socket.socket) -> None:
    """Break the connection off with an RST."""
    del server
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@dataclass
class Took:
    """How long the block took; read it afterwards."""

    s: float = 0.0


@contextlib.contextmanager
def timed() -> Iterator[Took]:
    clock, took = SystemClock(), Took()
    began_s = clock.monotonic_s()
    try:
        yield took
    finally:
        took.s = clock.monotonic_s() - began_s


@contextlib.contextmanager
def full_listener() -> Iterator[int]:
    """Yield a port whose queue is full, so that further connections are never answered."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.0)
            waiting.connect_ex(address)
        yield address[1]
