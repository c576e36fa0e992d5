"""Segments that lie on the disk as a recorder leaves them, made of the film."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.broken import blocks_of
from tests.support.films import Film
from thorsched.cameras.capability import Capability
from thorsched.recording.segments import Segment
from thorsched.recording.spec import Recording

# What the film is made of.
SMALL = Capability.parse("image/jpeg,width=160,height=120,framerate=30/1")
ZERO = datetime(2026, 3, 1, 12, tzinfo=UTC)


def segment(film: Film, directory: Path, wanted: Recording, *, name: str = "side-00000") -> Segment:
    """Return a copy of the film as a segment of which the first frame arrived at `ZERO`."""
    path = directory / f"{name}.mkv"
    shutil.copy(film.path, path)
    return Segment(path, wanted, ZERO - timedelta(seconds=film.pts_s[0]), ())


def damage(film: Film, directory: Path, wanted: Recording, *, name: str = "side-00000") -> Segment:
    """Return a segment that cannot be repaired: a frame behind damage would be lost."""
    made = segment(film, directory, wanted, name=name)
    cluster = film.content.index(bytes.fromhex("1f43b675"))
    frame = blocks_of(film.path)[30]
    sound = film.content[: frame.start + frame.size]
    made.path.write_bytes(sound + bytes(9) + film.content[cluster:-8000])
    return made
