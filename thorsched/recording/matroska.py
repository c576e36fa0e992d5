"""How many frames a segment holds, and when, without reading the frames.

The recorder's muxer writes an index entry (a Cue) for every key frame when it closes a file, and
every JPEG is a key frame: so a closed segment tells its frames in milliseconds, whatever its size.
The frames of a file that was never closed, or of another codec, are counted by reading it through
PyAV. Nothing is mapped into memory: where a disk dies, that ends the process with SIGBUS.

Called by `archive.py`. Specification of the format: RFC 8794 (EBML), RFC 9559 (Matroska).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import av

from thorsched.base.errors import UnavailableError

_SEGMENT = 0x18538067
_INFO = 0x1549A966
_TIMESTAMP_SCALE = 0x2AD7B1
_TRACKS = 0x1654AE6B
_TRACK_ENTRY = 0xAE
_CODEC_ID = 0x86
_CUES = 0x1C53BB6B
_CUE_POINT = 0xBB
_CUE_TIME = 0xB3
_DEFAULT_SCALE_NS = 1_000_000
# The muxer writes the second, with `MJPG` in its private data; a recorder writes no other FOURCC.
_JPEG_CODECS = (b"V_MJPEG", b"V_MS/VFW/FOURCC")
_LONGEST_NUMBER_BYTES = 8
_LONGEST_HEAD_BYTES = 2 * _LONGEST_NUMBER_BYTES
# A day at 120 fps makes 300 MB of Cues; no segment is as long.
_LONGEST_PART_BYTES = 2**29


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a segment: how many, and the earliest and latest PTS in seconds."""

    count: int
    first_pts_s: float
    last_pts_s: float
    finalised: bool
    """Whether the recorder closed the file: only then it has an index and a duration."""


class NotMatroska(UnavailableError):
    """The file is not one that a recorder wrote, or nothing of it can be read."""


class NoFrame(NotMatroska):
    """The file is one that a recorder wrote, and nothing but its head is in it."""


class _Malformed(Exception):
    """The elements do not fit into each other: the file is cut short, or none of ours."""


def frames(path: Path) -> Frames:
    """Return the frames of the segment at `path`. Raises `NotMatroska`, `NoFrame`, `OSError`."""
    index = _index(path)
    if index is None or index.codec.rstrip(b"\0") not in _JPEG_CODECS:
        return _frames_by_reading(path, finalised=index is not None)
    times_s = index.times_s
    return Frames(len(times_s), min(times_s), max(times_s), finalised=True)


@dataclass(frozen=True, slots=True)
class _Index:
    """What a whole file says of its one track."""

    codec: bytes
    times_s: list[float]
    """Of the key frames; never empty."""


class _Data(Protocol):
    """Bytes to be had in slices; a slice may be shorter than asked for, where the end is."""

    def __getitem__(self, place: slice, /) -> bytes: ...


class _FileData:
    """A file as `_Data`; raises `OSError`. Opened unbuffered: clusters are passed over."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __getitem__(self, place: slice, /) -> bytes:
        self._file.seek(place.start)
        return self._file.read(place.stop - place.start)


def _index(path: Path) -> _Index | None:
    """Return the index of the file, None if it has none or is not whole."""
    with path.open("rb", buffering=0) as file:
        try:
            return _read_index(_FileData(file), path.stat().st_size)
        except _Malformed:
            return None


def _read_index(data: _Data, size_bytes: int) -> _Index | None:
    scale_ns, codec = _DEFAULT_SCALE_NS, b""
    ticks: list[int] = []
    for ident, start, end in _within(data, _SEGMENT, 0, size_bytes):
        if ident not in (_INFO, _TRACKS, _CUES):
            continue
        part, size = _whole(data, start, end), end - start
        if ident == _INFO:
            for child, *place in _children(part, 0, size):
                scale_ns = _unsigned(part, *place) if child == _TIMESTAMP_SCALE else scale_ns
        elif ident == _TRACKS:
            for child, *place in _within(part, _TRACK_ENTRY, 0, size):
                codec = part[slice(*place)] if child == _CODEC_ID else codec
        else:
            for child, *place in _within(part, _CUE_POINT, 0, size):
                ticks += [_unsigned(part, *place)] if child == _CUE_TIME else []
    return _Index(codec, [tick * scale_ns / 1e9 for tick in ticks]) if ticks else None


def _whole(data: _Data, start: int, end: int) -> bytes:
    """Return a part in one piece; raises `_Malformed` if it is too long, or the file has shrunk."""
    part = data[start:end] if end - start <= _LONGEST_PART_BYTES else b""
    if len(part) != end - start:
        raise _Malformed
    return part


def _within(data: _Data, parent: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the children of every element `parent` between two offsets."""
    for ident, body, stop in _children(data, start, end):
        if ident == parent:
            yield from _children(data, body, stop)


def _children(data: _Data, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (identifier, start, end) of the elements between two offsets.

    Raises `_Malformed` if one of them goes on beyond the end. A size of ones only means unknown:
    the muxer has not come back to write it.
    """
    while start < end:
        head = data[start : min(start + _LONGEST_HEAD_BYTES, end)]
        ident, after = _number(head, 0)
        marked_size, length = _number(head, after)
        unmarked = (1 << 7 * (length - after)) - 1
        size = marked_size & unmarked
        body = start + length
        stop = end if size == unmarked else body + size
        if stop > end:
            raise _Malformed
        yield ident, body, stop
        start = stop


def _number(head: bytes, at: int) -> tuple[int, int]:
    """Return an EBML variable-length number, its length marker included, and the offset behind."""
    length = 9 - head[at].bit_length() if at < len(head) else 0
    if not 1 <= length <= _LONGEST_NUMBER_BYTES or at + length > len(head):
        raise _Malformed
    return int.from_bytes(head[at : at + length], "big"), at + length


def _unsigned(data: bytes, start: int, end: int) -> int:
    if end - start > _LONGEST_NUMBER_BYTES:
        raise _Malformed
    return int.from_bytes(data[start:end], "big")


def _frames_by_reading(path: Path, *, finalised: bool) -> Frames:
    """Count the frames up to the end, or to where nothing more can be read."""
    count, first_s, last_s = 0, math.inf, -math.inf
    try:
        with av.open(str(path), format="matroska", metadata_errors="replace") as container:
            for packet in container.demux(video=0):
                if packet.pts is not None and packet.size:
                    pts_s = float(packet.pts * packet.time_base)
                    count, first_s, last_s = count + 1, min(first_s, pts_s), max(last_s, pts_s)
    except (av.error.FFmpegError, IndexError) as error:  # the second: no video track
        if count == 0:
            raise NotMatroska(f"{path.name} holds no readable video: {error}") from error
    if count == 0:
        raise NoFrame(f"{path.name} holds no frame")
    return Frames(count, first_s, last_s, finalised=finalised)
