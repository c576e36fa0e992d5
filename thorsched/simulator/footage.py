"""What one stream shows and says: which camera, in which mode, frame by frame.

Made by `camera.py`, played by `stream.py`. The tests prove by `Footage.identity` whose frame is in
a file.
"""

from dataclasses import dataclass

from thorsched.cameras.bounds import rate_for_people
from thorsched.cameras.capability import Capability
from thorsched.simulator.pictures import Pictures, pictures
from thorsched.simulator.scenes import Scene
from thorsched.simulator.timing import Timing
from thorsched.thorvision.metadata import pack_segment

_APP_10 = 0xFFEA
_NAME = b"thorsched-simulator\0"


@dataclass(frozen=True, slots=True)
class Footage:
    """One camera in one mode. `slot` says what it looks at, whatever id it has."""

    device_id: int
    device_name: str
    slot: int
    capability: Capability

    def pictures(self) -> Pictures:
        """Return the pictures, which are drawn at the first call of this process."""
        width, height = self.capability.width, self.capability.height
        rate = rate_for_people(self.capability.rate_fps)
        detail = f"#{self.device_id}   {width}x{height}   {rate} fps"
        return pictures(Scene.of(self.slot), self.device_name, detail, width, height)

    def frame(self, drawn: Pictures, timing: Timing, number: int) -> bytes:
        """Return frame `number` with its metadata and its identity."""
        segments = pack_segment(timing.metadata(number)) + self.identity(number)
        return drawn.frame(number, timing.due_s(number), segments)

    def identity(self, number: int) -> bytes:
        """Return the APP10 segment that says whose frame this is.

        The real server has nothing like it. It is no comment (COM), because jpegparse makes a
        new tag of each of those.
        """
        text = f"device={self.device_id} capability={self.capability.caps} frame={number}"
        payload = _NAME + text.encode()
        return _APP_10.to_bytes(2, "big") + (2 + len(payload)).to_bytes(2, "big") + payload
