"""Sees that the file was saved, and has it judged as soon as it has come to rest.

watchdog's events and, since those can be missed (network disks, exhausted inotify), the content
itself, read again every few seconds, bring a new text to light. Made by `app.py`; never touches
a recorder.
"""

import logging
import threading
from functools import partial
from pathlib import Path

from thorsched.base.clock import Clock
from thorsched.base.errors import ThorschedError
from thorsched.base.text import printable_path
from thorsched.catalogue.applied import How
from thorsched.config.load import Loaded
from thorsched.engine.wrong import Restless
from thorsched.reload.revisions import Revisions
from thorsched.reload.watching.links import names_on
from thorsched.reload.watching.observers import Observers
from thorsched.reload.watching.sight import Sight, link_at, sight_of
from thorsched.reload.watching.stillness import (
    BY_POLLING,
    WITH_EVENTS,
    Complain,
    Judge,
    Patience,
    Prove,
    Step,
    Stillness,
    Wait,
    seen,
    step,
)

log = logging.getLogger(__name__)

# However often the file is written, it is not looked at more often.
_APART_S = 0.05
# A file on a disk that does not answer must not keep the program from ending.
_CLOSE_LIMIT_S = 2.0


class FileWatch:
    """Has `Revisions` judge what is in the file's place whenever that has come to rest."""

    def __init__(self, revisions: Revisions, path: Path, *, clock: Clock) -> None:
        self._revisions = revisions
        self._path = path
        self._place = path.absolute()  # once: the working directory may be taken away
        self._clock = clock
        self._touched = threading.Event()
        self._asked = threading.Event()
        self._closing = threading.Event()
        self._observers = Observers(self._touched.set)
        self._state: Stillness | None = None
        self._judged: tuple[str, Loaded | ThorschedError] | None = None
        self._is_by_hand = False
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def touch(self) -> None:
        """Have the file judged at once, unless somebody is writing it; from any thread."""
        self._asked.set()
        self._touched.set()

    def close(self) -> None:
        """Look no more. A look that does not end, as its disk does not answer, is left behind."""
        self._closing.set()
        self._touched.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_LIMIT_S)
        if self._thread.is_alive():
            log.warning("left behind", extra={"what": "the look at the file"})

    def _run(self) -> None:
        while not self._closing.is_set():
            self._touched.clear()
            again_s = self._look_safely()
            if not self._closing.wait(_APART_S):
                self._touched.wait(again_s - _APART_S)
        self._observers.close()

    def _look_safely(self) -> float:
        try:
            return self._look()
        except Exception:  # a bug of ours must not end reloading for the night
            log.exception("the file could not be looked at")
            return WITH_EVENTS.poll_s

    def _look(self) -> float:
        """Look once; return after how many seconds to look again, unless touched before."""
        if self._asked.is_set():
            self._asked.clear()
            self._is_by_hand = True
        self._observers.follow(names_on(self._place, link_at))
        sight = sight_of(self._path, self._place)
        patience = BY_POLLING if self._observers.is_polling else WITH_EVENTS
        match self._decide(sight, patience):
            case Wait(seconds):
                return seconds
            case Complain():
                self._complain()
                return patience.again_s
            case Judge(is_held):
                self._judge(sight, is_held=is_held)
        return patience.poll_s

    def _decide(self, sight: Sight, patience: Patience) -> Step:
        now_s = self._clock.monotonic_s()
        ask = partial(step, now_s=now_s, patience=patience, is_by_hand=self._is_by_hand)
        self._state, what = ask(seen(self._state, sight.look, now_s=now_s))
        if isinstance(what, Prove):
            is_remote = self._observers.is_remote
            proof = sight.proof(self._verdict(sight), is_remote=is_remote)
            self._state, what = ask(self._state, proof=proof)
        return what

    def _verdict(self, sight: Sight) -> Loaded | ThorschedError:
        """Return what the content says; read once, however often it is looked at."""
        if self._judged is None or self._judged[0] != sight.look.content:
            self._judged = sight.look.content, sight.judged()
        return self._judged[1]

    def _judge(self, sight: Sight, *, is_held: bool) -> None:
        if is_held:
            log.info(
                "the file is taken as it is, though a program has it open for writing",
                extra={"file": self._path},
            )
        self._tell(self._verdict(sight))

    def _complain(self) -> None:
        path = printable_path(self._path)
        self._tell(
            Restless(f"{path}: it is being written again and again; once that ends, it is applied")
        )

    def _tell(self, found: Loaded | ThorschedError) -> None:
        """Have it judged; whoever asked for a look is answered by that."""
        how, self._is_by_hand = How.BY_HAND if self._is_by_hand else How.EDIT, False
        self._revisions.judge(found, how=how)
