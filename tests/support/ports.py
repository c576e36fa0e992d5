"""Ports of the loopback address that belong to one test alone, for TCP as for UDP.

A port that was merely found free may be another test's by the time it is used. So ports are
claimed, a block at a time: the claim is a socket bound to the block's first port for as long as
this process lives. Test processes that run side by side, of whichever run, never share a block.
"""

import atexit
import random
import socket

_LOOPBACK = "127.0.0.1"
# Below the ports that systems hand out by themselves, above those of the real clients.
_LOWEST, _HIGHEST = 10_000, 32_000
_BLOCK = 64
_DICE = random.SystemRandom()


class _Claims:
    """The blocks of this process; a port is handed out once."""

    def __init__(self) -> None:
        self._left = range(0)

    def take(self, count: int) -> range:
        assert count < _BLOCK
        while len(self._left) < count or not all(map(_is_free, self._left[:count])):
            self._left = self._claim()
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def _claim(self) -> range:
        """Return the ports of a block that is ours from now on."""
        while True:
            first = _DICE.randrange(_LOWEST, _HIGHEST, _BLOCK)
            claim = socket.socket()
            try:
                claim.bind((_LOOPBACK, first))
            except OSError:
                claim.close()
                continue
            atexit.register(claim.close)
            return range(first + 1, first + _BLOCK)


def _is_free(port: int) -> bool:
    """Return whether no program that knows of no claims has the port."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((_LOOPBACK, port))
            except OSError:
                return False
    return True


_claims = _Claims()


def free_ports(count: int) -> range:
    """Return that many ports in a row; nobody else gets them while this process lives."""
    return _claims.take(count)


def free_port() -> int:
    """Return a port that nobody else gets while this process lives."""
    (port,) = free_ports(1)
    return port
