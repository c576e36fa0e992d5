"""A directory with a file on another machine, as Linux sees one: nothing tells what is saved there.

It is a file system of FUSE (fuse.h of the kernel, version 7.31) that a thread of ours answers for,
by the name of SSHFS. To mount it takes root, be it of a namespace of one's own.
"""

import ctypes
import errno
import os
import stat
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

_IN_HEADER = struct.Struct("<IIQQIIIHH")
_ATTRIBUTES = struct.Struct("<QQQQQQIIIIIIIIII")
_ROOT, _FILE = 1, 2
_DIRECT_IO = 1
_REQUEST_BYTES = 1 << 18


class _Call(IntEnum):
    """What is answered, but for those that are never."""

    LOOKUP = 1
    GETATTR = 3
    OPEN = 14
    READ = 15
    RELEASE = 18
    FLUSH = 25
    INIT = 26


_FORGET, _INTERRUPT, _FORGET_MANY = 2, 36, 42
_UNANSWERED = {_FORGET, _INTERRUPT, _FORGET_MANY}


class FarAway:
    """The other machine, and what is saved there."""

    def __init__(self, name: str, content: bytes) -> None:
        self._name = os.fsencode(name)
        self._content = content
        self._saved_s = 1_700_000_000

    def save(self, content: bytes) -> None:
        """Save the file over there."""
        self._content, self._saved_s = content, self._saved_s + 1

    def serve(self, device: int) -> None:
        """Answer until it is unmounted."""
        while True:
            try:
                request = os.read(device, _REQUEST_BYTES)
            except OSError:
                return
            _, call, number, node, *_ = _IN_HEADER.unpack_from(request)
            if call in _UNANSWERED:
                continue
            answer = self._answer(call, node, request[_IN_HEADER.size :])
            error, body = (-answer, b"") if isinstance(answer, int) else (0, answer)
            os.write(device, struct.pack("<IiQ", 16 + len(body), error, number) + body)

    def _answer(self, call: int, node: int, asked: bytes) -> bytes | int:
        match call:
            case _Call.INIT:
                return struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 8, 8, 65536, 1, 16, 0, 0)
            case _Call.LOOKUP if asked.rstrip(b"\0") == self._name:
                return struct.pack("<QQQQII", _FILE, 0, 0, 0, 0, 0) + self._attributes(_FILE)
            case _Call.LOOKUP:
                return errno.ENOENT
            case _Call.GETATTR:
                return struct.pack("<QII", 0, 0, 0) + self._attributes(node)
            case _Call.OPEN:
                return struct.pack("<QIi", 0, _DIRECT_IO, 0)
            case _Call.READ:
                _, offset, size = struct.unpack_from("<QQI", asked)
                return self._content[offset : offset + size]
            case _Call.RELEASE | _Call.FLUSH:
                return b""
        return errno.ENOSYS

    def _attributes(self, node: int) -> bytes:
        mode, size = stat.S_IFDIR | 0o755, 0
        if node == _FILE:
            mode, size = stat.S_IFREG | 0o644, len(self._content)
        times = (self._saved_s,) * 3
        return _ATTRIBUTES.pack(node, size, 1, *times, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


@contextmanager
def far_away(directory: Path, name: str, content: bytes) -> Iterator[FarAway]:
    """Mount it at `directory`, which is there, for a while. Raises `OSError` if that may not be."""
    far, device = FarAway(name, content), os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"far:/lab", os.fsencode(directory), b"fuse.sshfs", 6, options):
        os.close(device)
        raise OSError(ctypes.get_errno(), "mount")
    server = threading.Thread(target=far.serve, args=(device,), daemon=True)
    server.start()
    try:
        yield far
    finally:
        libc.umount2(os.fsencode(directory), 2)
        server.join()
        os.close(device)
