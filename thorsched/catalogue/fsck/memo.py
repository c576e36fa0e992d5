"""What a verification has read so far, in `ROOT/.thorsched/verify.jsonl`: a line a file.

Made by `verify.py`. Whatever ends a verification, the next one goes on from there; one that came to
its end removes the file. A line holds for a file of the same name, size and time of change, and for
a week: what a disk has lost since shows in none of these. Where the file cannot be written (a disk
that is read only, a second verification at the same time), all is read, and nothing is kept.
"""

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from thorsched.base import host
from thorsched.base.clock import Clock
from thorsched.base.units import format_utc, parse_utc
from thorsched.catalogue.fsck.hashing import Digest
from thorsched.recording.naming import INTERNAL

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(days=7)
"""What was read before that is read again."""
_LONGEST_LINE = 20_000


class Memo:
    """The digests of a root's files; close it. Used by one thread."""

    def __init__(self, root: Path, *, clock: Clock, fresh: bool) -> None:
        """Read what the last one has left, or with `fresh` forget it."""
        self._clock = clock
        self._path = root / INTERNAL / "verify.jsonl"
        self._digests: dict[str, Digest] = {}
        self._file: IO[str] | None = None
        self.why_not_kept = ""
        """Why what is read is not kept for a later verification; '' if it is."""
        try:
            self._file = _held(self._path)
        except OSError as error:
            log.debug("a verification that cannot be resumed", extra={"why": error})
            self.why_not_kept = _words_of(self._path, error)
            return
        if self._file is None:
            self.why_not_kept = "another verification goes on there"
            return
        if fresh:
            self._file.truncate(0)
        self._digests = dict(_read(self._file, clock.now()))

    @property
    def read_bytes(self) -> int:
        """How much the last one has read, as far as it is as it was."""
        return sum(digest.size_bytes for digest in self._digests.values())

    def known(self, name: str, size_bytes: int, mtime_ns: int) -> Digest | None:
        """Return the digest of a file if it is as it was."""
        found = self._digests.get(name)
        if found and (found.size_bytes, found.mtime_ns) == (size_bytes, mtime_ns):
            return found
        return None

    def keep(self, name: str, digest: Digest) -> None:
        """Write it down; on a disk that takes no more it is read again another time."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            at = format_utc(self._clock.now())
            line = [name, digest.size_bytes, digest.mtime_ns, digest.sha256, at]
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def close(self, *, is_done: bool) -> None:
        """Leave it to the next verification, or remove it."""
        file, self._file = self._file, None
        with contextlib.suppress(OSError):
            if file is not None and is_done:
                host.remove_locked(file, self._path)
            elif file is not None:
                file.close()


def _words_of(path: Path, error: OSError) -> str:
    if not os.path.lexists(path.parent):
        return f"there is no {INTERNAL} in it to write to"
    return f"nothing can be written there ({error.strerror or error})"


def _held(path: Path) -> IO[str] | None:
    """Return the file, locked, at its beginning; None if another verification holds it."""
    file = host.open_regular(path, "a+")
    if host.lock_exclusively(file):
        return file
    file.close()
    return None


def _read(file: IO[str], now: datetime) -> Iterator[tuple[str, Digest]]:
    """Yield what the lines say. The last may be cut short: a new one is begun after it."""
    file.seek(0)
    is_whole = True
    while line := file.readline(_LONGEST_LINE):
        is_whole = line.endswith("\n")
        with contextlib.suppress(ValueError, TypeError, OverflowError, RecursionError):
            name, size_bytes, mtime_ns, sha256, at = json.loads(line)
            if abs(now - parse_utc(at)) <= LONGEST_PAUSE:
                yield str(name), Digest(int(size_bytes), int(mtime_ns), str(sha256))
    if not is_whole:
        file.write("\n")
