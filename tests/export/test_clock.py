"""Frames' times are their own, on the XDAQ's clock; what has none is interpolated, and marked."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.export.filmed import NOON, THIRTY, at, rows
from thorsched.export.clock import Clock, Film, NoClock, clock_of, film, rate_of
from thorsched.export.counters import Counter
from thorsched.simulator.timing import Timing
from thorsched.video.records import Rows

WRAPPING = Timing(THIRTY, first_sample=2**32 - 20_500)
XDAQ, SERVER = Counter.XDAQ, Counter.SERVER


def alone(frames: Film, counter: Counter = XDAQ) -> Clock:
    return clock_of([frames], [NOON], ["side"], rate_of([frames], None, counter))


def unread(made: Rows, *places: int) -> Rows:
    """Return the rows as if the frames at those places had no metadata."""
    for place in places:
        file_index, frame_pts = made["file_index"][place], made["frame_pts"][place]
        made[place] = 0
        made["file_index"][place], made["frame_pts"][place] = file_index, frame_pts
    return made


def test_times_are_seconds_of_the_counter_from_the_first_frame_through_its_wrap() -> None:
    frames = film(rows(range(60), range(60, 90), timing=WRAPPING), ["a", "b"], XDAQ)
    clock = alone(frames)
    assert clock.seconds(frames, 0) == pytest.approx(np.arange(90) / 30, abs=1e-9)
    assert (clock.zero, clock.zero_count) == (NOON, 2**32 - 20_500)
    assert frames.starts == (0, 60)
    assert len(frames.gaps) == 0


def test_a_frame_without_metadata_has_a_time_between_its_neighbours() -> None:
    frames = film(unread(rows(range(60)), 10, 11), ["a"], XDAQ)
    assert alone(frames).seconds(frames, 0) == pytest.approx(np.arange(60) / 30, abs=1e-4)
    assert np.flatnonzero(~frames.is_read).tolist() == [10, 11]


def test_frames_without_metadata_at_a_files_ends_stay_out_of_the_pause_between_files() -> None:
    frames = film(unread(rows(range(60), range(300, 360)), 0, 58, 59, 60, 119), ["a", "b"], XDAQ)
    clock = alone(frames)
    numbers = np.array([*range(60), *range(300, 360)])
    assert clock.seconds(frames, 0) == pytest.approx(numbers / 30, abs=1e-4)
    assert clock.zero == NOON


@given(st.sets(st.integers(0, 89), max_size=80))
def test_whatever_cannot_be_read_all_times_ascend_and_those_read_are_the_frames_own(
    places: set[int],
) -> None:
    made = unread(rows(range(45), range(45, 90), timing=WRAPPING), *places)
    # A file without any metadata is refused before.
    assume(made["is_valid"][:45].any() and made["is_valid"][45:].any())
    frames = film(made, ["a", "b"], XDAQ)
    samples = np.array([20_000 + 1000 * number for number in range(90)])
    read = made["is_valid"]
    counted = frames.counts - frames.counts[read][0] + samples[read][0]
    assert (counted[read] == samples[read]).all()
    if read.sum() > 2:
        assert (np.diff(frames.counts) > 0).all()


def test_the_rate_is_the_usual_one_next_to_what_the_server_measures() -> None:
    made = rows(range(300))
    made["gstreamer_pts"] += np.random.default_rng(1).integers(0, 5_000_000, 300).astype(np.uint64)
    rate = rate_of([film(made, ["a"], XDAQ)], None, XDAQ)
    assert rate.hz == 30_000
    assert rate.measured_hz != 30_000
    assert str(rate).startswith("the XDAQ's sample counter at 30000 Hz (the nearest usual rate")


def test_a_rate_that_is_told_is_taken_if_the_frames_allow() -> None:
    frames = film(rows(range(300)), ["a"], XDAQ)
    assert rate_of([frames], 29_990, XDAQ).hz == 29_990
    with pytest.raises(NoClock, match=r"30000.00 samples a second .* not 20000 as"):
        rate_of([frames], 20_000, XDAQ)


def test_a_rate_that_is_no_usual_one_must_be_told() -> None:
    made = rows(range(300))
    made["sample_index"] = made["sample_index"] // 13 * 10
    frames = film(made, ["a"], XDAQ)
    with pytest.raises(NoClock, match="which is no usual rate: say by --sampling-rate"):
        rate_of([frames], None, XDAQ)
    assert rate_of([frames], 30_000 * 10 / 13, XDAQ).is_told


def test_without_a_servers_clock_the_rate_must_be_told() -> None:
    made = rows(range(300))
    made["gstreamer_pts"] = 7
    frames = film(made, ["a"], XDAQ)
    with pytest.raises(NoClock, match="say it by --sampling-rate"):
        rate_of([frames], None, XDAQ)
    assert rate_of([frames], 20_000, XDAQ).hz == 20_000


def test_a_counter_that_begins_anew_in_a_file_is_refused_and_the_servers_clock_goes_through() -> (
    None
):
    made = rows(range(60))
    made["sample_index"][30:] -= made["sample_index"][30]
    with pytest.raises(NoClock, match=r"counter began anew in b\.mkv: .* or take --clock server"):
        film(made, ["b.mkv"], XDAQ)
    frames = film(made, ["b.mkv"], SERVER)
    assert alone(frames, SERVER).seconds(frames, 0) == pytest.approx(np.arange(60) / 30, abs=2e-5)
    assert len(frames.gaps) == 0
    assert frames.sample_index.tolist() == made["sample_index"].tolist()


def test_clocks_that_begin_anew_between_files_are_refused() -> None:
    made = rows(range(60), range(30))
    for counter in (XDAQ, SERVER):
        with pytest.raises(NoClock, match=r"began anew between a\.mkv and b\.mkv"):
            film(made, ["a.mkv", "b.mkv"], counter)


def test_a_counter_that_stands_still_is_refused_and_the_servers_clock_is_not() -> None:
    made = rows(range(60))
    made["sample_index"] = 5
    with pytest.raises(NoClock, match=r"sample counter stands still in a\.mkv.*--clock server"):
        film(made, ["a.mkv"], XDAQ)
    assert film(made, ["a.mkv"], SERVER).gaps["kind"].tolist() == []
    made["gstreamer_pts"] = 5
    with pytest.raises(NoClock, match="the server's clock stands still"):
        film(made, ["a.mkv"], SERVER)


def test_drops_and_pauses_are_gaps_and_the_wrap_is_none() -> None:
    numbers = [*range(20), *range(23, 60)]
    for counter in (XDAQ, SERVER):
        frames = film(rows(numbers, range(300, 330), timing=WRAPPING), ["a", "b"], counter)
        assert frames.gaps["kind"].tolist() == ["drop", "pause"]
        assert frames.gaps["row"].tolist() == [20, 57]
        assert frames.gaps["missing_frames"].tolist() == [3, 0]


def test_what_is_missing_before_a_new_attempt_was_not_dropped() -> None:
    frames = film(rows(range(20), range(31, 60), range(62, 90)), ["a", "b", "c"], XDAQ)
    assert frames.gaps["missing_frames"].tolist() == [11, 2]
    known = frames.paused_before([1])
    assert known.gaps["kind"].tolist() == ["pause", "drop"]
    assert known.gaps["missing_frames"].tolist() == [0, 2]
    assert known.gaps["row"].tolist() == [20, 49]


def test_lines_that_never_change_have_no_edges_and_the_others_all() -> None:
    frames = film(rows(range(300)), ["a"], XDAQ)
    assert set(frames.edges) == {"ttl_in_0", "ttl_in_1", "ttl_in_2", "ttl_out_0"}
    assert len(frames.edges["ttl_in_2"]) == 299
    assert frames.levels == {"ttl_in": 2, "ttl_out": 1}


@pytest.mark.parametrize("later", [12, 60 * 30, 45 * 3600 * 30])
def test_cameras_that_began_at_other_times_are_on_one_clock(later: int) -> None:
    first = film(rows(range(60), timing=WRAPPING), ["a"], XDAQ)
    second = film(rows(range(later, later + 60), timing=WRAPPING), ["b"], XDAQ)
    began = [at(later), at(0) + timedelta(milliseconds=80)]
    clock = clock_of([second, first], began, ["b", "a"], rate_of([first, second], None, XDAQ))
    assert clock.seconds(first, 1) == pytest.approx(np.arange(60) / 30, abs=1e-9)
    assert clock.seconds(second, 0) == pytest.approx((later + np.arange(60)) / 30, abs=1e-9)
    assert clock.zero == began[1]


def test_time_0_is_the_first_frame_of_all_even_if_another_arrived_first() -> None:
    first, second = (film(rows(range(n, n + 60)), ["a"], XDAQ) for n in (0, 3))
    began = [NOON + timedelta(milliseconds=50), NOON]
    clock = clock_of([first, second], began, ["a", "b"], rate_of([first], None, XDAQ))
    assert clock.seconds(first, 0)[0] == 0
    assert clock.seconds(second, 1)[0] == pytest.approx(0.1)
    assert clock.zero == NOON - timedelta(seconds=0.1)


@pytest.mark.parametrize(("counter", "off_s"), [(XDAQ, 90), (XDAQ, -90), (SERVER, 3)])
def test_cameras_on_whose_start_the_clocks_do_not_agree_are_refused(
    counter: Counter, off_s: float
) -> None:
    first, second = (film(rows(range(n, n + 60)), ["a"], counter) for n in (0, 9000))
    began = [NOON, at(9000) + timedelta(seconds=off_s)]
    rate = rate_of([first], None, counter)
    with pytest.raises(NoClock, match="overhead and side began"):
        clock_of([first, second], began, ["overhead", "side"], rate)
    near = [NOON, at(9000) + timedelta(seconds=off_s / 3)]
    assert clock_of([first, second], near, ["overhead", "side"], rate).turns == (0, 0)


def test_a_rate_says_how_it_came_to_be() -> None:
    rate = rate_of([film(rows(range(60)), ["a"], XDAQ)], None, XDAQ)
    assert "measured 30000.00" in str(rate)
    assert "as told" in str(replace(rate, is_told=True))
