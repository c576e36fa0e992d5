"""The metadata of every frame of a recording, as NumPy arrays; the frames themselves are not read.

Called by `thorsched.metadata` and `tables.py`. A row stands for a frame, in the file's order,
whether its metadata can be read or not: so row 100 of a file is its frame 100, for any player.
"""

import array
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt

from thorsched.thorvision.metadata import METADATA_END_BYTES, RECORD_DTYPE, records_of
from thorsched.video.matroska import Block, NoFrame, VideoFile

Rows = npt.NDArray[np.void]
"""A structured array."""

AnyPath = str | PathLike[str]

FRAME_DTYPE = np.dtype(
    [("frame_pts", "<i8"), *RECORD_DTYPE.descr, ("file_index", "<u2"), ("is_valid", "?")]
)
"""A frame's row; the names are those of `pythorvision.extract_metadata`, and four more.

| field | unit | source |
|---|---|---|
| `frame_pts` | ms in a recorder's files | the container: arrival plus SRT latency, with jitter |
| `gstreamer_pts` | ns | the server's GStreamer clock at exposure |
| `xdaq_timestamp` | ticks of the XDAQ's own clock | the XDAQ |
| `sample_index` | ephys samples, wraps at 2^32 | the XDAQ: the sample at the frame |
| `ttl_in`, `ttl_out` | one bit a line, line 0 lowest | the XDAQ's digital lines at the frame |
| `spi_perf_counter`, `reserved` | unexplained | the server |
| `file_index` | | which of the files that were loaded, from 0 |
| `is_valid` | | False for a frame without readable metadata: its other fields but PTS are 0 |
"""

CHUNK_FRAMES = 1 << 14
_MOST_FILES = 1 << 16


class NoMetadata(NoFrame):
    """The file's frames carry no XDAQ metadata."""


class CutShort(UserWarning):
    """A file was never closed, or its end is missing: its whole frames are read, no others."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of one file, and how far into the file they go."""

    rows: Rows
    done_bytes: int


def load(paths: AnyPath | Iterable[AnyPath]) -> Rows:
    """Return the metadata of every frame of a file, or of several one after the other.

    Returns a structured array of shape (frames,) and dtype `FRAME_DTYPE`. Reads a few bytes of each
    frame, so a file of any size takes no more memory than its rows, 51 bytes a frame.

    Raises `NotMatroska` for a file that is no recording, `NoFrame` for one without a frame,
    `NoMetadata` for one in H.265 or without XDAQ metadata, and `OSError`. Warns with `CutShort` of
    a file that was not closed properly.
    """
    several = [paths] if isinstance(paths, str | PathLike) else list(paths)
    if not several:
        raise ValueError("no file was given")
    if len(several) > _MOST_FILES:
        raise ValueError(f"{len(several)} files at once; {_MOST_FILES} are possible")
    parts = [
        chunk.rows for number, path in enumerate(several) for chunk in read(path, file_index=number)
    ]
    return np.concatenate(parts)


def read(
    path: AnyPath, *, file_index: int = 0, chunk_frames: int = CHUNK_FRAMES
) -> Iterator[Chunk]:
    """Yield the rows of one file in chunks, with `file_index` as its number; errors as `load`.

    That no frame carries metadata is known, and raised, at the end only.
    """
    with VideoFile(Path(path)) as video:
        if video.is_h265:
            raise NoMetadata(
                f"{video.path} is in H.265, which carries no XDAQ metadata as far as is known; "
                "record JPEG to align video and neural data"
            )
        if not video.is_finalised:
            warnings.warn(
                f"{video.path} was never closed, or its end is missing: its whole frames are read",
                CutShort,
                stacklevel=2,
            )
        blocks = video.blocks(head_bytes=METADATA_END_BYTES)
        frames = valid = 0
        while some := list(islice(blocks, chunk_frames)):
            rows = _rows(some, file_index)
            frames, valid = frames + len(rows), valid + int(rows["is_valid"].sum())
            yield Chunk(rows, some[-1].start + some[-1].size)
        if not frames:
            raise NoFrame(f"{video.path} holds no frame")
        if not valid:
            raise NoMetadata(
                f"{video.path} ({video.codec}) holds frames without XDAQ metadata: it was not "
                "recorded from a ThorVision server's JPEG stream, or it was encoded anew"
            )


def _rows(blocks: list[Block], file_index: int) -> Rows:
    raw, valid = records_of([block.head for block in blocks])
    rows = np.zeros(len(blocks), FRAME_DTYPE)
    for name in RECORD_DTYPE.names or ():
        rows[name] = raw[name]
    rows["frame_pts"] = array.array("q", (block.pts_ticks for block in blocks))
    rows["file_index"] = file_index
    rows["is_valid"] = valid
    return rows
