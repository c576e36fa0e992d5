"""EBML, the binary grammar of Matroska: elements of an identifier, a size and a body. Pure.

Called by `matroska.py` and `blocks.py`. Takes bytes wherever they come from, a file's or a part of
it; nothing is mapped into memory: where a disk dies, that ends the process with SIGBUS.
Specification: RFC 8794.
"""

import os
from collections.abc import Iterator
from typing import IO, Protocol

LONGEST_NUMBER_BYTES = 8
LONGEST_HEAD_BYTES = 2 * LONGEST_NUMBER_BYTES

# Of a number that begins with this byte: its highest bit that is set says it. 0: it is none.
_LENGTHS = (0, *(9 - byte.bit_length() for byte in range(1, 256)))
UNMARKED = tuple((1 << 7 * length) - 1 for length in range(LONGEST_NUMBER_BYTES + 1))
"""By its length, the bits of a number that are not the marker."""


class Malformed(Exception):
    """The elements do not fit into each other: the file is cut short, or none of ours."""


class Data(Protocol):
    """Bytes to be had in slices; a slice may be shorter than asked for, where the end is."""

    def __getitem__(self, place: slice, /) -> bytes: ...


class FileData:
    """A file as `Data`; raises `OSError`. Open it unbuffered: what is passed over is not read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __getitem__(self, place: slice, /) -> bytes:
        return self.read_at(place.start, place.stop - place.start)

    def read_at(self, start: int, count: int) -> bytes:
        """Return `count` bytes from `start` on; fewer at the file's end."""
        self._file.seek(start)
        return self._file.read(count)


class PositionedData(FileData):
    """The same by one call of the system instead of two; where there is such a call."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self._descriptor = file.fileno()

    def read_at(self, start: int, count: int) -> bytes:
        return os.pread(self._descriptor, count, start)


def data_of(file: IO[bytes]) -> FileData:
    """Return an open file as `Data`, as fast as the platform has it."""
    return PositionedData(file) if hasattr(os, "pread") else FileData(file)


def within(data: Data, parent: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the children of every element `parent` between two offsets."""
    for ident, body, stop in children(data, start, end):
        if ident == parent:
            yield from children(data, body, stop)


def children(data: Data, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (identifier, start, end) of the elements between two offsets.

    Raises `Malformed` if one of them goes on beyond the end.
    """
    while start < end:
        ident, length, size = head(data[start : min(start + LONGEST_HEAD_BYTES, end)], 0)
        body = start + length
        stop = end if size is None else body + size
        if stop > end:
            raise Malformed
        yield ident, body, stop
        start = stop


def head(data: bytes, at: int) -> tuple[int, int, int | None]:
    """Return the identifier of an element, where its body begins, and the body's size.

    A size of ones only means unknown, None: the muxer has not come back to write it.
    """
    try:
        after = at + _LENGTHS[data[at]]
        body = after + _LENGTHS[data[after]]
    except IndexError:
        raise Malformed from None
    if not at < after < body <= len(data):
        raise Malformed
    unmarked = UNMARKED[body - after]
    size = int.from_bytes(data[after:body], "big") & unmarked
    return int.from_bytes(data[at:after], "big"), body, None if size == unmarked else size


def number(data: bytes, at: int) -> tuple[int, int]:
    """Return an EBML variable-length number, its length marker included, and the offset behind."""
    length = _LENGTHS[data[at]] if at < len(data) else 0
    if not length or at + length > len(data):
        raise Malformed
    return int.from_bytes(data[at : at + length], "big"), at + length


def unsigned(data: bytes, start: int, end: int) -> int:
    """Return the body of an element as a number."""
    if end - start > LONGEST_NUMBER_BYTES:
        raise Malformed
    return int.from_bytes(data[start:end], "big")
