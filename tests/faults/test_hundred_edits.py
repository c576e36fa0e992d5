"""The file is edited a hundred times in random ways while four cameras record.

Which cameras an edit touches is known by the rule of `edits.py`. What was recorded is held against
what was sent, frame by frame, and what the program says of its revisions against what was saved.
`THORSCHED_EDITS_SEED=7 pytest ...` makes the same edits again.
"""

import json
import os
import random
from dataclasses import dataclass
from datetime import timedelta
from difflib import unified_diff
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.faults.editing import SHAPES, Editing
from tests.faults.edits import (
    DEVICES,
    ENDING,
    FOLLOWED,
    FOLLOWING,
    GUEST,
    HARMLESS,
    MISTAKES,
    PINNED,
    RESTLESS,
    Touch,
    Written,
    about_of,
    first_file,
    is_recorded,
    text_of,
    touch,
)
from tests.faults.lab import Lab, ends_in_order, lab_of
from tests.faults.saves import SAVES
from tests.support.frames import identities, segments, sent_meanwhile
from thorsched.catalogue.applied import Effect, Kept, RevisionApplied
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import AttemptRow
from thorsched.catalogue.kept import kept_revisions
from thorsched.catalogue.reader import JournalReader

pytestmark = pytest.mark.real

EDITS = 100
CAMERAS = (*PINNED, FOLLOWING, RESTLESS, GUEST)
EFFECTS = {
    Touch.NOTHING: {Effect.UNTOUCHED, Effect.IN_PLACE},
    Touch.FOLLOWED: {Effect.FOLLOWED},
    Touch.REPLACED: {Effect.REPLACED},
    Touch.STARTED: {Effect.STARTED},
    Touch.STOPPED: {Effect.STOPPED},
}
# By how much the simulator's clock may be off what the program takes down.
_CLOCK_S = 0.1
# For as long what an edit asks for may not be there yet: one that undoes it then does nothing.
_TAKES = timedelta(seconds=10)


@dataclass(frozen=True)
class Past:
    """What was edited, and what the journal says of it."""

    lab: Lab
    editing: Editing
    pids: dict[str, int]
    """Of the pinned cameras' recorders, before the first edit."""
    pids_at_end: dict[str, int]
    applied: list[RevisionApplied]
    """From the program's start on."""
    attempts: list[AttemptRow]

    def files(self) -> list[Written]:
        """Return what the revisions say that were applied, in order."""
        said = {text.revision: text.file for text in self.editing.good}
        files = [said[one.revision] for one in self.applied]
        assert None not in files
        return [file for file in files if file is not None]

    def on_the_way(self, number: int, camera: str) -> set[Touch]:
        """Return what may become of a camera by a revision if what went before is not done yet."""
        files, at = self.files(), self.applied[number].at
        lately = [
            file
            for one, file in zip(self.applied, files[:number], strict=False)
            if at - one.at < _TAKES
        ]
        kinds = {touch(before, files[number + 1], camera) for before in lately}
        moved = {touch(before, files[number], camera) for before in lately} - {Touch.NOTHING}
        return kinds | ({Touch.NOTHING} if moved else set())

    def touching(self, camera: str, *kinds: Touch) -> list[RevisionApplied]:
        """Return the revisions that touched a camera so, by the rule of `edits.py`."""
        edits = zip(self.applied[1:], pairwise(self.files()), strict=True)
        return [one for one, (was, becomes) in edits if touch(was, becomes, camera) in kinds]

    def attempts_of(self, camera: str) -> list[AttemptRow]:
        return [one for one in self.attempts if one.camera == camera]

    def frames_of(self, attempt: AttemptRow) -> list[int]:
        """Return the numbers of an attempt's frames; all must be its camera's."""
        name = attempt.id.rpartition("/")[2]
        files = [p for p in segments(self.lab.root, attempt.camera) if p.name.startswith(name)]
        found = identities(*files)
        assert {one.device_id for one in found} <= {attempt.device_id}
        return [one.number for one in found]


