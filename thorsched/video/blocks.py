"""The frames of a Matroska file, found by walking from element to element; they are not read.

Called by `matroska.py`. Nearly every frame of a recorder's file stands in one of two ways, which
one pattern takes at once; whatever does not fit it is looked at element by element. Specification:
RFC 9559.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from thorsched.video.ebml import (
    LONGEST_HEAD_BYTES,
    LONGEST_NUMBER_BYTES,
    UNMARKED,
    FileData,
    Malformed,
    head,
    number,
    unsigned,
)

EBML = 0x1A45DFA3
SEGMENT = 0x18538067
INFO = 0x1549A966
TRACKS = 0x1654AE6B
CUES = 0x1C53BB6B
CLUSTER = 0x1F43B675
LATEST_TICKS = 2**62
"""Nothing is later: there are no numbers for it, and no recorder wrote it."""
_TIMESTAMP = 0xE7
_BLOCK_GROUP = 0xA0
_BLOCKS = (0xA3, 0xA1)  # SimpleBlock, and Block in a BlockGroup
_INSIDE = (SEGMENT, CLUSTER, _BLOCK_GROUP)
# Of a cluster Position, PrevSize; of a group BlockDuration, ReferenceBlock, DiscardPadding.
_NUMBERS = frozenset({0xA7, 0xAB, 0x9B, 0xFB, 0x75A2})
# SeekHead, Tags, Chapters, Attachments, Void, CRC-32; of a cluster SilentTracks; of a group
# CodecState, Slices, BlockAdditions.
_PASSED_OVER = frozenset(
    {EBML, INFO, TRACKS, CUES, 0x114D9B74, 0x1254C367, 0x1043A770, 0x1941A469, 0xEC, 0xBF}
    | {0x5854, 0xA4, 0x8E, 0x75A1}
)
_OUTSIDE = _PASSED_OVER | _NUMBERS | {_TIMESTAMP, *_BLOCKS}
_LACED = 0x06
_BLOCK_HEAD_BYTES = 4  # the track's number, the time, flags
_SHORTEST_BYTES = LONGEST_HEAD_BYTES + _BLOCK_HEAD_BYTES
# A cluster's head, checksum and time, which may come right before a block.
_CLUSTER_HEAD_BYTES = 64
# Read beyond what one frame needs: small frames are found several at a time.
_MORE_BYTES = 256
_SEARCH_BYTES = 2**20

_SIZE = b"|".join(
    b"[\\x%02x-\\x%02x].{%d}" % (0x80 >> more, (0x100 >> more) - 1, more)
    for more in range(LONGEST_NUMBER_BYTES)
)
_TIME = b"|".join(b"\\x%02x(?:.{%d})" % (0x80 | count, count) for count in range(1, 8))
_UNLACED = b"".join(b"\\x%02x" % flags for flags in range(256) if not flags & _LACED)
# A SimpleBlock of a track below 128; before it, maybe, the cluster's head with its time. GStreamer
# begins a cluster that way every few seconds, PyAV for every frame.
_USUAL = re.compile(
    rb"(?:\x1f\x43\xb6\x75(?:%b)(?:\xbf\x84.{4})?\xe7(%b))?\xa3(%b)[\x81-\xff](..)[%b]"
    % (_SIZE, _TIME, _SIZE, _UNLACED),
    re.DOTALL,
)


class Block(NamedTuple):
    """A frame's place in the file, in bytes, and its beginning. The PTS is in ticks."""

    pts_ticks: int
    start: int
    size: int
    head: bytes


