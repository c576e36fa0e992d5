"""UDP ports for streams: whether one is taken on the server, and which one to use next.

Called by whoever starts a stream. A port must be known to be ours alone before it is used: where
two streams share one, a file may hold the wrong camera's frames, and nothing in it tells.
"""

import contextlib
import logging
import os
import random
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from thorsched.base.claims import Claim, Claimed, Claims
from thorsched.base.errors import UnavailableError
from thorsched.thorvision.address import ServerAddress, machine_of
from thorsched.thorvision.dial import Deadline, resolve
from thorsched.thorvision.errors import unreachable

log = logging.getLogger(__name__)

# SRT's handshake packet (draft-sharabayko-srt, 3.2.1), big endian. Header: the control bit with
# type 0, no information, time stamp, destination socket; then version, encryption and extension
# fields, first sequence number, MTU, flow window, handshake type, the sender's socket, cookie, IP.
_HANDSHAKE = struct.Struct(">IIII IHHIIIiII16s")
_CONTROL_HANDSHAKE = 0x8000_0000
_CALLER_VERSION = 4
_LISTENER_VERSION = 5
_DATAGRAM_SOCKET = 2
_MTU_BYTES = 1500
_FLOW_WINDOW_PACKETS = 8192
_INDUCTION = 1
_NO_ADDRESS = bytes(16)
_TRIES = 3
_BUFFER_BYTES = 2048
_LAST_PORT = 65_535
_LOOK_UP_LIMIT_S = 1.0
_DICE = random.SystemRandom()


def is_listening(host: str, port: int, timeout_s: float) -> bool:
    """Return whether an SRT listener answers on the host's UDP `port`.

    A closed port says so at once where ICMP gets through, else only silence does, after
    `timeout_s`; a question lost on the way is asked again. Changes nothing at the listener, which
    keeps no state before a caller has proved its address, nor for a caller that is connected.
    Raises `Unreachable` if there is no such host or no way to it.
    """
    return _asked(host, port, timeout_s) is True


def is_closed(host: str, port: int, timeout_s: float) -> bool:
    """Return whether the host says that nobody has its UDP `port`; silence says nothing.

    Raises as `is_listening` does, and changes as little.
    """
    return _asked(host, port, timeout_s) is False


def _asked(host: str, port: int, timeout_s: float) -> bool | None:
    """Return whether a listener answers at a port, or the host refuses; None for silence."""
    deadline = Deadline(timeout_s)
    try:
        family, kind, protocol, _, address = resolve(host, port, socket.SOCK_DGRAM, deadline)[0]
        with socket.socket(family, kind, protocol) as asking:
            asking.connect(address)
            return _answer(asking, deadline)
    except OSError as error:
        raise unreachable(f"srt://{host}:{port}", error, timeout_s=timeout_s, port=port) from error


def _answer(asking: socket.socket, deadline: Deadline) -> bool | None:
    """Ask at the start, and again after each third of the time; a stray datagram is no answer."""
    caller = int.from_bytes(os.urandom(4)) | 1
    question = _question(caller)
    for left in range(_TRIES, 0, -1):
        try:
            asking.send(question)
            share = Deadline(deadline.left_s() / left)
            while True:
                asking.settimeout(share.left_s())
                if _is_answer(asking.recv(_BUFFER_BYTES), caller):
                    return True
        except TimeoutError:
            continue
        except ConnectionError:  # ICMP: nobody has the port
            return False
    return None


def _question(caller: int) -> bytes:
    return _HANDSHAKE.pack(
        *(_CONTROL_HANDSHAKE, 0, 0, 0),
        *(_CALLER_VERSION, 0, _DATAGRAM_SOCKET, 0, _MTU_BYTES, _FLOW_WINDOW_PACKETS),
        *(_INDUCTION, caller, 0, _NO_ADDRESS),
    )


def _is_answer(datagram: bytes, caller: int) -> bool:
    if len(datagram) < _HANDSHAKE.size:
        return False
    packet_type, _, _, destination, version, *_ = _HANDSHAKE.unpack_from(datagram)
    return (packet_type, destination) == (_CONTROL_HANDSHAKE, caller) and version in (
        _CALLER_VERSION,
        _LISTENER_VERSION,
    )


def listening_ports(host: str, ports: Iterable[int], timeout_s: float) -> list[int]:
    """Return those of the host's UDP ports on which an SRT listener answers within `timeout_s`.

    All are asked at once, once, and never disturbed: see `is_listening`. One whose question or
    answer is lost is missed, and so are all if there is no way to the host.
    """
    found: list[int] = []
    deadline = Deadline(timeout_s)
    with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
        selector = stack.enter_context(selectors.DefaultSelector())
        for port in ports:
            family, kind, protocol, _, address = resolve(host, port, socket.SOCK_DGRAM, deadline)[0]
            asking = stack.enter_context(socket.socket(family, kind, protocol))
            asking.settimeout(0.0)
            asking.connect(address)
            caller = int.from_bytes(os.urandom(4)) | 1
            selector.register(asking, selectors.EVENT_READ, (port, caller))
            asking.send(_question(caller))
        while selector.get_map():
            for key, _ in selector.select(deadline.left_s()):
                port, caller = key.data
                if _has_answer(key.fileobj, caller):
                    found.append(port)
                selector.unregister(key.fileobj)
    return sorted(found)


