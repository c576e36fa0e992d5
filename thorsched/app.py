"""The composition root: builds each part once, wires them, runs, stops.

Called by `cli/run/command.py`. Every other module is handed what it needs; only this one knows them
all.
"""

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.base import gstreamer
from thorsched.base.clock import Clock
from thorsched.base.version import __version__
from thorsched.catalogue.applied import Difference
from thorsched.catalogue.auditing.audit import Auditor
from thorsched.catalogue.auditing.examiner import Examiner
from thorsched.catalogue.auditing.verdict import flaw_of
from thorsched.catalogue.entries import Audited, Run
from thorsched.catalogue.journal import Journal
from thorsched.catalogue.journals import Journals
from thorsched.catalogue.keeping.backlog import left_to_copy
from thorsched.catalogue.keeping.housekeeper import Housekeeper
from thorsched.catalogue.keeping.offload import Offloader
from thorsched.catalogue.runs import BY_AN_ERROR, HUNG
from thorsched.config.load import Loaded
from thorsched.config.models import Config
from thorsched.engine.chronicle import Chronicle
from thorsched.engine.filenews import FileNews, Looked, State, event_of
from thorsched.engine.heartbeat import Heartbeat
from thorsched.engine.hooks import Hooked, Hooks
from thorsched.engine.horizons import Horizons
from thorsched.engine.loop import RESYNC_S, Loop
from thorsched.engine.pausewatch import PauseWatch
from thorsched.engine.status import Status
from thorsched.engine.wakeups import Wakeups
from thorsched.engine.watches import ServerWatches
from thorsched.recording import pipeline
from thorsched.recording.archive import Archivist
from thorsched.recording.guard import Guards
from thorsched.recording.launcher import Launcher
from thorsched.recording.lifecycle import INTERRUPT_GRACE_S
from thorsched.recording.root import Roots
from thorsched.recording.segments import Described
from thorsched.recording.syncing import open_segments
from thorsched.reload.edits.difference import Situation, dated, difference
from thorsched.reload.edits.words import events, losses
from thorsched.reload.past.beginning import Beginning
from thorsched.reload.revisions import Revisions
from thorsched.reload.watching.watch import FileWatch

log = logging.getLogger(__name__)

_SILENCE_LIMIT_S = 60.0
# Syncing and reading a segment takes seconds at most, unless its disk does not answer any more.
_DISK_PATIENCE_S = 15.0
_MORE_S = 3.0
_LAST_WORDS_S = 1.0


