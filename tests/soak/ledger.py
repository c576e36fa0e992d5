"""What was recorded, held against what the server really sent and what the journal admits. Pure.

Called by `run.py`, which has gathered all of it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# A gap's bounds are known to a segment's span, and frames are due before they are filmed.
TOLERANCE_S = 1.0
# What is shorter is no pause to the journal: see `thorsched/video/pauses.py`. On a machine with
# more to do than it can, SRT gives up single packets; each frame's counter tells of it.
PAUSE_S = 0.5
_DROPPED_AT_MOST = 1 / 1000


@dataclass(frozen=True, slots=True)
class Gap:
    """What the journal admits: from `start_s` to `end_s`, in seconds since 1970, nothing."""

    start_s: float
    end_s: float
    cause: str

    def covers(self, moment_s: float) -> bool:
        return self.start_s - TOLERANCE_S <= moment_s <= self.end_s + TOLERANCE_S


@dataclass(frozen=True, slots=True)
class Account:
    """One camera's."""

    camera: str
    sent: int
    recorded: int
    """Distinct frames."""
    overlapped: int
    """Frames that are there more than once, by two recorders at once."""
    missing: Sequence[tuple[int, float]]
    """Number and due time of what was sent and is nowhere, from the first frame to the last."""
    unexplained: Sequence[tuple[int, float]]
    """What is missing and in no gap, but for what was dropped."""
    dropped: int
    """Frames that are missing alone, or in less than a pause, in no gap."""
    foreign: int
    """Frames of another camera, or that were never sent."""
    untrue: Sequence[Gap]
    """Gaps in the middle of which frames are on disk."""
    gaps: Sequence[Gap]

    @property
    def is_good(self) -> bool:
        few = max(2.0, _DROPPED_AT_MOST * self.sent)
        return not self.unexplained and not self.foreign and not self.untrue and self.dropped <= few


def account(
    camera: str, *, due_s: Mapping[int, float], recorded: Sequence[int], gaps: Sequence[Gap]
) -> Account:
    """Return the account of a camera whose sent frames were due at `due_s`, by number."""
    counted = Counter(recorded)
    span = range(min(counted), max(counted) + 1) if counted else range(0)
    missing = [(n, at) for n, at in due_s.items() if n in span and n not in counted]
    silent = [one for one in missing if not any(gap.covers(one[1]) for gap in gaps)]
    unexplained = [one for run in _runs(silent) for one in run if run[-1][1] - run[0][1] >= PAUSE_S]
    on_disk = sorted(due_s[number] for number in counted.keys() & due_s.keys())
    return Account(
        camera=camera,
        sent=sum(number in span for number in due_s),
        recorded=len(counted),
        overlapped=sum(count > 1 for count in counted.values()),
        missing=missing,
        unexplained=unexplained,
        dropped=len(silent) - len(unexplained),
        foreign=len(counted.keys() - due_s.keys()),
        untrue=[gap for gap in gaps if _is_untrue(gap, on_disk)],
        gaps=gaps,
    )


def _runs(missing: Sequence[tuple[int, float]]) -> Iterator[list[tuple[int, float]]]:
    """Yield the stretches of numbers without a break."""
    run: list[tuple[int, float]] = []
    for one in missing:
        if run and one[0] != run[-1][0] + 1:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _is_untrue(gap: Gap, on_disk: Sequence[float]) -> bool:
    start_s, end_s = gap.start_s + TOLERANCE_S, gap.end_s - TOLERANCE_S
    return any(start_s < moment_s < end_s for moment_s in on_disk)


def lines(accounts: Sequence[Account]) -> Iterator[str]:
    """Yield the ledger as a person reads it."""
    yield "camera  sent    recorded  overlap  missing  unexplained  dropped  gaps  verdict"
    for one in accounts:
        yield (
            f"{one.camera:6}  {one.sent:<6}  {one.recorded:<8}  {one.overlapped:<7}  "
            f"{len(one.missing):<7}  {len(one.unexplained):<11}  {one.dropped:<7}  "
            f"{len(one.gaps):<4}  "
            f"{'good' if one.is_good else 'BAD'}"
        )
    causes = Counter(gap.cause for one in accounts for gap in one.gaps)
    for cause, count in causes.most_common():
        yield f"{count:4} gaps: {cause}"
    for one in accounts:
        for number, at in one.unexplained[:5]:
            yield f"{one.camera}: frame {number}, due at {at:.3f}, is nowhere, in no gap"
        for gap in one.untrue[:5]:
            yield f"{one.camera}: frames inside the gap {gap.start_s:.1f} to {gap.end_s:.1f}"
