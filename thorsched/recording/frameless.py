"""A file into which not one frame has come is removed: it would tell nobody anything.

Called by `archive.py` and `closed.py`; `trail.py` asks how large such a file may be.
"""

import logging
from pathlib import Path

from thorsched.base import host
from thorsched.video import matroska

log = logging.getLogger(__name__)

# The head that a recorder writes is 336 bytes.
LONGEST_HEAD_BYTES = 1024


def remove_if_frameless(path: Path) -> bool:
    """Remove the file if it is empty, or the bare head of a recording; return whether it was.

    Raises `OSError`.
    """
    size_bytes = path.stat().st_size
    if size_bytes > LONGEST_HEAD_BYTES:
        return False
    if size_bytes > 0:
        try:
            matroska.frames(path)
        except matroska.NoFrame:
            pass
        else:
            return False
    host.remove(path)
    log.info(
        "removed a segment without a frame", extra={"file": path.name, "size_bytes": size_bytes}
    )
    return True
