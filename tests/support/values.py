"""Values that the tests of several rooms share: recordings, sources, windows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding
from thorsched.recording.spec import Output, Recording, Source
from thorsched.schedule.intervals import Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HD = Capability.parse("image/jpeg,width=1280,height=720,framerate=30/1")
FULL_HD = Capability.parse("image/jpeg,width=1920,height=1080,framerate=30/1")


def source(*, device_id: int = 0, capability: Capability = HD) -> Source:
    return Source(
        server="http://rig:8000",
        device_id=device_id,
        device_name="HD USB Camera",
        capability=capability,
        encoding=Encoding.JPEG,
    )


def window(start_min: float = 0, end_min: float = 60) -> Window:
    """Return a window in minutes from noon."""
    return Window(NOON + timedelta(minutes=start_min), NOON + timedelta(minutes=end_min))


def recording(
    camera: str = "side", *, of: Source | None = None, over: Window | None = None
) -> Recording:
    return Recording(
        camera=camera,
        source=of or source(),
        output=Output(
            root=Path("recordings"),
            template="{camera}/{date}/{camera}_{start}",
            segment_time=timedelta(minutes=10),
            segment_bytes=2 * 10**9,
            min_free_bytes=0,
        ),
        window=over or window(),
        latency=timedelta(milliseconds=500),
        ports=range(9001, 9100),
    )
