"""Files that somebody else holds open for a moment: removed, renamed and opened all the same.

Called by whatever removes or renames a file of ours. On Windows a virus scanner, an indexer or a
backup opens what was just written, and until it lets go a file can be neither removed nor renamed,
and perhaps not opened: errors 5 and 32, a `PermissionError`. No other platform knows that.
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from thorsched.base.host.platforms import WINDOWS
from thorsched.base.names import extended

_T = TypeVar("_T")

WAITS_S = (0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.4)
"""A second in all: a scanner needs less, and a permission that is lacking must be told of."""


def _wait(wait_s: float) -> None:
    threading.Event().wait(wait_s)


def patiently(
    act: Callable[[], _T],
    *,
    platform: str = sys.platform,
    wait: Callable[[float], object] = _wait,
) -> _T:
    """Return what `act` returns; on Windows it is tried again while somebody has the file open.

    Raises what `act` raises: at once, but for a `PermissionError` on Windows.
    """
    if platform == WINDOWS:
        for wait_s in WAITS_S:
            try:
                return act()
            except PermissionError:
                wait(wait_s)
    return act()


def reachable(path: Path, platform: str = sys.platform) -> Path:
    """Return `path` so that we can open, rename and remove what it names however long it is."""
    return Path(extended(str(path), platform))


def remove(path: Path, *, missing_ok: bool = False) -> None:
    """Remove a file. Raises `OSError`."""
    patiently(lambda: reachable(path).unlink(missing_ok=missing_ok))


def replace(draft: Path, path: Path) -> None:
    """Give a file the name `path`, whoever has it. Raises `OSError`."""
    patiently(lambda: reachable(draft).replace(reachable(path)))


def rename(path: Path, new: Path) -> None:
    """Rename a file; on Windows nothing must have the new name. Raises `OSError`."""
    patiently(lambda: reachable(path).rename(reachable(new)))