@pytest.mark.long
@pytest.mark.no_cover  # of many alike; what it runs is covered by others
@pytest.mark.fault(53, 54, 56)
def test_a_hundred_edits_cost_no_frame_of_a_camera_that_they_are_not_about(tmp_path: Path) -> None:
    past = edited_a_hundred_times(tmp_path)
    assert_all_kinds_of_edits_were_made(past)
    assert_each_text_that_stood_was_applied_once_and_is_in_the_journal(past)
    assert_it_was_told_what_each_edit_does_to_each_camera(past)
    assert_no_camera_that_no_edit_touched_lost_a_frame_or_its_process(past)
    assert_a_camera_whose_files_alone_were_edited_lost_no_frame_either(past)
    for camera in (RESTLESS, GUEST):
        assert_a_camera_that_was_edited_lost_nothing_but_at_its_edits(past, camera)
    assert_in_the_end_all_is_as_the_last_text_says(past)


def edited_a_hundred_times(directory: Path) -> Past:
    """Edit the file, from when every camera records to when all is as the last text says."""
    seed = int(os.environ.get("THORSCHED_EDITS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"THORSCHED_EDITS_SEED={seed}")
    with lab_of(DEVICES, directory) as lab:
        file = first_file(lab)
        lab.file.write_text(text_of(file))
        lab.cameras = list(file["cameras"])
        with lab.running() as running:
            lab.await_segments(running, 1)
            pids = {camera: pid_of(lab, camera) for camera in PINNED}
            editing = Editing(lab, running, random.Random(seed), file)
            editing.make()
            running.until(lambda: is_as_said(lab, editing.file), what="all is as the file says")
            last = editing.all_saved[-1].revision
            running.until(lambda: says(lab, PINNED[0], last), what="files say what runs")
            pids_at_end = {camera: pid_of(lab, camera) for camera in PINNED}
            lab.cameras = list(CAMERAS)
            ends_in_order(running, lab)
            lab.assert_all_described()
            assert not running.says("Traceback"), running.outputs
            assert not running.says(" ERROR "), running.outputs
        with JournalReader(path_below(lab.root)) as journal:
            kept = list(kept_revisions(journal))
            attempts = sorted(journal.attempts(), key=lambda one: one.began)
        applied = [one.applied for one in reversed(kept) if isinstance(one, Kept)]
        assert len(applied) == len(kept)
        return Past(lab, editing, pids, pids_at_end, applied, attempts)


def pid_of(lab: Lab, camera: str) -> int:
    (recorder,) = lab.recorders(camera)
    return recorder.pid


def is_as_said(lab: Lab, file: Written) -> bool:
    """Whether each camera that the file wants has one recorder, with bytes on disk."""
    with JournalReader(path_below(lab.root)) as journal:
        is_open = {one.camera: one for one in journal.open_attempts()}
    wanted = {camera for camera in CAMERAS if is_recorded(file, camera)}
    recorders = {camera: len(lab.recorders(camera)) for camera in CAMERAS}
    return (
        recorders == {camera: int(camera in wanted) for camera in CAMERAS}
        and is_open.keys() == wanted
        and all(one.first_bytes is not None for one in is_open.values())
    )


def says(lab: Lab, camera: str, revision: str) -> bool:
    """Whether a closed file of a camera was made under a revision."""
    sidecars = (path.with_suffix(".json") for path in lab.files(camera))
    return any(revision in path.read_text() for path in sidecars if path.exists())


def assert_all_kinds_of_edits_were_made(past: Past) -> None:
    did = past.editing.did
    assert (
        len(past.editing.all_saved) == EDITS == sum(n * saves for n, saves in SHAPES.values()) + 1
    )
    for one in (*HARMLESS, *FOLLOWED, *ENDING, *MISTAKES, *SAVES):
        assert did[one.__name__] >= 1, f"no {one.__name__}: {did}"
    assert did["by hand"] >= 3
    assert len(past.applied) > 50
    assert did["seen refused"] >= 14
    assert len(past.touching(FOLLOWING, Touch.FOLLOWED)) >= 4
    assert len(past.touching(RESTLESS, Touch.REPLACED)) >= 3
    assert len(past.touching(RESTLESS, Touch.STOPPED)) >= 2
    assert len(past.touching(GUEST, Touch.STARTED)) >= 1


def assert_each_text_that_stood_was_applied_once_and_is_in_the_journal(past: Past) -> None:
    said = {text.revision: text.content.decode() for text in past.editing.good}
    assert {one.revision: one.text for one in past.applied}.items() <= said.items()
    assert [one.revision[:8] for one in past.applied[1:]] == past.editing.applied
    assert all(was.revision != one.revision for was, one in pairwise(past.applied))
    assert past.applied[-1].text == past.lab.file.read_text()
    wrong = {text.revision for text in past.editing.all_saved if text.file is None}
    assert len(wrong) >= 14
    assert not wrong & {one.revision for one in past.applied}


def assert_it_was_told_what_each_edit_does_to_each_camera(past: Past) -> None:
    files = past.files()
    for number, one in enumerate(past.applied[1:]):
        was, becomes = files[number : number + 2]
        told = {change.camera: change for change in one.difference.cameras}
        assert told.keys() == was["cameras"].keys() | becomes["cameras"].keys()
        for camera, change in told.items():
            kinds = {touch(was, becomes, camera)}
            if kinds != {Touch.NOTHING}:
                # A recorder that is on its way from one file to another goes on from where it is.
                kinds |= past.on_the_way(number, camera)
            effect = change.effect if change.is_now else Effect.UNTOUCHED
            words = "".join(unified_diff(lines_of(was), lines_of(becomes), n=0))
            assert effect in set().union(*(EFFECTS[kind] for kind in kinds)), f"{words}{change}"


def assert_no_camera_that_no_edit_touched_lost_a_frame_or_its_process(past: Past) -> None:
    assert past.pids == past.pids_at_end
    for camera in PINNED:
        assert not past.touching(camera, *(set(Touch) - {Touch.NOTHING}))
        (attempt,) = past.attempts_of(camera)
        assert attempt.pid == past.pids[camera]
    past.lab.assert_nothing_lost(PINNED)
    past.lab.assert_no_gap(PINNED)


def assert_a_camera_whose_files_alone_were_edited_lost_no_frame_either(past: Past) -> None:
    frames = sorted({n for one in past.attempts_of(FOLLOWING) for n in past.frames_of(one)})
    truth = past.lab.simulator.truth(past.lab.device_id(FOLLOWING))
    assert frames == sent_meanwhile(truth, frames)
    past.lab.assert_no_gap([FOLLOWING])
    touched = past.touching(FOLLOWING, Touch.FOLLOWED)
    assert 2 < len(past.attempts_of(FOLLOWING)) <= 1 + len(touched)


def assert_a_camera_that_was_edited_lost_nothing_but_at_its_edits(past: Past, camera: str) -> None:
    truth = past.lab.simulator.truth(past.lab.device_id(camera))
    due = {frame.number: frame.due_s for frame in truth}
    ends = past.touching(camera, Touch.REPLACED, Touch.STOPPED)
    begins = past.touching(camera, Touch.REPLACED, Touch.STARTED, Touch.FOLLOWED)
    attempts = [(one.began.timestamp(), past.frames_of(one)) for one in past.attempts_of(camera)]
    assert len(attempts) <= (camera == RESTLESS) + len(begins)
    for _, frames in attempts:
        assert not frames or frames == sent_meanwhile(truth, frames), camera
    union = sorted({number for _, frames in attempts for number in frames})
    for last, first in pairwise(union):
        missing = [due[number] for number in range(last + 1, first) if number in due]
        began = min(began for began, frames in attempts if last in frames)
        edited = [one.at.timestamp() for one in ends if one.at.timestamp() > began]
        words = f"{camera} from {began} to {due[last]}, not {missing[:1]}; edits {edited}"
        assert not missing or min(missing) >= min(edited) - _CLOCK_S, words


def assert_in_the_end_all_is_as_the_last_text_says(past: Past) -> None:
    file = past.editing.file
    for camera in filter(lambda camera: is_recorded(file, camera), CAMERAS):
        sidecars = map(told, segments(past.lab.root, camera))
        newest = max(sidecars, key=lambda sidecar: sidecar["last_frame_end"])
        said = (newest.get("relabelled") or [newest])[-1]
        assert said["revision"] == past.applied[-1].revision, newest["file"]
        assert said["about"] == about_of(file, camera)


def lines_of(file: Written) -> list[str]:
    return text_of(file).splitlines(keepends=True)


def told(segment: Path) -> Any:
    return json.loads(segment.with_suffix(".json").read_text())
