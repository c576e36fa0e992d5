"""The XDAQ metadata of recorded frames: what aligns video with neural data.

    from thorsched import metadata

    frames = metadata.load("side_20260301T090000Z-00000.mkv")   # a NumPy structured array
    metadata.gaps(frames)                                       # drops, duplicates, ...
    metadata.ttl_edges(frames, line=0)                          # rising and falling
    metadata.align(frames, sample_index)                        # ephys sample -> frame

A library of its own: nothing here talks to a server. The parts are in `thorsched/video/`.
"""

from thorsched.video.counter import unwrap
from thorsched.video.formats import Format
from thorsched.video.matroska import NoFrame, NotMatroska
from thorsched.video.records import (
    FRAME_DTYPE,
    Chunk,
    CutShort,
    Damaged,
    NoMetadata,
    in_order,
    load,
    read,
)
from thorsched.video.tables import export
from thorsched.video.timeline import (
    EDGE_DTYPE,
    GAP_DTYPE,
    Alignment,
    align,
    gaps,
    ttl_edges,
)

__all__ = [
    "EDGE_DTYPE",
    "FRAME_DTYPE",
    "GAP_DTYPE",
    "Alignment",
    "Chunk",
    "CutShort",
    "Damaged",
    "Format",
    "NoFrame",
    "NoMetadata",
    "NotMatroska",
    "align",
    "export",
    "gaps",
    "in_order",
    "load",
    "read",
    "ttl_edges",
    "unwrap",
]
