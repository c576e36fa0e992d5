"""Gaps, edges and alignment, against brute force over sequences with every kind of oddity."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched import metadata
from thorsched.metadata import FRAME_DTYPE
from thorsched.video.records import Rows

RANGE = 2**32
STEP = 1000
SAMPLES = st.lists(
    st.integers(0, 3 * STEP) | st.just(STEP) | st.integers(0, 5 * 10**7), max_size=40
).flatmap(lambda steps: st.tuples(st.integers(0, RANGE - 1), st.just(steps)))


def rows_of(samples: list[int], *, valid: list[bool] | None = None, ttl: object = 0) -> Rows:
    rows = np.zeros(len(samples), FRAME_DTYPE)
    rows["sample_index"] = np.array(samples, np.int64) % RANGE
    rows["is_valid"] = True if valid is None else valid
    rows["ttl_in"] = ttl
    return rows


def summed(first: int, steps: list[int]) -> list[int]:
    return [first + sum(steps[:n]) for n in range(len(steps) + 1)]


@given(
    st.integers(0, RANGE - 1),
    st.lists(st.integers(-(2**31) + 1, 2**31 - 1), max_size=30),
)
def test_unwrapping_undoes_wrapping(first: int, steps: list[int]) -> None:
    samples = summed(first, steps)
    wrapped = np.array(samples, np.int64) % RANGE
    assert metadata.unwrap(wrapped.astype(np.uint32)).tolist() == samples


def test_nothing_unwraps_to_nothing() -> None:
    assert metadata.unwrap([]).tolist() == []


@pytest.mark.parametrize(
    ("samples", "found"),
    [
        ([], []),
        ([7], []),
        ([0, 1000, 2000, 3000], []),
        ([0, 1000, 2001, 2999, 4000], []),  # jitter
        ([0, 1000, 2000, 5000, 6000], [(3, "drop", 3000, 2)]),
        ([0, 1000, 1000, 2000, 3000], [(2, "duplicate", 0, 0)]),
        ([9000, 10000, 11000, 0, 1000], [(3, "backward", -11000, 0)]),
        ([RANGE - 2000, RANGE - 1000, RANGE, RANGE + 1000], [(2, "wrap", 1000, 0)]),
        (
            [RANGE - 2000, RANGE - 1000, RANGE + 1000, RANGE + 2000, RANGE + 3000],
            [(2, "wrap", 2000, 0), (2, "drop", 2000, 1)],
        ),
    ],
)
def test_each_oddity_is_named(samples: list[int], found: list[tuple[int, str, int, int]]) -> None:
    assert metadata.gaps(rows_of(samples)).tolist() == found


@given(st.integers(0, RANGE - 1), st.lists(st.booleans(), min_size=8, max_size=60))
def test_every_frame_that_was_dropped_is_counted(first: int, kept: list[bool]) -> None:
    sent = [first + STEP * number for number in range(3 * len(kept))]
    # Most frames are there, so that the usual step is known.
    received = [s for n, s in enumerate(sent) if n % 3 or n == 0 or kept[n // 3]]
    found = metadata.gaps(rows_of(received))
    missing = sum(s < received[-1] for s in set(sent) - set(received))
    assert found["missing_frames"].sum() == missing
    assert all(
        received[gap["row"]] - received[gap["row"] - 1] == gap["step_samples"]
        for gap in found
        if gap["kind"] == "drop"
    )


def test_frames_without_metadata_are_no_gap_of_the_others() -> None:
    valid = [True, True, False, True, False, False, True]
    rows = rows_of([0, 1000, 0, 3000, 0, 0, 6000], valid=valid)
    assert metadata.gaps(rows).tolist() == []


def test_what_was_dropped_among_frames_without_metadata_is_counted_less_those() -> None:
    valid = [True, True, True, False, True, True]
    rows = rows_of([0, 1000, 2000, 0, 6000, 7000], valid=valid)
    assert metadata.gaps(rows).tolist() == [(4, "drop", 4000, 2)]


HOUR = 3600 * 30_000


def recorded(*starts: int, frames: int = 50, first: int = 0, **clocks: int) -> Rows:
    """Return files of 30 fps that begin at those samples of 30 kHz, by clocks with an offset each.

    An offset of a clock is in ns, for all files from the second on: as after a restart.
    """
    samples = [start + STEP * n for start in starts for n in range(frames)]
    rows = rows_of([first + sample for sample in samples])
    rows["file_index"] = np.repeat(np.arange(len(starts)), frames)
    for clock in ("gstreamer_pts", "xdaq_timestamp"):
        since = np.array(samples) * 10**5 // 3 + 10**15
        since[frames:] += clocks.get(clock, 0)
        rows[clock] = since
    return rows


def test_files_that_follow_each_other_have_neither_drop_nor_pause() -> None:
    assert metadata.gaps(recorded(0, 50 * STEP, 100 * STEP)).tolist() == []
    assert metadata.gaps(recorded(0, 52 * STEP)).tolist() == [(50, "drop", 3 * STEP, 2)]


@pytest.mark.parametrize("hours", [1, 12, 20, 24, 39, 40, 84, 1000])
@pytest.mark.parametrize("restarted", [{}, {"gstreamer_pts": -(10**15)}])
def test_a_pause_between_files_is_no_drop_however_long(
    hours: int, restarted: dict[str, int]
) -> None:
    rows = recorded(0, hours * HOUR, **restarted)
    found = metadata.gaps(rows)
    assert [gap.tolist() for gap in found if gap["kind"] != "wrap"] == [
        (50, "pause", hours * HOUR - 49 * STEP, 0)
    ]
    assert ("wrap" in found["kind"].tolist()) == (hours * HOUR >= RANGE)
    assert metadata.align(rows, [0, 49 * STEP + 1, hours * HOUR]).tolist() == [0, 49, 50]


def test_files_between_which_the_counter_began_anew_are_not_aligned() -> None:
    anew = recorded(5 * HOUR, 6 * HOUR)
    anew["sample_index"][50:] -= np.uint32(5 * HOUR + 10 * STEP)
    silent = recorded(0, 24 * HOUR, gstreamer_pts=-(10**15), xdaq_timestamp=-(10**15))
    for rows in (anew, silent):
        with pytest.raises(ValueError, match=r"row 50, where file 1 begins.*rows\[50:\]"):
            metadata.align(rows, [0])
        assert set(metadata.gaps(rows)["kind"].tolist()) <= {"pause", "backward"}
        assert metadata.align(rows[50:], rows["sample_index"][50:]).tolist() == list(range(50))


def test_hundreds_of_segments_go_on_past_the_counters_end() -> None:
    files = 692
    rows = recorded(*(HOUR * n // 4 for n in range(files)), frames=3, first=RANGE - 5 * STEP)
    samples = metadata.Alignment(rows).samples_of(np.arange(3 * files))
    assert samples.tolist() == [
        RANGE - 5 * STEP + HOUR * n // 4 + STEP * k for n in range(files) for k in range(3)
    ]


@given(
    st.integers(0, 31),
    st.lists(st.tuples(st.integers(0, RANGE - 1), st.booleans()), max_size=40),
)
def test_edges_are_where_the_level_changes(line: int, frames: list[tuple[int, bool]]) -> None:
    words, valid = [word for word, _ in frames], [is_valid for _, is_valid in frames]
    rows = rows_of([STEP * n for n in range(len(words))], valid=valid, ttl=np.array(words, "u4"))
    levels = [(n, word >> line & 1) for n, word in enumerate(words) if valid[n]]
    expected = [
        (n, STEP * n, after == 1) for (_, before), (n, after) in pairwise(levels) if before != after
    ]
    assert metadata.ttl_edges(rows, line).tolist() == expected
    assert metadata.ttl_edges(rows, line, of="ttl_out").tolist() == []


@pytest.mark.parametrize("line", [-1, 32, 0.5, "0", None])
def test_a_line_that_does_not_exist_is_refused(line: int) -> None:
    with pytest.raises(ValueError, match="there are 0 to 31"):
        metadata.ttl_edges(rows_of([0]), line)


def test_a_field_without_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="ttl_in and ttl_out have"):
        metadata.ttl_edges(rows_of([0]), 0, of="reserved")  # type: ignore[arg-type]


@given(SAMPLES, st.lists(st.integers(-5000, 5 * RANGE), max_size=20), st.booleans(), st.data())
def test_a_sample_leads_to_the_frame_that_shows_it(
    frames: tuple[int, list[int]],
    wanted: list[int],
    nearest: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    samples = summed(*frames)
    valid = data.draw(st.lists(st.booleans(), min_size=len(samples), max_size=len(samples)))
    # What is unwrapped begins with the first frame that can be read.
    readable = [n for n, is_valid in enumerate(valid) if is_valid]
    turns = samples[readable[0]] // RANGE * RANGE if readable else 0
    wanted += [samples[n] - turns for n in readable]

    def brute(sample: int) -> int:
        real = sample + turns
        before = [n for n in readable if samples[n] <= real]
        if not nearest:
            return before[-1] if before else -1
        if not readable:
            return -1
        closest = min(abs(samples[n] - real) for n in readable)
        last_of_before = before[-1:] if before and real - samples[before[-1]] == closest else []
        after = [n for n in readable if samples[n] > real]
        same = [n for n in after if samples[n] == samples[after[0]]] if after else []
        return (last_of_before or same[:1])[0]

    rows = rows_of(samples, valid=valid)
    found = metadata.align(rows, np.array(wanted, np.int64), nearest=nearest)
    assert found.tolist() == [brute(sample) for sample in wanted]


@given(SAMPLES)
def test_a_frame_leads_to_its_sample_and_back(frames: tuple[int, list[int]]) -> None:
    samples = summed(*frames)
    alignment = metadata.Alignment(rows_of(samples))
    everyone = list(range(len(samples)))
    assert alignment.samples_of(everyone).tolist() == samples
    back = alignment.rows_of(alignment.samples_of(everyone))
    assert [samples[row] for row in back.tolist()] == samples


@given(st.integers(0, RANGE - 1), st.lists(st.integers(1, 10**8), max_size=30), st.data())
def test_the_xdaqs_own_counter_finds_its_turn(
    first: int, steps: list[int], data: st.DataObject
) -> None:
    samples = summed(first, steps)
    wanted = data.draw(st.integers(samples[0], min(samples[-1], samples[0] + RANGE - 1)))
    counter = np.array([wanted % RANGE], np.uint32)
    rows = rows_of(samples)
    assert metadata.align(rows, counter) == metadata.align(rows, [wanted])


def test_the_counter_from_shortly_before_the_recording_is_before_it() -> None:
    rows = rows_of([5000, 6000])
    assert metadata.align(rows, np.array([4000, 5500, 9000], np.uint32)).tolist() == [-1, 0, 1]


def test_one_sample_may_be_asked_for() -> None:
    assert metadata.align(rows_of([0, 1000]), 1500) == 1


def test_a_counter_that_goes_backward_is_not_aligned() -> None:
    with pytest.raises(ValueError, match="backward at row 2"):
        metadata.align(rows_of([5000, 6000, 10]), [0])


def test_samples_that_are_no_whole_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        metadata.align(rows_of([0]), [0.5])


@pytest.mark.parametrize("rows", [[1.5], [True, False]])
def test_rows_that_are_no_whole_numbers_are_refused(rows: list[float]) -> None:
    with pytest.raises(ValueError, match="rows are whole numbers"):
        metadata.Alignment(rows_of([0, 1000])).samples_of(rows)


@pytest.mark.parametrize("nearest", [False, True])
def test_no_sample_is_too_far(nearest: bool) -> None:  # noqa: FBT001
    rows = rows_of([5000, 6000])
    for huge in (np.array([2**64 - 1], np.uint64), np.array([2**63 - 1])):
        assert metadata.align(rows, huge, nearest=nearest).tolist() == [1]
    found = metadata.align(rows, np.array([-(2**63)]), nearest=nearest)
    assert found.tolist() == [0 if nearest else -1]


def test_no_sample_has_no_row() -> None:
    assert metadata.align(rows_of([5000, 6000]), []).tolist() == []
    assert metadata.align(rows_of([5000, 6000]), np.array([], np.uint32)).dtype == np.int64
    assert metadata.align(rows_of([5000, 6000]), np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize("row", [-1, 2, 3])
def test_a_row_without_a_sample_is_refused(row: int) -> None:
    alignment = metadata.Alignment(rows_of([0, 1000, 0], valid=[True, True, False]))
    with pytest.raises(ValueError, match="outside the recording"):
        alignment.samples_of([row])


def test_where_no_frame_is_readable_no_sample_has_one() -> None:
    nothing = rows_of([])
    assert metadata.align(nothing, [1, 2]).tolist() == [-1, -1]
    assert metadata.Alignment(nothing).samples_of([]).tolist() == []
