"""A log of what commands print, of a bounded size; the newest words are kept.

Called by `catalogue/keeping/transfer.py` and `engine/hooks.py`. What cannot be written is lost:
nobody waits for these words.
"""

import contextlib
from pathlib import Path

from thorsched.base import host

MOST_BYTES = 1_000_000


def append(path: Path, text: str) -> None:
    """Write down `text`; a log that has become too long goes to `PATH.1`, in place of the last."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.lstat().st_size > MOST_BYTES:
            old = path.with_name(f"{path.name}.1")
            host.remove(old, missing_ok=True)
            host.rename(path, old)
        with host.open_regular(path, "a") as file:
            file.write(text)
