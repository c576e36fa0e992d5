"""What grows counts as kept and as recorded until it is described, and never twice."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.values import NOON, recording, window
from thorsched.engine.tally import KEPT_APART, Tally
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.segments import Described, Segment
from thorsched.recording.spec import tail
from thorsched.schedule.intervals import Window

LATENCY = recording().latency
PIPE = tail(LATENCY)


def path(attempt: int, segment: int) -> Path:
    return Path(f"recordings/side/2026-03-01/side_{attempt}-{segment:05}.mkv")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def growing(
    seconds: float, *, since: float, attempt: int = 1, segment: int = 0, size_bytes: int = 1000
) -> Recorder:
    """Return a recorder whose files have grown from `since` to `seconds`, in monotonic time."""
    return Recorder(
        "side",
        phase=Phase.RECORDING,
        since_s=since,
        recording=recording(),
        size_bytes=size_bytes,
        open_segment=path(attempt, segment),
        grew_at_s=seconds,
    )


def described(
    segment: Path, start: float, end: float, *, size_bytes: int = 1000, frames: int = 100
) -> Described:
    span = Window(at(start), at(end))
    return Described(
        Segment(segment, recording(), NOON, ()), size_bytes, frames, span, finalised=True
    )


def missed(tally: Tally, seconds: float) -> float:
    return round(tally.missed_s(at=at(seconds), pipe=PIPE), 2)


@pytest.fixture
def wanted() -> Tally:
    return Tally().want([window(0, 10)])


def test_nothing_is_missed_while_an_open_segment_grows(wanted: Tally) -> None:
    for second in range(1, 300, 7):
        tally = wanted.see(growing(second, since=0.5), at=at(second), now_s=second)
        assert missed(tally, second) == 0.0


@pytest.mark.fault(45)
def test_what_grows_on_when_the_clock_is_set_back_is_not_missed(wanted: Tally) -> None:
    tally = wanted.see(growing(130.0, since=120.0), at=at(130), now_s=130)
    for second in (31, 60, 110):
        tally = tally.see(growing(second + 100.0, since=120.0), at=at(second), now_s=second + 100)
        assert missed(tally, second) == pytest.approx(20.0 - 0.5, abs=0.15)


def test_what_passed_before_the_first_growth_is_missed(wanted: Tally) -> None:
    tally = wanted.see(growing(60.0, since=20.0), at=at(60), now_s=60)
    assert missed(tally, 60) == pytest.approx(20.0 - 0.5, abs=0.15)


def test_while_nothing_grows_time_is_missed_once_it_has_left_the_pipe(wanted: Tally) -> None:
    assert missed(wanted, 1.0) == 0.0
    assert missed(wanted, 11) == 10.0


def test_a_stall_is_missed_from_its_beginning_as_soon_as_it_is_noticed(wanted: Tally) -> None:
    stalled = growing(100.0, since=0.5)
    tally = wanted.see(growing(50.0, since=0.5), at=at(50), now_s=50).see(
        stalled, at=at(102), now_s=102
    )
    assert missed(tally, 102) == 0.0, "it may still come"
    tally = tally.see(
        replace(stalled, phase=Phase.STOPPING, since_s=103.5), at=at(103.5), now_s=103.5
    )
    assert missed(tally, 110) == pytest.approx(110 - 1.0 - 99.5, abs=0.6)


def test_an_attempt_that_is_over_counts_until_its_files_are_described(wanted: Tally) -> None:
    tally = wanted.see(growing(300.0, since=0.5, size_bytes=5000), at=at(300), now_s=300)
    tally = tally.see(Recorder("side"), at=at(301), now_s=301)
    assert (tally.kept_bytes, missed(tally, 300)) == (5000, 0.0)
    tally = tally.record(described(path(1, 0), 0.2, 299.9, size_bytes=5100))
    assert (tally.kept_bytes, missed(tally, 300)) == (5100, 0.2)


def test_what_was_never_described_proves_nothing_after_a_minute(wanted: Tally) -> None:
    tally = wanted.see(growing(300.0, since=0.5, size_bytes=5000), at=at(300), now_s=300)
    tally = tally.see(Recorder("side"), at=at(361), now_s=361)
    assert (tally.kept_bytes, missed(tally, 300)) == (0, 299)


def test_a_segment_counts_once_while_its_attempt_goes_on(wanted: Tally) -> None:
    tally = wanted.see(growing(10.0, since=0.5, size_bytes=1000), at=at(10), now_s=10)
    tally = tally.see(growing(11.0, since=0.5, segment=1, size_bytes=1300), at=at(11), now_s=11)
    assert tally.kept_bytes == 1300
    tally = tally.record(described(path(1, 0), 0.2, 10.0, size_bytes=1000))
    assert tally.kept_bytes == 1300
    tally = tally.see(growing(30.0, since=0.5, segment=2, size_bytes=3000), at=at(30), now_s=30)
    tally = tally.record(described(path(1, 1), 10.0, 20.0, size_bytes=1100))
    assert tally.kept_bytes == 3000
    assert missed(tally, 30) == 0.2, "the description knows when the first frame came"


def test_a_new_attempt_adds_to_what_the_old_ones_have_left(wanted: Tally) -> None:
    tally = wanted.see(growing(10.0, since=0.5, size_bytes=1000), at=at(10), now_s=10)
    tally = tally.see(growing(21.0, since=20.0, attempt=2, size_bytes=10), at=at(21), now_s=21)
    assert tally.kept_bytes == 1010
    tally = tally.record(described(path(1, 0), 0.2, 9.5, size_bytes=1000))
    assert tally.kept_bytes == 1010
    tally = tally.see(growing(40.0, since=20.0, attempt=2, size_bytes=900), at=at(40), now_s=40)
    tally = tally.see(Recorder("side"), at=at(41), now_s=41)
    tally = tally.record(described(path(2, 0), 19.5, 39.5, size_bytes=910))
    assert tally.kept_bytes == tally.size_bytes == 1910


def test_a_look_that_comes_late_counts_nothing_twice(wanted: Tally) -> None:
    before = growing(10.0, since=0.5, size_bytes=1000)
    tally = wanted.see(before, at=at(10), now_s=10).see(Recorder("side"), at=at(10.1), now_s=10.1)
    tally = tally.record(described(path(1, 0), 0.2, 9.9, size_bytes=1000))
    assert tally.see(before, at=at(10.2), now_s=10.2).kept_bytes == 1000


def test_what_an_attempt_of_weeks_has_described_is_kept_in_mind_no_longer(wanted: Tally) -> None:
    tally = wanted
    for number in range(1, 50):
        tally = tally.see(
            growing(10.0 * number, since=0.5, segment=number),
            at=at(10.0 * number),
            now_s=10.0 * number,
        )
        done = described(path(1, number - 1), 10.0 * (number - 1) - 0.4, 10.0 * number - 0.4)
        tally = tally.record(done)
    (growth,) = tally.growths
    span = growth.span(at(495))
    assert span is not None
    assert span.start >= at(480), "it still stands for what was described long ago"
    assert missed(tally, 495) == 0.0
    assert tally.fold(at=at(495) + KEPT_APART).wanted[0].start >= at(480)
