"""A log of what commands print, of a bounded size; the newest words are kept.

Called by `catalogue/keeping/transfer.py` and `engine/hooks.py`. What cannot be written is lost:
nobody waits for these words. A command may print anything: no line of it forges one of ours, or
does the terminal harm of who reads the log.
"""

import contextlib
from pathlib import Path

from thorsched.base import host
from thorsched.base.text import printable

MOST_BYTES = 1_000_000
_LONGEST_LINE = 1000
_BEFORE_WORDS = "  "


def append(path: Path, head: str, said: bytes) -> None:
    """Write down what a command has `said`, below a line of ours.

    A log that has become too long goes to `PATH.1`, in place of the last.
    """
    lines = (_BEFORE_WORDS + line for line in said.decode(errors="replace").splitlines())
    text = "".join(f"{printable(line, longest=_LONGEST_LINE)}\n" for line in (head, *lines))
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.lstat().st_size > MOST_BYTES:
            old = path.with_name(f"{path.name}.1")
            host.remove(old, missing_ok=True)
            host.rename(path, old)
        with host.open_regular(path, "a") as file:
            file.write(text)
