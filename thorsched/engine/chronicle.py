"""What the engine tells the journal: the gaps of every camera, and what has happened.

Called by `loop.py` in each pass, by workers and the archivist in between; a lock makes each
addition whole. Decides nothing about recorders, and a bug in it costs them nothing. A camera that
goes on as it was, and whose gaps stay what they are, is left alone until it moves.
"""

import contextlib
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from thorsched.catalogue.entries import (
    CameraPast,
    Entry,
    Gap,
    Gaps,
    Past,
    Stretch,
    Stretches,
)
from thorsched.catalogue.runs import absence_after
from thorsched.config.load import Loaded
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, Wanted, wanted_between
from thorsched.engine.gaps import Book, book_begun_in, book_from
from thorsched.engine.happenings import Glance, happened
from thorsched.engine.movements import Scene
from thorsched.engine.pauses import Pauses
from thorsched.engine.tallies import LONGEST_SUSPEND, MOST_WINDOWS
from thorsched.engine.wants import Wants, named
from thorsched.recording.history import AttemptBegan, AttemptEnded, Happened, Note
from thorsched.recording.lifecycle import Recorder
from thorsched.recording.segments import Described
from thorsched.recording.spec import tail
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window, subtract

log = logging.getLogger(__name__)

LONGEST_ABSENCE = timedelta(days=60)
"""What the file wanted before that, while the program did not run, is no gap any more."""
Passed = Mapping[str, tuple[Window, ...]]
"""What of the time that has passed was wanted, by camera."""
# The journal knows of no less.
_SHORTEST = timedelta(milliseconds=1)


class Journal(Protocol):
    """Whoever writes it down; never blocks."""

    def tell(self, entry: Entry) -> None: ...
    def keep_gaps(self, gaps: Gaps) -> None: ...
    def passed(self, at: datetime) -> None: ...


