"""PyThorVision's API over thorsched's recorders: for scripts that record without a schedule.

    from thorsched import ThorVisionClient

    with ThorVisionClient() as client:
        capabilities = client.format_camera_capabilities()
        client.start_stream_with_recording(0, capabilities[0][0], output_dir="./recordings")
        ...
        client.stop_stream(0)

A library of its own, on the same parts as `thorsched run`: nothing here speaks HTTP, spawns a
process or knows a pipeline. Errors are those of `thorsched.base.errors`, with the server's own
words in them.
"""

from thorsched.client.answers import ActiveStream, StoppedStream, Stream
from thorsched.client.api import ThorVisionClient
from thorsched.client.arguments import Camera, Log
from thorsched.recording.keeper import RecordingFailed

__all__ = [
    "ActiveStream",
    "Camera",
    "Log",
    "RecordingFailed",
    "StoppedStream",
    "Stream",
    "ThorVisionClient",
]
