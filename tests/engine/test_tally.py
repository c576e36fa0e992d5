"""Wanted against recorded."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.support.values import NOON, recording, window
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon
from thorsched.engine.happenings import Glance
from thorsched.engine.movements import Scene
from thorsched.engine.tallies import MOST_WINDOWS, Tallies
from thorsched.engine.tally import KEPT_APART, Tally
from thorsched.recording.segments import Described, Quarantined, Repaired, Segment
from thorsched.schedule.intervals import Window


def segment(start_s: float, end_s: float, *, frames: int = 100) -> Described:
    span = Window(NOON + timedelta(seconds=start_s), NOON + timedelta(seconds=end_s))
    return Described(
        segment=Segment(Path("side.mkv"), recording(), NOON, ()),
        size_bytes=1000,
        frames=frames,
        span=span,
        finalised=True,
    )


def minutely() -> Config:
    return Config.model_validate(
        {
            "version": 1,
            "server": "http://rig:8000",
            "cameras": {"side": {"device": {"id": 0}, "capability": "jpeg 720p"}},
            "schedules": {"often": {"cameras": ["side"], "cron": "* * * * *", "for": "30s"}},
        }
    )


def test_asking_for_the_same_time_twice_counts_once() -> None:
    tally = Tally().want([window(0, 1)]).want([window(0, 1), window(2, 3)])
    assert tally.wanted_s == 120


def test_a_segment_that_is_told_again_after_its_repair_counts_once() -> None:
    unfinished = replace(segment(0, 60), finalised=False)
    repaired = replace(unfinished, finalised=True, repaired=Repaired(900, "c0ffee", 100))
    tally = Tally().want([window(0, 1)]).record(unfinished)
    again = tally.record(repaired)
    assert again.recorded == again.on_disk == tally.on_disk
    assert replace(again, recorded=(), unfinished=tally.unfinished) == tally


def test_a_segment_in_quarantine_counts_no_more_and_what_another_has_of_its_time_does() -> None:
    path = Path("side.mkv")
    damaged = replace(segment(0, 60), finalised=False)
    beside = segment(50, 120)
    beside = replace(beside, segment=replace(beside.segment, path=Path("side-2.mkv")))
    moved = replace(damaged.segment, path=Path("quarantine/side.mkv"))
    apart = replace(damaged, segment=moved, quarantined=Quarantined("damage", path))
    tally = Tally().want([window(0, 2)]).record(damaged).record(beside)
    assert (tally.recorded_s, tally.segments) == (120, 2)
    tally = tally.record(apart)
    assert (tally.recorded_s, tally.segments, tally.frames) == (70, 1, 100)
    assert tally.quarantined == (moved.path,)


def test_what_comes_into_quarantine_without_having_counted_takes_nothing_away() -> None:
    apart = replace(segment(0, 60), quarantined=Quarantined("whose?", Path("side-2.mkv")))
    tally = Tally().want([window(0, 1)]).record(segment(0, 60))
    after = tally.record(apart)
    assert (after.recorded_s, after.segments) == (60, 1)
    assert len(after.quarantined) == 1


def test_what_was_recorded_outside_the_wanted_time_does_not_count() -> None:
    tally = Tally().want([window(0, 1)]).record(segment(-3, 61))
    assert tally.recorded_s == 60


def test_seams_between_segments_are_no_gaps() -> None:
    tally = Tally().want([window(0, 1)])
    for start_s in range(0, 60, 10):
        tally = tally.record(segment(start_s + 0.02, start_s + 9.98))
    assert round(tally.recorded_s, 6) == 59.96
    assert (tally.segments, tally.frames, tally.size_bytes) == (6, 600, 6000)


def test_an_outage_is_a_gap() -> None:
    tally = Tally().want([window(0, 1)]).record(segment(0, 20)).record(segment(25, 60))
    assert tally.recorded_s == 55


spans = st.tuples(st.integers(0, 300), st.integers(1, 60)).map(lambda s: (s[0], s[0] + s[1]))


@given(st.lists(spans), st.lists(spans))
def test_recorded_never_exceeds_wanted_and_neither_depends_on_order(
    wanted: list[tuple[int, int]], recorded: list[tuple[int, int]]
) -> None:
    def tally(wants: list[tuple[int, int]], records: list[tuple[int, int]]) -> Tally:
        result = Tally()
        for start_s, end_s in records:
            result = result.record(segment(start_s, end_s))
        for start_s, end_s in wants:
            result = result.want([window(start_s / 60, end_s / 60)])
        return result

    one, other = tally(wanted, recorded), tally(wanted[::-1], recorded[::-1])
    seconds_wanted = {s for start, end in wanted for s in range(start, end)}
    seconds_recorded = {s for start, end in recorded for s in range(start, end)}
    assert (one.wanted, one.recorded) == (other.wanted, other.recorded)
    assert round(one.wanted_s) == len(seconds_wanted)
    assert round(one.recorded_s) == len(seconds_wanted & seconds_recorded)


def test_a_year_of_short_windows_is_summed_in_a_moment() -> None:
    windows = tuple(window(minute, minute + 0.5) for minute in range(100_000))
    tally = Tally(wanted=windows, recorded=windows[:-1])
    assert tally.recorded_s == 30.0 * 99_999
    assert tally.missed_s(at=windows[-1].end, pipe=timedelta(0)) == 30.0


@given(st.lists(spans), st.lists(spans), st.integers(0, 400))
def test_folding_what_is_past_changes_no_sum(
    wanted: list[tuple[int, int]], recorded: list[tuple[int, int]], at_s: int
) -> None:
    whole = Tally()
    for start_s, end_s in wanted:
        whole = whole.want([window(start_s / 60, end_s / 60)])
    for start_s, end_s in recorded:
        whole = whole.record(segment(start_s, end_s))
    fold_at = NOON + timedelta(seconds=at_s) + KEPT_APART
    folded = whole.fold(at=fold_at)
    folded = folded.fold(at=fold_at + timedelta(seconds=60))
    end = NOON + timedelta(hours=2)
    for tally in (folded, folded.fold(at=end + KEPT_APART)):
        assert round(tally.wanted_s, 3) == round(whole.wanted_s, 3)
        assert round(tally.recorded_s, 3) == round(whole.recorded_s, 3)
        missed_s = tally.missed_s(at=end, pipe=timedelta(0))
        assert round(missed_s, 3) == round(whole.missed_s(at=end, pipe=timedelta(0)), 3)
    assert folded.fold(at=end + KEPT_APART).wanted == ()


def test_months_of_windows_leave_few_to_look_at() -> None:
    tallies, zone = Tallies(), ZoneInfo("UTC")
    config = minutely()
    now = NOON
    for hour in range(24 * 10):
        now = NOON + timedelta(hours=hour)
        scene = Scene(Glance(now, now.timestamp(), "", None, {}), {}, {}, {}, {})
        tallies.look(config, scene, {"side"}, horizon=Horizon(zone))
    tally = tallies.as_of(now, {}, config, horizon=Horizon(zone))["side"]
    assert tally.wanted_s == 30 * 60 * (24 * 10 - 1)
    assert len(tally.wanted) <= MOST_WINDOWS
