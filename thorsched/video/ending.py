"""What a recorder would have written on closing a file: a few patches, and the index. Pure.

Called by `recording/repair.py` for a file whose recorder never came to that. matroskamux leaves
room in a file's head for what it knows at the end: sizes, the duration, where the index is. That
is filled in and the index appended; no other byte changes, so every frame and every PTS stays what
it was. (libav's muxer refuses a PTS that does not rise, and recorders write such.) Specifications:
RFC 8794 (EBML), RFC 9559 (Matroska).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from thorsched.video.blocks import CLUSTER, CUES, EBML, INFO, SEGMENT, TRACKS
from thorsched.video.ebml import (
    LONGEST_HEAD_BYTES,
    LONGEST_NUMBER_BYTES,
    UNMARKED,
    Data,
    Malformed,
    children,
    head,
    number,
    unsigned,
    within,
)

DURATION = 0x4489
SEEK_HEAD = 0x114D9B74
SEEK = 0x4DBB
SEEK_ID = 0x53AB
SEEK_POSITION = 0x53AC
TIMESTAMP_SCALE = 0x2AD7B1
TRACK_ENTRY = 0xAE
DEFAULT_SCALE_NS = 1_000_000
CUES_MARK = CUES.to_bytes(4, "big")
# What a recorder writes there has a few hundred bytes.
LONGEST_PART_BYTES = 2**20
_DEFAULT_DURATION = 0x23E383
_TIMESTAMP = 0xE7
_SIMPLE_BLOCK = 0xA3
_BLOCK_GROUP = 0xA0
_BLOCK = 0xA1
_REFERENCE_BLOCK = 0xFB
_VOID = 0xEC
# Of a cluster, with Position, PrevSize and SilentTracks.
_IN_CLUSTER = frozenset({_TIMESTAMP, _SIMPLE_BLOCK, _BLOCK_GROUP, 0xA7, 0xAB, 0x5854})
# Of the head, with Tags, Chapters, Attachments.
_IN_SEGMENT = frozenset({SEEK_HEAD, INFO, TRACKS, 0x1254C367, 0x1043A770, 0x1941A469})
_ANYWHERE = frozenset({_VOID, 0xBF})  # and CRC-32
_LACED = 0x06
_KEY_FRAME = 0x80
_BLOCK_HEAD_BYTES = 4  # the track's number, the time, flags
_SHORT = 128  # elements that can be voided by two bytes
FLOATS = {4: ">f", 8: ">d"}


class NoEnding(Exception):
    """The file is not as a recorder leaves it; the message says in which way."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What makes a closed file of one that was left open."""

    kept_bytes: int
    """How much of the file stays: up to the end of its last whole frame."""
    patches: tuple[tuple[int, bytes], ...]
    """What is written over the bytes at an offset, in order."""
    index: bytes = field(repr=False)
    """What follows the bytes that stay."""


def ending(data: Data, size_bytes: int) -> Ending:
    """Return the ending of a file, as far as it is sound; raises `NoEnding`, `OSError`.

    It is for the caller to see that no frame is behind what is not.
    """
    survey = _Survey(data, size_bytes)
    try:
        survey.look()
        patches = tuple(sorted(survey.patches()))
    except Malformed:
        raise NoEnding("its head is damaged") from None
    return Ending(survey.cues.end, patches, survey.cues.element())


@dataclass(frozen=True, slots=True)
class _Sized:
    """An element that holds others, of which the size may have to be written."""

    at: int
    body: int
    size: int | None

    def patch(self, end: int) -> Iterator[tuple[int, bytes]]:
        """Yield what makes it end there; nothing if it does."""
        size, size_at = end - self.body, self.at + 4
        if size != self.size:
            yield size_at, _filled(size, self.body - size_at)


_NONE = _Sized(0, 0, None)


