"""UDP ports for the streams of tests that run side by side."""

import random
import socket

# Below the ports that systems hand out by themselves, above those of the real clients.
_LOWEST, _HIGHEST = 10_000, 32_000
_DICE = random.SystemRandom()


def free_udp_ports(count: int) -> tuple[int, ...]:
    """Return `count` different ports that were free on the loopback address a moment ago."""
    ports: set[int] = set()
    while len(ports) < count:
        port = _DICE.randrange(_LOWEST, _HIGHEST)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.add(port)
    return tuple(ports)
