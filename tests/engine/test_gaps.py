"""What was wanted and not recorded, and why."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.support.values import NOON, recording
from thorsched.catalogue.entries import CameraPast, Gap
from thorsched.engine.gaps import Book, book_from
from thorsched.engine.growth import FIRST_LOOK
from thorsched.engine.tally import KEPT_APART
from thorsched.recording.history import AttemptBegan
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.segments import SEAM, Described, Quarantined, Segment
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window, subtract, union

STALLED = Trouble(Cause.STALLED, "no new frame for 3.0 s")
UNREACHABLE = Trouble(Cause.SERVER_UNREACHABLE, "no route")
STARTING = Trouble(Cause.STARTING, "the first frame was waited for")
NOTHING = timedelta(0)


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def span(start_s: float, end_s: float) -> Window:
    return Window(NOON + after(start_s), NOON + after(end_s))


def segment(start_s: float, end_s: float, name: str = "side-00000.mkv") -> Described:
    return Described(
        segment=Segment(Path(name), recording(), NOON, ()),
        size_bytes=1000,
        frames=100,
        span=span(start_s, end_s),
        finalised=True,
    )


def book(*recorded: tuple[float, float], wanted: tuple[float, float] = (0, 60)) -> Book:
    made = Book("side", NOON).want([span(*wanted)])
    for start_s, end_s in recorded:
        made = made.record(segment(start_s, end_s))
    return made


def only(gaps: tuple[Gap, ...]) -> Gap:
    (gap,) = gaps
    return gap


def found(made: Book, at_s: float = 3600.0, pipe: timedelta = NOTHING) -> tuple[Gap, ...]:
    return made.gaps(at=NOON + after(at_s), pipe=pipe)


def bounds(gap: Gap) -> tuple[float, float | None]:
    end_s = None if gap.end is None else (gap.end - NOON).total_seconds()
    return (gap.start - NOON).total_seconds(), end_s


def test_a_stall_that_is_noticed_seconds_later_is_the_cause_of_its_gap() -> None:
    made = book((0, 20), (30, 60)).suffer(STALLED, at=NOON + after(23.5))
    gap = only(found(made.suffer(None, at=NOON + after(30.6))))
    assert (bounds(gap), gap.trouble) == ((20, 30), STALLED)


def test_what_comes_in_the_way_later_is_told_behind_what_began_it_and_once() -> None:
    made = book((0, 20)).suffer(STALLED, at=NOON + after(23))
    for number, trouble in enumerate([UNREACHABLE, STALLED, UNREACHABLE, STARTING]):
        made = made.suffer(trouble, at=NOON + after(30 + number))
    gap = only(found(made))
    assert gap.trouble.cause is Cause.STALLED
    assert gap.trouble.detail == "no new frame for 3.0 s; then server unreachable: no route"


def test_what_is_met_right_after_frames_have_stopped_is_why_they_did() -> None:
    made = (
        book((0, 20)).suffer(STALLED, at=NOON + after(23)).suffer(UNREACHABLE, at=NOON + after(24))
    )
    gap = only(found(made))
    assert gap.trouble.cause is Cause.SERVER_UNREACHABLE
    assert gap.trouble.detail == "no route; noticed as stalled: no new frame for 3.0 s"


def test_that_the_program_was_killed_then_does_not_explain_it() -> None:
    absence = Trouble(Cause.NOT_RUNNING, "process 42 was killed")
    made = book((0, 20)).suffer(STALLED, at=NOON + after(23))
    made = made.suffered(absence, since=NOON + after(24), until=NOON + after(60))
    assert only(found(made)).trouble.cause is Cause.STALLED


def test_that_the_program_was_ended_after_a_gap_is_not_told_of_it() -> None:
    handover = Trouble(Cause.NOT_RUNNING, "process 7 was ended by handover")
    made = book((0, 10), (14, 60)).suffered(STALLED, since=NOON + after(13), until=NOON + after(14))
    made = made.suffered(handover, since=NOON + after(15), until=NOON + after(50))
    assert only(found(made)).trouble == STALLED


def test_what_was_in_the_way_before_a_window_is_the_cause_at_its_beginning() -> None:
    made = book((40, 60)).suffer(UNREACHABLE, at=NOON - timedelta(hours=1))
    assert only(found(made)).trouble == UNREACHABLE


def test_what_was_over_before_is_not() -> None:
    made = book((0, 20), (30, 60)).suffer(UNREACHABLE, at=NOON + after(1))
    made = made.suffer(None, at=NOON + after(2)).suffer(STALLED, at=NOON + after(23))
    assert only(found(made)).trouble == STALLED


def test_a_recorder_that_was_late_is_the_cause_where_there_is_no_other() -> None:
    late = book((5, 60)).suffer(STARTING, at=NOON - after(3))
    assert only(found(late)).trouble == STARTING
    refused = late.suffer(UNREACHABLE, at=NOON + after(1))
    assert only(found(refused)).trouble == UNREACHABLE


def test_what_nobody_knows_the_cause_of_gives_way_to_a_cause_that_is_known() -> None:
    lost = Trouble(Cause.UNKNOWN, "the journal was lost")
    made = book((0, 10)).suffered(lost, since=NOON + after(10), until=NOON + after(20))
    made = made.suffered(UNREACHABLE, since=NOON + after(20), until=NOON + after(60))
    assert only(found(made)).trouble == UNREACHABLE
    assert only(found(book((0, 10)).suffer(lost, at=NOON + after(10)))).trouble == lost


def test_a_pause_that_no_recorder_ended_for_says_so() -> None:
    trouble = only(found(book((0, 20), (22.5, 60)))).trouble
    assert trouble == Trouble(Cause.STALLED, "no frame for 2.5 s; the recorder went on")


def test_a_seam_between_segments_is_no_gap_nor_is_one_at_an_edge() -> None:
    assert found(book((0.1, 20), (20.2, 59.9))) == ()


def test_a_gap_goes_on_until_frames_are_seen_to_come() -> None:
    made = book((0, 20), wanted=(0, 40)).suffer(STALLED, at=NOON + after(23))
    assert bounds(only(found(made, at_s=40))) == (20, None)
    recorder = Recorder(
        "side",
        phase=Phase.RECORDING,
        since_s=39.9,
        grew_at_s=39.9,
        recording=recording(),
        open_segment=Path("side_2-00000.mkv"),
        size_bytes=1,
    )
    seen = made.see(recorder, at=NOON + after(40), now_s=39.9)
    first_frame = recording().latency + FIRST_LOOK
    end = NOON + after(40) - first_frame
    assert only(found(seen, at_s=40, pipe=after(0.7))) == Gap(
        "side", NOON + after(20), end, STALLED
    )


def test_a_gap_ends_with_its_window() -> None:
    assert bounds(only(found(book((0, 20)), at_s=61))) == (20, 60)


def test_frames_that_may_be_on_their_way_are_not_missed_as_yet() -> None:
    assert found(book(wanted=(0, 0.5)), at_s=0.5, pipe=after(0.7)) == ()


def test_an_adopted_recorder_has_recorded_since_it_began() -> None:
    at = NOON + after(40)
    began = AttemptBegan(NOON + after(2), Path("a.b"), recording(), 9001, 1, adopted=at)
    made = book(wanted=(2, 40)).adopt(began, at=at, now_s=1000.0)
    assert found(made, at_s=40) == ()
    grown = Recorder(
        "side",
        phase=Phase.RECORDING,
        since_s=1000.4,
        grew_at_s=1000.4,
        recording=recording(),
        open_segment=Path("a.b-00007.mkv"),
        size_bytes=1,
    )
    seen = made.want([span(40, 41)]).see(grown, at=NOON + after(41), now_s=1001.0)
    assert found(seen, at_s=41) == ()
    starting = replace(grown, phase=Phase.STARTING, open_segment=None)
    assert found(made.see(starting, at=at, now_s=1000.0), at_s=40) == ()


def test_the_next_run_goes_on_with_a_gap_that_the_last_one_left_open() -> None:
    left = Gap("side", NOON + after(20), None, STALLED)
    past = CameraPast(gaps=(left,), recorded=(span(0, 20),))
    ended, begun = NOON + after(50), NOON + after(90)
    absence = Trouble(Cause.NOT_RUNNING, "process 42 was killed")
    made = book_from(past, camera="side", ended=ended).suffered(absence, since=ended, until=begun)
    made = made.want([Window(ended, begun + after(10))]).record(segment(91, 100))
    gap = only(found(made))
    assert bounds(gap) == (20, 91)
    assert gap.trouble.cause is Cause.STALLED
    assert "then thorsched did not run: process 42 was killed" in gap.trouble.detail


def test_a_gap_that_the_file_does_not_want_any_more_ends_with_the_run_that_saw_it() -> None:
    left = Gap("side", NOON + after(20), None, STALLED)
    made = book_from(CameraPast(gaps=(left,)), camera="side", ended=NOON + after(50))
    assert only(found(made)) == replace(left, end=NOON + after(50))


def test_what_a_killed_run_had_not_described_is_a_gap_from_its_last_frame_on() -> None:
    ended, begun = NOON + after(50), NOON + after(90)
    past = CameraPast(recorded=(span(0, 20),), unfinished=(span(0, 3600),))
    absence = Trouble(Cause.NOT_RUNNING, "process 42 was killed")
    made = book_from(past, camera="side", ended=ended).suffered(absence, since=ended, until=begun)
    made = made.want([Window(ended, begun)]).record(segment(20, 48))
    gap = only(found(made))
    assert (bounds(gap), gap.trouble.cause) == ((48, 90), Cause.NOT_RUNNING)


seconds = st.integers(0, 300)
spans = st.lists(st.tuples(seconds, st.integers(1, 60)).map(lambda s: (s[0], s[0] + s[1])))
troubles = st.lists(st.tuples(seconds, st.sampled_from([None, *Cause])))


def written(wanted: list[tuple[int, int]], recorded: list[tuple[int, int]]) -> Book:
    made = Book("side", NOON).want([span(*one) for one in wanted])
    for one in recorded:
        made = made.record(segment(*one))
    return made


@given(spans, spans, troubles)
def test_gaps_are_what_was_wanted_less_what_was_recorded_and_each_has_a_cause(
    wanted: list[tuple[int, int]],
    recorded: list[tuple[int, int]],
    suffered: list[tuple[int, Cause | None]],
) -> None:
    made = written(wanted, recorded)
    for at_s, cause in sorted(suffered, key=lambda one: one[0]):
        made = made.suffer(Trouble(cause, "why") if cause else None, at=NOON + after(at_s))
    gaps = found(made)
    asked, had = (union(span(*one) for one in some) for some in (wanted, recorded))
    assert [Window(gap.start, gap.end) for gap in gaps if gap.end] == list(subtract(asked, had))
    assert all(gap.end is not None and gap.end - gap.start > SEAM for gap in gaps)
    assert all(gap.trouble.detail for gap in gaps)


@given(spans, spans, troubles, seconds)
def test_settling_what_is_past_takes_no_gap_back_and_changes_none_that_is_left(
    wanted: list[tuple[int, int]],
    recorded: list[tuple[int, int]],
    suffered: list[tuple[int, Cause | None]],
    cut_s: int,
) -> None:
    made = written(wanted, recorded)
    for at_s, cause in sorted(suffered, key=lambda one: one[0]):
        made = made.suffer(Trouble(cause, "why") if cause else None, at=NOON + after(at_s))
    settled = made.settle(at=NOON + after(cut_s) + KEPT_APART)
    whole, left = found(made), found(settled)
    assert [gap for gap in whole if gap.start >= settled.since] == list(left)
    assert all(gap.end is not None and gap.end <= settled.since for gap in whole if gap not in left)


def test_a_night_of_retries_costs_no_memory() -> None:
    made = book((0, 20))
    for number in range(10_000):
        made = made.suffer([STALLED, UNREACHABLE, STARTING][number % 3], at=NOON + after(number))
    assert made.size < 10


def test_what_is_lost_to_quarantine_again_is_a_gap_that_says_so() -> None:
    damaged = replace(segment(10, 30), finalised=False)
    made = book((0, 10), (30, 60)).record(damaged)
    assert found(made) == ()
    apart = replace(damaged, quarantined=Quarantined("damage", damaged.segment.path))
    gap = only(found(made.record(apart)))
    assert (gap.start, gap.end) == (NOON + after(10), NOON + after(30))
    assert str(gap.trouble) == "file in quarantine: side-00000.mkv: damage"


def test_a_gap_beside_which_a_file_comes_into_quarantine_keeps_its_cause() -> None:
    made = book((0, 10), (30, 60)).suffered(
        UNREACHABLE, since=NOON + after(10), until=NOON + after(30)
    )
    apart = replace(segment(5, 20), quarantined=Quarantined("whose?", Path("side-00009.mkv")))
    assert only(found(made.record(apart))).trouble == UNREACHABLE
