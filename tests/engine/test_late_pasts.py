"""What a slow journal tells after the first pass counts as if it had been there by then."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.test_chronicle import KILLED, STALLED, described, passes, stretches
from tests.engine.test_loop import House
from tests.support.values import NOON
from thorsched.catalogue.entries import CameraPast, Gap, Past
from thorsched.recording.trouble import Cause
from thorsched.schedule.intervals import Window, union

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LONG_AGO = replace(KILLED, last_pass=NOON - 50 * HOUR)
WENT_ON = Gap("side", NOON - 2 * MINUTE, None, STALLED)
OVER = Gap("side", NOON - 9 * MINUTE, NOON - 8 * MINUTE, STALLED)
RECORDED = Window(NOON, NOON + 2 * MINUTE)
PASTS = {
    "killed in this window": Past(KILLED, {}),
    "killed before others": Past(LONG_AGO, {}),
    "with gaps": Past(KILLED, {"side": CameraPast(gaps=(OVER, WENT_ON))}),
    "with a gap of long ago": Past(
        LONG_AGO,
        {"side": CameraPast(gaps=(replace(WENT_ON, start=LONG_AGO.last_pass - MINUTE),))},
    ),
    "recorded in this window": Past(
        replace(KILLED, last_pass=NOON + 2 * MINUTE),
        {"side": CameraPast(recorded=(RECORDED,), unfinished=(Window(NOON, NOON + HOUR),))},
    ),
    "of a camera that is gone": Past(
        KILLED, {"gone": CameraPast(gaps=(replace(WENT_ON, camera="gone"),))}
    ),
    "of a new journal": Past(None, {"side": CameraPast(recorded=(RECORDED,))}),
}


def house_of(directory: Path, past: Past) -> House:
    """Return one whose journal knows the gaps of that past."""
    directory.mkdir()
    house = House(directory / "recordings.yaml")
    for camera, known in past.cameras.items():
        house.journal.kept[camera] = {gap.start: gap for gap in known.gaps}
    house.clock.advance(600)
    return house


def wanted(house: House, camera: str) -> tuple[Window, ...]:
    return union(one.span for one in stretches(house, camera))


@pytest.mark.parametrize("past", PASTS.values(), ids=PASTS)
def test_a_past_that_is_told_late_leaves_the_same_gaps_and_wants(
    tmp_path: Path, past: Past
) -> None:
    early, late = house_of(tmp_path / "early", past), house_of(tmp_path / "late", past)
    early.chronicle.remember(past)
    for house in (early, late):
        house.after(1)
        passes(house, 3)
    late.chronicle.remember(past)
    for house in (early, late):
        passes(house, 3)
        described(house, "side", 601, 605, "side_1-00000.mkv")
        passes(house, 3)
    for camera in ("side", "top", "gone"):
        assert late.journal.gaps(camera) == early.journal.gaps(camera)
    assert all(gap.end for gap in late.journal.gaps("side"))
    for camera in ("side", "top"):
        union_of_both = union([*wanted(late, camera), *wanted(early, camera)])
        assert wanted(late, camera) == union_of_both, "nothing that was wanted is left out"


def test_what_was_missed_while_nobody_ran_is_told_though_the_journal_was_slow(
    tmp_path: Path,
) -> None:
    house = house_of(tmp_path / "late", Past(LONG_AGO, {}))
    house.after(1)
    passes(house, 3)
    house.chronicle.remember(Past(LONG_AGO, {}))
    passes(house, 3)
    absent = [gap for gap in house.journal.gaps("side") if gap.trouble.cause is Cause.NOT_RUNNING]
    assert [gap.start for gap in absent] == [NOON - 48 * HOUR, NOON - 24 * HOUR, NOON]
    assert wanted(house, "side")[0] == Window(NOON - 48 * HOUR, NOON - 47 * HOUR)


def test_a_past_that_lies_ahead_of_the_clock_ends_what_went_on(tmp_path: Path) -> None:
    ahead = replace(KILLED, last_pass=NOON + HOUR)
    house = house_of(tmp_path / "late", Past(ahead, {"side": CameraPast(gaps=(WENT_ON,))}))
    house.after(1)
    passes(house, 1)
    house.chronicle.remember(Past(ahead, {"side": CameraPast(gaps=(WENT_ON,))}))
    passes(house, 1)
    assert replace(WENT_ON, end=ahead.last_pass) in house.journal.gaps("side")
