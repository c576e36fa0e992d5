"""How large the pictures of a segment are, as their own headers say.

The container repeats what was asked for, whatever came (see `pipeline.py`). Called by
`archive.py`; reads two frames of the file, not the others.
"""

import contextlib
from pathlib import Path

import av

from thorsched.cameras.bounds import Size

# ITU T.81, table B.1: start of frame, whatever the coding process; in between lie DHT, JPG, DAC.
_STARTS_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOI = b"\xff\xd8"
_MARKER = 0xFF
_SOF_BYTES = 9


def first_and_last(path: Path, *, last_pts_s: float | None) -> tuple[Size | None, Size | None]:
    """Return the sizes of a JPEG segment's first and last picture; None for one that tells none.

    `last_pts_s` is where the last frame is. It is None for a file without an index, of which only
    the first is looked at: to find the last would be to read them all.
    """
    first = last = None
    with (
        contextlib.suppress(av.error.FFmpegError, IndexError),  # the second: no video track
        av.open(str(path), format="matroska", metadata_errors="replace") as container,
    ):
        first = _next_size(container)
        if last_pts_s is not None:
            container.seek(int(last_pts_s * av.time_base))
            last = _next_size(container)
    return first, last


def _next_size(container: av.container.InputContainer) -> Size | None:
    packet = next((packet for packet in container.demux(video=0) if packet.size), None)
    return size_of(bytes(packet)) if packet is not None else None


def size_of(jpeg: bytes) -> Size | None:
    """Return the size that a JPEG's start-of-frame segment names; None if there is none."""
    if not jpeg.startswith(_SOI):
        return None
    at = len(_SOI)
    while at + _SOF_BYTES <= len(jpeg) and jpeg[at] == _MARKER:
        if jpeg[at + 1] == _MARKER:  # a fill byte
            at += 1
        elif jpeg[at + 1] in _STARTS_OF_FRAME:
            height = int.from_bytes(jpeg[at + 5 : at + 7], "big")
            return Size(int.from_bytes(jpeg[at + 7 : at + 9], "big"), height)
        else:
            at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return None
