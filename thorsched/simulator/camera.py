"""One simulated camera: what it is called, whether it is plugged in, and its stream.

Owned by `rig.py`; the faults reach in. A camera keeps its scene and its truth when its id changes.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace

from thorsched.base.clock import Clock
from thorsched.cameras.capability import Capability, Device
from thorsched.simulator.footage import Footage
from thorsched.simulator.sender import Sender
from thorsched.simulator.stream import Origin, Stream
from thorsched.simulator.truth import Truth

# Every caller is rejected, because nobody knows it.
_PASSPHRASE = "nobody is let in"  # noqa: S105 - it protects nothing


class Camera:
    """A camera in its `slot`; streams listen on `address`. Hold `turn` to start or stop one."""

    def __init__(
        self, slot: int, device: Device, *, address: str, origin: Origin, clock: Clock
    ) -> None:
        self.slot = slot
        self.device = device
        self.plugged = True
        self.truth = Truth()
        self.turn = threading.RLock()
        self._address, self._origin, self._clock = address, origin, clock
        self._every = device.capabilities
        self._refuses = False
        self._stream: Stream | None = None
        self._encoder: tuple[str, ...] = ()

    @property
    def stream(self) -> Stream | None:
        """The stream whose sender lives, if there is one."""
        stream = self._stream
        return stream if stream is not None and stream.is_alive else None

    def start(self, port: int, capability: Capability, encoder: Sequence[str]) -> None:
        """Stream from now on; callers can come in when this returns. Raises `SenderFailed`."""
        self._encoder = tuple(encoder)
        sender = self._sender(port)
        self._stream = Stream(
            self.footage(capability), sender, self.truth, origin=self._origin, clock=self._clock
        )
        self._stream.start()

    def stop(self, *, goodbye: bool = True) -> None:
        """Stream no more; harmless if it did not."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.stop(goodbye=goodbye)

    def footage(self, capability: Capability) -> Footage:
        """Return what it shows in that mode."""
        return Footage(self.device.id, self.device.name, self.slot, capability)

    def offer(self, capabilities: Sequence[Capability] | None) -> None:
        """List and start no others of its capabilities; None: all of them again."""
        every = self._every
        offered = every if capabilities is None else [c for c in every if c in capabilities]
        self.device = replace(self.device, capabilities=tuple(offered))

    def rename(self, device_id: int) -> None:
        """Bear another id from now on."""
        self.device = replace(self.device, id=device_id)

    def refuse(self, *, refuses: bool) -> None:
        """Reject every SRT caller from now on, or let them in again; those there are cut off."""
        with self.turn:
            self._refuses = refuses
            stream = self.stream
            if stream is not None:
                stream.sender.kill()
                stream.sender = self._sender(stream.sender.port)

    def _sender(self, port: int) -> Sender:
        passphrase = _PASSPHRASE if self._refuses else None
        return Sender(self._address, port, encoder=self._encoder, passphrase=passphrase)
