"""Which revision of the file runs, and what is wrong with the text on disk, if anything.

The last good revision runs on: a text with mistakes changes nothing but what is told, and so does
a file that is gone. Made by `app.py`, asked to look by `watch.py`; never touches a recorder.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from thorsched.base.clock import Clock
from thorsched.base.errors import ConfigError, MachineError, ThorschedError
from thorsched.base.text import printable
from thorsched.catalogue.applied import Difference, How, RevisionApplied
from thorsched.config.load import Loaded, load_bytes
from thorsched.config.models import Config
from thorsched.config.yaml.source import read_file
from thorsched.engine.filenews import FileNews, Looked, State, Verdict
from thorsched.engine.wrong import Kind, Wrong, wrong_by
from thorsched.reload.beginning import Beginning
from thorsched.reload.report import report_edit
from thorsched.reload.words import counts

log = logging.getLogger(__name__)

MOST_LOGGED = 20
"""Mistakes of a file that are logged one by one."""


class Revisions:
    """The revision that runs, and what is wrong with the text on disk, if anything."""

    def __init__(
        self,
        beginning: Beginning,
        *,
        clock: Clock,
        accept: Callable[[Loaded], None],
        compare: Callable[[Config, Config], Difference],
        tell: Callable[[RevisionApplied], None],
        announce: Callable[[FileNews | Looked], None],
        changed: Callable[[], None],
    ) -> None:
        """`accept` may refuse a file that this machine cannot do, by raising `MachineError`.

        It is asked again until it accepts. `compare` says what becomes of cameras when the second
        file takes the place of the first; `tell` takes down what is applied, before it runs;
        `announce` hears of what is new since, and what each look by hand has come to. `changed` is
        called after each change.
        """
        self._clock = clock
        self._accept = accept
        self._compare = compare
        self._tell = tell
        self._announce = announce
        self._changed = changed
        loaded = beginning.loaded
        self._path = loaded.path
        self._current = loaded
        self._applied = self._record(loaded, beginning.how, Difference())
        self._wrong: Wrong | None = None
        if beginning.wrong is not None:
            self._wrong = self._wrong_by(beginning.wrong)
        self._looked: Looked | None = None

    @property
    def current(self) -> Loaded:
        return self._current

    @property
    def applied(self) -> RevisionApplied:
        """Return how the current one came to run."""
        return self._applied

    @property
    def wrong(self) -> Wrong | None:
        """Return why what is on disk is not what runs; None if it is."""
        return self._wrong

    @property
    def looked(self) -> Looked | None:
        """Return what the last look by hand has come to."""
        return self._looked

    def start(self) -> None:
        """Tell by what the cameras are held from now on."""
        self._applied = replace(self._applied, at=self._clock.now())
        self._tell(self._applied)
        self._announce(FileNews(State.APPLIED, self._applied.at, self._applied))
        if self._wrong is not None:
            self._log_wrong(self._wrong)
            self._announce(
                FileNews(State.WRONG, self._applied.at, self._applied, wrong=self._wrong)
            )

    def look(self, *, how: How = How.EDIT) -> None:
        """Read the file and judge it as it is. Not from two threads at once."""
        try:
            found: Loaded | ThorschedError = load_bytes(read_file(self._path), self._path)
        except ConfigError as error:
            found = error
        self.judge(found, how=how)

    def judge(self, found: Loaded | ThorschedError, *, how: How = How.EDIT) -> None:
        """Apply what was found on disk, or tell why not. Not from two threads at once.

        What was judged before may be judged again, which is how a machine that could not do it then
        gets another chance: nothing is told twice. By hand, whatever it has come to is told.
        """
        before, was_wrong = self._applied, self._wrong is not None
        if isinstance(found, ThorschedError):
            self._refuse(self._wrong_by(found), how)
        elif found.revision == self._current.revision:
            self._clear()
        else:
            self._try(found, how)
        if how is How.BY_HAND:
            self._tell_looked(is_new=self._applied is not before, was_wrong=was_wrong)

    def _try(self, found: Loaded, how: How) -> None:
        try:
            self._accept(found)
        except MachineError as error:
            self._refuse(replace(self._wrong_by(error), content=found.revision), how)
        else:
            self._apply(found, how)

    def _wrong_by(self, error: ThorschedError) -> Wrong:
        since = self._wrong.since if self._wrong else self._clock.now()
        return wrong_by(error, file=printable(str(self._path)), since=since)

    def _refuse(self, wrong: Wrong, how: How) -> None:
        is_known, self._wrong = wrong.says_the_same(self._wrong), wrong
        if not is_known or how is How.BY_HAND:
            self._log_wrong(wrong)
        if not is_known:
            self._announce(FileNews(State.WRONG, self._clock.now(), self._applied, wrong=wrong))
            self._changed()

    def _log_wrong(self, wrong: Wrong) -> None:
        is_read = wrong.kind not in {Kind.GONE, Kind.UNREADABLE}
        log.warning(
            "the edited file is not applied" if is_read else "the file cannot be read",
            extra={
                "file": self._path,
                "runs_on": _short(self._current),
                "applied": self._applied.at,
                "wrong_since": wrong.since,
                "mistakes": len(wrong.mistakes) or None,
                "why": wrong.why or None,
            },
        )
        for one in wrong.mistakes[:MOST_LOGGED]:
            place = f"{one.file}:{one.line}:{one.column}"
            said = {"place": place, "keys": one.path or None, "what": one.message}
            log.warning("a mistake in the file", extra=said)
        if len(wrong.mistakes) > MOST_LOGGED:
            more = len(wrong.mistakes) - MOST_LOGGED
            said_of_more = {"more": more, "next": f"thorsched check {self._path}"}
            log.warning("more mistakes in the file", extra=said_of_more)

    def _clear(self) -> None:
        """What is on disk is what runs."""
        was, self._wrong = self._wrong, None
        if was is None:
            return
        log.info(
            "the file is back at the running revision",
            extra={
                "file": self._path,
                "revision": _short(self._current),
                "applied": self._applied.at,
                "was_wrong_since": was.since,
            },
        )
        self._announce(FileNews(State.MENDED, self._clock.now(), self._applied, wrong=was))
        self._changed()

    def _difference(self, config: Config) -> Difference:
        try:
            return self._compare(self._current.config, config)
        except Exception:  # a bug of ours in what is told must not keep an edit from being applied
            log.exception("it is not known what the edit does")
            return Difference()

    def _apply(self, loaded: Loaded, how: How) -> None:
        difference = self._difference(loaded.config)
        applied = replace(self._record(loaded, how, difference), was=self._current.revision)
        self._tell(applied)
        wrong, self._wrong = self._wrong, None
        self._applied, self._current = applied, loaded
        log.info(
            "applied the edited file",
            extra={
                "file": self._path,
                "revision": _short(loaded),
                "how": how.value,
                "instead_of": applied.was[:8],
                **{effect.value.replace(" ", "_"): n for effect, n in counts(difference).items()},
                "was_wrong_since": wrong.since if wrong else None,
            },
        )
        report_edit(applied)
        self._announce(FileNews(State.APPLIED, applied.at, applied))
        if wrong is not None:
            self._announce(FileNews(State.MENDED, applied.at, applied, wrong=wrong))
        self._changed()

    def _tell_looked(self, *, is_new: bool, was_wrong: bool) -> None:
        """Tell what a look by hand has come to; the log has heard of what is new."""
        verdict = Verdict.NOT_APPLIED if self._wrong else Verdict.NOTHING_NEW
        verdict = Verdict.APPLIED if is_new else verdict
        self._looked = Looked(self._clock.now(), self._applied, verdict, self._wrong)
        if verdict is Verdict.NOTHING_NEW and not was_wrong:
            said = {"revision": _short(self._current), "applied": self._applied.at}
            log.info("looked at the file: it is as it runs", extra={"file": self._path, **said})
        self._announce(self._looked)

    def _record(self, loaded: Loaded, how: How, difference: Difference) -> RevisionApplied:
        now, path = self._clock.now(), loaded.path.absolute()
        return RevisionApplied(now, loaded.revision, path, loaded.text, how, difference)


def _short(loaded: Loaded) -> str:
    return loaded.revision[:8]
