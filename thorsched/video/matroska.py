"""A recorded file: how many frames it holds, when, and where in the file each one is.

The recorder's muxer writes an index entry (a Cue) for every key frame when it closes a file, and
every JPEG is a key frame: so a closed segment tells its frames in milliseconds, whatever its size.
Where the index is missing, or says nothing of most frames (H.265), the blocks are walked from head
to head, by `blocks.py`; the frames themselves are never read.

Called by `recording/describing.py`, `frameless.py`, `repair.py` and `closed.py`, `records.py`,
`pauses.py`, `picture.py` and `examination.py`. Specification: RFC 9559 (Matroska).
"""

import contextlib
import os
import struct
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from thorsched.base.errors import FileError
from thorsched.base.host import followed_file_opener
from thorsched.base.text import printable
from thorsched.video.blocks import (
    CLUSTER,
    CUES,
    EBML,
    INFO,
    LATEST_TICKS,
    SEGMENT,
    TRACKS,
    Block,
    Walk,
)
from thorsched.video.ebml import (
    LONGEST_HEAD_BYTES,
    Data,
    FileData,
    Malformed,
    children,
    data_of,
    head,
    unsigned,
    within,
)
from thorsched.video.ending import (
    CUES_MARK,
    DEFAULT_SCALE_NS,
    DURATION,
    FLOATS,
    LONGEST_PART_BYTES,
    SEEK,
    SEEK_HEAD,
    SEEK_ID,
    SEEK_POSITION,
    TIMESTAMP_SCALE,
    TRACK_ENTRY,
)

_CODEC_ID = 0x86
_CUE_POINT = 0xBB
_CUE_TIME = 0xB3
_CUE_TRACK_POSITIONS = 0xB7
_CUE_CLUSTER_POSITION = 0xF1
# The muxer writes the second, with `MJPG` in its private data; a recorder writes no other FOURCC.
_JPEG_CODECS = (b"V_MJPEG", b"V_MS/VFW/FOURCC")
_H265_CODEC = b"V_MPEGH/ISO/HEVC"
_PIECE_BYTES = 2**20
# 20 hours at 30 fps; the frames of a longer one are walked.
_LONGEST_INDEX_BYTES = 2**26


class NotMatroska(FileError):
    """The file is not one that a recorder wrote, or nothing of it can be read."""


class NoFrame(NotMatroska):
    """The file is one that a recorder wrote, and nothing but its head is in it."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a segment: how many, and the earliest and latest PTS in seconds."""

    count: int
    first_pts_s: float
    last_pts_s: float
    finalised: bool
    """Whether the recorder closed the file: only then it has an index and a duration."""


def frames(path: Path) -> Frames:
    """Return the frames of the segment at `path`. Raises `NotMatroska`, `NoFrame`, `OSError`."""
    with VideoFile(path) as file:
        ticks = file.index_ticks() if file.is_jpeg else ()
        ticks = ticks or tuple(block.pts_ticks for block in file.blocks())
        if not ticks:
            raise NoFrame(f"{path.name} holds no frame")
        first_s, last_s = file.pts_s(min(ticks)), file.pts_s(max(ticks))
        return Frames(len(ticks), first_s, last_s, finalised=file.is_finalised)


