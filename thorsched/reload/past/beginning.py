"""By which revision a program begins: the file's, or the last good one where the file is wrong.

Called by `cli/beginning.py`, before anything is held or started; nothing is changed.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from thorsched.base.errors import ConfigError, MachineError
from thorsched.catalogue.applied import How, Kept
from thorsched.config.load import Loaded, load, load_bytes
from thorsched.config.roots import possible_roots
from thorsched.reload.past.lineage import content_of, lines, merged
from thorsched.reload.past.recall import Asking, content_at, recall


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the cameras are held to at first."""

    loaded: Loaded
    how: How = How.START
    wrong: ConfigError | None = None
    """Why that is not what the file on disk says; None if it is."""


@dataclass(frozen=True, slots=True)
class LastGood:
    """The newest revision of a file that a journal keeps and this version can read."""

    loaded: Loaded
    applied: datetime
    """When it was first, aware UTC; it may have been again since, at a start."""

    def beginning(self, wrong: ConfigError) -> Beginning:
        """Return one by it, as the file on disk is `wrong`."""
        return Beginning(self.loaded, How.LAST_GOOD, wrong)


def by_file(path: Path) -> Beginning:
    """Return a beginning by the file on disk. Raises `ConfigError`."""
    return Beginning(load(path))


def last_good(path: Path, *, asking: Asking) -> LastGood:
    """Return the last good revision of a file that is wrong, or gone.

    Raises `MachineError` if no journal can be read that keeps one.
    """
    roots = possible_roots(content_at(path), path)
    recalled = recall(path, roots, asking=asking)
    for line in lines(merged([one.own for one in recalled])):
        loaded = _loaded(line.kept, path)
        if loaded is not None:
            return LastGood(loaded, line.kept.applied.at)
    raise MachineError("this version reads none of the revisions that the journal keeps")


def _loaded(kept: Kept, path: Path) -> Loaded | None:
    """Return what a revision says; None if it is damaged, or of a version that read other files.

    Its relative paths lead where they did, though the file may be named otherwise now.
    """
    content = content_of(kept)
    if content is None:
        return None
    try:
        loaded = load_bytes(content, kept.applied.path)
    except ConfigError:
        return None
    return Loaded(loaded.config, path, loaded.revision, loaded.text)
