"""A minute of the soak, and that its ledger finds what is wrong."""

from pathlib import Path

import pytest

from tests.soak.ledger import Gap, account, lines
from tests.soak.run import soak

DUE_S = {number: 1000.0 + number / 10 for number in range(100)}
WHOLE = list(range(100))


@pytest.mark.real
@pytest.mark.timeout(600)
@pytest.mark.long
def test_a_minute_of_random_faults_over_eight_cameras_loses_nothing_without_saying_so(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    outcome = soak(tmp_path, cameras=8, seconds=60, seed=7, told=told.append)
    ledger = "\n".join([*told, *lines(outcome.accounts)])
    print(ledger)
    assert len(outcome.faults) >= 5
    assert any(one.missing for one in outcome.accounts), "no fault has cost anything: none happened"
    assert outcome.is_calm, "not every camera recorded again"
    assert outcome.exit_code == 0
    assert outcome.is_good, ledger


def test_all_that_was_sent_and_recorded_is_good() -> None:
    one = account("cam0", due_s=DUE_S, recorded=WHOLE, gaps=[])
    assert (one.is_good, one.sent, one.recorded, one.missing) == (True, 100, 100, [])


def test_what_is_missing_is_good_only_in_a_gap() -> None:
    recorded = [number for number in WHOLE if not 40 <= number < 70]
    gap = Gap(1004.0, 1007.0, "stalled")
    assert account("cam0", due_s=DUE_S, recorded=recorded, gaps=[gap]).is_good
    silent = account("cam0", due_s=DUE_S, recorded=recorded, gaps=[])
    assert (silent.is_good, len(silent.unexplained)) == (False, 30)
    assert "frame 40, due at 1004.000, is nowhere, in no gap" in "\n".join(lines([silent]))


def test_a_gap_where_frames_are_is_untrue() -> None:
    one = account("cam0", due_s=DUE_S, recorded=WHOLE, gaps=[Gap(1002.0, 1008.0, "stalled")])
    assert not one.is_good


def test_frames_of_another_camera_are_foreign_and_two_of_one_number_overlap() -> None:
    one = account("cam0", due_s=DUE_S, recorded=[*WHOLE, 99, 500], gaps=[])
    assert (one.is_good, one.foreign, one.overlapped) == (False, 1, 1)


def test_single_frames_that_are_missing_are_dropped_and_few_of_them_are_good() -> None:
    one = account("cam0", due_s=DUE_S, recorded=[n for n in WHOLE if n not in {7, 50}], gaps=[])
    assert (one.is_good, one.dropped, one.unexplained) == (True, 2, [])
    many = account("cam0", due_s=DUE_S, recorded=[n for n in WHOLE if n % 10], gaps=[])
    assert (many.is_good, many.unexplained) == (False, [])