class VideoFile:
    """A file that a recorder wrote, open for reading; a context manager.

    Raises `NotMatroska` for any other, and `OSError`, here and while it is read.
    """

    def __init__(
        self, path: Path, *, opener: Callable[[str, int], int] = followed_file_opener
    ) -> None:
        """With an `opener`, as of `open`, that decides which file it may be.

        A FIFO or a device, which would hold us for ever, is an `OSError` of any.
        """
        self.path = path
        self._file = open(path, "rb", buffering=0, opener=opener)  # noqa: SIM115 - closed by us
        try:
            self.size_bytes = os.fstat(self._file.fileno()).st_size
            self._data = data_of(self._file)
            self._about = _read_about(self._data, self.size_bytes)
        except Malformed:
            self._file.close()
            raise NotMatroska(f"{path.name} is not a recording: it is no Matroska file") from None
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def is_jpeg(self) -> bool:
        return self._about.codec in _JPEG_CODECS

    @property
    def is_h265(self) -> bool:
        return self._about.codec == _H265_CODEC

    @property
    def codec(self) -> str:
        """Matroska's name for the codec of the track, for people."""
        return printable(self._about.codec[:100].decode("ascii", "replace")) or "unknown"

    @property
    def is_finalised(self) -> bool:
        """Whether the recorder closed the file, and nothing is missing at its end."""
        return self._about.index is not None

    def index_ticks(self) -> tuple[int, ...]:
        """Return the PTS of the key frames that the index names; none for a file without one."""
        try:
            return _cue_ticks(self._index())
        except Malformed:
            return ()

    def _index(self) -> bytes:
        """Return the body of the Cues, nothing where there are none; raises `Malformed`."""
        index = self._about.index
        if index is None:
            return b""
        return _whole(self._data, index.start, index.end, _LONGEST_INDEX_BYTES)

    def pts_s(self, ticks: int) -> float:
        """Return a PTS in seconds; a tick is 1 ms in a recorder's files."""
        return ticks * self._about.scale_ns / 1e9

    @property
    def duration_ticks(self) -> float:
        """How long the head says that the film is; 0 where its recorder never came to say it."""
        return self._about.duration_ticks

    @property
    def tracks(self) -> bytes:
        """What the head says of the tracks, as it stands there."""
        return self._about.tracks

    def pieces(self, block: Block) -> Iterator[bytes]:
        """Yield a frame, a large one in several pieces; fewer bytes where the file has shrunk."""
        end = block.start + block.size
        for at in range(block.start, end, _PIECE_BYTES):
            yield self._data[at : min(at + _PIECE_BYTES, end)]

    @property
    def data(self) -> FileData:
        """The bytes of the file."""
        return self._data

    def blocks(self, *, head_bytes: int = 0, through: FileData | None = None) -> Walk:
        """Return the whole frames in the file's order, with the first `head_bytes` of each.

        Reads the file's bytes `through` somebody who takes note of them, where that is given.
        """
        return Walk(
            through or self._data,
            self.size_bytes,
            head_bytes=head_bytes,
            is_finalised=self.is_finalised,
        )

    def first_frame(self, most_bytes: int) -> bytes:
        """Return the beginning of the first frame; nothing where there is none."""
        return self._beginning(next(iter(self.blocks()), None), most_bytes)

    def last_frame(self, most_bytes: int) -> bytes:
        """Return the beginning of the last frame of the cluster that the index names last.

        Nothing for a file without an index: to find the last frame would be to read them all.
        """
        index = self._about.index
        try:
            start = index.segment_start + _last_cluster(self._index()) if index else None
        except Malformed:
            start = None
        if start is None:
            return b""
        walk = Walk(self._data, self.size_bytes, head_bytes=0, is_finalised=True, start=start)
        last = deque(walk, maxlen=1)
        return self._beginning(last[0] if last else None, most_bytes)

    def _beginning(self, block: Block | None, most_bytes: int) -> bytes:
        if block is None:
            return b""
        return self._data[block.start : block.start + min(block.size, most_bytes)]


class _Index(NamedTuple):
    """Where a file's Cues are, and where the segment begins: the places in them count from it."""

    start: int
    end: int
    segment_start: int


@dataclass(frozen=True, slots=True)
class _About:
    """What a file says of its one track."""

    codec: bytes = b""
    scale_ns: int = DEFAULT_SCALE_NS
    index: _Index | None = None
    """None where the file has none, or is not whole."""
    duration_ticks: float = 0.0
    tracks: bytes = b""


