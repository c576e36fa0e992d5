"""A recorded file: how many frames it holds, when, and where in the file each one is.

The recorder's muxer writes an index entry (a Cue) for every key frame when it closes a file, and
every JPEG is a key frame: so a closed segment tells its frames in milliseconds, whatever its size.
Where the index is missing, or says nothing of most frames (H.265), the blocks are walked from head
to head; the frames themselves are never read.

Called by `recording/archive.py` and `records.py`. Specification of the format: RFC 9559 (Matroska).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from thorsched.base.errors import FileError
from thorsched.video.ebml import (
    LONGEST_HEAD_BYTES,
    Data,
    Malformed,
    children,
    data_of,
    head,
    number,
    unsigned,
    within,
)

_EBML = 0x1A45DFA3
_SEGMENT = 0x18538067
_INFO = 0x1549A966
_TIMESTAMP_SCALE = 0x2AD7B1
_TRACKS = 0x1654AE6B
_TRACK_ENTRY = 0xAE
_CODEC_ID = 0x86
_CUES = 0x1C53BB6B
_CUE_POINT = 0xBB
_CUE_TIME = 0xB3
_CLUSTER = 0x1F43B675
_TIMESTAMP = 0xE7
_BLOCK_GROUP = 0xA0
_BLOCKS = (0xA3, 0xA1)  # SimpleBlock, and Block in a BlockGroup
_INSIDE = (_SEGMENT, _CLUSTER, _BLOCK_GROUP)
# SeekHead, Tags, Chapters, Attachments, Void, CRC-32; of a cluster Position, PrevSize; of a group
# BlockDuration, ReferenceBlock, CodecState, DiscardPadding, BlockAdditions.
_PASSED_OVER = frozenset(
    {_EBML, _INFO, _TRACKS, _CUES, 0x114D9B74, 0x1254C367, 0x1043A770, 0x1941A469, 0xEC, 0xBF}
    | {0xA7, 0xAB, 0x9B, 0xFB, 0xA4, 0x75A2, 0x75A1}
)
_OUTSIDE = _PASSED_OVER | {_TIMESTAMP, *_BLOCKS}
_LACED = 0x06
# Read beyond what one element needs: a cluster's head and its time come right before a block.
_MORE_BYTES = 64
_BLOCK_HEAD_BYTES = 4  # the track's number, the time, flags
_DEFAULT_SCALE_NS = 1_000_000
# The muxer writes the second, with `MJPG` in its private data; a recorder writes no other FOURCC.
_JPEG_CODECS = (b"V_MJPEG", b"V_MS/VFW/FOURCC")
_H265_CODEC = b"V_MPEGH/ISO/HEVC"
# A day at 120 fps makes 300 MB of Cues; no segment is as long.
_LONGEST_PART_BYTES = 2**29
_SEARCH_BYTES = 2**20


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


class Block(NamedTuple):
    """A frame's place in the file, in bytes, and its beginning. The PTS is in ticks."""

    pts_ticks: int
    start: int
    size: int
    head: bytes


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

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb", buffering=0)
        try:
            self.size_bytes = path.stat().st_size
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
        return self._about.codec.decode("ascii", "replace") or "unknown"

    @property
    def is_finalised(self) -> bool:
        """Whether the recorder closed the file, and nothing is missing at its end."""
        return self._about.index is not None

    def index_ticks(self) -> tuple[int, ...]:
        """Return the PTS of the key frames that the index names; none for a file without one."""
        try:
            return _cue_ticks(self._about.index or b"")
        except Malformed:
            return ()

    def pts_s(self, ticks: int) -> float:
        """Return a PTS in seconds; a tick is 1 ms in a recorder's files."""
        return ticks * self._about.scale_ns / 1e9

    def blocks(self, *, head_bytes: int = 0) -> Iterator[Block]:
        """Yield every whole frame in the file's order, with the first `head_bytes` of it.

        What is damaged is passed over up to the next cluster; a frame that is cut off ends it.
        """
        needed = LONGEST_HEAD_BYTES + _BLOCK_HEAD_BYTES + head_bytes
        read_at, end = self._data.read_at, self.size_bytes
        piece, piece_at, at = b"", 0, 0
        cluster_ticks: int | None = None
        while at < end:
            if not piece_at <= at <= piece_at + len(piece) - needed:
                piece, piece_at = read_at(at, needed + _MORE_BYTES), at
            shift = at - piece_at
            try:
                ident, body, size = head(piece, shift)
                stop = self._stop(ident, piece_at + body, size)
                if ident in _BLOCKS:
                    block = _block(piece, body, stop - piece_at, cluster_ticks, head_bytes)
                    if stop > end:
                        return
                    if block.size:
                        yield block._replace(start=piece_at + block.start)
                elif ident == _CLUSTER:
                    cluster_ticks = None
                elif ident == _TIMESTAMP:
                    cluster_ticks = unsigned(piece, body, body + (size or 0))
            except Malformed:
                cluster_ticks = None
                stop = self._next_cluster(at + 1)
            at = stop

    def _stop(self, ident: int, body: int, size: int | None) -> int:
        """Return where the next element begins: the first inside this one, or the one behind it."""
        if ident in _INSIDE:
            return body
        if size is None or ident not in _OUTSIDE:
            raise Malformed
        return body + size

    def _next_cluster(self, at: int) -> int:
        """Return where the next cluster begins from `at` on; the file's end if there is none."""
        mark = _CLUSTER.to_bytes(4, "big")
        while at < self.size_bytes:
            piece = self._data[at : at + _SEARCH_BYTES]
            found = piece.find(mark)
            if found >= 0:
                return at + found
            if len(piece) < _SEARCH_BYTES:
                break
            at += len(piece) - len(mark) + 1
        return self.size_bytes


