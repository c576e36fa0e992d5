"""Carries out what `retention.py` decides: a thread that removes old files, at a low rate.

Made by `app.py`. Nobody waits for it: a disk that does not answer holds this thread alone. Each
file is looked at again before it goes, and the journal is told; the log has a line a batch.
"""

import logging
import os
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from thorsched.base.clock import Clock
from thorsched.base.errors import UnavailableError
from thorsched.base.threads import started
from thorsched.base.units import format_size
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Entry, Removed
from thorsched.catalogue.keeping import holdings, removal
from thorsched.catalogue.keeping.going import Leaving
from thorsched.catalogue.keeping.inventory import Inventory
from thorsched.catalogue.keeping.passage import Passage
from thorsched.catalogue.keeping.retention import leaving, rules_of
from thorsched.catalogue.keeping.witness import Witness
from thorsched.config.models import Config

log = logging.getLogger(__name__)

FIRST_LOOK_S = 5.0
LOOK_EVERY_S = 60.0
MOST_AT_ONCE = 500
_BETWEEN_FILES_S = 0.05
# To read a journal of years takes seconds: that is to be a small part of the time.
_REST = 50
_DOUBT_AGAIN_AFTER_S = 24 * 3600.0


@dataclass(slots=True)
class _Ground:
    """What is known of a root, for as long as the file names it."""

    root: Path
    witness: Witness
    gone: set[PurePosixPath] = field(default_factory=set)
    """What is not there any more; the journal may not know as yet."""
    barred: set[PurePosixPath] = field(default_factory=set)
    """What is not as the journal says, or younger than that: it stays for now."""
    barred_s: float = 0.0


class Housekeeper:
    """`start` it, `close` it; `look` is one round."""

    def __init__(
        self,
        *,
        clock: Clock,
        config: Callable[[], Config],
        check_root: Callable[[Path], None],
        open_files: Callable[[Path], Iterable[Path]],
        tell: Callable[[Entry], None],
    ) -> None:
        """`config` is the file as it runs; `check_root` raises `UnavailableError`.

        `open_files` are those below a root that recorders write.
        """
        self._clock = clock
        self._config = config
        self._check_root = check_root
        self._open_files = open_files
        self._tell = tell
        self._ground: _Ground | None = None
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)

    def start(self) -> None:
        started(self._thread, undone="nothing old is deleted")

    def close(self, *, patience_s: float) -> None:
        """Remove no more; what the disk does at this moment is waited for that long."""
        self._is_closing.set()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _run(self) -> None:
        rest_s = FIRST_LOOK_S
        while not self._is_closing.wait(rest_s):
            began_s = self._clock.monotonic_s()
            try:
                self.look()
            except Exception:  # a bug of ours must cost no recording
                log.exception("a bug in the housekeeping")
            rest_s = max(LOOK_EVERY_S, _REST * (self._clock.monotonic_s() - began_s))

    def look(self) -> None:
        """Remove what may go now, but for what does not come to its turn in this round."""
        try:
            self._look()
        except (OSError, sqlite3.Error, UnavailableError) as error:
            log.debug("old files are not looked at", extra={"why": error})

    def _look(self) -> None:
        config = self._config()
        root = config.storage.root
        self._check_root(root)
        ground = self._ground_of(root)
        passage = ground.witness.look()
        rules = rules_of(config)
        if not rules.ever_delete:
            return
        now_s = self._clock.monotonic_s()
        if now_s - ground.barred_s > _DOUBT_AGAIN_AFTER_S:
            ground.barred.clear()
            ground.barred_s = now_s
        going = leaving(
            self._known(ground, config),
            rules,
            passage=passage,
            free_bytes=shutil.disk_usage(root).free,
            barred=ground.barred,
            is_calm=ground.witness.is_calm,
        )
        self._remove(going, ground, passage)

    def _ground_of(self, root: Path) -> _Ground:
        if self._ground is None or self._ground.root != root:
            known = partial(holdings.kept, path_below(root))
            witness = Witness(root, clock=self._clock, known=known)
            self._ground = _Ground(root, witness, barred_s=self._clock.monotonic_s())
        return self._ground

    def _known(self, ground: _Ground, config: Config) -> Inventory:
        destination = config.storage.destination
        known = holdings.kept(path_below(ground.root), destination=destination)
        return known.removed(ground.gone)

    def _remove(self, going: Iterable[Leaving], ground: _Ground, passage: Passage) -> None:
        removed: list[Leaving] = []
        for one in going:
            if len(removed) == MOST_AT_ONCE or self._is_closing.is_set():
                break
            if self._remove_one(one, ground, passage):
                removed.append(one)
                self._is_closing.wait(_BETWEEN_FILES_S)
        if removed:
            _log(removed)

    def _remove_one(self, one: Leaving, ground: _Ground, passage: Passage) -> bool:
        """Remove a file; return whether it is gone. What is not as it should be stays."""
        path, now = ground.root / one.kept.path, self._clock.now()
        try:
            self._check_root(ground.root)
            is_open = path in set(self._open_files(ground.root))
            if is_open or not removal.remove(
                ground.root,
                one,
                now=now,
                may_go=lambda found: (
                    _is_old(found, one, passage) and _gives_room(found, one, ground.root)
                ),
            ):
                ground.barred.add(one.kept.path)
                return False
        except FileNotFoundError:  # taken away by somebody else
            ground.gone.add(one.kept.path)
            return False
        except (removal.Unlike, OSError) as error:
            ground.barred.add(one.kept.path)
            log.warning("an old file is left alone", extra={"file": path, "why": error})
            return False
        ground.gone.add(one.kept.path)
        self._tell(Removed(path, now, one.why))
        return True


def _is_old(found: os.stat_result, one: Leaving, passage: Passage) -> bool:
    """Return whether the file itself is as old as a rule about ages asks for."""
    if one.age is None:
        return True
    changed = datetime.fromtimestamp(found.st_mtime, UTC)
    return passage.age(changed) > one.age


def _gives_room(found: os.stat_result, one: Leaving, root: Path) -> bool:
    """Return whether the root's disk gets the room: a camera's directory may be another disk's."""
    return not one.is_for_room or found.st_dev == root.stat().st_dev


def _log(removed: list[Leaving]) -> None:
    whys = Counter(one.why for one in removed)
    log.info(
        "old files removed",
        extra={
            "files": len(removed),
            "size": format_size(sum(one.kept.size_bytes for one in removed)),
            "why": ", ".join(f"{why} ({count})" for why, count in whys.items()),
            "oldest": removed[0].kept.path,
        },
    )
