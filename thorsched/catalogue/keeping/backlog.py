"""What still waits for its copy elsewhere, as the journal tells, in words for people.

Called by `app.py` when a run is over, and by `foresight/places.py`. Never writes.
"""

import sqlite3
import threading
from dataclasses import dataclass

from thorsched.base.text import counted
from thorsched.base.threads import started
from thorsched.base.units import format_size
from thorsched.catalogue.database import path_below
from thorsched.catalogue.keeping import holdings
from thorsched.config.blocks_storage import Offload
from thorsched.config.models import Config

# To look for more files than that takes longer than anybody waits: then the journal is believed.
_MOST_LOOKED_AT = 5000


@dataclass(frozen=True, slots=True)
class Backlog:
    """Closed segments that are not copied; `why` is what spoke against the last that failed."""

    files: int
    size_bytes: int
    failed: int
    why: str
    way: str
    """Where they are to go, or by what, e.g. `to /mnt/nas/exp3`."""

    def __str__(self) -> str:
        """Return e.g. `2 files, 3.4 GB, wait for their copy to /mnt/nas/exp3`."""
        verb = "waits for its copy" if self.files == 1 else "wait for their copy"
        failed = f" ({self.failed} failed: {self.why})" if self.failed else ""
        size = format_size(self.size_bytes)
        return f"{counted(self.files, 'file')}, {size}, {verb} {self.way}{failed}"


def backlog_of(config: Config) -> Backlog | None:
    """Return what waits; None if nothing does, or if the journal does not tell."""
    root, offload = config.storage.root, config.storage.offload
    if offload is None or not path_below(root).exists():
        return None
    try:
        waiting = holdings.waiting(
            path_below(root), destination=offload.destination, is_checked=offload.is_checked
        )
    except (OSError, sqlite3.Error):
        return None
    if len(waiting) <= _MOST_LOOKED_AT:  # what somebody has taken away waits for nothing
        waiting = [one for one in waiting if (root / one.path).is_file()]
    if not waiting:
        return None
    failed = [one for one in waiting if one.has_failed]
    return Backlog(
        files=len(waiting),
        size_bytes=sum(one.size_bytes for one in waiting),
        failed=len(failed),
        why=failed[-1].why if failed else "",
        way=_way(offload),
    )


def _way(offload: Offload) -> str:
    return f"to {offload.to}" if offload.command is None else f"by {offload.command[0]}"


def left_to_copy(config: Config, *, trouble: str, patience_s: float) -> str:
    """Return what a run leaves to be copied, and what to do; '' if nothing.

    `trouble` is what was in the way at last. A disk that does not answer is not waited for.
    """
    found: list[Backlog] = []

    def look() -> None:
        found.extend(one for one in [backlog_of(config)] if one)

    if config.storage.offload is not None:
        thread = threading.Thread(target=look, name="backlog", daemon=True)
        if started(thread, undone="what waits for its copy is not counted"):
            thread.join(patience_s)
    if not found:
        return ""
    pronoun = "it" if found[0].files == 1 else "them"
    now = f"; now: {trouble}" if trouble else ""
    return f"{found[0]}: the next thorsched run goes on with {pronoun}{now}"
