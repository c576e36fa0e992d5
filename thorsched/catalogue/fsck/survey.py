"""What lies below a storage root, directory by directory: names and sizes, nothing is opened.

Called by `verify.py`. Links are never followed, and what cannot be looked at is told.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from thorsched.recording.naming import INTERNAL

SEGMENT, SIDECAR = ".mkv", ".json"


@dataclass(slots=True)
class Shelf:
    """The files of one directory, by name."""

    path: Path
    segments: dict[str, os.stat_result] = field(default_factory=dict)
    sidecars: dict[str, os.stat_result] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    """Anything else, and what it is in words; nothing for a plain file."""


def shelves(root: Path, *, failed: Callable[[Path, OSError], None]) -> Iterator[Shelf]:
    """Yield each directory below `root`, the root first, in the order of their names.

    `failed` is told of each that cannot be looked at; one that vanishes is none.
    """
    left = [root]
    while left:
        shelf = Shelf(left.pop())
        below: list[Path] = []
        try:
            with os.scandir(shelf.path) as entries:
                for entry in sorted(entries, key=lambda one: one.name):
                    _put(shelf, entry, below, failed)
        except FileNotFoundError:
            continue
        except OSError as error:
            failed(shelf.path, error)
        left.extend(reversed(below))
        yield shelf


def _put(
    shelf: Shelf,
    entry: "os.DirEntry[str]",
    below: list[Path],
    failed: Callable[[Path, OSError], None],
) -> None:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    except OSError as error:
        failed(Path(entry.path), error)
        return
    if stat.S_ISDIR(status.st_mode):
        if entry.name != INTERNAL:
            below.append(Path(entry.path))
    elif stat.S_ISLNK(status.st_mode):
        shelf.others[entry.name] = "a link, which is not followed"
    elif not stat.S_ISREG(status.st_mode):
        shelf.others[entry.name] = "no plain file"
    elif entry.name.endswith(SEGMENT):
        shelf.segments[entry.name] = status
    elif entry.name.endswith(SIDECAR):
        shelf.sidecars[entry.name] = status
    else:
        shelf.others[entry.name] = ""
