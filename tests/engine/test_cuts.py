"""Recordings that are cut short by an edit which nobody could tell of as it was made."""

import logging
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.test_loop import House
from tests.reload.edits import EDIT, applied
from tests.support.values import SPAWNED, recording, window
from thorsched.engine.cuts import CUT_SHORT, untold
from thorsched.recording.history import Happened
from thorsched.recording.lifecycle import Grew, Phase, Recorder, Stop
from thorsched.recording.trouble import Cause

BEGUN_BY = "0ddba11f" * 8


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "recordings.yaml")


def left_by_another_file(house: House, *, start_min: float = -30, begun_by: str = BEGUN_BY) -> None:
    """Have the loop find a recorder of a camera that the file has no longer."""
    begun = replace(
        recording("gone", over=window(start_min, 60)), provenance={"revision": begun_by}
    )
    running = Recorder("gone", Phase.STARTING, recording=begun, port=SPAWNED.port)
    house.recorders.recorders["gone"] = running
    house.recorders.happened("gone", Grew(1, Path("gone-00000.mkv")))


def told(house: House) -> list[Happened]:
    events = (one for one in house.journal.entries if isinstance(one, Happened))
    return [one for one in events if one.what == CUT_SHORT]


def test_a_recorder_that_a_start_by_an_edited_file_ends_is_loudly_told_of_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    left_by_another_file(house)
    house.after(0)
    house.after(0.1)
    revision = house.revisions.current.revision[:8]
    why = f"no longer wanted since revision {revision}"
    undo = f"thorsched history {house.path} --restore 0ddba11f"
    (warning,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert warning.message == "an edit cuts a recording short"
    fields = (warning.__dict__["camera"], warning.__dict__["why"], warning.__dict__["undo"])
    assert fields == ("gone", why, undo)
    assert warning.__dict__["until"] == window().end
    (event,) = told(house)
    assert event.camera == "gone"
    assert event.detail.startswith(f"{why}; ")
    assert event.detail.endswith(f"would have been until 2026-03-01T13:00:00.000Z; to undo: {undo}")


def test_what_a_note_of_an_attempt_calls_its_revision_is_one_word_for_a_shell(house: House) -> None:
    left_by_another_file(house, begun_by=";reboot " * 8)
    house.after(0)
    house.after(0.1)
    (event,) = told(house)
    assert shlex.split(event.detail)[-2:] == ["--restore", ";reboot "]


def test_before_its_window_nothing_is_lost_that_had_to_be_told(house: House) -> None:
    left_by_another_file(house, start_min=0.02)
    house.after(0)
    assert house.recorders.recorders["gone"].ending is not None
    assert told(house) == []


def test_what_was_told_with_the_edit_is_not_told_again_and_no_end_but_by_an_edit_is() -> None:
    stops = [
        Stop("side", "no longer wanted since revision c0ffee00", cause=Cause.EDITED),
        Stop("nest", "replaced since revision c0ffee00", cause=Cause.EDITED),
        Stop("top", "the window is over"),
    ]
    assert untold(stops, applied(EDIT)) == (stops[1],)
