"""Segments as a recorder leaves them that is killed, or never came to close its file."""

import signal
import subprocess
from pathlib import Path

from tests.support.films import JPEG, Film, develop
from tests.support.waiting import eventually
from thorsched.base.gstreamer import tool
from thorsched.video.blocks import Block
from thorsched.video.matroska import NotMatroska, VideoFile


def shoot_and_kill(
    path: Path, *, encoder: tuple[str, ...] = JPEG, number: signal.Signals = signal.SIGKILL
) -> Film:
    """Film a test picture until there are a few clusters on the disk, and kill the recorder."""
    source = ["videotestsrc", "is-live=true", "pattern=ball", "!"]
    caps = ["video/x-raw,width=160,height=120,framerate=120/1", "!"]
    sink = ["!", "splitmuxsink", "muxer-factory=matroskamux", f"location={path.name}"]
    command = [str(tool("gst-launch-1.0")), "-q", *source, *caps, *encoder, *sink]
    with subprocess.Popen(command, cwd=path.parent, stdin=subprocess.DEVNULL) as recorder:
        try:
            assert eventually(lambda: path.exists() and path.stat().st_size > 150_000)
            recorder.send_signal(number)
            assert recorder.wait() == -number
        finally:
            recorder.kill()
    return develop(path)


def blocks_of(path: Path) -> list[Block]:
    with VideoFile(path) as file:
        return list(file.blocks())


def readable(path: Path) -> list[tuple[int, bytes]]:
    """Return the PTS and the bytes of every whole frame."""
    content = path.read_bytes()
    try:
        found = blocks_of(path)
    except NotMatroska:
        return []
    return [(one.pts_ticks, content[one.start : one.start + one.size]) for one in found]


def with_pts_that_do_not_rise(film: Film, path: Path) -> Film:
    """Write a copy in which some frames bear the PTS of a later one, as recorders write it."""
    content = bytearray(film.content)
    for block in blocks_of(film.path)[10:40:10]:
        place = slice(block.start - 3, block.start - 1)
        later = int.from_bytes(content[place], "big") + 12
        content[place] = later.to_bytes(2, "big")
    path.write_bytes(content)
    made = develop(path)
    assert list(made.pts_s) != sorted(made.pts_s)
    return made


def large_frame(film: Film, path: Path, size_bytes: int) -> None:
    """Write a file, never closed, with one frame of that size."""
    cluster = film.content.index(bytes.fromhex("1f43b675"))
    block = (1 << 56 | size_bytes + 4).to_bytes(8, "big")
    start = bytes.fromhex("1f43b675 01ffffffffffffff e78105 a3") + block
    with path.open("wb") as file:
        file.write(film.content[:cluster] + start + bytes.fromhex("81000080"))
        file.truncate(file.tell() + size_bytes)
