"""A bad network between a server and its clients: UDP that is lost on the way, TCP that is not.

For machines whose kernel has no netem. It stands at another address of the loopback; what it loses
it counts.
"""

import contextlib
import random
import selectors
import socket
import threading

_DATAGRAM_BYTES = 2048
_PIECE_BYTES = 65536
_LOOK_S = 0.1
_Client = tuple[str, int]


class Relay:
    """Hands on between clients of `host` and the server at `server`, on `ports`; close it."""

    def __init__(self, server: str, *, http: int, ports: range, host: str = "127.0.0.2") -> None:
        self.host, self.url = host, f"http://{host}:{http}"
        self.loss = 0.0
        """Which part of the datagrams to the client is lost."""
        self.lost = 0
        self._server = server
        self._dice = random.Random(9)
        self._closing = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._stack = contextlib.ExitStack()
        self._towards: dict[tuple[socket.socket, _Client], socket.socket] = {}
        for port in ports:
            self._listen(port)
        self._web = self._stack.enter_context(socket.create_server((host, http)))
        self._threads = [
            threading.Thread(target=self._hand_on, name="relay of UDP", daemon=True),
            threading.Thread(target=self._accept, name="relay of TCP", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _listen(self, port: int) -> None:
        front = self._stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        front.bind((self.host, port))
        self._selector.register(front, selectors.EVENT_READ, None)

    def _hand_on(self) -> None:
        while not self._closing.is_set():
            for key, _ in self._selector.select(_LOOK_S):
                with contextlib.suppress(OSError):  # nobody has that port
                    assert isinstance(key.fileobj, socket.socket)
                    self._one(key.fileobj, key.data)

    def _one(self, arrived_at: socket.socket, back: tuple[socket.socket, _Client] | None) -> None:
        data, client = arrived_at.recvfrom(_DATAGRAM_BYTES)
        if back is None:
            self._upstream(arrived_at, client).send(data)
        elif self._dice.random() < self.loss:
            self.lost += 1
        else:
            front, to = back
            front.sendto(data, to)

    def _upstream(self, front: socket.socket, client: _Client) -> socket.socket:
        there = self._towards.get((front, client))
        if there is None:
            there = self._stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            there.connect((self._server, front.getsockname()[1]))
            self._towards[front, client] = there
            self._selector.register(there, selectors.EVENT_READ, (front, client))
        return there

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._web.accept()
                address = self._server, self._web.getsockname()[1]
                with contextlib.suppress(OSError):
                    server = socket.create_connection(address)
                    for pair in ((client, server), (server, client)):
                        threading.Thread(target=_pump, args=pair, daemon=True).start()

    def close(self) -> None:
        self._closing.set()
        self._web.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._selector.close()
        self._stack.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE_BYTES):
            sink.sendall(piece)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
