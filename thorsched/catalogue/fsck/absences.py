"""What should lie below a root and does not: by a sidecar that is there, or by the journal.

Made by `verify.py`, which tells it what it comes upon.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from thorsched.catalogue.fsck.findings import Finding, Kind
from thorsched.catalogue.fsck.known import Known

# A scheduler that removes a file writes that down a moment later.
_SETTLES_S = 2.0


class Absences:
    """Segments that do not seem to be there, and why they should be; paths below the root."""

    def __init__(
        self, root: Path, known: Known, *, failed: Callable[[Path, OSError], None]
    ) -> None:
        """`failed` is told of what cannot be looked at."""
        self._root = root
        self._known = known
        self._failed = failed
        self._whys: dict[Path, str] = {}
        self._origins: set[Path] = set()

    def add(self, path: Path, why: str) -> None:
        self._whys.setdefault(path, why)

    def moved(self, origin: Path) -> None:
        """Note that what lay there is in quarantine."""
        self._origins.add(origin)

    def findings(self, *, is_live: bool) -> Iterator[Finding]:
        """Yield what is not there in the end; with `is_live` after a look that comes later."""
        absent = {path: why for path, why in self._whys.items() if self._is_absent(path)}
        for path, row in self._known.all_rows():
            if path not in absent and not row.is_removed and self._is_absent(path):
                absent[path] = "it is in the journal"
        if absent and is_live:
            Event().wait(_SETTLES_S)
        for path, why in sorted(absent.items()):
            now = self._known.row_of(path)
            if self._is_absent(path) and not (now and now.is_removed):
                kind = Kind.QUARANTINED if path in self._origins else Kind.MISSING
                yield Finding(kind, path, why)

    def _is_absent(self, path: Path) -> bool:
        try:
            (self._root / path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError as error:
            self._failed(self._root / path, error)
        return False
