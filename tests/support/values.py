"""Values that the tests of several rooms share: recordings, sources, windows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding
from thorsched.recording.lifecycle import Spawned
from thorsched.recording.naming import Naming
from thorsched.recording.spec import Output, Recording, Source
from thorsched.schedule.intervals import Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEMPLATE = "{camera}/{date}/{camera}_{start}"
HD = Capability.parse("image/jpeg,width=1280,height=720,framerate=30/1")
SPAWNED = Spawned(9001, Path("side/side_20260301T120000Z-%05d.mkv"), NOON)
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


def output(root: Path) -> Output:
    return Output(
        root=root,
        naming=Naming(TEMPLATE, logs=root / ".thorsched" / "logs"),
        segment_time=timedelta(minutes=10),
        segment_bytes=2 * 10**9,
        min_free_bytes=0,
    )


def recording(
    camera: str = "side", *, of: Source | None = None, over: Window | None = None
) -> Recording:
    """Return a recording of just what was asked for."""
    of = of or source()
    selector = str(of.capability)
    return Recording(
        camera=camera,
        source=of,
        output=output(Path("recordings")),
        window=over or window(),
        latency=timedelta(milliseconds=500),
        ports=range(9001, 9100),
        provenance={"requested": selector, "selectors": [selector]},
    )
