"""Whether files can be written to a directory, or to where it will be made.

Called by `root.py` before a root is held, and by `thorsched check`, which makes nothing.
"""

import os
import tempfile
from pathlib import Path

from thorsched.base.errors import MachineError


def nearest_writable(root: Path) -> Path:
    """Return `root`, or the nearest directory above it that exists, proved to be writable.

    Raises `MachineError` that says why it is not.
    """
    place = next((p for p in (root, *root.parents) if os.path.lexists(p)), root)
    try:
        write_in(place)
    except OSError as error:
        raise MachineError(not_writable(root, place, error)) from error
    return place


def write_in(directory: Path) -> None:
    """Write a file in `directory`, which is removed; raises `OSError`."""
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".thorsched-") as probe:
        probe.write(b"thorsched")
        probe.flush()
        os.fsync(probe.fileno())


def not_writable(root: Path, place: Path, error: OSError) -> str:
    """Return what to say of a `root` that cannot be written to, because of `error` at `place`."""
    where = "" if place == root else f" (it would be made in {place})"
    return (
        f"cannot write to the storage root {root}{where}: "
        f"{error.strerror or error}; mend its permissions or its disk, or name another storage.root"
    )
