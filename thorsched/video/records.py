"""The metadata of every frame of a recording, as NumPy arrays; the frames themselves are not read.

Called by `thorsched.metadata`, `tables.py` and `examination.py`. A row stands for a frame, in the
file's order, whether its metadata can be read or not: so row 100 of a file is its frame 100, for
any player.
"""

import array
import inspect
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from thorsched.base.text import counted
from thorsched.thorvision.metadata import METADATA_END_BYTES, RECORD_DTYPE, records_of
from thorsched.video.blocks import Block
from thorsched.video.matroska import NoFrame, VideoFile

Rows = npt.NDArray[np.void]
"""A structured array."""

AnyPath = str | PathLike[str]

FRAME_DTYPE = np.dtype(
    [("frame_pts", "<i8"), *RECORD_DTYPE.descr, ("file_index", "<u2"), ("is_valid", "?")]
)
"""A frame's row; the names are those of `pythorvision.extract_metadata`, and four more.

The fields, with their units and sources, are in the docstring of `thorsched.metadata`.
"""

CHUNK_FRAMES = 1 << 14
_MOST_FILES = 1 << 16
_SEGMENT_NAME = re.compile(r"(.*)-([0-9]+)(\.[^.]*)?")


class NoMetadata(NoFrame):
    """The file's frames carry no XDAQ metadata."""


class CutShort(UserWarning):
    """A file was never closed, or its end is missing: its whole frames are read, no others."""


class Damaged(UserWarning):
    """Something in the middle of a file cannot be read: the frames in there are lost."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of one file, and how far into the file they go."""

    rows: Rows
    done_bytes: int


def load(paths: AnyPath | Iterable[AnyPath]) -> Rows:
    """Return the metadata of every frame of a file, or of several one after the other.

    The segments of one recording (`side_20260301T090000Z-00000.mkv`, `...-00001.mkv`) follow each
    other by their numbers, in whatever order they are given; see `in_order`.

    Returns a structured array of shape (frames,) and dtype `FRAME_DTYPE`. Reads a few bytes of each
    frame, so a file of any size takes no more memory than its rows, 51 bytes a frame.

    Raises `NotMatroska` for a file that is no recording, `NoFrame` for one without a frame,
    `NoMetadata` for one in H.265 or without XDAQ metadata, and `OSError`. Warns with `CutShort` of
    a file that was not closed properly, and with `Damaged` of one that has lost frames.
    """
    several = [paths] if isinstance(paths, str | PathLike) else list(paths)
    if not several:
        raise ValueError("no file was given")
    if len(several) > _MOST_FILES:
        raise ValueError(f"{len(several)} files at once; {_MOST_FILES} are possible")
    return np.concatenate(
        [
            chunk.rows
            for number in in_order(several)
            for chunk in read(several[number], file_index=number)
        ]
    )


def in_order(paths: Sequence[AnyPath]) -> list[int]:
    """Return the places of `paths` in the order to read them.

    Those that differ in nothing but the number at the end of their names stand where the first of
    them stands, by their numbers: a shell puts `-100` before `-99`. Others stay where they are.
    """
    found: dict[tuple[Path, str, str | None], list[tuple[int, int]]] = {}
    for place, path in enumerate(map(Path, paths)):
        parts = _SEGMENT_NAME.fullmatch(path.name)
        name, number, ending = parts.groups() if parts else (path.name, "0", None)
        found.setdefault((path.parent, name, ending), []).append((int(number), place))
    return [place for segments in found.values() for _, place in sorted(segments)]


def read(
    path: AnyPath, *, file_index: int = 0, chunk_frames: int = CHUNK_FRAMES
) -> Iterator[Chunk]:
    """Yield the rows of one file in chunks, with `file_index` as its number; errors as `load`.

    Nothing is yielded before it is known that there is metadata. Of damage is warned at the end.
    """
    with VideoFile(Path(path)) as video:
        _refuse_h265(video)
        if not video.is_finalised:
            _warn(
                f"{video.path} was never closed, or its end is missing: its whole frames are read",
                CutShort,
            )
        walk = video.blocks(head_bytes=METADATA_END_BYTES)
        blocks = iter(walk)
        held: list[Chunk] = []
        is_valid = False
        while some := list(islice(blocks, chunk_frames)):
            held.append(Chunk(rows_of(some, file_index), some[-1].start + some[-1].size))
            is_valid = is_valid or bool(held[-1].rows["is_valid"].any())
            if is_valid:
                yield from held
                held.clear()
        if walk.damages:
            places = counted(walk.damages, "place")
            _warn(f"{video.path} is damaged in {places}: the frames in there are lost", Damaged)
        if not is_valid:
            _refuse(video, has_frames=bool(held))


def _refuse_h265(video: VideoFile) -> None:
    if video.is_h265:
        raise NoMetadata(
            f"{video.path} is in H.265, which carries no XDAQ metadata as far as is known; "
            "record JPEG to align video and neural data"
        )


def _refuse(video: VideoFile, *, has_frames: bool) -> NoReturn:
    if not has_frames:
        raise NoFrame(f"{video.path} holds no frame")
    raise NoMetadata(
        f"{video.path} ({video.codec}) holds frames without XDAQ metadata: it was not "
        "recorded from a ThorVision server's JPEG stream, or it was encoded anew"
    )


def _warn(message: str, kind: type[Warning]) -> None:
    """Warn at the line that called this module, through however many of its functions."""
    frame, level = inspect.currentframe(), 1
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, kind, stacklevel=level)


def rows_of(blocks: Sequence[Block], file_index: int = 0) -> Rows:
    """Return a row for each block, whose heads are `METADATA_END_BYTES` long, or all there is."""
    raw, valid = records_of([block.head for block in blocks])
    rows = np.zeros(len(blocks), FRAME_DTYPE)
    for name in RECORD_DTYPE.names or ():
        rows[name] = raw[name]
    rows["frame_pts"] = array.array("q", (block.pts_ticks for block in blocks))
    rows["file_index"] = file_index
    rows["is_valid"] = valid
    return rows
