"""The ledger: whatever was wanted is recorded, or in exactly one gap that has a cause."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.values import NOON
from thorsched.catalogue.entries import AttemptRow, Gap
from thorsched.catalogue.ledger import Account, Evidence, Missing, account
from thorsched.catalogue.pieces import Filed, pieces
from thorsched.recording.trouble import Blame, Cause, Trouble, blame_of
from thorsched.report.words import percent, verdict
from thorsched.schedule.intervals import ALWAYS, Window, clip, subtract, union

STALLED = Trouble(Cause.STALLED, "no new frame for 3.0 s")
ABSENT = Trouble(Cause.NOT_RUNNING, "process 42 was killed")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def span(start: float, end: float) -> Window:
    return Window(at(start), at(end))


def segment(start: float, end: float, **more: Any) -> Filed:
    frames = max(round((end - start) * 30), 1)
    return Filed(at(start), at(end), frames, 1000, **more)


def evidence(
    wanted: list[Window], segments: list[Filed], gaps: list[Gap] | None = None
) -> Evidence:
    return Evidence("side", tuple(wanted), pieces(sorted(segments)), gaps or [])


def gap(start: float, end: float | None, trouble: Trouble = STALLED) -> Gap:
    return Gap("side", at(start), None if end is None else at(end), trouble)


def test_what_is_whole_is_complete_however_many_files_it_is_in() -> None:
    files = [segment(-3, 10), segment(10.03, 20), segment(20.2, 33)]
    found = account(evidence([span(0, 30)], files), ALWAYS)
    assert (found.percent, found.is_complete, found.missing) == (100.0, True, ())
    assert (found.wanted_s, found.recorded_s) == (30, 30)
    assert found.surplus_s == pytest.approx(6)
    assert found.frames == sum(one.frames for one in files)


def test_what_a_change_of_capability_costs_is_missing_and_nobodys_fault() -> None:
    files = [segment(0, 10), segment(11, 30)]
    changed = gap(10, 11, Trouble(Cause.CAPABILITY_CHANGED, "by schedule bursts"))
    found = account(evidence([span(0, 30)], files, gaps=[changed]), ALWAYS)
    assert (found.missing_s, found.missing[0].blame) == (1, Blame.NOBODY)
    assert found.is_complete
    assert found.percent == 96.66
    assert percent(found) == "96.66 %"
    assert verdict(found) == "complete, 30.0 s but for 1 gap, 1.0 s: capability changed"


def ticking(start: float, end: float, ticks: tuple[int, int], *, dropped: int = 0) -> Filed:
    """Return an audited segment at 30 fps whose frames are 1000 ticks apart."""
    first, last = ticks
    return segment(
        start, end, dropped=dropped, damaged=0, first_timestamp=first, last_timestamp=last
    )


def test_frames_that_are_missing_between_two_segments_are_dropped_frames() -> None:
    first, whole = ticking(0, 10, (0, 299_000)), ticking(10, 20, (300_000, 599_000))
    assert pieces([first, whole])[0].dropped == 0
    later = ticking(10.1, 20, (303_000, 599_000), dropped=2)
    assert pieces([first, later])[0].dropped == 5
    # Of a segment with dropped frames the usual step is known all the same.
    fewer = first._replace(frames=298, dropped=2)
    assert pieces([fewer, later])[0].dropped == 7


def test_frames_that_are_missing_in_a_pause_are_missing_time_and_nothing_else() -> None:
    pauses = (span(4, 7),)
    paused = ticking(0, 10, (0, 299_000), dropped=90)._replace(frames=210, pauses=pauses)
    assert pieces([paused])[0].dropped == 0
    assert pieces([paused._replace(dropped=97)])[0].dropped == 6, "one less, if in doubt"


@pytest.mark.parametrize("ticks", [(0, 1), (100_000, 399_000), (90_000_000, 90_299_000)])
def test_a_clock_that_began_anew_between_two_segments_tells_of_no_dropped_frames(
    ticks: tuple[int, int],
) -> None:
    first = ticking(0, 10, (0, 299_000))
    assert pieces([first, ticking(10, 20, ticks)])[0].dropped == 0
    assert pieces([first, segment(10, 20)])[0].dropped == 0, "not audited as yet"


def test_a_gap_has_the_journals_cause_and_takes_its_edges_along() -> None:
    files = [segment(0, 10), segment(15, 30)]
    found = account(evidence([span(0, 30)], files, [gap(10.2, 14.9)]), ALWAYS)
    assert found.missing == (Missing(span(10, 15), STALLED),)
    assert found.missing[0].blame is Blame.SERVER
    assert found.percent == 83.33


def test_what_no_gap_of_the_journal_tells_of_is_unknown() -> None:
    files = [segment(0, 10), segment(20, 30)]
    found = account(evidence([span(0, 30)], files, [gap(10, 13)]), ALWAYS)
    assert [one.trouble.cause for one in found.missing] == [Cause.STALLED, Cause.UNKNOWN]
    assert [one.span for one in found.missing] == [span(10, 13), span(13, 20)]


def test_after_the_last_pass_nobody_has_recorded() -> None:
    of = replace(evidence([span(0, 60)], [segment(0, 10)]), known=at(10), later=ABSENT)
    found = account(of, ALWAYS)
    assert found.missing == (Missing(span(10, 60), ABSENT),)


def test_what_a_program_that_ended_at_once_took_along_is_missing_as_what_follows() -> None:
    of = replace(evidence([span(0, 60)], [segment(0, 10)]), known=at(10.7), later=ABSENT)
    assert account(of, ALWAYS).missing == (Missing(span(10, 60), ABSENT),)
    longer = replace(of, known=at(12))
    assert [one.span for one in account(longer, ALWAYS).missing] == [span(10, 12), span(12, 60)]


def test_what_grows_still_is_recorded_but_for_the_journals_gaps() -> None:
    attempt = AttemptRow(
        id="side/a",
        run=1,
        camera="side",
        server="http://127.0.0.1:8000",
        device_id=0,
        device_name="",
        capability="",
        encoding="jpeg",
        port=9001,
        pid=42,
        window_start=None,
        window_end=None,
        began=at(0),
        first_bytes=at(2),
        ended=None,
        cause=None,
        detail="",
        adopted=False,
        succeeds=None,
    )
    gaps = [gap(0, 1.5), gap(20, None)]
    of = replace(evidence([span(0, 30)], [], gaps), attempts=[attempt], known=at(30))
    found = account(of, ALWAYS)
    assert [one.span for one in found.missing] == [span(0, 1.5), span(20, 30)]
    silent = replace(of, attempts=[replace(attempt, first_bytes=None)], gaps=[gap(0, None)])
    assert [one.span for one in account(silent, ALWAYS).missing] == [span(0, 30)]


def test_a_pause_inside_a_file_is_missing_and_overlaps_count_twice() -> None:
    files = [segment(0, 20, pauses=(span(5, 7),)), segment(18, 30)]
    found = account(evidence([span(0, 30)], files, [gap(5, 7)]), ALWAYS)
    assert [one.span for one in found.missing] == [span(5, 7)]
    assert found.twice_s == pytest.approx(2)


def test_nearly_all_is_never_said_to_be_all() -> None:
    day = 86_400
    found = account(evidence([span(0, day)], [segment(0, day - 0.5)]), ALWAYS)
    assert found.percent == 99.99
    assert not found.is_complete
    assert account(evidence([], [segment(0, 1)]), ALWAYS).percent is None


def test_a_day_has_what_began_in_it_and_its_share_of_the_rest() -> None:
    files = [segment(0, 30, dropped=1, damaged=0), segment(40, 70, dropped=2, damaged=1)]
    files.append(segment(70, 100))
    whole = account(evidence([span(0, 100)], files, [gap(30, 40)]), ALWAYS)
    first, second = whole.within(span(0, 35)), whole.within(span(35, 100))
    assert (first.wanted_s, first.recorded_s, first.missing_s) == (35, 30, 5)
    assert (second.wanted_s, second.recorded_s, second.missing_s) == (65, 60, 5)
    assert (first.dropped, second.dropped, whole.dropped) == (1, 2, 3)
    assert (second.segments, second.audited, second.damaged) == (2, 1, 1)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_lies_on_somebodys_side(cause: Cause) -> None:
    assert blame_of(cause) in Blame


LAST_S = 60


@st.composite
def spans(draw: st.DrawFn) -> Window:
    start = draw(st.integers(0, LAST_S - 1))
    return span(start, draw(st.integers(start + 1, LAST_S)))


@st.composite
def everything(draw: st.DrawFn) -> Evidence:
    windows = draw(st.lists(spans(), max_size=5))
    files = draw(st.lists(spans(), max_size=6))
    told = draw(st.lists(st.tuples(spans(), st.sampled_from([STALLED, ABSENT])), max_size=5))
    return Evidence(
        "side",
        tuple(windows),
        pieces(sorted(segment(_s(one.start), _s(one.end)) for one in files)),
        [Gap("side", one.start, one.end, trouble) for one, trouble in told],
        known=at(draw(st.integers(0, LAST_S))),
        later=ABSENT,
    )


def _s(moment: datetime) -> int:
    return round((moment - NOON).total_seconds())


def seconds_of(windows: tuple[Window, ...] | list[Window]) -> set[int]:
    """Return the whole seconds that windows hold, the naive way."""
    return {s for s in range(LAST_S) if any(w.start <= at(s) < w.end for w in windows)}


@given(everything())
def test_recorded_and_missing_partition_the_wanted_time(of: Evidence) -> None:
    found = account(of, ALWAYS)
    gaps = [one.span for one in found.missing]
    assert sum(map(_length_s, gaps)) == sum(map(_length_s, union(gaps))), "gaps overlap"
    assert union([*found.recorded, *gaps]) == union(of.wanted)
    assert subtract(found.recorded, union(gaps)) == found.recorded
    assert found.wanted_s == pytest.approx(found.recorded_s + found.missing_s)


@given(everything())
def test_the_ledger_is_what_counting_second_by_second_gives(of: Evidence) -> None:
    wanted = seconds_of(list(of.wanted))
    on_disk = {s for one in of.pieces for s in range(_s(one.span.start), _s(one.span.end))}
    found = account(of, ALWAYS)
    assert seconds_of(found.recorded) == wanted & on_disk
    assert seconds_of([one.span for one in found.missing]) == wanted - on_disk
    assert found.surplus_s == len(on_disk - wanted)


@given(everything(), st.lists(st.integers(1, LAST_S - 1), max_size=4))
def test_the_days_of_an_account_add_up_to_it(of: Evidence, cuts: list[int]) -> None:
    edges = sorted({0, *cuts, LAST_S})
    whole = account(of, ALWAYS)
    days: list[Account] = [whole.within(span(a, b)) for a, b in pairwise(edges)]
    for what in ("wanted_s", "recorded_s", "missing_s", "surplus_s", "frames"):
        assert sum(getattr(day, what) for day in days) == pytest.approx(getattr(whole, what))
    assert union(w for day in days for w in day.recorded) == union(whole.recorded)


@given(everything())
def test_a_cause_that_the_journal_tells_is_that_of_the_gap(of: Evidence) -> None:
    for one in account(of, ALWAYS).missing:
        told = [g for g in of.gaps if g.trouble == one.trouble]
        near = union(
            Window(g.start - timedelta(seconds=1), g.end + timedelta(seconds=1))
            for g in told
            if g.end
        )
        if one.trouble == of.later:
            near = union([*near, Window(of.known - timedelta(seconds=1), ALWAYS.end)])
        if one.trouble.cause is not Cause.UNKNOWN:
            assert clip([one.span], ALWAYS) == clip(near, one.span)


def _length_s(window: Window) -> float:
    return window.length.total_seconds()


@given(st.lists(spans(), max_size=8), st.lists(st.integers(1, LAST_S - 1), max_size=4))
def test_folded_files_hold_the_same_time_and_no_piece_begins_on_two_days(
    files: list[Window], cuts: list[int]
) -> None:
    filed = sorted(segment(_s(one.start), _s(one.end)) for one in files)
    edges = [at(cut) for cut in sorted(set(cuts))]
    found = pieces(filed, edges=edges)
    assert union(piece.span for piece in found) == union(files)
    assert sum(map(_length_s, files)) == sum(_length_s(piece.span) for piece in found)
    for first, last in pairwise([ALWAYS.start, *edges, ALWAYS.end]):
        begun = [one for one in filed if first <= one.first_frame < last]
        day = [piece for piece in found if first <= piece.span.start < last]
        assert sum(piece.segments for piece in day) == len(begun)
        assert sum(piece.frames for piece in day) == sum(one.frames for one in begun)
