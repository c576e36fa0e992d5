"""The simulated rig: which cameras are plugged in, and which of them stream where.

Driven by `api.py` (the protocol) and `faults.py` (what goes wrong), from any thread. Where the
real server's behaviour is not known, it does the plain thing: a start for a camera that streams
already replaces that stream, unless it `is_exclusive`, and a stop for one that does not is refused.
"""

import contextlib
import shlex
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import Enum

from thorsched.base import gstreamer
from thorsched.base.clock import Clock
from thorsched.cameras.capability import RAW, Capability, Device
from thorsched.cameras.selector import Encoding
from thorsched.simulator.camera import Camera
from thorsched.simulator.sender import PortTaken
from thorsched.simulator.stream import Origin

TEST_PATTERN_IDS = range(-10, 0)
SMALLEST_PX = (160, 120)
LARGEST_PX = (7680, 4320)
_LOG_LINES = 2000
# x265enc must know the rate, which no JPEG states.
_H265_ENCODER = (
    "image/jpeg,framerate={rate} ! jpegparse ! jpegdec ! videoconvert ! queue ! "
    "x265enc speed-preset=ultrafast tune=zerolatency key-int-max=30 ! "
    "h265parse config-interval=-1 ! video/x-h265,stream-format=byte-stream !"
)
_H265_ELEMENTS = ("jpegparse", "jpegdec", "videoconvert", "x265enc", "h265parse")


class NotPossible(Exception):
    """A call that the server refuses."""


class NoSuchDevice(NotPossible):
    """No device with that id is plugged in."""


class Plug(Enum):
    """What happened to a device; its value is the protocol's word."""

    ADDED = "Added"
    REMOVED = "Removed"