def _read_about(data: Data, size_bytes: int) -> _About:
    """Return what the file says of itself; raises `Malformed` if it is no Matroska file."""
    ident, *_ = head(data[0:LONGEST_HEAD_BYTES], 0)
    if ident != EBML:
        raise Malformed
    about = _About()
    index: _Index | None = None
    try:
        for part, start, end, segment_start in _parts(data, size_bytes):
            if part in (INFO, TRACKS):
                about = _with(about, part, _whole(data, start, end, LONGEST_PART_BYTES))
            elif part == CUES:
                index = _Index(start, end, segment_start)
    except Malformed:
        return about if about.codec else _read_head(data, size_bytes)
    return replace(about, index=index)


def _parts(data: Data, size_bytes: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the parts of the segments, but for the clusters that the head allows to leave out.

    Each with where its segment's parts begin.
    """
    for ident, began, ended in children(data, 0, size_bytes):
        at, index_at = began, 0
        while ident == SEGMENT and at < ended:
            part, start, end = next(children(data, at, ended))
            if part == SEEK_HEAD:
                index_at = began + _index_at(_whole(data, start, end, LONGEST_PART_BYTES))
            if (
                part == CLUSTER
                and at < index_at < ended
                and data[index_at : index_at + 4] == CUES_MARK
            ):
                at, index_at = index_at, 0
                continue
            yield part, start, end, began
            at = end


def _index_at(seek_head: bytes) -> int:
    """Return where in the segment the head says that its Cues are; 0 if it does not."""
    sought = b""
    with contextlib.suppress(Malformed):
        for ident, start, end in within(seek_head, SEEK, 0, len(seek_head)):
            if ident == SEEK_ID:
                sought = seek_head[start:end]
            elif ident == SEEK_POSITION and sought == CUES_MARK:
                return unsigned(seek_head, start, end)
    return 0


def _read_head(data: Data, size_bytes: int) -> _About:
    """Return what the head of a file says that is not whole: its first few hundred bytes."""
    about = _About()
    at = 0
    while at < size_bytes:
        try:
            ident, length, size = head(data[at : at + LONGEST_HEAD_BYTES], 0)
            if ident in (INFO, TRACKS) and size is not None:
                part = _whole(data, at + length, at + length + size, LONGEST_PART_BYTES)
                about = _with(about, ident, part)
        except Malformed:
            break
        if ident == CLUSTER or (size is None and ident != SEGMENT):
            break
        at += length if ident == SEGMENT else length + (size or 0)
    return about


def _with(about: _About, ident: int, part: bytes) -> _About:
    if ident == INFO:
        for child, start, end in children(part, 0, len(part)):
            if child == TIMESTAMP_SCALE:
                about = replace(about, scale_ns=unsigned(part, start, end))
            elif child == DURATION and end - start in FLOATS:
                (ticks,) = struct.unpack(FLOATS[end - start], part[start:end])
                about = replace(about, duration_ticks=ticks)
        return about
    for child, start, end in within(part, TRACK_ENTRY, 0, len(part)):
        if child == _CODEC_ID:
            about = replace(about, codec=part[start:end].rstrip(b"\0"))
    return replace(about, tracks=part)


def _cue_ticks(index: bytes) -> tuple[int, ...]:
    ticks = tuple(
        unsigned(index, start, end)
        for child, start, end in within(index, _CUE_POINT, 0, len(index))
        if child == _CUE_TIME
    )
    if max(ticks, default=0) > LATEST_TICKS:
        raise Malformed
    return ticks


def _last_cluster(index: bytes) -> int:
    """Return where in the segment the cluster is that the index names last."""
    place = 0
    for child, start, end in within(index, _CUE_POINT, 0, len(index)):
        if child == _CUE_TRACK_POSITIONS:
            for inner, begins, ends in children(index, start, end):
                place = unsigned(index, begins, ends) if inner == _CUE_CLUSTER_POSITION else place
    return place


def _whole(data: Data, start: int, end: int, longest_bytes: int) -> bytes:
    """Return a part in one piece; raises `Malformed` if it is too long, or the file has shrunk."""
    part = data[start:end] if end - start <= longest_bytes else b""
    if len(part) != end - start:
        raise Malformed
    return part
