"""What the disks and the journal tell of a root, looked at once by a command: `check` or `plan`.

Changes nothing. A disk that does not answer is not waited for.
"""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from thorsched.base.threads import started
from thorsched.catalogue.database import path_below
from thorsched.catalogue.keeping.transfer import not_there
from thorsched.catalogue.samples import samples
from thorsched.config.models import Config
from thorsched.foresight.disk.filling import Looked
from thorsched.foresight.disk.turnover import Copies
from thorsched.foresight.rates import Samples
from thorsched.recording.probe import nearest

PATIENCE_S = 10.0

FreeOn = Callable[[Path], int]


def look(
    config: Config,
    *,
    free_on: FreeOn = lambda place: shutil.disk_usage(place).free,
    patience_s: float = PATIENCE_S,
) -> Looked:
    """Return what is free, and what was recorded last.

    Of a root that is not there yet, the disk is that on which it would be made.
    """
    root = config.storage.root
    found: list[Looked] = []
    thread = threading.Thread(
        target=lambda: found.append(_looked(config, free_on)), name="disk", daemon=True
    )
    if started(thread, undone="how long the disk lasts is not told"):
        thread.join(patience_s)
    return found[0] if found else Looked(None, f"the disk of {root} does not answer")


def _looked(config: Config, free_on: FreeOn) -> Looked:
    root = config.storage.root
    try:
        free_bytes, copies = free_on(nearest(root)), _copies(config, free_on)
    except OSError as error:
        return Looked(None, f"{root} does not tell what is free: {error.strerror}")
    return Looked(free_bytes, copies=copies, samples=_samples(config))


def _copies(config: Config, free_on: FreeOn) -> Copies:
    """Return whether copies are made, as far as can be seen from here, and for how many is room."""
    offload = config.storage.offload
    if offload is None or (offload.to is None and offload.check is None):
        return Copies()
    if offload.to is None:
        return Copies(are_made=True)
    if not_there(offload.to, config.storage.root):
        return Copies()
    return Copies(are_made=True, room_bytes=free_on(offload.to))


def _samples(config: Config) -> Samples:
    """Return what was recorded; nothing where no journal can be read: that is told elsewhere."""
    with suppress(OSError, sqlite3.Error):
        return samples(path_below(config.storage.root), config.cameras)
    return {}