class Rig:
    """The cameras. `announce` is told of each that comes or goes; streams listen on `address`."""

    def __init__(
        self,
        devices: Sequence[Device],
        announce: Callable[[Plug, Device], None],
        *,
        address: str,
        first_sample: int,
        clock: Clock,
    ) -> None:
        self._announce, self._clock = announce, clock
        origin = Origin.at_once(clock, first_sample)

        def camera(slot: int, device: Device) -> Camera:
            return Camera(slot, device, address=address, origin=origin, clock=clock)

        self._cameras = [camera(slot, device) for slot, device in enumerate(devices)]
        self._patterns = {
            number: camera(number, Device(number, f"Test pattern {-number}", ()))
            for number in TEST_PATTERN_IDS
        }
        self.is_exclusive = False
        """Whether a start for a camera that streams already is refused."""
        self._closed = False
        self._guard = threading.Lock()
        self._ports_starting: set[int] = set()
        self._log: deque[str] = deque(maxlen=_LOG_LINES)

    def log(self, line: str) -> None:
        """Write a line to the server's log, which clients can read."""
        self._log.append(f"{self._clock.now():%Y-%m-%d %H:%M:%S.%f} {line}")

    def log_text(self) -> str:
        return "".join(f"{line}\n" for line in self._log.copy())

    def devices(self) -> tuple[Device, ...]:
        """Return what is plugged in, by id."""
        plugged = [camera.device for camera in self._cameras if camera.plugged]
        return tuple(sorted(plugged, key=lambda device: device.id))

    def cameras(self) -> tuple[Camera, ...]:
        """Return the cameras that are plugged in, in the order of their slots."""
        return tuple(camera for camera in self._cameras if camera.plugged)

    def camera(self, device_id: int) -> Camera:
        """Return the camera with that id, be it a test pattern; raises `NoSuchDevice`."""
        for camera in (*self.cameras(), *self._patterns.values()):
            if camera.device.id == device_id:
                return camera
        raise NoSuchDevice(f"no camera with id {device_id}")

    def streaming(self) -> tuple[Camera, ...]:
        """Return those that stream."""
        everybody = (*self._cameras, *self._patterns.values())
        return tuple(camera for camera in everybody if camera.stream is not None)

    def start(self, device_id: int, port: int, capability: Capability, encoding: Encoding) -> None:
        """Stream; when this returns, the port listens. Raises `NotPossible`, `SenderFailed`."""
        camera = self.camera(device_id)
        _check(camera, capability, encoding)
        with camera.turn:
            if self._closed or not camera.plugged:
                raise NoSuchDevice(f"camera {device_id} is going")
            if self.is_exclusive and camera.stream is not None:
                raise NotPossible(f"camera {device_id} is already streaming")
            camera.stop()
            with self._reserved(port):
                camera.start(port, capability, _encoder(capability, encoding))
        self.log(f"camera {device_id} streams {capability.caps} on port {port}")

    @contextlib.contextmanager
    def _reserved(self, port: int) -> Iterator[None]:
        """Keep two starts off one port. Raises `PortTaken`."""
        with self._guard:
            streams = [camera.stream for camera in self.streaming()]
            taken = {stream.sender.port for stream in streams if stream is not None}
            if port in taken | self._ports_starting:
                raise PortTaken(f"UDP port {port} is taken by another stream")
            self._ports_starting.add(port)
        try:
            yield
        finally:
            with self._guard:
                self._ports_starting.remove(port)

    def stop(self, device_id: int) -> None:
        """End a stream; its callers are told. Raises `NotPossible` if there is none."""
        camera = self.camera(device_id)
        with camera.turn:
            if camera.stream is None:
                raise NotPossible(f"camera {device_id} is not streaming")
            camera.stop()
        self.log(f"camera {device_id} stopped")

    def close(self) -> None:
        """End all streams for good."""
        self._closed = True
        self.stop_all()

    def stop_all(self, *, goodbye: bool = True) -> None:
        """End all streams; without `goodbye` as if the server had crashed."""
        for camera in (*self._cameras, *self._patterns.values()):
            with camera.turn:
                camera.stop(goodbye=goodbye)

    def unplug(self, device_id: int) -> None:
        """Take a camera away; its stream ends."""
        camera = self.camera(device_id)
        with camera.turn:
            camera.plugged = False
            camera.stop()
        self.log(f"camera {device_id} removed")
        self._announce(Plug.REMOVED, camera.device)

    def replug(self, device_id: int, new_id: int) -> None:
        """Bring back the camera that was unplugged with `device_id`, under `new_id`."""
        if new_id in {device.id for device in self.devices()}:
            raise NotPossible(f"the id {new_id} is taken")
        for camera in self._cameras:
            if camera.device.id == device_id and not camera.plugged:
                camera.rename(new_id)
                camera.plugged = True
                self.log(f"camera {new_id} added")
                self._announce(Plug.ADDED, camera.device)
                return
        raise NoSuchDevice(f"no camera with id {device_id} was unplugged")

    def shift_ids(self, by: int) -> None:
        """Give each camera the id of the one that is `by` places further, round and round."""
        cameras = sorted(self.cameras(), key=lambda camera: camera.device.id)
        ids = [camera.device.id for camera in cameras]
        for place, camera in enumerate(cameras):
            camera.rename(ids[(place + by) % len(ids)])


def _check(camera: Camera, capability: Capability, encoding: Encoding) -> None:
    """Raise `NotPossible` unless the camera can stream that, `MachineError` without an encoder."""
    if camera.device.id in TEST_PATTERN_IDS:
        sides = zip((capability.width, capability.height), SMALLEST_PX, LARGEST_PX, strict=True)
        if not all(smallest <= side <= largest for side, smallest, largest in sides):
            raise NotPossible(f"{capability.caps} is not between {SMALLEST_PX} and {LARGEST_PX}")
    elif capability not in camera.device.capabilities:
        raise NotPossible(f"camera {camera.device.id} does not offer {capability.caps}")
    if encoding is Encoding.H265:
        if capability.media_type != RAW:
            raise NotPossible(f"{capability.caps} is no raw capability, so it makes no H.265")
        gstreamer.require(_H265_ELEMENTS)


def _encoder(capability: Capability, encoding: Encoding) -> list[str]:
    """Return what turns the drawn JPEG frames into what was asked for, in gst-launch's words."""
    if encoding is Encoding.JPEG:
        return []
    rate = f"{capability.rate_numerator}/{capability.rate_denominator}"
    return shlex.split(_H265_ENCODER.format(rate=rate))
