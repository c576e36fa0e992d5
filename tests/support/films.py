"""Segments as a recorder leaves them, made by the real gst-launch, and what is in them by PyAV."""

import io
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from tests.support.frames import packets_of
from thorsched.base.gstreamer import tool
from thorsched.simulator.timing import Timing
from thorsched.thorvision.metadata import pack_segment

JPEG = ("jpegenc", "!", "jpegparse")
H265 = (
    *("x265enc", "speed-preset=ultrafast", "tune=zerolatency", "key-int-max=20", "!"),
    *("h265parse", "config-interval=-1"),
)
_LONGEST_S = 20.0

FRAMES = 120
TIMING = Timing(Fraction(30), first_sample=2**32 - 60_000)
"""Of the stamped films: their sample index wraps in the middle."""


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


def stamped(
    path: Path,
    *,
    numbers: Sequence[int] = range(FRAMES),
    bare: frozenset[int] = frozenset(),
    late: int = 0,
) -> Film:
    """Write a file of noisy pictures with metadata; those in `bare` have none. Not by GStreamer.

    Where numbers are missing there are no frames, but for the last `late` of them: these were
    filmed in time, and have only arrived late.
    """
    filmed = {number: number for number in numbers}
    for place, number in enumerate(numbers[len(numbers) - late :], 1):
        filmed[number] = numbers[-late - 1] + place
    pictures = zip(numbers, noise(), strict=False)
    joined(
        path,
        {
            number: picture if number in bare else with_metadata(picture, filmed[number])
            for number, picture in pictures
        },
    )
    return develop(path)


def noise(*, brightest: int = 255) -> Iterator[bytes]:
    """Yield JPEGs that are each another, without an end."""
    random = np.random.default_rng(1)
    while True:
        yield jpeg(Image.fromarray(random.integers(0, brightest, (48, 64, 3), np.uint8)))


def jpeg(picture: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    return out.getvalue()


def with_metadata(picture: bytes, number: int) -> bytes:
    """Return a JPEG with the metadata of frame `number`."""
    return picture[:2] + pack_segment(TIMING.metadata(number)) + picture[2:]


def joined(path: Path, pictures: Mapping[int, bytes], *, rate_fps: int = 30) -> Path:
    """Write frames by their numbers, whatever is in them, as a closed file; not by GStreamer."""
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=rate_fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number, picture in pictures.items():
            packet = av.Packet(picture)
            packet.stream, packet.time_base = stream, Fraction(1, rate_fps)
            packet.pts = packet.dts = number
            container.mux(packet)
    return path
