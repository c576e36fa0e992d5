"""What is in a closed segment: its frames, when they arrived, how large its pictures are.

Called by `archive.py`.
"""

import logging
from datetime import timedelta

from thorsched.base import host
from thorsched.cameras.bounds import Size
from thorsched.cameras.selector import Encoding
from thorsched.recording.segments import Described, Segment
from thorsched.schedule.intervals import Window
from thorsched.video import matroska, picture
from thorsched.video.pauses import pauses

log = logging.getLogger(__name__)


def describe(segment: Segment) -> Described:
    """Make the segment durable and return what is in it. Raises `OSError`, `NotMatroska`."""
    host.sync_file(segment.path)
    host.sync_directory(segment.path.parent)
    frames = matroska.frames(segment.path)
    frame = timedelta(seconds=segment.recording.frame_s)
    paused = pauses(segment.path, frame_s=segment.recording.frame_s)
    return Described(
        segment=segment,
        size_bytes=segment.path.stat().st_size,
        frames=frames.count,
        span=Window(
            segment.zero + timedelta(seconds=frames.first_pts_s),
            segment.zero + timedelta(seconds=frames.last_pts_s) + frame,
        ),
        finalised=frames.finalised,
        pauses=tuple(
            Window(
                segment.zero + timedelta(seconds=before_s) + frame,
                segment.zero + timedelta(seconds=after_s),
            )
            for before_s, after_s in paused
        ),
        pictures=_pictures(segment),
    )


def _pictures(segment: Segment) -> tuple[Size | None, Size | None]:
    if segment.recording.source.encoding is not Encoding.JPEG:
        return None, None
    return picture.first_and_last(segment.path)


def warn_of_other_pictures(described: Described) -> None:
    """Log that a camera sent another size than was asked for: the container does not tell."""
    recording = described.segment.recording
    capability = recording.source.capability
    wanted = Size(capability.width, capability.height)
    first, last = described.pictures
    if {first, last} - {None, wanted}:
        log.warning(
            "pictures are not of the size that was asked for",
            extra={
                "camera": recording.camera,
                "file": described.segment.path.name,
                "wanted": wanted,
                "first": first,
                "last": last,
            },
        )
