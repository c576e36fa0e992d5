"""The API of PyThorVision's README on our recorders, for scripts that record without a schedule.

    from thorsched import ThorVisionClient

    with ThorVisionClient() as client:
        capabilities = client.format_camera_capabilities()
        client.start_stream_with_recording(0, capabilities[0][0], output_dir="./recordings")
        ...
        client.stop_stream(0)

A library of its own, on the same parts as `thorsched run`: nothing here speaks HTTP, spawns a
process or knows a pipeline. Errors are `ThorschedError`s, with the server's own words in them; all
that the calls name are here.
"""

from thorsched.base.errors import ConfigError, MachineError, ThorschedError, UnavailableError
from thorsched.cameras.capability import Camera, Capability
from thorsched.client.answers import ActiveStream, StoppedStream, Stream
from thorsched.client.api import ThorVisionClient
from thorsched.client.arguments import AnyCamera, Codec, Keywords, Log, NoSuchCamera
from thorsched.client.choosing import AnyCapability, NoSuchCapability
from thorsched.recording.keeper import RecordingFailed
from thorsched.recording.trouble import Cause, Trouble
from thorsched.thorvision.address import AddressError
from thorsched.thorvision.errors import ProtocolError, Refused, Unreachable

__all__ = [
    "ActiveStream",
    "AddressError",
    "AnyCamera",
    "AnyCapability",
    "Camera",
    "Capability",
    "Cause",
    "Codec",
    "ConfigError",
    "Keywords",
    "Log",
    "MachineError",
    "NoSuchCamera",
    "NoSuchCapability",
    "ProtocolError",
    "RecordingFailed",
    "Refused",
    "StoppedStream",
    "Stream",
    "ThorVisionClient",
    "ThorschedError",
    "Trouble",
    "UnavailableError",
    "Unreachable",
]


def __dir__() -> list[str]:
    """Return what is offered, for the tab key, without the modules that it is made of."""
    return __all__
