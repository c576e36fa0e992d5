"""What the journal of a root says of its cameras, as tests ask it."""

from pathlib import Path

from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Gap
from thorsched.catalogue.reader import JournalReader


def gaps_of(root: Path, camera: str) -> list[Gap]:
    """Return what the journal says was missed, from a camera's first frame on."""
    with JournalReader(path_below(root)) as journal:
        first = min(s.first_frame for s in journal.segments() if s.camera == camera)
        return [gap for gap in journal.gaps() if gap.camera == camera and gap.start >= first]


def endings_of(root: Path) -> list[str | None]:
    """Return by what each run on a root was ended, in their order; None of one that died."""
    with JournalReader(path_below(root)) as journal:
        return [run.how for run in journal.runs()]
