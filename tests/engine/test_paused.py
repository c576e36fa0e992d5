"""A camera that a person has paused: no recorder, no gap, and the journal names it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.test_desired import BOND, MINUTE, UTC_ZONE, at
from tests.engine.test_loop import House
from tests.support.pauses import asked
from tests.support.revisions import look
from tests.support.values import NOON
from thorsched.catalogue.entries import Ending, Pause, Stretches
from thorsched.engine.desired import Horizon, desired, wanted_between
from thorsched.engine.pauses import Pauses
from thorsched.recording.lifecycle import Phase
from thorsched.recording.spec import Recording
from thorsched.schedule.intervals import Window

PAUSE = asked(at_s=20, for_s=20)
HORIZON = Horizon(UTC_ZONE, pauses=Pauses.of([PAUSE]))


@pytest.mark.parametrize(
    ("seconds", "window"),
    [
        (19, (0, 20)),
        (20.9, (0, 20)),  # the tail: what was filmed before the pause still sits in SRT's buffer
        (21.1, None),
        (36.9, None),
        (37, (40, 60)),  # the lead: the first frame behind the pause must be on disk
        (45, (40, 60)),
    ],
)
def test_its_recorder_ends_with_its_tail_and_begins_with_its_lead(
    seconds: float, window: tuple[int, int] | None
) -> None:
    found = desired(
        MINUTE, {"side": BOND}, now=at(seconds), horizon=HORIZON, latencies={}, revision=""
    )
    one = found.wanted.get("side")
    assert (one is not None) == (window is not None)
    if window is not None:
        assert isinstance(one, Recording)
        assert one.window == Window(at(window[0]), at(window[1]))
    assert found.next_edge is not None
    assert found.next_edge <= at(min(edge for edge in (21, 37, 61) if edge > seconds))


def test_what_is_wanted_leaves_it_out() -> None:
    found = wanted_between(MINUTE, "side", between=Window(at(10), at(50)), horizon=HORIZON)
    assert found == (Window(at(10), at(20)), Window(at(40), at(50)))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "recordings.yaml")


def paused(house: House, pause: Pause) -> None:
    house.after(0)
    house.clock.advance(10)
    house.pauses.asked = (pause,)
    for _ in range(5):
        house.after(1)


def missed(house: House) -> list[Window]:
    """Return what of the time in which the camera is paused the journal calls missing."""
    holes = [span for pause in house.pauses.asked for span in pause.spans]
    now = house.clock.now()
    gaps = [Window(gap.start, gap.end or now) for gap in house.journal.gaps("side")]
    assert gaps
    inside = [Window(hole.start + timedelta(seconds=1), hole.end) for hole in holes]
    return [gap for gap in gaps if any(gap.meets(hole) for hole in inside)]


def test_it_is_no_gap_and_the_other_camera_goes_on(house: House) -> None:
    paused(house, asked(at_s=10, for_s=600))
    assert house.recorders.phases() == {"side": Phase.IDLE, "top": Phase.RECORDING}
    status = {camera.name: camera for camera in house.loop.status().cameras}
    assert status["side"].paused is not None
    assert status["side"].paused.why == "cleaning"
    assert status["top"].paused is None
    for _ in range(130):
        house.after(5)
    assert house.recorders.phases() == dict.fromkeys(("side", "top"), Phase.RECORDING)
    assert missed(house) == [], "plain recorders film nothing, and yet"
    assert house.loop.status().cameras[0].tally.wanted_s == pytest.approx(66)


def test_the_journal_is_told_of_it_and_of_what_was_wanted_around_it(house: House) -> None:
    pause = asked(at_s=10, for_s=600)
    paused(house, pause)
    for _ in range(130):
        house.after(5)
    told = [entry for entry in house.journal.entries if isinstance(entry, Pause)]
    began = NOON + timedelta(seconds=11)
    assert told == [
        replace(pause, start=began),
        replace(pause, start=began, end=pause.planned, how=Ending.OVER),
    ]
    stretches = {
        one.start: one.end
        for entry in house.journal.entries
        if isinstance(entry, Stretches)
        for one in entry.stretches
        if one.camera == "side"
    }
    assert stretches == {
        NOON: began,
        pause.planned: NOON + timedelta(hours=1),
    }


def test_an_edit_of_the_file_and_of_the_root_ends_it_not_and_the_new_journal_knows(
    house: House,
) -> None:
    paused(house, asked(at_s=10, for_s=600))
    house.journal.entries.clear()
    text = house.path.read_text()
    house.path.write_text(f"storage: {{root: ./elsewhere}}\n{text.replace('noon:', 'midday:')}")
    look(house.revisions)
    house.after(5)
    assert house.recorders.phases()["side"] is Phase.IDLE
    assert [e.camera for e in house.journal.entries if isinstance(e, Pause)] == ["side"]


def test_a_run_that_begins_in_it_records_nothing_and_misses_nothing(house: House) -> None:
    house.pauses.asked = (asked(at_s=-60, for_s=120),)
    house.after(0)
    assert "side" not in house.recorders.phases()
    for _ in range(20):
        house.after(7)  # so that it begins some seconds late: of these it is told
    assert house.recorders.phases()["side"] is Phase.RECORDING
    assert missed(house) == []
