"""What the disks and the journal tell of a root, looked at once by a command: `check` or `plan`.

Changes nothing. A disk that does not answer is not waited for.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from thorsched.catalogue.database import path_below
from thorsched.catalogue.keeping.transfer import not_there
from thorsched.catalogue.samples import samples
from thorsched.config.models import Config
from thorsched.foresight.disk.filling import Looked
from thorsched.foresight.disk.turnover import Copies
from thorsched.foresight.patience import Patience, Silent
from thorsched.foresight.rates import Samples
from thorsched.recording.probe import nearest

FreeOn = Callable[[Path], int]


def look(
    config: Config,
    *,
    patience: Patience,
    free_on: FreeOn = lambda place: shutil.disk_usage(place).free,
) -> Looked:
    """Return what is free, and what was recorded last.

    Of a root that is not there yet, the disk is that on which it would be made.
    """
    root = config.storage.root
    try:
        free_bytes = patience.ask(lambda: free_on(nearest(root)), root)
        found = patience.ask(lambda: _samples(config), root)
        copies = _copies(config, free_on, patience)
    except Silent as error:
        return Looked(None, str(error))
    except OSError as error:
        return Looked(None, f"{root} does not tell what is free: {error.strerror}")
    return Looked(free_bytes, copies=copies, samples=found)


def _copies(config: Config, free_on: FreeOn, patience: Patience) -> Copies:
    """Return whether copies are made, as far as can be seen from here, and for how many is room."""
    offload, root = config.storage.offload, config.storage.root
    if offload is None or (offload.to is None and offload.check is None):
        return Copies()
    if (to := offload.to) is None:
        return Copies(are_made=True)
    with suppress(Silent):
        if not patience.ask(lambda: not_there(to, root), root, to):
            return Copies(are_made=True, room_bytes=patience.ask(lambda: free_on(to), to))
    return Copies()


def _samples(config: Config) -> Samples:
    """Return what was recorded; nothing where no journal can be read: that is told elsewhere."""
    with suppress(OSError, sqlite3.Error):
        return samples(path_below(config.storage.root), config.cameras)
    return {}
