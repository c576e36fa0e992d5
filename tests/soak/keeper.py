"""Keeps the program running as a service manager would: whatever ends it, it is begun again."""

import signal
import threading
from pathlib import Path

from tests.support.forked import Fork
from tests.support.program import forked
from tests.support.waiting import PATIENCE_S

_RESTART_S = 0.5


class Keeper:
    """The program on one file, until `end`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._log = file.with_suffix(".log").open("ab")
        self._ending = threading.Event()
        self._process = self._started()
        self.starts = 1
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        """End it by SIGTERM, as a service manager does; return its exit code."""
        self._ending.set()
        self._process.send_signal(signal.SIGTERM)
        self._thread.join(2 * PATIENCE_S)
        self._log.close()
        return self._process.wait(2 * PATIENCE_S)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._process.wait()
            if not self._ending.wait(_RESTART_S):
                self._process = self._started()
                self.starts += 1

    def _started(self) -> Fork:
        log = self._log.fileno()
        return forked("run", str(self._file), cwd=self._file.parent, out=log, err=log)
