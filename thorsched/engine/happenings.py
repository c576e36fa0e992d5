"""What has happened to file, servers and clocks between two passes, for the journal. Pure.

Level-triggered, like all of the loop: `chronicle.py` takes a `Glance` in each pass and compares it
with the one before, so that nobody has to be told by whom something is noticed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from thorsched.base.units import format_seconds, format_utc
from thorsched.engine.sources import View
from thorsched.engine.wrong import Wrong
from thorsched.recording.history import Happened
from thorsched.recording.segments import NEVER_BEFORE
from thorsched.recording.trouble import Cause, Trouble

NOT_APPLIED, APPLIED, AS_BEFORE = "file not applied", "file applied", "file as before"
"""What has happened to the file, in the journal's words; the latest of them holds."""
# The clocks are read one after the other, and are slewed.
JUMP = timedelta(seconds=1)
# Passes are seconds apart at most.
STOOD_STILL_S = 30.0


@dataclass(frozen=True, slots=True)
class Glance:
    """What a pass saw; `now_s` is `now` by the monotonic clock."""

    now: datetime
    now_s: float
    revision: str
    wrong: Wrong | None
    views: Mapping[str, View]
    """By the servers' URLs."""

    def jump_since(self, before: "Glance") -> timedelta:
        """Return by how much the wall clock has moved beside the monotonic one; 0 for a bit."""
        passed = timedelta(seconds=self.now_s - before.now_s)
        jump = self.now - before.now - passed
        return jump if abs(jump) > JUMP else timedelta(0)

    def wanted_since(self, before: "Glance", *, last: datetime | None) -> datetime:
        """Return from when on it is to be told what was wanted until now.

        A clock that stood in 1970 says nothing of that: then it is from `last` on, when an earlier
        run was last at work, or only what has passed by the monotonic clock.
        """
        if not before.now < NEVER_BEFORE <= self.now:
            return before.now
        begun = self.now - timedelta(seconds=self.now_s - before.now_s)
        return begun if last is None or last < NEVER_BEFORE else min(last, begun)

    def follows(self, before: "Glance") -> bool:
        """Return whether it is the next pass in a row: both clocks say the same of the time."""
        is_later = self.now >= before.now
        return is_later and not (self.jump_since(before) or self.stood_still_since_s(before))

    def absence_since(self, before: "Glance") -> Trouble | None:
        """Return what has kept the program from looking; None if nothing has."""
        jump_s, still_s = self.jump_since(before).total_seconds(), self.stood_still_since_s(before)
        if jump_s > 0:
            return Trouble(Cause.CLOCK, f"{format_seconds(jump_s)} are not there")
        if still_s:
            return Trouble(Cause.NOT_RUNNING, f"it stood still for {format_seconds(still_s)}")
        return None

    def stood_still_since_s(self, before: "Glance") -> float:
        """Return for how long there was no pass, if that is longer than it may be; else 0."""
        passed_s = self.now_s - before.now_s
        return passed_s if passed_s > STOOD_STILL_S else 0.0


def happened(before: Glance | None, after: Glance) -> Iterator[Happened]:
    """Yield what has happened between two glances; of the first one, how things are."""
    views = {} if before is None else before.views
    for url, view in after.views.items():
        yield from _server(url, views.get(url), view, at=after.now)
    if before is not None:
        yield from _file_and_clocks(before, after)
    if after.wrong and not after.wrong.says_the_same(before.wrong if before else None):
        yield Happened(after.now, NOT_APPLIED, "; ".join(after.wrong.lines))


def _file_and_clocks(before: Glance, after: Glance) -> Iterator[Happened]:
    if jump := after.jump_since(before):
        yield Happened(after.now, "clock jumped", f"by {jump.total_seconds():+.1f} s")
    if still_s := after.stood_still_since_s(before):
        yield Happened(after.now, "program stood still", f"for {format_seconds(still_s)}")
    if after.revision != before.revision:
        was = before.wrong.since if before.wrong and after.wrong is None else None
        mended = f"; what stood there since {format_utc(was)} was wrong" if was else ""
        yield Happened(after.now, APPLIED, f"revision {after.revision}{mended}")
    elif before.wrong is not None and after.wrong is None:
        yield Happened(after.now, AS_BEFORE, f"revision {after.revision}")


def _server(url: str, before: View | None, after: View, *, at: datetime) -> Iterator[Happened]:
    was, now = _state(before), _state(after)
    if now == was or now is None:
        return
    if isinstance(now, Trouble):
        if not isinstance(was, Trouble) or was.cause is not now.cause:
            yield Happened(at, "server not to be asked", f"{url}: {now}")
    else:
        yield Happened(at, "server reached", url)


def _state(view: View | None) -> Trouble | bool | None:
    """Return why a server does not list its devices, True if it does, None if that is not known."""
    if view is None:
        return None
    return view.problem or (True if view.roster.known else None)
