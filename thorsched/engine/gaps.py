"""What was wanted and not recorded, and why: the gaps of one camera. Pure.

`chronicle.py` keeps a `Book` a camera. Wanted, recorded and growing are a `Tally`'s; beside them
stands what was in the way, and when. A gap's cause is what was in the way as it began, or came
next: that frames have stopped is noticed some seconds after the last one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from thorsched.base.units import format_seconds
from thorsched.catalogue.entries import CameraPast, Gap
from thorsched.engine.growth import FIRST_LOOK, Growth
from thorsched.engine.tally import KEPT_APART, Tally
from thorsched.recording.history import AttemptBegan
from thorsched.recording.lifecycle import Recorder
from thorsched.recording.segments import SEAM, Described
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import ALWAYS, Window, clip, union

# A trouble may be told a moment after the frames have come again, where its time is not known.
_TOLD_LATE = timedelta(seconds=2)
_TIMED = frozenset({Cause.NOT_RUNNING, Cause.ENDED, Cause.CLOCK})
_LONGEST_DETAIL = 1000
# The last segments of a killed run are described in the next one.
KNOWN_BEFORE = timedelta(minutes=1)


# These tell that frames have stopped; one of those, met soon after, tells why.
_SYMPTOMS = frozenset(
    {Cause.STALLED, Cause.STREAM_ENDED, Cause.NO_FIRST_FRAME, Cause.RECORDER_EXITED}
)
_EXPLANATIONS = frozenset(
    {
        Cause.SERVER_UNREACHABLE,
        Cause.SERVER_REFUSED,
        Cause.SERVER_UNUSABLE,
        Cause.DEVICE_TAKEN,
        Cause.NO_DEVICE,
        Cause.AMBIGUOUS_DEVICE,
        Cause.NO_CAPABILITY,
        Cause.GARBAGE,
        Cause.FILE_TAKEN,
        Cause.STORAGE,
        Cause.MACHINE,
    }
)
_SOON = timedelta(seconds=5)
# These give way to whatever else came in the same gap.
_WEAK = frozenset({Cause.STARTING, Cause.UNKNOWN})

Moment = tuple[datetime, Trouble]


@dataclass(frozen=True, slots=True)
class Bout:
    """A time with something in the way, without a break; `until` is None while it lasts.

    Of each cause the first trouble is kept, and when it came: a night of retries is one bout.
    """

    since: datetime
    until: datetime | None
    troubles: tuple[Moment, ...]

    def with_trouble(self, trouble: Trouble, at: datetime) -> "Bout":
        if any(known.cause is trouble.cause for _, known in self.troubles):
            return self
        return replace(self, troubles=(*self.troubles, (at, trouble)))

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Book:
    """One camera: what was wanted and recorded from `since` on, and what was in the way."""

    camera: str
    since: datetime
    """Gaps that began before are settled, and stand in the journal alone."""
    tally: Tally = field(default_factory=Tally)
    bouts: tuple[Bout, ...] = ()
    """The last one may last still."""

    def want(self, windows: Iterable[Window]) -> "Book":
        return replace(self, tally=self.tally.want(windows))

    def see(self, recorder: Recorder, *, at: datetime, now_s: float) -> "Book":
        return replace(self, tally=self.tally.see(recorder, at=at, now_s=now_s))

    def record(self, described: Described) -> "Book":
        """Return the book with a segment; one that is lost to quarantine again leaves a gap."""
        counted = self.tally.counts(described.origin)
        book = replace(self, tally=self.tally.record(described))
        if described.quarantined is None or not counted:
            return book
        why = f"{described.segment.path.name}: {described.quarantined.why}"
        trouble, span = Trouble(Cause.QUARANTINED, why), described.span
        return book.suffered(trouble, since=span.start - SEAM, until=span.end)

    def recorded_before(self, windows: Iterable[Window]) -> "Book":
        """Return the book with what earlier runs have recorded."""
        recorded = union([*self.tally.recorded, *windows])
        return replace(self, tally=replace(self.tally, recorded=recorded))

    def after(self, earlier: "Book", *, first: datetime) -> "Book":
        """Return the book that goes on with an `earlier` one, which knows all before `first`."""
        own = clip(self.tally.wanted, Window(first, ALWAYS.end))
        tally = replace(
            self.tally,
            wanted=union([*earlier.tally.wanted, *own]),
            recorded=union([*earlier.tally.recorded, *self.tally.recorded]),
        )
        bouts = tuple(bout for bout in self.bouts if bout.until is None or bout.until > first)
        since = min(self.since, earlier.since)
        return replace(self, since=since, tally=tally, bouts=(*earlier.bouts, *bouts))

    def adopt(self, began: AttemptBegan, *, at: datetime, now_s: float) -> "Book":
        """Return the book with a recorder that has run since it `began`, and grows as of now."""
        latency = began.recording.latency
        since = began.at + latency + FIRST_LOOK
        growth = Growth(
            segment=began.first_segment,
            size_bytes=0,
            since=since,
            since_s=now_s - (at - since).total_seconds(),
            grew_at_s=now_s,
            latency=latency,
            is_live=True,
        )
        return replace(self, tally=replace(self.tally, growths=(*self.tally.growths, growth)))

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What is in the way, in the order in which it came; nothing if all is well."""
        last = self.bouts[-1] if self.bouts else None
        return () if last is None or last.until else tuple(one for _, one in last.troubles)

    def suffer(self, trouble: Trouble | None, *, at: datetime) -> "Book":
        """Return the book with what is in the way from `at` on; None if nothing is."""
        last = self.bouts[-1] if self.bouts else None
        lasts = last is not None and last.until is None
        if trouble is None:
            closed = (replace(last, until=at),) if last is not None and lasts else ()
            return replace(self, bouts=(*self.bouts[:-1], *closed)) if closed else self
        if last is not None and lasts:
            return replace(self, bouts=(*self.bouts[:-1], last.with_trouble(trouble, at)))
        return replace(self, bouts=(*self.bouts, Bout(at, None, ((at, trouble),))))

    def suffered(self, trouble: Trouble, *, since: datetime, until: datetime) -> "Book":
        """Return the book with something that was in the way, and is over."""
        lasting = self.bouts[-1:] if self.bouts and self.bouts[-1].until is None else ()
        closed = self.bouts[: len(self.bouts) - len(lasting)]
        bout = Bout(since, until, ((since, trouble),))
        return replace(self, bouts=(*closed, bout, *lasting))

    def gaps(self, *, at: datetime, pipe: timedelta) -> tuple[Gap, ...]:
        """Return the gaps that have begun since `since`, in order; the last may go on at `at`.

        Frames may take as long as `pipe`; once they are seen to come, what came before is known.
        """
        is_live = any(growth.is_live for growth in self.tally.growths)
        pipe = timedelta(0) if is_live else pipe
        horizon = at - pipe
        return tuple(
            Gap(
                self.camera,
                gap.start,
                None if gap.end >= horizon else gap.end,
                self._cause(gap),
            )
            for gap in self.tally.missed(at=at, pipe=pipe)
            if gap.length > SEAM
        )

    def is_still(self, *, at: datetime, pipe: timedelta) -> bool:
        """Return whether its gaps stay what they are as long as nobody tells it anything new.

        So it is where frames go on to come, or nothing is wanted, and nothing is in the way.
        """
        growths, wanted = self.tally.growths, self.tally.wanted
        if self.troubles:
            return False
        if growths:
            return len(growths) == 1 and growths[0].is_live
        return not wanted or wanted[-1].end <= at - pipe

    def _cause(self, gap: Window) -> Trouble:
        found = _without_changes(self._met(gap), gap)
        strong = [one for one in found if one[1].cause not in _WEAK]
        if not found:
            paused = format_seconds(gap.length.total_seconds())
            return Trouble(Cause.STALLED, f"no frame for {paused}; the recorder went on")
        (at, first), *later = strong or found
        cause = _explanation(first, at, later) or first
        words = [cause.detail]
        words += [] if cause is first else [f"noticed as {first}"]
        known = {first.cause, cause.cause}
        for _, trouble in later:
            words += [] if trouble.cause in known else [f"then {trouble}"]
            known.add(trouble.cause)
        return Trouble(cause.cause, "; ".join(filter(None, words))[:_LONGEST_DETAIL])

    def _met(self, gap: Window) -> list[Moment]:
        """Return what was in the way as the gap began, then what came, in the order of the time."""
        late = gap.end + _TOLD_LATE
        met: list[Moment] = []
        for bout in self.bouts:
            held = [one for one in bout.troubles if one[0] <= gap.start][-1:]
            met += held if bout.holds(gap.start) else []
            met += [
                (at, trouble)
                for at, trouble in bout.troubles
                if gap.start < at <= (gap.end if trouble.cause in _TIMED else late)
            ]
        return sorted(met, key=lambda one: one[0])

    def settle(self, *, at: datetime) -> "Book":
        """Return the book without what is long past at `at`; no gap that may still change is."""
        undescribed = [span.start for one in self.tally.growths if (span := one.span(at))]
        cut = min([at - KEPT_APART, *undescribed])
        missed = self.tally.missed(at=at, pipe=timedelta(0))
        cut = max(min([cut, *(gap.start for gap in missed if gap.holds(cut))]), self.since)
        rest = Window(cut, ALWAYS.end)
        tally = replace(
            self.tally,
            wanted=clip(self.tally.wanted, rest),
            recorded=tuple(window for window in self.tally.recorded if window.end > cut),
        )
        bouts = tuple(bout for bout in self.bouts if bout.until is None or bout.until > cut)
        return replace(self, since=cut, tally=tally, bouts=bouts)

    @property
    def size(self) -> int:
        """How much there is to look at, each time."""
        return len(self.tally.wanted) + len(self.tally.recorded) + len(self.bouts)


