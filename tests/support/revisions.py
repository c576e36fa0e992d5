"""`Revisions` as the program wires them, but for a journal and a world to compare with."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from thorsched.base.clock import Clock, SystemClock
from thorsched.catalogue.applied import Difference, How, RevisionApplied
from thorsched.config.load import Loaded, revision_of
from thorsched.config.models import Config
from thorsched.engine.filenews import FileNews, Looked
from thorsched.reload.past.beginning import Beginning
from thorsched.reload.revisions import Revisions
from thorsched.reload.watching.sight import sight_of


def revisions_of(
    loaded: Loaded,
    *,
    clock: Clock | None = None,
    accept: Callable[[Loaded], None] = lambda _: None,
    compare: Callable[[Config, Config], Difference] = lambda _old, _new: Difference(),
    tell: Callable[[RevisionApplied], None] = lambda _: None,
    announce: Callable[[FileNews | Looked], None] = lambda _: None,
    changed: Callable[[], None] = lambda: None,
) -> Revisions:
    """Return revisions that begin with `loaded`; unless told, no camera is changed by an edit."""
    return Revisions(
        Beginning(loaded),
        clock=clock or SystemClock(),
        accept=accept,
        compare=compare,
        tell=tell,
        announce=announce,
        changed=changed,
    )


def look(revisions: Revisions, *, how: How = How.EDIT) -> None:
    """Have what is in the file's place judged as it is."""
    path = revisions.current.path
    revisions.judge(sight_of(path, path.absolute()).judged(), how=how)


def applied_text(text: str, *, at: datetime, how: How = How.EDIT, was: str = "") -> RevisionApplied:
    """Return that a file of this text was applied, and changed nothing."""
    revision = revision_of(text.encode())
    return RevisionApplied(at, revision, Path("/recordings.yaml"), text, how, was=was)
