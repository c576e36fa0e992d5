"""The XDAQ metadata of recorded frames: what aligns video with neural data.

    from thorsched import metadata

    frames = metadata.load("side_20260301T090000Z-00000.mkv")   # a NumPy structured array
    metadata.gaps(frames)                                       # drops, duplicates, ...
    metadata.ttl_edges(frames, line=0)                          # rising and falling
    metadata.align(frames, sample_index)                        # ephys sample -> frame

A library of its own: nothing here talks to a server. The parts are in `thorsched/video/`.

`load` returns a row for each frame, in the files' order, of dtype `FRAME_DTYPE`:

| field | type | unit | what, and from where |
|---|---|---|---|
| `frame_pts` | i8 | ms | the file: when the frame arrived, SRT's latency included, with jitter |
| `gstreamer_pts` | u8 | ns | the server's GStreamer clock at exposure |
| `xdaq_timestamp` | u8 | XDAQ ticks | the XDAQ's own clock; its rate is not documented |
| `sample_index` | u4 | ephys samples | the XDAQ's count at the frame; wraps at 2^32 |
| `ttl_in`, `ttl_out` | u4 | one bit a line | the XDAQ's digital lines at the frame; line 0 lowest |
| `spi_perf_counter` | u4 | not documented | the server |
| `reserved` | u8 | not documented | the server |
| `file_index` | u2 | | ours: which of the files that were given, from 0 |
| `is_valid` | bool | | ours: False where the metadata cannot be read; then all but PTS are 0 |

`gaps` returns a row for each oddity between two frames, of dtype `GAP_DTYPE`:

| field | type | unit | what |
|---|---|---|---|
| `row` | i8 | | of the later frame, in what `load` returned |
| `kind` | text | | `drop`, `pause`, `duplicate`, `backward` or `wrap` |
| `step_samples` | i8 | ephys samples | from the readable frame before, unwrapped |
| `missing_frames` | i8 | frames | how many were dropped in between; 0 unless it is a drop |

`ttl_edges` returns a row for each change of a line, of dtype `EDGE_DTYPE`:

| field | type | unit | what |
|---|---|---|---|
| `row` | i8 | | of the first frame that shows the new level |
| `sample_index` | u4 | ephys samples | that frame's, as the XDAQ counts; wraps at 2^32 |
| `rises` | bool | | True from low to high |
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
