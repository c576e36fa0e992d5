"""What is in the file's place at one moment. Called by `watch.py` only.

Reads one file; a disk that does not answer keeps it waiting.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from thorsched.base import host
from thorsched.base.errors import ConfigError, ThorschedError
from thorsched.config.load import Loaded, load_bytes, revision_of
from thorsched.config.yaml.source import read_file
from thorsched.reload.watching.stillness import Look, Proof


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look found: a content, or why there is none."""

    path: Path
    """As it was typed."""
    place: Path
    """The same, absolute."""
    look: Look
    found: bytes | ThorschedError = field(repr=False)

    def judged(self) -> Loaded | ThorschedError:
        """Return what the content says, or what is wrong with it; takes up to a second."""
        if isinstance(self.found, ThorschedError):
            return self.found
        try:
            return load_bytes(self.found, self.path, directory=self.place.parent)
        except ConfigError as error:
            return error

    def proof(self, judged: Loaded | ThorschedError, *, is_remote: bool) -> Proof:
        """Return whether this is all that is being written, as far as can be known."""
        is_written = None if is_remote else host.is_open_for_writing(self.place)
        if _stamp(self.place) != self.look.stamp:
            is_written = True  # it was, since it was looked at
        return Proof(is_good=isinstance(judged, Loaded), is_written=is_written)


def sight_of(path: Path, place: Path) -> Sight:
    """Look at what is in the file's place; `path` is as it was typed."""
    stamp = _stamp(place)  # before the content: what is written in between counts as news
    try:
        content = read_file(place, shown=path)
    except ConfigError as error:
        return Sight(path, place, Look(str(error), stamp, is_nothing=True), error)
    look = Look(revision_of(content), stamp, is_nothing=not content.strip())
    return Sight(path, place, look, content)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def link_at(path: Path) -> Path | None:
    """Return where a link leads; None for what is none, or is not there."""
    try:
        return Path(os.readlink(path))  # noqa: PTH115 - `readlink` of `Path` is no cheaper
    except (OSError, ValueError):
        return None
