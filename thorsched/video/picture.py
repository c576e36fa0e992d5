"""How large the pictures of a segment are, as their own headers say.

The container repeats what was asked for, whatever came (see `recording/pipeline.py`). Called by
`recording/describing.py`; reads the heads of the frames at the two ends of a file, not the others.
"""

from pathlib import Path

from thorsched.cameras.bounds import Size
from thorsched.video.matroska import VideoFile

# ITU T.81, table B.1: start of frame, whatever the coding process; in between lie DHT, JPG, DAC.
_STARTS_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOI = b"\xff\xd8"
_MARKER = 0xFF
_SOF_BYTES = 9
# What stands before that: tables, and maybe an EXIF segment of up to 64 KiB.
_HEAD_BYTES = 2**17


def first_and_last(path: Path) -> tuple[Size | None, Size | None]:
    """Return the sizes of a JPEG segment's first and last picture; None for one that tells none.

    The last one of a file without an index tells none. Raises `NotMatroska`, `OSError`.
    """
    with VideoFile(path) as file:
        return size_of(file.first_frame(_HEAD_BYTES)), size_of(file.last_frame(_HEAD_BYTES))


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