def _block(piece: bytes, body: int, stop: int, cluster_ticks: int | None, head_bytes: int) -> Block:
    """Return the block whose element has its body in `piece`; places count from there.

    Raises `Malformed` for one that stands in no cluster, or is none of a recorder's.
    """
    _, after = number(piece, body)
    start = after + 3
    is_whole = len(piece) >= start and stop >= start
    if cluster_ticks is None or not is_whole or piece[after + 2] & _LACED:
        raise Malformed
    ticks = cluster_ticks + int.from_bytes(piece[after : after + 2], "big", signed=True)
    return Block(ticks, start, stop - start, piece[start : min(stop, start + head_bytes)])


@dataclass(frozen=True, slots=True)
class _About:
    """What a file says of its one track."""

    codec: bytes
    scale_ns: int
    index: bytes | None
    """Its Cues; None where the file has none, or is not whole."""


def _read_about(data: Data, size_bytes: int) -> _About:
    """Return what the file says of itself; raises `Malformed` if it is no Matroska file."""
    ident, *_ = head(data[0:LONGEST_HEAD_BYTES], 0)
    if ident != _EBML:
        raise Malformed
    about = _About(b"", _DEFAULT_SCALE_NS, None)
    index: bytes | None = None
    try:
        for part, start, end in within(data, _SEGMENT, 0, size_bytes):
            if part in (_INFO, _TRACKS):
                about = _with(about, part, _whole(data, start, end))
            elif part == _CUES:
                index = _whole(data, start, end)
    except Malformed:
        return about if about.codec else _read_head(data, size_bytes)
    return _About(about.codec, about.scale_ns, index)


def _read_head(data: Data, size_bytes: int) -> _About:
    """Return what the head of a file says that is not whole: its first few hundred bytes."""
    about = _About(b"", _DEFAULT_SCALE_NS, None)
    at = 0
    while at < size_bytes:
        try:
            ident, length, size = head(data[at : at + LONGEST_HEAD_BYTES], 0)
            if ident in (_INFO, _TRACKS) and size is not None:
                about = _with(about, ident, _whole(data, at + length, at + length + size))
        except Malformed:
            break
        if ident == _CLUSTER or (size is None and ident != _SEGMENT):
            break
        at += length if ident == _SEGMENT else length + (size or 0)
    return about


def _with(about: _About, ident: int, part: bytes) -> _About:
    codec, scale_ns = about.codec, about.scale_ns
    if ident == _INFO:
        for child, start, end in children(part, 0, len(part)):
            scale_ns = unsigned(part, start, end) if child == _TIMESTAMP_SCALE else scale_ns
    else:
        for child, start, end in within(part, _TRACK_ENTRY, 0, len(part)):
            codec = part[start:end].rstrip(b"\0") if child == _CODEC_ID else codec
    return _About(codec, scale_ns, about.index)


def _cue_ticks(index: bytes) -> tuple[int, ...]:
    return tuple(
        unsigned(index, start, end)
        for child, start, end in within(index, _CUE_POINT, 0, len(index))
        if child == _CUE_TIME
    )


def _whole(data: Data, start: int, end: int) -> bytes:
    """Return a part in one piece; raises `Malformed` if it is too long, or the file has shrunk."""
    part = data[start:end] if end - start <= _LONGEST_PART_BYTES else b""
    if len(part) != end - start:
        raise Malformed
    return part