class Chronicle:
    """A `Book` for each camera that is or was wanted; the journal is told what changes in it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._past: Past | None = None
        self._late: Past | None = None
        """What the journal told after the first pass."""
        self._first: datetime | None = None
        self._books: dict[str, Book] = {}
        self._told: dict[str, tuple[Gap, ...]] = {}
        """What the journal has of each camera's gaps, as far as they are in its book."""
        self._untold: set[str] = set()
        """The cameras whose gaps are to be told once more, whatever was told of them."""
        self._wants: dict[str, Wants] = {}
        self._pauses = Pauses()
        self._glance: Glance | None = None
        self._config: Config | None = None
        """The file as of the last pass: what has been wanted since."""
        self._has_stumbled = False
        self._scene: Scene | None = None
        """Of the last pass."""
        self._added_until: dict[str, datetime] = {}
        """Until when what has gone by of a camera is in its book."""
        self._restless: set[str] = set()
        """The cameras whose gaps may become others though they do not move."""
        self._adopted: list[AttemptBegan] = []
        self._early: list[Described] = []
        """What was described before the first pass."""

    def remember(self, past: Past) -> None:
        """Go on from what the journal told, once: before the first pass, or when it is known.

        A journal of a year takes its disk seconds to check, and recording does not wait for that.
        """
        with self._lock:
            if self._first is None:
                self._past = past
            else:
                self._late = past

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Let one thread in, and no bug of ours out: it is told once, and recording goes on."""
        with self._lock:
            try:
                yield
            except Exception:
                log.log(
                    logging.DEBUG if self._has_stumbled else logging.ERROR,
                    "a bug in the journal's gaps",
                    exc_info=True,
                )
                self._has_stumbled = True

    def note(self, note: Note) -> None:
        """Write down what has become of an attempt; from any thread."""
        self._journal.tell(note)
        with self._guarded():
            match note:
                case AttemptBegan() if note.adopted is not None:
                    self._restless.add(note.recording.camera)
                    self._adopted.append(note)
                case AttemptEnded(trouble=None, is_beside=True):
                    pass  # the camera has another recorder, and frames
                case AttemptEnded() if note.camera in self._books:
                    self._restless.add(note.camera)
                    trouble = note.trouble or Trouble(note.cause, note.why)
                    book = self._books[note.camera]
                    until = note.at + timedelta.resolution
                    self._books[note.camera] = book.suffered(trouble, since=note.at, until=until)
                case _:
                    pass

    def described(self, described: Described) -> None:
        """Write down a segment that is on disk; from any thread."""
        self._journal.tell(described)
        with self._guarded():
            if self._glance is None:
                self._early.append(described)
            else:
                self._record(described)

    def _record(self, described: Described) -> None:
        camera = described.segment.recording.camera
        if camera in self._books:
            self._bring_up(camera)
            self._restless.add(camera)
            self._books[camera] = self._books[camera].record(described)

    def look(
        self, loaded: Loaded, scene: Scene, moved: AbstractSet[str], *, horizon: Horizon
    ) -> None:
        """Take down a pass; the cameras that have not `moved` are as in the last one."""
        now, config = scene.now, loaded.config
        with self._guarded():
            before, self._glance = self._glance, scene.glance
            for one in happened(before, scene.glance):
                self._journal.tell(one)
            is_of_all = self._is_of_all(before, scene.glance, config)
            cameras = moved | self._restless
            if is_of_all:
                cameras |= {*config.cameras, *self._books, *self._wants}
            self._restless |= cameras  # until they were looked at
            for camera in cameras:
                self._bring_up(camera)
            if before is None or self._config is None:
                passed = self._begin(config, scene.wanted, now=now, horizon=horizon)
            else:
                passed = self._go_on(self._config, before, scene, cameras, horizon)
            self._note_pauses(loaded, horizon.pauses)
            self._follow(loaded, passed, scene, cameras, horizon=horizon)
            self._config = config
            self._catch_up(loaded, horizon)
            for camera in cameras & config.cameras.keys():
                self._books.setdefault(camera, Book(camera, now))
            self._adopt(now, scene.glance.now_s)
            for camera in [c for c in self._books if is_of_all or c in cameras]:
                self._suffer(camera, scene.in_the_way(camera), at=now)
                is_still = self._look_at(scene.recorder(camera), at=now, now_s=scene.now_s)
                wants = self._wants.get(camera)
                is_still &= wants is None or wants.is_still(scene.planned(camera))
                (self._restless.discard if is_still else self._restless.add)(camera)
        self._scene = scene
        self._journal.passed(min(now, horizon.until or now))

    def _is_of_all(self, before: Glance | None, glance: Glance, config: Config) -> bool:
        """Return whether there may be something to take down of cameras that have not moved."""
        is_next = before is not None and self._config is not None and glance.follows(before)
        is_other_root = self._config and self._config.storage.root != config.storage.root
        if is_other_root:
            self._untold |= self._told.keys()  # its journal may know nothing yet
        return not is_next or bool(is_other_root) or self._late is not None

    def _bring_up(self, camera: str) -> None:
        """Add to a camera's book what has gone by until the last pass."""
        book, scene = self._books.get(camera), self._scene
        if book is None or scene is None:
            return
        since = self._added_until.get(camera, scene.now)
        if since < scene.now:
            self._added_until[camera] = scene.now
            book = book.want(scene.passed(camera, since))
            self._books[camera] = book.see(scene.recorder(camera), at=scene.now, now_s=scene.now_s)
            if camera in self._wants:
                self._wants[camera] = replace(self._wants[camera], known=scene.now)

    def recorded_since(self, cameras: Iterable[str], *, at: datetime) -> dict[str, datetime]:
        """Return since when frames of these cameras have come without a break, if any come now.

        By earlier runs, too. From any thread.
        """
        found: dict[str, datetime] = {}
        with self._guarded():
            for camera in cameras:
                self._bring_up(camera)
                book = self._books.get(camera)
                since = book.tally.recorded_since(at) if book else None
                found |= {camera: since} if since else {}
        return found

    def finish(self, observed: Mapping[str, Recorder], *, now: datetime, now_s: float) -> None:
        """Take down how all has ended, once the last segment is described."""
        with self._guarded():
            for camera in self._books:
                self._bring_up(camera)
                self._look_at(observed.get(camera, Recorder(camera)), at=now, now_s=now_s)

    def _begin(
        self, config: Config, wanted: Mapping[str, Wanted], *, now: datetime, horizon: Horizon
    ) -> Passed:
        """Open the books: where the last run has left off, or with the windows that are on.

        Returns what was wanted meanwhile.
        """
        past, run, self._first = self._past, self._past.run if self._past else None, now
        if past is not None and run is not None and run.last_pass < now:
            for camera in past.cameras.keys() | config.cameras.keys():
                known = past.cameras.get(camera, CameraPast())
                book = book_from(known, camera=camera, ended=run.last_pass)
                absence = absence_after(run)
                self._books[camera] = book.suffered(absence, since=run.last_pass, until=now)
                self._told[camera] = known.gaps
            since = max(run.last_pass, now - LONGEST_ABSENCE)
            passed = self._want(config, config.cameras.keys(), Window(since, now), horizon)
        else:
            for camera in config.cameras:
                recorded = past.cameras[camera].recorded if past and camera in past.cameras else ()
                window = wanted[camera].window if camera in wanted else None
                book = book_begun_in(window, camera, now=now, longest=LONGEST_ABSENCE)
                self._books[camera] = book.recorded_before(recorded)
            if past is not None and run is not None:  # the clock is behind what it was
                self._end_gaps(past.cameras, ended=run.last_pass)
            passed = {camera: book.tally.wanted for camera, book in self._books.items()}
        for described in self._early:
            self._record(described)
        self._early.clear()
        return passed

    def _catch_up(self, loaded: Loaded, horizon: Horizon) -> None:
        """Take in what was told late, as if it had been there at the first pass."""
        past, self._late, first = self._late, None, self._first
        if past is None or first is None:
            return
        self._past, run = past, past.run
        if run is None or run.last_pass >= first:
            for camera in past.cameras.keys() & self._books.keys():
                recorded = past.cameras[camera].recorded
                self._books[camera] = self._books[camera].recorded_before(recorded)
            if run is not None:
                self._end_gaps(past.cameras, ended=run.last_pass)
            return
        between = Window(max(run.last_pass, first - LONGEST_ABSENCE), first)
        for camera in past.cameras.keys() | loaded.config.cameras.keys():
            known, book = past.cameras.get(camera, CameraPast()), self._books.get(camera)
            book = book or Book(camera, first)
            wanted: tuple[Window, ...] = ()
            if camera in loaded.config.cameras:
                wanted = wanted_between(loaded.config, camera, between=between, horizon=horizon)
            missed = subtract(wanted, book.tally.wanted)
            new = [Stretch(camera, w.start, w.end, loaded.revision, ()) for w in missed]
            if new:
                self._journal.tell(Stretches(named(new, loaded.config, horizon)))
            earlier = book_from(known, camera=camera, ended=run.last_pass).want(wanted)
            earlier = earlier.suffered(absence_after(run), since=run.last_pass, until=first)
            self._books[camera] = book.after(earlier, first=first)
            self._told[camera] = (*known.gaps, *self._told.get(camera, ()))

    def _end_gaps(self, past: Mapping[str, CameraPast], *, ended: datetime) -> None:
        """End what went on as the last run `ended`, which no book goes on with."""
        for camera, known in past.items():
            left = [gap for gap in known.gaps if gap.end is None]
            over = [replace(gap, end=max(ended, gap.start + _SHORTEST)) for gap in left]
            if over:
                self._journal.keep_gaps(Gaps(camera, tuple(over)))

    def _go_on(
        self,
        config: Config,
        before: Glance,
        scene: Scene,
        cameras: AbstractSet[str],
        horizon: Horizon,
    ) -> Passed:
        now, glance = scene.now, scene.glance
        run = self._past.run if self._past else None
        since = glance.wanted_since(before, last=run.last_pass if run else None)
        since = max(since, now - LONGEST_SUSPEND)
        if since < now:
            self._absent(before, glance)
            return self._want(config, cameras, Window(since, now), horizon)
        return {}

    def _follow(
        self,
        loaded: Loaded,
        passed: Passed,
        scene: Scene,
        cameras: Iterable[str],
        *,
        horizon: Horizon,
    ) -> None:
        """Tell the journal when cameras were wanted, and are to be."""
        if self._config and self._config.storage.root != loaded.config.storage.root:
            self._wants.clear()  # the journal of the new root knows nothing of what was before
        for camera in cameras:
            if camera not in self._wants and camera not in loaded.config.cameras:
                continue
            windows, planned = passed.get(camera, ()), scene.planned(camera)
            before = self._wants.get(camera, Wants(scene.now))
            fresh = Stretch(camera, scene.now, None, loaded.revision, ())
            wants, told = before.follow(windows, planned, now=scene.now, fresh=fresh)
            if told:
                told = named(told, loaded.config, horizon)
                self._journal.tell(Stretches(told))
                wants = replace(wants, newest=told[-1])
            self._wants[camera] = wants

    def _note_pauses(self, loaded: Loaded, pauses: Pauses) -> None:
        """Tell the journal of pauses that have begun or ended; that of a new root of all."""
        is_new = self._config and self._config.storage.root != loaded.config.storage.root
        for pause in pauses.news(Pauses() if is_new else self._pauses):
            self._journal.tell(pause)
        self._pauses = pauses

    def _absent(self, before: Glance, glance: Glance) -> None:
        """Note in every book what has kept the program from looking."""
        trouble = glance.absence_since(before)
        if trouble is not None:
            for camera, book in self._books.items():
                self._books[camera] = book.suffered(trouble, since=before.now, until=glance.now)

    def _want(
        self, config: Config, cameras: AbstractSet[str], between: Window, horizon: Horizon
    ) -> Passed:
        passed: dict[str, tuple[Window, ...]] = {}
        for camera in config.cameras.keys() & cameras:
            passed[camera] = wanted_between(config, camera, between=between, horizon=horizon)
            self._books[camera] = self._books[camera].want(passed[camera])
        return passed

    def _adopt(self, now: datetime, now_s: float) -> None:
        for began in self._adopted:
            camera = began.recording.camera
            if camera in self._books:
                self._books[camera] = self._books[camera].adopt(began, at=now, now_s=now_s)
        self._adopted.clear()

    def _suffer(self, camera: str, trouble: Trouble | None, *, at: datetime) -> None:
        before, book = self._books[camera], self._books[camera].suffer(trouble, at=at)
        self._books[camera] = book
        for one in book.troubles[len(before.troubles) :]:
            if one.cause is not Cause.STARTING:
                self._journal.tell(Happened(at, "trouble", str(one), camera))

    def _look_at(self, recorder: Recorder, *, at: datetime, now_s: float) -> bool:
        """Tell the journal of a camera's gaps, where they are other than it knows.

        Return whether they stay what they are while it goes on.
        """
        camera = recorder.camera
        book = self._books[camera].see(recorder, at=at, now_s=now_s)
        pipe = tail(recorder.recording.latency) if recorder.recording else timedelta(0)
        gaps, told = book.gaps(at=at, pipe=pipe), self._told.get(camera, ())
        # The clock was set back: of what it has called later a book knows nothing for now.
        later = tuple(gap for gap in told if gap.start > at)
        if (*gaps, *later) != told or camera in self._untold:
            gone = {gap.start for gap in told} - {gap.start for gap in (*gaps, *later)}
            self._journal.keep_gaps(Gaps(camera, gaps, frozenset(gone)))
            self._untold.discard(camera)
        if book.size > MOST_WINDOWS:
            book = book.settle(at=at)
            gaps = tuple(gap for gap in gaps if gap.start >= book.since)
        self._books[camera], self._told[camera] = book, (*gaps, *later)
        self._added_until[camera] = at
        return not later and all(gap.end for gap in gaps) and book.is_still(at=at, pipe=pipe)
