"""Segments as a recorder leaves them, made by the real gst-launch, and what is in them by PyAV."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.frames import packets_of
from thorsched.base.gstreamer import tool

JPEG = ("jpegenc", "!", "jpegparse")
H265 = (
    *("x265enc", "speed-preset=ultrafast", "tune=zerolatency", "key-int-max=20", "!"),
    *("h265parse", "config-interval=-1"),
)
_LONGEST_S = 20.0


@dataclass(frozen=True)
class Film:
    """A file, its bytes, and its frames as PyAV reads them."""

    path: Path
    content: bytes = field(repr=False)
    frames: tuple[bytes, ...] = field(repr=False)
    pts_s: tuple[float, ...] = field(repr=False)


def shoot(path: Path, *, frames: int, encoder: tuple[str, ...] = JPEG) -> Film:
    """Film a test picture at 120 fps; `path` must not hold a `%`."""
    # Live, as the recorders' source is: splitmuxsink 1.22 hangs in a third of the runs with others.
    source = ["videotestsrc", "is-live=true", f"num-buffers={frames}", "pattern=ball", "!"]
    caps = ["video/x-raw,width=160,height=120,framerate=120/1", "!"]
    sink = ["!", "splitmuxsink", "muxer-factory=matroskamux", f"location={path.name}"]
    subprocess.run(
        [tool("gst-launch-1.0"), "-q", *source, *caps, *encoder, *sink],
        cwd=path.parent,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=_LONGEST_S,
    )
    return develop(path)


def develop(path: Path) -> Film:
    """Return what is in a file."""
    packets = packets_of(path)
    return Film(
        path=path,
        content=path.read_bytes(),
        frames=tuple(payload for payload, _ in packets),
        pts_s=tuple(pts_s for _, pts_s in packets),
    )
