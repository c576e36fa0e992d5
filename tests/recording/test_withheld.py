"""The segments of a successor wait until it is known whose frames they hold."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.values import NOON, recording
from thorsched.recording.segments import Segment
from thorsched.recording.withheld import UNPROVEN, Withheld

FIRST, SECOND, THIRD = (Segment(Path(f"side-{n:05d}.mkv"), recording(), NOON, ()) for n in range(3))


@pytest.fixture
def handed_on() -> list[Segment]:
    return []


def test_what_is_proven_goes_on_as_the_cameras(handed_on: list[Segment]) -> None:
    withheld = Withheld(handed_on.append, is_doubtful=True)
    withheld.closed(FIRST)
    withheld.closed(SECOND)
    assert handed_on == []
    withheld.prove()
    withheld.closed(THIRD)
    withheld.end()
    assert handed_on == [FIRST, SECOND, THIRD]


def test_what_is_never_proven_goes_on_with_its_doubt(handed_on: list[Segment]) -> None:
    withheld = Withheld(handed_on.append, is_doubtful=True)
    withheld.closed(FIRST)
    withheld.end()
    withheld.closed(SECOND)
    withheld.prove()
    assert handed_on == [replace(FIRST, doubt=UNPROVEN), replace(SECOND, doubt=UNPROVEN)]


def test_nothing_waits_where_there_is_no_doubt(handed_on: list[Segment]) -> None:
    withheld = Withheld(handed_on.append, is_doubtful=False)
    withheld.closed(FIRST)
    assert handed_on == [FIRST]
    withheld.end()
    withheld.closed(SECOND)
    assert handed_on == [FIRST, SECOND]
