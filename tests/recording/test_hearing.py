"""What a recorder hears is told from silence, and only once it is known."""

from collections.abc import Sequence

import pytest

from thorsched.recording.hearing import Hearing
from thorsched.recording.lifecycle import Clue

LOOK_S = 0.5


def clue(arrivals: Sequence[int | None], *, later_s: float = 0.0) -> Clue | None:
    hearing, now_s = Hearing(), 100.0
    for number in arrivals:
        now_s += LOOK_S
        hearing = hearing.listen(number, now_s=now_s)
    return hearing.clue(recent_s=1.0, now_s=now_s + later_s)


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        ([], None),
        ([None, None, None], None),
        ([0, 7], None),
        ([0, 7, 14], Clue.GARBAGE),
        ([0, 7, 7, 14, 14], Clue.GARBAGE),
        ([7, 7, 7], Clue.SILENCE),
        ([0, 7, 14, 14, 14, 14], Clue.SILENCE),
        ([7, 7, 8], None),
        ([0, 7, 14, None], None),
    ],
    ids=str,
)
def test_it_takes_several_looks_to_know(
    arrivals: Sequence[int | None], expected: Clue | None
) -> None:
    assert clue(arrivals) is expected


def test_what_was_heard_long_ago_is_silence_by_now() -> None:
    assert clue([0, 7, 14], later_s=1.5) is Clue.SILENCE
