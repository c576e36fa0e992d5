"""Which revision of the file runs, and what is wrong with the text on disk, if anything.

The last good revision runs on: a text with mistakes changes nothing but what is told, and so does a
file that is gone. Made by `app.py`, asked to look by `reload/watching/watch.py`; never touches a
recorder.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from thorsched.base.clock import Clock
from thorsched.base.errors import MachineError, ThorschedError
from thorsched.base.text import short_hash, typed_path
from thorsched.catalogue.applied import Difference, How, RevisionApplied
from thorsched.config.load import Loaded
from thorsched.config.models import Config
from thorsched.engine.filenews import FileNews, Looked, Standing, State, Verdict
from thorsched.engine.wrong import Kind, Wrong, wrong_by
from thorsched.reload.edits.report import report_edit
from thorsched.reload.edits.words import counts
from thorsched.reload.past.beginning import Beginning

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
        self._place = loaded.path.absolute()
        self._standing = Standing(loaded, self._record(loaded, beginning.how, Difference()))
        if beginning.wrong is not None:
            self._standing = replace(self._standing, wrong=self._wrong_by(beginning.wrong))

    @property
    def standing(self) -> Standing:
        """Return how it stands with the file, as one value; from any thread."""
        return self._standing

    @property
    def current(self) -> Loaded:
        """Return the revision that runs; from any thread."""
        return self._standing.loaded

    def start(self) -> None:
        """Tell by what the cameras are held from now on."""
        applied = replace(self._standing.applied, at=self._clock.now())
        self._standing = replace(self._standing, applied=applied)
        self._tell(applied)
        self._announce(FileNews(State.APPLIED, applied.at, applied))
        if wrong := self._standing.wrong:
            self._log_wrong(wrong)
            self._announce(FileNews(State.WRONG, applied.at, applied, wrong=wrong))

    def judge(self, found: Loaded | ThorschedError, *, how: How = How.EDIT) -> None:
        """Apply what was found on disk, or tell why not. Not from two threads at once.

        What was judged before may be judged again, which is how a machine that could not do it then
        gets another chance: nothing is told twice. By hand, whatever it has come to is told.
        """
        before = self._standing
        if isinstance(found, ThorschedError):
            self._refuse(self._wrong_by(found), how)
        elif found.revision == before.loaded.revision:
            self._clear()
        else:
            self._try(found, how)
        if how is How.BY_HAND:
            self._tell_looked(before)

    def _try(self, found: Loaded, how: How) -> None:
        try:
            self._accept(found)
        except MachineError as error:
            self._refuse(replace(self._wrong_by(error), content=found.revision), how)
        else:
            self._apply(found, how)

    def _wrong_by(self, error: ThorschedError) -> Wrong:
        was = self._standing.wrong
        since = was.since if was else self._clock.now()
        return wrong_by(error, file=self._path, since=since)

    def _refuse(self, wrong: Wrong, how: How) -> None:
        is_known = wrong.says_the_same(self._standing.wrong)
        self._standing = replace(self._standing, wrong=wrong)
        if not is_known or how is How.BY_HAND:
            self._log_wrong(wrong)
        if not is_known:
            now, applied = self._clock.now(), self._standing.applied
            self._announce(FileNews(State.WRONG, now, applied, wrong=wrong))
            self._changed()

    def _log_wrong(self, wrong: Wrong) -> None:
        is_read = wrong.kind not in {Kind.GONE, Kind.UNREADABLE}
        log.warning(
            "the edited file is not applied" if is_read else "the file cannot be read",
            extra={
                "file": self._path,
                "runs_on": short_hash(self.current.revision),
                "applied": self._standing.applied.at,
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
            said_of_more = {"more": more, "next": f"thorsched check {typed_path(self._path)}"}
            log.warning("more mistakes in the file", extra=said_of_more)

    def _clear(self) -> None:
        """What is on disk is what runs."""
        applied, was = self._standing.applied, self._standing.wrong
        if was is None:
            return
        self._standing = replace(self._standing, wrong=None)
        log.info(
            "the file is back at the running revision",
            extra={
                "file": self._path,
                "revision": short_hash(self.current.revision),
                "applied": applied.at,
                "was_wrong_since": was.since,
            },
        )
        self._announce(FileNews(State.MENDED, self._clock.now(), applied, wrong=was))
        self._changed()

    def _difference(self, config: Config) -> Difference:
        try:
            return self._compare(self.current.config, config)
        except Exception:  # a bug of ours in what is told must not keep an edit from being applied
            log.exception("it is not known what the edit does")
            return Difference()

    def _apply(self, loaded: Loaded, how: How) -> None:
        difference = self._difference(loaded.config)
        applied = replace(self._record(loaded, how, difference), was=self.current.revision)
        self._tell(applied)
        wrong = self._standing.wrong
        self._standing = replace(self._standing, loaded=loaded, applied=applied, wrong=None)
        log.info(
            "applied the edited file",
            extra={
                "file": self._path,
                "revision": short_hash(loaded.revision),
                "how": how.value,
                "instead_of": short_hash(applied.was),
                **{effect.value.replace(" ", "_"): n for effect, n in counts(difference).items()},
                "was_wrong_since": wrong.since if wrong else None,
            },
        )
        report_edit(applied)
        self._announce(FileNews(State.APPLIED, applied.at, applied))
        if wrong is not None:
            self._announce(FileNews(State.MENDED, applied.at, applied, wrong=wrong))
        self._changed()

    def _tell_looked(self, before: Standing) -> None:
        """Tell what a look by hand has come to; the log has heard of what is new."""
        applied, wrong = self._standing.applied, self._standing.wrong
        verdict = Verdict.NOT_APPLIED if wrong else Verdict.NOTHING_NEW
        verdict = Verdict.APPLIED if applied is not before.applied else verdict
        looked = Looked(self._clock.now(), applied, verdict, wrong)
        self._standing = replace(self._standing, looked=looked)
        if verdict is Verdict.NOTHING_NEW and before.wrong is None:
            said = {"revision": short_hash(self.current.revision), "applied": applied.at}
            log.info("looked at the file: it is as it runs", extra={"file": self._path, **said})
        self._announce(looked)

    def _record(self, loaded: Loaded, how: How, difference: Difference) -> RevisionApplied:
        now, place = self._clock.now(), self._place
        return RevisionApplied(now, loaded.revision, place, loaded.text, how, difference)
