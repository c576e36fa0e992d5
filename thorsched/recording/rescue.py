"""What was removed while a recorder wrote it is copied to a new name: nothing recorded is lost.

Called by `trail.py` once the recorder is gone. A copy may take seconds, and supervision waits for
none; the end of the program does.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from thorsched.base.host import drafted
from thorsched.recording.openfile import OpenFile
from thorsched.recording.segments import Segment

log = logging.getLogger(__name__)


def rescue(file: OpenFile, segment: Segment, *, closed: Callable[[Segment], None]) -> None:
    """Copy `file`, which was `segment`'s, to `SEGMENT.rescued.mkv`; `closed` is called for that.

    In a thread, which closes `file`.
    """
    name = f"rescue {segment.path.name}"
    args = (file, segment, closed)
    threading.Thread(target=_run, args=args, name=name, daemon=False).start()


def _run(file: OpenFile, segment: Segment, closed: Callable[[Segment], None]) -> None:
    path = rescued_path(segment.path)
    where = {"camera": segment.recording.camera, "file": path, "size_bytes": file.size_bytes()}
    try:
        _copy(file, path, root=segment.recording.output.root)
    except OSError as error:
        log.error("a removed segment is lost", extra={**where, "why": error})  # noqa: TRY400 - the disk's limit, no bug of ours
    else:
        log.warning("a segment that was removed is rescued", extra=where)
        closed(replace(segment, path=path))
    finally:
        file.close()


def rescued_path(path: Path) -> Path:
    """Return the name under which a removed segment is rescued."""
    return path.with_name(f"{path.stem}.rescued{path.suffix}")


def _copy(file: OpenFile, path: Path, *, root: Path) -> None:
    if not root.is_dir():  # another disk's mount point is not to be filled
        raise FileNotFoundError(f"there is no {root} any more")
    path.parent.mkdir(parents=True, exist_ok=True)
    with drafted(path) as draft:
        file.copy_to(draft)
