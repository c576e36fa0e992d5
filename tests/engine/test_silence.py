"""How long nothing may be heard of a recorder, in each phase, and what is said then."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.values import recording, source
from thorsched.cameras.capability import Capability
from thorsched.engine.silence import archiving, silence
from thorsched.recording.lifecycle import Phase, Recorder

SINCE_S = 1000.0
USUAL = recording()  # its stall limit is 3 s
SLOW = recording(
    of=source(capability=Capability.parse("image/jpeg,width=1,height=1,framerate=1/9"))
)
LATE = replace(SLOW, latency=timedelta(seconds=10))  # 10 s and 28 s


def recorder(phase: Phase, *, killed: bool = False) -> Recorder:
    """Return a recorder that is in `phase` since `SINCE_S`, and has grown 4 s later."""
    return Recorder(
        "side",
        phase=phase,
        since_s=SINCE_S,
        recording=USUAL,
        grew_at_s=SINCE_S + 4,
        killed=killed,
    )


@pytest.mark.parametrize(
    ("one", "at_most_s", "words"),
    [
        (recorder(Phase.STARTING), 30, "starting for 41 s: nothing heard"),
        (
            replace(recorder(Phase.STARTING), recording=SLOW),
            33.5,
            "starting for 44 s: nothing heard",
        ),
        (replace(recorder(Phase.STARTING), recording=LATE), 43, "starting for 54 s: nothing heard"),
        (recorder(Phase.RECORDING), 12, "recording for 19 s: nothing heard"),
        (recorder(Phase.STOPPING), 15, "stopping for 26 s: nothing heard"),
        (
            recorder(Phase.STOPPING, killed=True),
            15,
            "killed, and still there after 16 s: the disk does not answer?",
        ),
    ],
)
def test_what_is_silent_for_longer_than_it_may_be_is_told(
    one: Recorder, at_most_s: float, words: str
) -> None:
    assert silence(one, now_s=SINCE_S + at_most_s) is None
    assert silence(one, now_s=SINCE_S + at_most_s + 0.1) is not None
    assert str(silence(one, now_s=SINCE_S + at_most_s + 11)) == words


def test_who_is_beside_a_recorder_is_told_of_too() -> None:
    hung = recorder(Phase.STOPPING, killed=True)
    heard_of = replace(recorder(Phase.RECORDING), grew_at_s=SINCE_S + 60)
    assert silence(heard_of, now_s=SINCE_S + 60) is None
    told = silence(replace(heard_of, predecessor=hung), now_s=SINCE_S + 60)
    assert told is not None
    assert told.killed


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.BACKING_OFF])
def test_what_waits_for_its_time_may_be_silent(phase: Phase) -> None:
    assert silence(recorder(phase), now_s=SINCE_S + 1e6) is None


def test_an_archivist_may_be_at_a_file_for_half_a_minute() -> None:
    at = (Path("recordings/side-00000.mkv"), SINCE_S)
    assert archiving(None, now_s=SINCE_S) is None
    assert archiving(at, now_s=SINCE_S + 30) is None
    assert str(archiving(at, now_s=SINCE_S + 41)) == (
        "archivist has been at side-00000.mkv for 41 s: the disk does not answer?"
    )