def _has_answer(asking: object, caller: int) -> bool:
    assert isinstance(asking, socket.socket)  # noqa: S101 - `selector` has nothing else
    try:
        return _is_answer(asking.recv(_BUFFER_BYTES), caller)
    except OSError:  # ICMP: nobody has the port
        return False


class PortsExhausted(UnavailableError):
    """Every port of the range is ours already, or answers as somebody else's."""


class PortPool:
    """The ports of one host that streams may use; several threads may take and release.

    Each range is handed out in turn, so that a port just released, whose old callers may still be
    there, comes last. Ranges may overlap: a port is held once. A turn begins at a random place, so
    that two programs which use one range do not both begin with its first port.
    """

    def __init__(self, claim: Callable[[int], Claim]) -> None:
        """Take no port that `claim` does not grant: it raises `Claimed` for another program's."""
        self._claim = claim
        self._next: dict[range, int] = {}
        self._held: dict[int, Claim | None] = {}
        self._lock = threading.Lock()

    def take(self, ports: range, is_taken: Callable[[int], bool]) -> int:
        """Return one of `ports` that nobody holds and `is_taken` denies; ours until released.

        `is_taken` is asked without a lock, so that slow answers do not add up over threads. Raises
        `PortsExhausted`, and whatever `is_taken` raises; then nothing is held. Raises `ValueError`
        for a range that is empty or holds what is no port.
        """
        if not ports or min(ports) < 1 or max(ports) > _LAST_PORT:
            raise ValueError(f"{ports} is no range of ports; write one from 1 to 65535")
        tried: set[int] = set()
        while True:
            port = self._reserve(ports, tried)
            tried.add(port)
            free = False
            try:
                with contextlib.suppress(Claimed):
                    self._held[port] = self._claim(port)
                    free = not is_taken(port)
            finally:
                if not free:
                    self.release(port)
            if free:
                return port
            log.debug("port passed over", extra={"port": port})

    def hold(self, port: int, claim: Claim) -> None:
        """Hold a port that a recorder uses already, by this claim."""
        with self._lock:
            self._held.setdefault(port, claim)

    def is_held(self, port: int) -> bool:
        """Return whether `port` is ours."""
        with self._lock:
            return port in self._held

    def claim_of(self, port: int) -> Claim:
        """Return what makes a held `port` ours on this machine; nothing if it is not held."""
        with self._lock:
            return self._held.get(port) or Claim()

    def keep(self, port: int) -> None:
        """See that a held `port` stays ours, as `Claim.keep` does; call it once a minute."""
        self.claim_of(port).keep()

    def release(self, port: int) -> None:
        """Let others have `port`; nothing happens if it is not held."""
        with self._lock:
            claim = self._held.pop(port, None)
        if claim is not None:
            claim.release()

    def _reserve(self, ports: range, tried: set[int]) -> int:
        with self._lock:
            first = self._next.setdefault(ports, _DICE.randrange(len(ports)))
            for step in range(len(ports)):
                place = (first + step) % len(ports)
                port = ports[place]
                if port not in self._held and port not in tried:
                    self._next[ports] = place + 1
                    self._held[port] = None
                    return port
            held = len(self._held.keys() & set(ports) - tried)
        raise PortsExhausted(
            f"no port left in {ports[0]}-{ports[-1]}: {held} are in use by our own "
            f"streams, {len(tried)} by others; give the server a wider range of ports"
        )


class Ports:
    """The pools of all hosts: servers on one machine share its ports, whatever it is called."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._pools: dict[str, PortPool] = {}

    def of_host(self, host: str) -> PortPool:
        """Return the pool of `host`; looks a name up, for a second at most."""
        machine = _machine(host)

        def claim(port: int) -> Claim:
            return self._claims.take(_claim_name(machine, port))

        return self._pools.setdefault(machine, PortPool(claim))

    def adopt(self, host: str, port: int, *, recorder: int) -> None:
        """Hold a port of `host` that a recorder uses already, whatever others claim."""
        claim = Claim()
        with contextlib.suppress(Claimed):
            claim = self._claims.adopt(_claim_name(_machine(host), port), recorder)
        self.of_host(host).hold(port, claim)


def _claim_name(machine: str, port: int) -> str:
    return f"port-{machine}-{port}"


def server_key(address: ServerAddress) -> str:
    """Return one URL for all that lead to a server; looks a name up, for a second at most.

    Who starts and stops a device's stream holds it under this, not under a URL: a server that has
    two names still has one stream a device.
    """
    return replace(address, host=_machine(address.host)).url


def _machine(host: str) -> str:
    """Return one text for all names and addresses of a host, as far as can be told from here.

    Two addresses of one machine, other than its loopback's, remain two.
    """
    try:
        found = resolve(host, 0, socket.SOCK_DGRAM, Deadline(_LOOK_UP_LIMIT_S))[0]
    except OSError:
        return machine_of(host)
    return machine_of(str(found[4][0]))