class _Cues:
    """The index as it is gathered: an entry for each key frame, as a recorder writes it."""

    def __init__(self) -> None:
        self.end = 0
        """Where the last frame ends."""
        self.count = 0
        self.first_ticks = self.last_ticks = 0
        self._points = bytearray()
        self._first_point = b""

    def add(self, ticks: int, track: int, *, place: int, is_key: bool, end: int) -> None:
        if ticks < 0:
            raise NoEnding("it has a negative PTS")
        self.first_ticks = min(ticks, self.first_ticks) if self.count else ticks
        self.last_ticks = max(ticks, self.last_ticks)
        self.count += 1
        self.end = end
        if is_key or not self._first_point:
            where = _element(0xF7, _plain(track)) + _element(0xF1, _plain(place))
            point = _element(0xBB, _element(0xB3, _plain(ticks)) + _element(0xB7, where))
            self._first_point = self._first_point or point
            self._points += point if is_key else b""

    def element(self) -> bytes:
        body = bytes(self._points) or self._first_point  # an index has one entry at least
        return CUES_MARK + _filled(len(body), 8) + body


class _Survey:
    """Where everything is that a recorder comes back to when it closes a file."""

    def __init__(self, data: Data, size_bytes: int) -> None:
        self.cues = _Cues()
        self._data = data
        self._size_bytes = size_bytes
        self._segment = _NONE
        self._cluster = _NONE
        self._cluster_ticks: int | None = None
        self._filmed = _NONE
        """The cluster of the last frame."""
        self._misfits: list[tuple[_Sized, int]] = []
        """The clusters before it that say another size than they have, and where they end."""
        self._parts: dict[int, tuple[int, int, int]] = {}
        """Of each other part the first: where it, its body and what follows begin."""

    def look(self) -> None:
        at: int | None = 0
        while at is not None and at < self._size_bytes:
            try:
                at = self._step(at)
            except Malformed:
                break

    def _step(self, at: int) -> int | None:
        """Look at the element there; return where to go on, None where that is not known."""
        ident, inner, size = head(self._data[at : at + LONGEST_HEAD_BYTES], 0)
        body = at + inner
        if ident == SEGMENT and self._segment is _NONE:
            self._segment = _Sized(at, body, size)
            return body
        if ident == CLUSTER and self._segment is not _NONE:
            self._leave_cluster(at)
            self._cluster = _Sized(at, body, size)
            return body
        if size is None or body + size > self._size_bytes:
            return None
        if ident in _IN_CLUSTER and self._cluster is not _NONE:
            self._look_in_cluster(ident, body, body + size)
        elif ident in _IN_SEGMENT and self._segment is not _NONE:
            self._leave_cluster(at)
            self._parts.setdefault(ident, (at, body, body + size))
        elif ident not in _ANYWHERE and not (ident == EBML and at == 0):
            return None
        return body + size

    def _leave_cluster(self, at: int) -> None:
        cluster, self._cluster, self._cluster_ticks = self._cluster, _NONE, None
        if cluster is not _NONE and cluster.size != at - cluster.body:
            self._misfits.append((cluster, at))

    def _look_in_cluster(self, ident: int, body: int, stop: int) -> None:
        if ident == _TIMESTAMP:
            if stop - body > LONGEST_NUMBER_BYTES:
                raise Malformed
            self._cluster_ticks = int.from_bytes(self._data[body:stop], "big")
        elif ident == _SIMPLE_BLOCK:
            self._add_frame(body, stop, is_key=None, end=stop)
        elif ident == _BLOCK_GROUP:
            inside = {inner: (start, end) for inner, start, end in children(self._data, body, stop)}
            if _BLOCK in inside:
                self._add_frame(*inside[_BLOCK], is_key=_REFERENCE_BLOCK not in inside, end=stop)

    def _add_frame(self, body: int, stop: int, *, is_key: bool | None, end: int) -> None:
        """Take a block; a block without a group tells itself whether it is a key frame."""
        piece = self._data[body : min(body + LONGEST_NUMBER_BYTES + _BLOCK_HEAD_BYTES, stop)]
        track, after = number(piece, 0)
        if len(piece) < after + 3 or self._cluster_ticks is None or piece[after + 2] & _LACED:
            raise Malformed
        if body + after + 3 == stop:  # nothing is in it
            return
        self._filmed = self._cluster
        self.cues.add(
            self._cluster_ticks + int.from_bytes(piece[after : after + 2], "big", signed=True),
            track & UNMARKED[after],
            place=self._cluster.at - self._segment.body,
            is_key=bool(piece[after + 2] & _KEY_FRAME) if is_key is None else is_key,
            end=end,
        )

    def patches(self) -> Iterator[tuple[int, bytes]]:
        """Yield what is written into the file. Raises `NoEnding`, `Malformed`."""
        if self._segment is _NONE or self._filmed is _NONE:
            raise NoEnding("no frame of it is whole")
        kept_bytes = self.cues.end
        for cluster, end in self._misfits:
            if cluster.at < self._filmed.at:
                yield from cluster.patch(end)
        yield from self._filmed.patch(kept_bytes)
        yield from self._segment.patch(kept_bytes + len(self.cues.element()))
        yield from self._duration(*self._part(INFO))
        yield from self._places(*self._part(SEEK_HEAD))

    def _part(self, ident: int) -> tuple[int, bytes]:
        """Return where the body of a part begins, and the body; nothing where there is none."""
        _, body, stop = self._parts.get(ident, (0, 0, 0))
        return body, self._data[body:stop] if stop - body <= LONGEST_PART_BYTES else b""

    def _duration(self, at: int, info: bytes) -> Iterator[tuple[int, bytes]]:
        places = {ident: (start, end) for ident, start, end in children(info, 0, len(info))}
        start, end = places.get(DURATION, (0, 0))
        if end - start not in FLOATS:
            raise NoEnding("its head has no room for a duration")
        scale_ns = DEFAULT_SCALE_NS
        if TIMESTAMP_SCALE in places:
            scale_ns = unsigned(info, *places[TIMESTAMP_SCALE]) or DEFAULT_SCALE_NS
        cues, (_, tracks) = self.cues, self._part(TRACKS)
        length_ticks = float(cues.last_ticks - cues.first_ticks)
        frame_ticks = length_ticks / max(cues.count - 1, 1)
        for ident, begins, ends in within(tracks, TRACK_ENTRY, 0, len(tracks)):
            if ident == _DEFAULT_DURATION:
                frame_ticks = unsigned(tracks, begins, ends) / scale_ns
        yield at + start, struct.pack(FLOATS[end - start], length_ticks + frame_ticks)

    def _places(self, at: int, seek_head: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield where the parts are; an entry for one that is not there becomes void."""
        kept_bytes = self.cues.end
        places = {ident: at for ident, (at, _, _) in self._parts.items() if at < kept_bytes}
        places[CUES] = kept_bytes
        begin = 0
        for ident, start, stop in children(seek_head, 0, len(seek_head)):
            entry = {inner: (a, b) for inner, a, b in _seek(seek_head, ident, start, stop)}
            if SEEK_ID in entry and SEEK_POSITION in entry:
                sought, (a, b) = unsigned(seek_head, *entry[SEEK_ID]), entry[SEEK_POSITION]
                if sought in places:
                    yield at + a, _fixed(places[sought] - self._segment.body, b - a)
                elif stop - begin <= _SHORT:
                    yield at + begin, bytes((_VOID, 0x80 | stop - begin - 2))
            begin = stop


def _seek(seek_head: bytes, ident: int, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    return children(seek_head, start, stop) if ident == SEEK else iter(())


def _fixed(place: int, width: int) -> bytes:
    if place >> 8 * width:
        raise NoEnding("its head has no room for the place of a part")
    return place.to_bytes(width, "big")


def _plain(value: int) -> bytes:
    return value.to_bytes(max((value.bit_length() + 7) // 8, 1), "big")


def _filled(size: int, width: int) -> bytes:
    """Return a size as a number of that many bytes; raises `NoEnding` if they are too few."""
    if not size < UNMARKED[width]:
        raise NoEnding("its head has no room for a size")
    return (1 << 7 * width | size).to_bytes(width, "big")


def _element(ident: int, body: bytes) -> bytes:
    """Return a small element."""
    return bytes((ident, 0x80 | len(body))) + body