def _without_changes(met: list[Moment], gap: Window) -> list[Moment]:
    """Return what was in the way, a change of capability only where nothing else went wrong.

    Of what came after the gap nothing explains it, then.
    """
    changes = [one for one in met if one[1].cause is Cause.CAPABILITY_CHANGED]
    if not changes:
        return met
    inside = [one for one in met if one[0] <= gap.end and one[1].cause not in _WEAK]
    return [one for one in inside if one not in changes] or changes


def _explanation(symptom: Trouble, at: datetime, later: Sequence[Moment]) -> Trouble | None:
    """Return what explains that frames have stopped, as it was noticed at `at`; None if nothing."""
    if symptom.cause not in _SYMPTOMS:
        return None
    soon = [trouble for met, trouble in later if met <= at + _SOON]
    return next((trouble for trouble in soon if trouble.cause in _EXPLANATIONS), None)


def book_from(past: CameraPast, *, camera: str, ended: datetime) -> Book:
    """Return the book that goes on with what the journal knew when the last run `ended`.

    What a recorder was at that nobody has seen the end of was wanted, in its window.
    """
    wanted = [Window(gap.start, gap.end or ended) for gap in past.gaps if gap.start < ended]
    wanted += clip(past.unfinished, Window(ended - KNOWN_BEFORE, ended))
    since = min([ended, *(window.start for window in wanted)])
    book = Book(camera, since).want(wanted).recorded_before(past.recorded)
    for gap in past.gaps:
        end = max(gap.end or ended, gap.start + timedelta.resolution)
        book = book.suffered(gap.trouble, since=gap.start, until=end)
    return book


def book_begun_in(window: Window | None, camera: str, *, now: datetime, longest: timedelta) -> Book:
    """Return a camera's first book: the window that is wanted now may have begun before it.

    What is `longest` past is no gap any more.
    """
    start = window.bounds[0] if window and window.holds(now) else None
    if window is None or start is None or start == now:
        return Book(camera, now)
    since = max(start, now - longest)
    later = Trouble(Cause.BEGAN_LATER, "in the middle of a window")
    return Book(camera, since).want([Window(since, now)]).suffered(later, since=since, until=now)
