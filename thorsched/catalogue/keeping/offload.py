"""Copies closed, audited segments with their sidecars elsewhere: a thread that nobody waits for.

Made by `app.py`. One file at a time, at half of the disk's pace and behind everybody else. What
cannot be copied now is tried again, less and less often; the journal knows what is done.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from thorsched.base import host
from thorsched.base.clock import Clock
from thorsched.base.errors import UnavailableError
from thorsched.base.threads import started
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Copied, CopyState, Entry
from thorsched.catalogue.keeping import holdings
from thorsched.catalogue.keeping.copying import Differs, sha256_of
from thorsched.catalogue.keeping.holdings import Due
from thorsched.catalogue.keeping.transfer import Transfer, transfer_of
from thorsched.config.models import Config
from thorsched.recording.history import Happened

log = logging.getLogger(__name__)

FIRST_LOOK_S = 5.0
LOOK_EVERY_S = 20.0
LONGEST_BACKOFF_S = 600.0
_DIFFERENT_AGAIN_AFTER_S = 6 * 3600.0
_LONGEST_BREATH_S = 1.0


class CalledOff(Exception):
    """The program ends."""


class Offloader:
    """`start` it, `close` it; `look` is one round."""

    def __init__(
        self,
        *,
        clock: Clock,
        config: Callable[[], Config],
        check_root: Callable[[Path], None],
        tell: Callable[[Entry], None],
    ) -> None:
        """`config` is the file as it runs; `check_root` raises `UnavailableError`."""
        self._clock = clock
        self._config = config
        self._check_root = check_root
        self._tell = tell
        self._done: dict[tuple[str, PurePosixPath], CopyState] = {}
        """What is copied; the journal may not know as yet."""
        self._different: dict[tuple[str, PurePosixPath], float] = {}
        """What failed for good, and when that was, by the monotonic clock."""
        self._trouble = ""
        self._breathed_s = 0.0
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="offload", daemon=True)

    @property
    def trouble(self) -> str:
        """What is in the way of all copies; '' if nothing is."""
        return self._trouble

    def start(self) -> None:
        started(self._thread, undone="nothing is copied")

    def close(self, *, patience_s: float) -> None:
        """Copy no more; a command that copies is ended, a disk waited for that long."""
        self._is_closing.set()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _run(self) -> None:
        host.be_modest(host.Modest.THREAD)
        failures, pause_s = 0, FIRST_LOOK_S
        while not self._is_closing.wait(pause_s):
            try:
                failures = 0 if self.look() else failures + 1
            except Exception:  # a bug of ours must cost no recording
                log.exception("a bug in the copying")
                failures += 1
            pause_s = wait_s(failures)

    def look(self) -> bool:
        """Copy what waits; return whether nothing was in the way."""
        config = self._config()
        try:
            self._copy_all(config)
        except CalledOff:
            return True
        except (UnavailableError, OSError, sqlite3.Error) as error:
            self._tell_trouble(str(error))
            return False
        self._tell_trouble("")
        return True

    def _tell_trouble(self, trouble: str) -> None:
        """Tell what is in the way, once for each time that it changes."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble:
            log.warning("files wait to be copied", extra={"why": trouble})
            self._tell(Happened(self._clock.now(), "offload waits", trouble))
        else:
            log.info("files are copied again")

    def _copy_all(self, config: Config) -> None:
        root, offload = config.storage.root, config.storage.offload
        if offload is None:
            return
        self._check_root(root)
        way = transfer_of(
            offload, root, breathe=self._breathe, is_called_off=self._is_closing.is_set
        )
        waiting = [
            one
            for one in holdings.due(
                path_below(root), destination=offload.destination, is_checked=offload.is_checked
            )
            if self._is_due((offload.destination, one.path), is_checked=offload.is_checked)
        ]
        for one in waiting:
            if self._is_closing.is_set() or self._config() is not config:
                break
            way.prepare()
            self._copy(one, way, root, offload.destination)

    def _is_due(self, key: tuple[str, PurePosixPath], *, is_checked: bool) -> bool:
        done = self._done.get(key)
        is_done = done is CopyState.VERIFIED or (done is not None and not is_checked)
        failed_s = self._different.get(key)
        now_s = self._clock.monotonic_s()
        is_different = failed_s is not None and now_s - failed_s < _DIFFERENT_AGAIN_AFTER_S
        return not is_done and not is_different

    def _copy(self, due: Due, way: Transfer, root: Path, destination: str) -> None:
        """Copy a segment and its sidecar, and tell of it; raises what is in the way of all."""
        path, key = root / due.path, (destination, due.path)
        if not path.is_file():
            return
        self._check_root(root)
        self._breathed_s = self._clock.monotonic_s()
        try:
            found = _carried(due, way)
            if path.with_suffix(".json").is_file():
                _carry_sidecar(root, due, way)
        except Differs as error:
            self._different[key] = self._clock.monotonic_s()
            log.warning("a file is not copied", extra={"file": due.path, "why": error})
            self._tell(
                Copied(path, destination, self._clock.now(), "", CopyState.FAILED, str(error))
            )
            return
        except FileNotFoundError:
            if path.exists():
                raise
            return  # taken away meanwhile
        self._done[key] = state = CopyState.VERIFIED if found else CopyState.UNCHECKED
        self._tell(Copied(path, destination, self._clock.now(), found, state))
        log.info("copied", extra={"file": due.path, "to": destination})

    def _breathe(self) -> None:
        """Rest as long as the last piece took: half of the disk's time is for others."""
        if self._is_closing.is_set():
            raise CalledOff
        now_s = self._clock.monotonic_s()
        self._is_closing.wait(min(max(now_s - self._breathed_s, 0.0), _LONGEST_BREATH_S))
        self._breathed_s = self._clock.monotonic_s()


def _carried(due: Due, way: Transfer) -> str:
    """Copy a segment; raises `Differs` if the copy is not what was audited."""
    found = way.carry(due.path)
    if found not in (due.sha256, ""):
        raise Differs(f"the copy's SHA-256 is {found}, the audit's {due.sha256}")
    return found


def _carry_sidecar(root: Path, due: Due, way: Transfer) -> None:
    """Copy a segment's sidecar; raises `Differs` if the copy is another."""
    path = due.path.with_suffix(".json")
    found = way.carry(path)
    if found not in (sha256_of(root / path, lambda: None), ""):
        raise Differs(f"the copy of its sidecar is another: its SHA-256 is {found}")


def wait_s(failures: int) -> float:
    """Return how long to wait after so many failures in a row."""
    return min(LOOK_EVERY_S * 2.0 ** min(failures, 10), LONGEST_BACKOFF_S)