class Walk:
    """Every whole frame of a file from `start` on, in its order, with the first `head_bytes` of it.

    Walked once.
    What is damaged is passed over up to the next cluster, and counted; a frame that is cut off by
    the file's end is left out. Raises `OSError`.
    """

    def __init__(
        self,
        data: FileData,
        size_bytes: int,
        *,
        head_bytes: int,
        is_finalised: bool,
        start: int = 0,
        is_in_cluster: bool = False,
    ) -> None:
        """Walk `data`; one begun inside a cluster knows no PTS before the next."""
        self.damages = 0
        """How many places have been passed over so far."""
        self._data = data
        self._start, self._end = start, size_bytes
        self._head_bytes = head_bytes
        self._is_finalised = is_finalised
        self._cluster_ticks: int | None = 0 if is_in_cluster else None
        self._searched, self._searched_at = b"", 0

    def __iter__(self) -> Iterator[Block]:
        head_bytes, usual_at, from_bytes = self._head_bytes, _USUAL.match, int.from_bytes
        needed = _CLUSTER_HEAD_BYTES + _SHORTEST_BYTES + head_bytes
        piece, piece_at, last, at = b"", 0, -1, self._start
        while at < self._end:
            if not piece_at <= at <= last:
                piece, piece_at = self._data.read_at(at, needed + _MORE_BYTES), at
                last = at + len(piece) - needed
            if usual := usual_at(piece, at - piece_at):
                time, length, since = usual.groups()
                if time is not None:
                    self._cluster_ticks = from_bytes(time[1:], "big")
                start, most = usual.end(), UNMARKED[len(length)]
                size = (from_bytes(length, "big") & most) - _BLOCK_HEAD_BYTES
                stop = piece_at + start + size
                is_known = 0 < size < most - _BLOCK_HEAD_BYTES
                if is_known and stop <= self._end and self._cluster_ticks is not None:
                    ticks = self._cluster_ticks + (from_bytes(since, "big") ^ 0x8000) - 0x8000
                    begun = piece[start : start + min(size, head_bytes)]
                    yield Block(ticks, piece_at + start, size, begun)
                    at = stop
                    continue
            block, at = self._element(piece, piece_at, at)
            if block is not None:
                yield block

    def _element(self, piece: bytes, piece_at: int, at: int) -> tuple[Block | None, int]:
        """Return the frame in the element at `at`, if one is in there, and where to go on."""
        try:
            ident, body, size = head(piece, at - piece_at)
            stop = _next(ident, piece_at + body, size)
            block = None
            if ident in _BLOCKS:
                block = self._block(piece, piece_at, body, stop)
            elif ident == CLUSTER:
                self._cluster_ticks = None
            elif ident == _TIMESTAMP:
                self._cluster_ticks = _ticks(piece, body, body + (size or 0))
        except Malformed:
            return None, self._pass_over(at)
        if stop > self._end:
            return None, self._pass_over(at)
        return block if block and block.size else None, stop

    def _block(self, piece: bytes, piece_at: int, body: int, stop: int) -> Block:
        """Return the block of which the element's body is in `piece`.

        Raises `Malformed` for one that stands in no cluster, or is none of a recorder's.
        """
        _, after = number(piece, body)
        start, size = after + 3, stop - piece_at - after - 3
        if self._cluster_ticks is None or len(piece) < start or size < 0:
            raise Malformed
        if piece[after + 2] & _LACED:
            raise Malformed
        ticks = self._cluster_ticks + int.from_bytes(piece[after : after + 2], "big", signed=True)
        return Block(
            ticks, piece_at + start, size, piece[start : start + min(size, self._head_bytes)]
        )

    def _pass_over(self, at: int) -> int:
        """Return where to go on behind what is damaged, or cut off by the file's end."""
        found = self._next_cluster(at + 1)
        is_cut = found >= self._end and not self._is_finalised and self._is_cut(at)
        self.damages += not is_cut
        self._cluster_ticks = None
        return found

    def _is_cut(self, at: int) -> bool:
        """Return whether the file ends within the element at `at`, sound as far as it goes."""
        try:
            ident, body, size = head(self._data[at : at + LONGEST_HEAD_BYTES], 0)
            return _next(ident, at + body, size) > self._end
        except Malformed:
            return self._end - at < _SHORTEST_BYTES

    def _next_cluster(self, at: int) -> int:
        """Return where the next cluster begins from `at` on; the file's end if there is none."""
        mark = CLUSTER.to_bytes(4, "big")
        while at < self._end:
            # What was read is kept: damage may be dense, and each step a few bytes.
            if not self._searched_at <= at <= self._searched_at + len(self._searched) - len(mark):
                self._searched, self._searched_at = self._data[at : at + _SEARCH_BYTES], at
            found = self._searched.find(mark, at - self._searched_at)
            if found >= 0:
                return self._searched_at + found
            if len(self._searched) < _SEARCH_BYTES:
                break
            at = self._searched_at + len(self._searched) - len(mark) + 1
        return self._end


def _next(ident: int, body: int, size: int | None) -> int:
    """Return where the next element begins: the first inside this one, or the one behind it."""
    if ident in _INSIDE:
        return body
    if size is None or ident not in _OUTSIDE:
        raise Malformed
    if ident in _NUMBERS and size > LONGEST_NUMBER_BYTES:
        raise Malformed
    return body + size


def _ticks(piece: bytes, body: int, stop: int) -> int:
    ticks = unsigned(piece, body, stop)
    if ticks > LATEST_TICKS:
        raise Malformed
    return ticks
