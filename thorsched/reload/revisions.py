"""Which revision of the file runs, and what is wrong with the text on disk, if anything.

The last good revision runs on: a text with mistakes changes nothing but what the status says, and
so does a file that is gone. Made by `app.py`, asked to look by `watch.py`; never touches
a recorder.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from thorsched.base.clock import Clock
from thorsched.base.errors import ConfigError, MachineError, ThorschedError
from thorsched.catalogue.applied import Difference, How, RevisionApplied
from thorsched.config.load import Loaded, load_bytes, revision_of
from thorsched.config.models import Config
from thorsched.config.yaml.source import read_file

log = logging.getLogger(__name__)


class Revisions:
    """The revision that runs, and what is wrong with the text on disk, if anything."""

    def __init__(
        self,
        loaded: Loaded,
        *,
        clock: Clock,
        accept: Callable[[Loaded], None],
        compare: Callable[[Config, Config], Difference],
        tell: Callable[[RevisionApplied], None],
        changed: Callable[[], None],
    ) -> None:
        """`accept` may refuse a file that this machine cannot do, by raising `MachineError`.

        It is asked again until it accepts. `compare` says what becomes of cameras when the second
        file takes the place of the first; `tell` takes down what was applied, `changed` is called
        after each change.
        """
        self._clock = clock
        self._accept = accept
        self._compare = compare
        self._tell = tell
        self._changed = changed
        self._path = loaded.path
        self._seen: str | None = loaded.revision
        self._was_absent = False
        self._current = loaded
        self._applied = self._record(loaded, How.START, Difference())
        self._wrong: ThorschedError | None = None

    @property
    def current(self) -> Loaded:
        return self._current

    @property
    def applied(self) -> RevisionApplied:
        """Return how the current one came to run."""
        return self._applied

    @property
    def wrong(self) -> ThorschedError | None:
        """Return why what is on disk is not what runs; None if it is."""
        return self._wrong

    def start(self) -> None:
        """Tell by what the cameras are held from now on."""
        self._applied = replace(self._applied, at=self._clock.now())
        self._tell(self._applied)

    def look(self) -> None:
        """Read the file again if its content has changed. Not from two threads at once."""
        try:
            content = read_file(self._path)
        except ConfigError as error:
            self._miss(error)
            return
        self._was_absent = False
        revision = revision_of(content)
        if revision == self._seen:
            return
        log.debug("looking at the file", extra={"file": self._path, "content": revision[:8]})
        self._seen = revision
        try:
            loaded = load_bytes(content, self._path)
            if loaded.revision != self._current.revision:
                self._accept(loaded)
        except ConfigError as error:
            self._refuse(error)
        except MachineError as error:
            self._seen = None  # the text is right: look again when the machine may be
            self._refuse(error)
        else:
            self._apply(loaded)

    def _miss(self, error: ConfigError) -> None:
        """Tell that the file cannot be read, at the second look: editors replace files."""
        if self._was_absent:
            self._seen = None  # whatever comes back is news
            is_gone = isinstance(error.__cause__, FileNotFoundError)
            why = MachineError(f"{self._path}: the file is gone") if is_gone else error
            self._refuse(why, what="the file cannot be read")
        self._was_absent = True

    def _refuse(
        self, error: ThorschedError, *, what: str = "the edited file is not applied"
    ) -> None:
        if str(error) == str(self._wrong):
            return
        self._wrong = error
        log.warning(
            what, extra={"file": self._path, "runs_on": _short(self._current), "why": error}
        )
        self._changed()

    def _apply(self, loaded: Loaded) -> None:
        self._wrong = None
        if loaded.revision == self._current.revision:
            log.info("the file is back at the running revision", extra={"file": self._path})
        else:
            difference = self._compare(self._current.config, loaded.config)
            self._applied = self._record(loaded, How.EDIT, difference)
            self._tell(self._applied)
            log.info(
                "applied the edited file", extra={"file": self._path, "revision": _short(loaded)}
            )
        self._current = loaded
        self._changed()

    def _record(self, loaded: Loaded, how: How, difference: Difference) -> RevisionApplied:
        now, path = self._clock.now(), loaded.path.absolute()
        return RevisionApplied(now, loaded.revision, path, loaded.text, how, difference)


def _short(loaded: Loaded) -> str:
    return loaded.revision[:8]
