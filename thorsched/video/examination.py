"""What a closed segment holds, found by reading it once from end to end.

Called by `catalogue/auditing/auditor.py`, in a process of its own. The SHA-256 of the file is of
the same reading. Takes no more memory for a longer file. A damaged file is no error: what can be
read of it is told. Damage in the middle of a frame is not seen: nothing is decoded but for
`looks.py`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from thorsched.base import host
from thorsched.thorvision.metadata import METADATA_END_BYTES, SOI
from thorsched.video.blocks import Block
from thorsched.video.ebml import FileData, data_of
from thorsched.video.findings import Examination
from thorsched.video.hashed import HashedData
from thorsched.video.looks import Looks
from thorsched.video.matroska import NotMatroska, VideoFile
from thorsched.video.records import Rows, rows_of
from thorsched.video.timeline import gaps

_EOI = b"\xff\xd9"
CHUNK_FRAMES = 1 << 12


class Changed(OSError):
    """The file is not closed, or somebody else is at it."""


def examine(path: Path, *, read: Callable[[int], None] = lambda _: None) -> Examination:
    """Return what is in the file at `path`; `read` is told of each piece how many bytes it has.

    Raises `OSError`, `Changed` among them: another time may be better.
    """
    try:
        with VideoFile(path) as video:
            before = _stamp(path)
            found = _examined(video, HashedData(video.data, before[0], read=read))
    except NotMatroska:
        with open(path, "rb", buffering=0, opener=host.followed_file_opener) as file:
            before = _stamp(path)
            found = _unread(HashedData(data_of(file), before[0], read=read))
    if _stamp(path) != before or found.size_bytes != before[0]:
        raise Changed(f"{path.name} was changed while it was read")
    return found


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _examined(video: VideoFile, data: HashedData) -> Examination:
    counters, looks = Counters(), Looks()
    walk = video.blocks(head_bytes=METADATA_END_BYTES, through=data)
    frames, damaged, chunk = 0, 0, list[Block]()
    for block in walk:
        frames += 1
        if not video.is_jpeg:
            continue
        damaged += _is_damaged(block, data, looks, video.pts_s(block.pts_ticks))
        chunk.append(block)
        if len(chunk) == CHUNK_FRAMES:
            counters.take(rows_of(chunk))
            chunk.clear()
    counters.take(rows_of(chunk))
    sha256, size_bytes = data.finish()
    return Examination(
        sha256=sha256,
        size_bytes=size_bytes,
        codec=video.codec,
        is_jpeg=video.is_jpeg,
        finalised=video.is_finalised,
        damages=walk.damages,
        frames=frames,
        first_timestamp=counters.first_timestamp,
        last_timestamp=counters.last_timestamp,
        dropped=counters.dropped,
        duplicates=counters.duplicates,
        backward=counters.backward,
        unreadable=counters.unreadable,
        damaged=damaged + looks.undecodable,
        looked=looks.looked,
        black=looks.black,
        frozen_s=round(looks.frozen_s, 3),
    )


def _is_damaged(block: Block, data: FileData, looks: Looks, pts_s: float) -> bool:
    """Return whether a frame does not begin or end as a JPEG; look at its picture if it is due."""
    is_due = looks.is_due(pts_s, block.size)
    end_bytes = block.size if is_due else min(block.size, len(_EOI))
    end = data.read_at(block.start + block.size - end_bytes, end_bytes)
    if not block.head.startswith(SOI) or not end.endswith(_EOI):
        return True
    if is_due:
        looks.see(pts_s, end)
    return False


def _unread(data: HashedData) -> Examination:
    """Return what there is to say of a file that is no recording."""
    sha256, size_bytes = data.finish()
    none = dict.fromkeys(
        ("damages", "frames", "dropped", "duplicates", "backward", "unreadable", "damaged"), 0
    )
    return Examination(
        sha256=sha256,
        size_bytes=size_bytes,
        codec="",
        is_jpeg=False,
        finalised=False,
        first_timestamp=None,
        last_timestamp=None,
        looked=0,
        black=0,
        frozen_s=0.0,
        **none,
    )


class Counters:
    """What the XDAQ's metadata tells, taken in chunks of some frames.

    A step is judged by the usual one of the frames around it, those of the chunk before included.
    """

    def __init__(self) -> None:
        self.first_timestamp: int | None = None
        self.last_timestamp: int | None = None
        self.dropped = 0
        self.duplicates = 0
        self.backward = 0
        self.unreadable = 0
        self._before = rows_of([])

    def take(self, rows: Rows) -> None:
        """Count what is in the next rows of the film."""
        ticks = rows["xdaq_timestamp"][rows["is_valid"]]
        self.unreadable += len(rows) - len(ticks)
        if len(ticks):
            self.last_timestamp = int(ticks[-1])
            if self.first_timestamp is None:
                self.first_timestamp = int(ticks[0])
        found = gaps(np.concatenate([self._before, rows]))
        found = found[found["row"] >= len(self._before)]
        self.dropped += int(found["missing_frames"].sum())
        self.duplicates += int((found["kind"] == "duplicate").sum())
        self.backward += int((found["kind"] == "backward").sum())
        self._before = rows
