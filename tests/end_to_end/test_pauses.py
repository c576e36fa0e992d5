"""Pauses while `thorsched run` records: all is real, and of what is wanted no frame is lost."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order, kill, lab_of
from tests.support.frames import sent_meanwhile
from tests.support.program import thorsched
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Ending, Pause
from thorsched.catalogue.reader import JournalReader

pytestmark = pytest.mark.real

WHY = "cleaning \x1b[2J<b>"


def test_a_paused_camera_rests_through_a_sigkill_until_it_is_resumed_or_its_time_is_over(
    tmp_path: Path,
) -> None:
    with lab_of(2, tmp_path) as lab:
        lab.file.write_text(f"lead: 1s\n{lab.file.read_text()}")
        with lab.recording() as first:
            said = typed(lab, "pause", "--camera", "cam0", "--for", "1h", "--why", WHY)
            assert "(1 h): cleaning \\x1b[2J<b>; segments closed" in said
            assert lab.recorders("cam0") == []
            (other,) = lab.recorders("cam1")
            kill(first)
            with lab.running() as second:
                second.until(lambda: second.says("camera paused"), what="the pause")
                assert lab.recorders("cam0") == []
                assert "; recording" in typed(lab, "resume")
                known = len(lab.files("cam0"))
                second.until(lambda: len(lab.files("cam0")) > known, what="segments")
                assert "segments closed" in typed(lab, "pause", "--camera", "cam0", "--for", "4s")
                known = len(lab.files("cam0"))
                second.until(lambda: len(lab.files("cam0")) > known, what="more of them")
                assert lab.recorders("cam1") == [other], "the other camera records on"
                told = thorsched("report", str(lab.file), "--json", cwd=tmp_path)
                ends_in_order(second, lab)
        with JournalReader(path_below(lab.root)) as journal:
            pauses = journal.pauses()
        assert [pause.how for pause in pauses] == [Ending.RESUMED, Ending.OVER]
        lab.assert_nothing_lost(["cam1"])
        assert_missing_in(lab, pauses)
        assert lab.gaps("cam0") == [], "a pause is no gap"
    (cam0,) = (one for one in json.loads(told.stdout)["cameras"] if one["camera"] == "cam0")
    assert [one["why"] for one in cam0["pauses"]] == ["cleaning \\x1b[2J<b>", ""]
    assert cam0["pauses"][0]["how"] == "resumed"
    assert {gap["cause"] for gap in cam0["gaps"]} <= {"starting"}


def typed(lab: Lab, command: str, *options: str) -> str:
    done = thorsched(command, str(lab.file), *options, cwd=lab.directory)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_missing_in(lab: Lab, pauses: list[Pause]) -> None:
    """Assert that of cam0 nothing is missing but in the pauses, and in each of them something."""
    numbers, due = lab.numbers("cam0"), lab.due("cam0")
    spans = [(one.start.timestamp(), one.until.timestamp()) for one in pauses]
    sent = sent_meanwhile(lab.simulator.truth(0), numbers)
    lost = [due[number] for number in sorted(set(sent) - set(numbers))]
    assert [at for at in lost if not any(start <= at < end for start, end in spans)] == []
    filmed = [due[number] for number in numbers]
    for start, end in spans:
        gone, back = next(pair for pair in pairwise(filmed) if pair[0] < start + 1 < pair[1])
        assert gone > start - 0.2, "what was filmed before it is on disk"
        assert back < end + 0.2, "and so is what follows"
