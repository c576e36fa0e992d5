"""Runs the operator's commands when something has happened: a thread, and a queue with an end.

Made by `app.py`, which puts `Hooked` before the journal. Nobody waits for a command: recording goes
on whatever it does, and what finds no room in the queue is left out and counted.
"""

import contextlib
import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from thorsched.base import wordlog
from thorsched.base.clock import Clock
from thorsched.base.command import Outcome, run
from thorsched.base.threads import started
from thorsched.catalogue.entries import Entry, Gap, Gaps
from thorsched.config.models import Config
from thorsched.engine.chronicle import Journal
from thorsched.engine.filenews import FileNews
from thorsched.engine.tidings import ON_FILE, ON_GAP, Tiding, news, of_entry, of_file, of_gap
from thorsched.recording.naming import INTERNAL

log = logging.getLogger(__name__)

MOST_WAITING = 200


class Hooks:
    """What is to be told to which command. Any thread may tell it; `start` it, `close` it."""

    def __init__(
        self,
        *,
        clock: Clock,
        config: Callable[[], Config],
        root_of: Callable[[Entry], Path | None],
    ) -> None:
        """`root_of` says where an entry's files are: an edit may have named another root since."""
        self._clock = clock
        self._config = config
        self._root_of = root_of
        self._began = clock.now()
        self._gaps: dict[str, tuple[Gap, ...]] = {}
        self._waiting: deque[tuple[str, Tiding]] = deque()
        """The one in work included."""
        self._lost = 0
        self._failing: dict[str, str] = {}
        self._changed = threading.Condition()
        self._is_closing = False
        self._gives_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hooks", daemon=True)

    def start(self) -> None:
        started(self._thread, undone="no hook is run")

    def close(self, *, patience_s: float) -> None:
        """Tell what is left, within `patience_s`; what runs then is ended."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(patience_s)
            self._gives_up.set()
            self._thread.join(1.0)

    def heard(self, entry: Entry) -> None:
        """Take note of an entry of the journal."""
        config = self._config()
        root = self._root_of(entry) or config.storage.root
        told = of_entry(entry, root=root) if config.hooks else None
        if told is not None:
            self._put(*told)

    def heard_gaps(self, gaps: Gaps) -> None:
        """Take note of a camera's gaps."""
        config = self._config()
        if config.hooks is None or config.hooks.on_gap is None:
            return
        now = self._clock.now()
        with self._changed:
            told = self._gaps.get(gaps.camera, ())
            fresh, self._gaps[gaps.camera] = news(told, gaps.gaps, since=self._began)
        for gap in fresh:
            self._put(ON_GAP, of_gap(gap, at=now, root=config.storage.root))

    def heard_of_file(self, news: FileNews) -> None:
        """Take note of what there is to tell of the file; by the hook of the one that runs."""
        with _harmless():
            self._put(ON_FILE, of_file(news, root=self._config().storage.root))

    def _put(self, hook: str, tiding: Tiding) -> None:
        with self._changed:
            if self._command_of(hook) is None:
                return
            if len(self._waiting) >= MOST_WAITING:
                if not self._lost:
                    log.warning(
                        "hooks are too slow: some are not told of all", extra={"hook": hook}
                    )
                self._lost += 1
                return
            self._waiting.append((hook, tiding))
            self._changed.notify_all()

    def _command_of(self, hook: str) -> tuple[str, ...] | None:
        command: tuple[str, ...] | None = getattr(self._config().hooks, hook, None)
        return command

    def _run(self) -> None:
        while (turn := self._next()) is not None and not self._gives_up.is_set():
            try:
                self._tell(*turn)
            except Exception:  # a bug of ours must cost no recording
                log.exception("a bug in the hooks")
            with self._changed:
                self._waiting.popleft()
                lost = self._lost if not self._waiting else 0
                self._lost -= lost
            if lost:
                log.warning("hooks were not told of all", extra={"events": lost})

    def _next(self) -> tuple[str, Tiding] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing)
            return self._waiting[0] if self._waiting else None

    def _tell(self, hook: str, tiding: Tiding) -> None:
        config, command = self._config(), self._command_of(hook)
        if command is None or config.hooks is None:  # an edit has taken it away
            return
        done = run(
            command,
            limit_s=config.hooks.limit.total_seconds(),
            given=json.dumps(tiding).encode() + b"\n",
            is_called_off=self._gives_up.is_set,
        )
        if done.said or done.why:
            wordlog.append(
                config.storage.root / INTERNAL / "logs" / "hooks.log",
                f"{tiding['at']} {hook} {tiding['camera'] or 'the file'}: {done.why or 'done'}",
                done.said,
            )
        self._judge(hook, done)

    def _judge(self, hook: str, done: Outcome) -> None:
        """Tell that a hook fails, once for each way in which it does, and that it works again."""
        was, self._failing[hook] = self._failing.get(hook, ""), done.why
        if done.why and done.why != was:
            said = {"hook": hook, "why": done.why, "said": done.last_words}
            log.warning("a hook fails", extra=said)
        elif was and not done.why:
            log.info("a hook works again", extra={"hook": hook})


@contextlib.contextmanager
def _harmless() -> Iterator[None]:
    """Let no bug of ours out: who tells the journal goes on."""
    try:
        yield
    except Exception:
        log.exception("a bug in the hooks")


class Hooked:
    """A journal whose entries are told to hooks, too."""

    def __init__(self, journal: Journal, hooks: Hooks) -> None:
        self._journal = journal
        self._hooks = hooks

    def tell(self, entry: Entry) -> None:
        self._journal.tell(entry)
        with _harmless():
            self._hooks.heard(entry)

    def keep_gaps(self, gaps: Gaps) -> None:
        self._journal.keep_gaps(gaps)
        with _harmless():
            self._hooks.heard_gaps(gaps)

    def passed(self, at: datetime) -> None:
        self._journal.passed(at)
