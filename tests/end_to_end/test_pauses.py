"""Pauses while `thorsched run` records: all is real, and of what is wanted no frame is lost."""

import json
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.test_pause import typed
from tests.faults.lab import Lab, ends_in_order, kill, lab_of
from tests.support.frames import sent_meanwhile
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Ending, Pause
from thorsched.catalogue.pausefile import pause_file
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.trouble import Cause
from thorsched.schedule.intervals import Window

pytestmark = pytest.mark.real

SOON = timedelta(milliseconds=1)
WHY = "cleaning \x1b[2J<b>"


@pytest.mark.long
def test_a_paused_camera_rests_through_a_sigkill_until_it_is_resumed_or_its_time_is_over(
    tmp_path: Path,
) -> None:
    with lab_of(2, tmp_path) as lab:
        lab.file.write_text(f"lead: 1s\n{lab.file.read_text()}")
        with lab.recording() as first:
            said = said_by(lab, "pause", "--camera", "cam0", "--for", "1h", "--why", WHY)
            assert "(1 h): cleaning \\x1b[2J<b>; segments closed" in said
            assert lab.recorders("cam0") == []
            (other,) = lab.recorders("cam1")
            kill(first)
            with lab.running() as second:
                second.until(lambda: second.says("camera paused"), what="the pause")
                assert lab.recorders("cam0") == []
                pause_file(lab.root).unlink()  # somebody cleans up; who runs holds to it
                assert "; recording" in said_by(lab, "resume")
                known = len(lab.files("cam0"))
                second.until(lambda: len(lab.files("cam0")) > known, what="segments")
                assert "segments closed" in said_by(lab, "pause", "--camera", "cam0", "--for", "4s")
                known = len(lab.files("cam0"))
                second.until(lambda: len(lab.files("cam0")) > known, what="more of them")
                assert lab.recorders("cam1") == [other], "the other camera records on"
                _, told = typed("report", lab.file, "--json")
                assert "\x1b" not in second.err.read_text()
                ends_in_order(second, lab)
        with JournalReader(path_below(lab.root)) as journal:
            pauses = journal.pauses()
        assert [pause.how for pause in pauses] == [Ending.RESUMED, Ending.OVER]
        lab.assert_nothing_lost(["cam1"])
        assert_missing_in(lab, pauses)
    (cam0,) = (one for one in json.loads(told)["cameras"] if one["camera"] == "cam0")
    assert [one["why"] for one in cam0["pauses"]] == ["cleaning \\x1b[2J<b>", ""]
    assert cam0["pauses"][0]["how"] == "resumed"


def said_by(lab: Lab, command: str, *options: str) -> str:
    code, said = typed(command, lab.file, *options)
    assert code == 0, said
    return said


def assert_missing_in(lab: Lab, pauses: list[Pause]) -> None:
    """Assert that what is missing of cam0 is so in a pause, and something in each.

    A busy machine may need longer than `lead` to end and to begin again: that is a gap, which
    stands there.
    """
    numbers, due, gaps = lab.numbers("cam0"), lab.due("cam0"), lab.gaps("cam0")
    paused = [(one.start.timestamp(), one.until.timestamp()) for one in pauses]
    told = [(gap.start.timestamp() - 1, gap.end.timestamp() + 1) for gap in gaps if gap.end]
    sent = sent_meanwhile(lab.simulator.truth(0), numbers)
    lost = [due[number] for number in sorted(set(sent) - set(numbers))]
    assert [at for at in lost if not any(start <= at < end for start, end in paused + told)] == []
    filmed = [due[number] for number in numbers]
    for start, end in paused:
        inside = [(a, b) for a, b in pairwise(filmed) if start - 1 < a < end]
        assert max(back - gone for gone, back in inside) > 0.5, "it was recorded all the same"
    assert {gap.trouble.cause for gap in gaps} <= {Cause.STARTING, Cause.STOPPED}
    holes = [Window(one.start + SOON, one.until) for one in pauses]
    assert [gap for gap in gaps if any(hole.holds(gap.start) for hole in holes)] == []
