"""What the XDAQ writes into every JPEG frame: timestamps, the ephys sample index, the TTL lines.

Written by `simulator/`, read by `video/records.py` and the tests. Pure. The server puts it right
after SOI: an APPn segment with a 40-byte little-endian record. The fields have the names that
`pythorvision.extract_metadata` gave them.

Nothing in the segment says that it is the XDAQ's. So a segment that names itself as something
else (JFIF, Exif, ...) is refused, and any other of 40 bytes or more is taken for it.
"""

import struct
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

SOI = b"\xff\xd8"
SAMPLE_INDEX_MODULUS = 1 << 32

_SEGMENT_HEAD = struct.Struct(">HH")
_RECORD = struct.Struct("<QQIIIIQ")
_RECORD_START = len(SOI) + _SEGMENT_HEAD.size
RECORD_BYTES = _RECORD.size
METADATA_END_BYTES = _RECORD_START + RECORD_BYTES
"""So much of a frame holds all of its metadata."""
_APP_0 = 0xFFE0
_APP_15 = 0xFFEF
# The length field counts itself.
_LENGTH_BYTES = 2
# Any APPn would do; decoders and parsers look into 0 (JFIF), 1 (Exif), 2 (ICC) and 14 (Adobe).
_APP_WRITTEN = 0xFFE9
_OTHERS = (b"JFIF\0", b"JFXX\0", b"Exif\0", b"http://ns.adobe.com/", b"ICC_PROFILE\0", b"Adobe")

RECORD_DTYPE = np.dtype(
    [
        ("gstreamer_pts", "<u8"),
        ("xdaq_timestamp", "<u8"),
        ("sample_index", "<u4"),
        ("ttl_in", "<u4"),
        ("ttl_out", "<u4"),
        ("spi_perf_counter", "<u4"),
        ("reserved", "<u8"),
    ]
)
"""The record as NumPy sees it; also the layout of the GUI's `.bin` files."""

_HEAD_DTYPE = np.dtype(
    [("soi", ">u2"), ("marker", ">u2"), ("length", ">u2"), ("record", "u1", (RECORD_BYTES,))]
)


@dataclass(frozen=True, slots=True)
class FrameMetadata:
    """One frame's record.

    `gstreamer_pts`: the server's clock at exposure, ns. `xdaq_timestamp`: the XDAQ's own clock.
    `sample_index`: the ephys sample at the frame, wraps at 2^32. `ttl_in`, `ttl_out`: one bit per
    line, line 0 lowest. `spi_perf_counter`: the server's, unexplained.
    """

    gstreamer_pts: int
    xdaq_timestamp: int
    sample_index: int
    ttl_in: int
    ttl_out: int
    spi_perf_counter: int = 0


def pack_segment(metadata: FrameMetadata) -> bytes:
    """Return the APPn segment for `metadata`, to stand right after SOI.

    Raises `struct.error` if a value does not fit its field.
    """
    record = _RECORD.pack(*astuple(metadata), 0)
    return _SEGMENT_HEAD.pack(_APP_WRITTEN, _LENGTH_BYTES + len(record)) + record


def records_of(heads: Sequence[bytes]) -> tuple[npt.NDArray[np.void], npt.NDArray[np.bool_]]:
    """Return the records of many frames at once, and which of them there are; zeros for others.

    `heads` are the first `METADATA_END_BYTES` of each frame, or all of a shorter one. The answer is
    two arrays of shape (frames,), the first of `RECORD_DTYPE`.
    """
    none = bytes(METADATA_END_BYTES)
    whole = b"".join(head if len(head) == METADATA_END_BYTES else none for head in heads)
    table = np.frombuffer(whole, _HEAD_DTYPE)
    valid = (table["soi"] == int.from_bytes(SOI, "big")) & (table["marker"] >= _APP_0)
    valid &= (table["marker"] <= _APP_15) & (table["length"] >= _LENGTH_BYTES + _RECORD.size)
    for other in _OTHERS:
        own = np.frombuffer(other, np.uint8)
        valid &= (table["record"][:, : len(own)] != own).any(axis=1)
    records = np.zeros(len(heads), RECORD_DTYPE)
    records[valid] = np.ascontiguousarray(table["record"][valid]).view(RECORD_DTYPE)[:, 0]
    return records, valid
