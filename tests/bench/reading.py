"""How fast the metadata of a recording is read, and in how much memory: one reader, one process.

    python -m tests.bench.reading READER FILE SHORT_FILE

prints one JSON text, the figures of one reading of FILE, which is in the page cache, after one of
SHORT_FILE. `session.py` runs the readers by turns; `film` makes files of the simulator's frames.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from thorsched.base.clock import SystemClock
from thorsched.base.gstreamer import tool
from thorsched.cameras.capability import Capability
from thorsched.simulator.footage import Footage
from thorsched.simulator.timing import Timing

HD = Capability.parse("image/jpeg,width=1280,height=720,framerate=30/1")
_LONGEST_S = 600.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a file by one reader, and the memory of the process at its peak."""

    reader: str
    frames: int
    time_s: float
    peak_mb: float


def film(path: Path, *, frames: int) -> Path:
    """Write a 720p30 recording of that many frames with metadata, 63 kB each, by gst-launch."""
    frames_of(path.with_suffix(".av.mkv"), frames=frames)
    source = ["filesrc", f"location={path.with_suffix('.av.mkv')}", "!", "matroskademux", "!"]
    sink = ["queue", "!", "matroskamux", "!", "filesink", f"location={path}"]
    subprocess.run(
        [tool("gst-launch-1.0"), "-q", *source, *sink],
        check=True,
        timeout=_LONGEST_S,
    )
    path.with_suffix(".av.mkv").unlink()
    return path


def frames_of(path: Path, *, frames: int) -> None:
    """Write the same by PyAV, whose clusters hold a frame each."""
    footage, timing = Footage(0, "HD USB Camera", 0, HD), Timing(Fraction(30))
    drawn = footage.pictures()
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = HD.width, HD.height, "yuvj420p"
        for number in range(frames):
            packet = av.Packet(footage.frame(drawn, timing, number))
            packet.stream, packet.time_base = stream, Fraction(1, 30)
            packet.pts = packet.dts = number
            container.mux(packet)


def _ours(path: str) -> int:
    from thorsched import metadata  # noqa: PLC0415 - a reader pays for its own imports only

    return len(metadata.load(path))


def _demux(path: str) -> int:
    with av.open(path) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


def _peer(path: str) -> int:
    from pythorvision import extract_metadata  # noqa: PLC0415 - as above

    return len(extract_metadata(path))


READERS: Mapping[str, Callable[[str], int]] = {
    "thorsched.metadata.load": _ours,
    "PyAV demux": _demux,
    "pythorvision.extract_metadata": _peer,
}


def reading(reader: str, file: Path, *, short: Path) -> Reading:
    """Return the figures of a process of its own that reads `file`, once it has read `short`."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.reading", reader, str(file), str(short)],
        check=True,
        stdout=subprocess.PIPE,
        timeout=_LONGEST_S,
    )
    return Reading(**json.loads(told.stdout))


def main(reader: str, path: str, warm: str) -> None:
    read, clock = READERS[reader], SystemClock()
    read(warm)  # brings the imports
    began_s = clock.monotonic_s()
    frames = read(path)
    time_s = clock.monotonic_s() - began_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"reader": reader, "frames": frames, "time_s": time_s, "peak_mb": peak_mb}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
