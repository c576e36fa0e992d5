"""`Revisions` as the program wires them, but for a journal and a world to compare with."""

from collections.abc import Callable

from thorsched.base.clock import Clock, SystemClock
from thorsched.catalogue.applied import Difference, RevisionApplied
from thorsched.config.load import Loaded
from thorsched.engine.filenews import FileNews, Looked
from thorsched.reload.beginning import Beginning
from thorsched.reload.revisions import Revisions


def revisions_of(
    loaded: Loaded,
    *,
    clock: Clock | None = None,
    accept: Callable[[Loaded], None] = lambda _: None,
    tell: Callable[[RevisionApplied], None] = lambda _: None,
    announce: Callable[[FileNews | Looked], None] = lambda _: None,
    changed: Callable[[], None] = lambda: None,
) -> Revisions:
    """Return revisions that begin with `loaded`, and find no camera changed by an edit."""
    return Revisions(
        Beginning(loaded),
        clock=clock or SystemClock(),
        accept=accept,
        compare=lambda _old, _new: Difference(),
        tell=tell,
        announce=announce,
        changed=changed,
    )