class App:
    """A scheduler over one file. `start`, then `status` as often as you like, then `close`."""

    def __init__(
        self, beginning: Beginning, *, clock: Clock, zone: ZoneInfo, hung: Callable[[], None]
    ) -> None:
        """Take the storage root of what it begins with.

        `zone` is for files that name none; `hung` is called when the loop is dead, and should end
        the program. Raises `MachineError` if GStreamer, the root or its lock cannot be had.
        """
        loaded = beginning.loaded
        gstreamer.require(pipeline.elements(loaded.config.encodings))
        self._clock = clock
        self._roots = Roots()
        self._roots.hold(loaded.config.storage.root)
        self._guards = Guards(clock)
        self._journals = Journals(partial(_journal, clock=clock))
        self._hooks = Hooks(
            clock=clock,
            config=lambda: self._revisions.current.config,
            root_of=self._journals.root_of,
        )
        self._chronicle = Chronicle(Hooked(self._journals, self._hooks))
        self._unread: Journal | None = None
        """Whose past is not known as yet: its disk is slow."""
        self._ended_by = BY_AN_ERROR
        self._auditor = Auditor(Examiner(), clock=clock, told=self._audited)
        self._archivist = Archivist(
            clock=clock, described=self._described, settled=self._auditor.take
        )
        self._launcher = Launcher(
            clock=clock,
            check_root=self._roots.check,
            changed=self._poke,
            closed=self._archivist.take,
            outlives=True,
            noted=self._chronicle.note,
        )
        self._watches = ServerWatches(clock=clock, changed=self._poke)
        self._revisions = Revisions(
            beginning,
            clock=clock,
            accept=self._accept,
            compare=self._compare,
            tell=self._journals.tell,
            announce=self._announce,
            changed=self._poke,
        )
        self._pauses = PauseWatch(
            lambda: self._revisions.current.config.storage.root, clock=clock, changed=self._poke
        )
        self._horizons = Horizons(zone, self._pauses)
        self._loop = Loop(
            self._revisions,
            clock=clock,
            recorders=self._launcher,
            servers=self._watches,
            archive=self._archivist,
            chronicle=self._chronicle,
            horizons=self._horizons,
        )
        self._wakeups = Wakeups(self._run_pass, clock=clock, resync_s=RESYNC_S)
        self._watch = FileWatch(self._revisions, loaded.path, clock=clock)
        self._housekeeper = Housekeeper(
            clock=clock,
            config=lambda: self._revisions.current.config,
            check_root=self._roots.check,
            open_files=lambda root: open_segments(self._launcher.observe().values(), root),
            tell=self._journals.tell,
        )
        self._offloader = Offloader(
            clock=clock,
            config=lambda: self._revisions.current.config,
            check_root=self._roots.check,
            tell=self._journals.tell,
        )
        self._heartbeat = Heartbeat(
            clock=clock,
            poke=self._poke,
            hung=partial(self._hang, hung),
            silence_limit_s=_SILENCE_LIMIT_S,
        )

    def _described(self, described: Described) -> None:
        self._loop.described(described)

    def _audited(self, camera: str, audited: Audited) -> None:
        self._journals.tell(audited)
        if camera:
            self._loop.audited(camera, flaw_of(audited))

    def _poke(self) -> None:
        self._wakeups.poke()

    def _run_pass(self) -> datetime:
        self._launcher.release_all_but(self._revisions.current.config.cameras)
        self._remember(patience_s=0.0)
        due = self._loop.run_pass()
        recorders = self._launcher.observe().values()
        recordings = [one.recording for recorder in recorders for one in recorder.everyone]
        self._guards.keep({r.output.root for r in recordings if r is not None})
        self._heartbeat.passed()
        return due

    def _remember(self, *, patience_s: float) -> None:
        past = self._unread.past(patience_s=patience_s) if self._unread else None
        if past is not None:
            self._chronicle.remember(past)
            self._unread = None

    def _accept(self, loaded: Loaded) -> None:
        """Get ready for an edited file; raises `MachineError` if it cannot be applied here."""
        gstreamer.require(pipeline.elements(loaded.config.encodings))
        root = loaded.config.storage.root
        is_new = self._roots.hold(root)
        self._journals.hold(root)
        self._auditor.hold(root)
        if is_new:  # a scheduler that was killed there may have left recorders, which hold devices
            self._launcher.adopt(root)

    def _compare(self, old: Config, new: Config) -> Difference:
        """Return what becomes of the cameras when `new` is applied now."""
        there = Situation(
            self._watches.views(),
            self._clock.now(),
            self._horizons.latest,
            self._launcher.observe(),
            self._clock.monotonic_s(),
        )
        found = difference(old, new, there)
        ending = [one.camera for one in losses(found)]
        return dated(found, self._chronicle.recorded_since(ending, at=there.now))

    def _announce(self, news: FileNews | Looked) -> None:
        if isinstance(news, Looked):
            self._journals.tell(event_of(news))
            return
        self._hooks.heard_of_file(news)
        for one in events(news.applied) if news.state is State.APPLIED else ():
            self._chronicle.note(one)

    def _hang(self, hung: Callable[[], None]) -> None:
        self._journals.close(how=HUNG, patience_s=_LAST_WORDS_S)
        hung()

    def start(self) -> None:
        root = self._revisions.current.config.storage.root
        self._unread = self._journals.hold(root)
        self._remember(patience_s=_MORE_S)
        self._revisions.start()
        self._hooks.start()
        self._archivist.start()
        self._auditor.hold(root)
        self._auditor.start()
        self._launcher.adopt(root)
        self._watch.start()
        self._pauses.start(patience_s=_MORE_S)
        self._heartbeat.start()
        self._housekeeper.start()
        self._offloader.start()
        self._wakeups.start()

    def reload(self) -> None:
        """Look at the file now rather than when it is noticed."""
        self._watch.touch()

    def status(self) -> Status:
        return self._loop.status()

    def end_within(self, time_left: timedelta, *, why: str) -> None:
        """End every window `time_left` from now at the latest; `why` is for the journal."""
        self._ended_by = why
        self._loop.end_within(time_left)
        self._poke()

    def longest_end_s(self) -> float:
        """Return how long after its windows a recorder may take to end in an orderly way."""
        return self._loop.longest_tail().total_seconds() + INTERRUPT_GRACE_S + _MORE_S

    def hand_over(self) -> None:
        """End, and leave the recorders that run to the next scheduler: it loses no frame."""
        self._ended_by = "handover"
        self._end(self._launcher.leave)

    def close(self) -> None:
        """Finalise whatever still records, describe it, and let everything go."""
        self._end(self._launcher.close)

    def left_to_copy(self, *, patience_s: float) -> str:
        """Return, once it is closed, which files still wait for their copy, in words; or ''."""
        config, trouble = self._revisions.current.config, self._offloader.trouble
        return left_to_copy(config, trouble=trouble, patience_s=patience_s)

    def _end(self, end_recorders: Callable[[], bool]) -> None:
        """First what brings work, then who does it, then who is told; the root's lock is last."""
        self._wakeups.close()
        self._watch.close()
        self._pauses.close()
        self._heartbeat.close()
        self._auditor.close(patience_s=_LAST_WORDS_S)
        self._housekeeper.close(patience_s=_LAST_WORDS_S)
        self._offloader.close(patience_s=_LAST_WORDS_S)
        is_over = end_recorders()
        self._watches.close()
        self._archivist.close(patience_s=_DISK_PATIENCE_S if is_over else _MORE_S)
        self._loop.finish()
        self._hooks.close(patience_s=_MORE_S)
        self._journals.close(how=self._ended_by, patience_s=_MORE_S)
        self._roots.close()


def _journal(root: Path, *, clock: Clock) -> Journal:
    """Return a journal of this run on a root that is held."""
    now = clock.now()
    return Journal(root, Run(os.getpid(), __version__, began=now, last_pass=now), clock=clock)
