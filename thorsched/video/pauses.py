"""Where a recording has no frames for a while, although its recorder went on.

Called by `recording/describing.py`. A frame's PTS says when it arrived: frames that a busy machine
took late are no pause, so where the frames carry the server's clock that decides.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from thorsched.thorvision.metadata import METADATA_END_BYTES, records_of
from thorsched.video.blocks import Block
from thorsched.video.matroska import VideoFile

_LATE_S = 0.5
"""A pause by the arrival of frames is looked at from here on."""


def pauses(path: Path, *, frame_s: float) -> tuple[tuple[float, float], ...]:
    """Return the PTS, in seconds, before and after each pause in a file of that many s a frame.

    A pause is longer than half a second and three frames. Raises `NotMatroska`, `OSError`.
    """
    longest_s = max(_LATE_S, 3 * frame_s)
    with VideoFile(path) as file:
        ticks = sorted(file.index_ticks() if file.is_jpeg else ())
        steps = [after - before for before, after in pairwise(ticks)]
        if ticks and file.pts_s(max(steps, default=0)) <= longest_s:
            return ()
        return tuple(_pauses(file, longest_s))


def _pauses(file: VideoFile, longest_s: float) -> Iterator[tuple[float, float]]:
    for before, after in pairwise(file.blocks(head_bytes=METADATA_END_BYTES)):
        first_s, next_s = file.pts_s(before.pts_ticks), file.pts_s(after.pts_ticks)
        if next_s - first_s > longest_s and _filmed_apart_s(before, after) > longest_s:
            yield first_s, next_s


def _filmed_apart_s(before: Block, after: Block) -> float:
    """Return the time between two exposures; without end where the frames do not tell."""
    records, is_valid = records_of([before.head, after.head])
    if not all(is_valid):
        return float("inf")
    first, then = (int(pts) for pts in records["gstreamer_pts"])
    return (then - first) / 1e9
