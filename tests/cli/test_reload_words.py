"""What has come of a reload: judged by the journal before and after, in words and for programs."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.config.files import RIGHT
from tests.support.revisions import applied_text
from tests.support.values import NOON, window
from thorsched.base.errors import ConfigError
from thorsched.catalogue.applied import Change, Difference, Effect, How
from thorsched.cli.reload.heard import (
    Heard,
    Waited,
    at_last,
    forgetting_refusals,
    since,
    told_unasked,
)
from thorsched.cli.reload.words import Came, Outcome, as_object, outcome_of, words, wrong_file
from thorsched.config.load import load_bytes
from thorsched.engine.filenews import LOOKED
from thorsched.recording.history import Happened

ROOT, OTHER_ROOT = Path("/data/exp3"), Path("/data/exp4")
FILE = Path("/lab/night.yaml")
UTC = ZoneInfo("UTC")
RAN = applied_text("ran\n", at=NOON - timedelta(hours=3))
WHY = ("is not in the file any more",)
STOPS = Change("side", Effect.STOPPED, is_now=True, window=window(), reasons=WHY)
EDITED = replace(
    applied_text("edited\n", at=NOON, was=RAN.revision), difference=Difference((STOPS,))
)
BEFORE = {ROOT: Heard(4, RAN)}


def looked(number: int, detail: str) -> tuple[int, Happened]:
    return number, Happened(NOON, LOOKED, detail)


def outcome(waited: Waited, *, asked: str = EDITED.revision) -> Outcome:
    return outcome_of(waited, file=FILE, asked=asked, pid=7)


def said(one: Outcome) -> str:
    return words(one, UTC, NOON + timedelta(minutes=5))


def test_an_edit_that_is_applied_is_told_with_what_it_stops_and_how_to_undo_that() -> None:
    now = {ROOT: Heard(5, EDITED, looked(9, f"applied: revision {EDITED.revision}"))}
    waited = since(BEFORE, now, EDITED.revision)
    assert waited is not None
    one = outcome(waited)
    assert (one.came, one.code, one.is_overtaken) == (Came.APPLIED, 0, False)
    first, _, stop, undo = said(one).splitlines()
    short, was = EDITED.revision[:8], RAN.revision[:8]
    assert first == f"applied: revision {short} runs instead of {was} (process 7)"
    assert stop.startswith("STOP")
    assert undo == f"to undo: thorsched history /recordings.yaml --restore {was}"


def test_nothing_is_known_until_the_journal_tells_something_new() -> None:
    heard = Heard(4, RAN, looked(9, f"nothing new: revision {RAN.revision}"))
    assert since({ROOT: heard}, {ROOT: heard}, EDITED.revision) is None
    late = at_last({ROOT: heard}, {ROOT: heard}, EDITED.revision)
    one = outcome(late)
    assert (one.came, one.code) == (Came.NO_ANSWER, 2)
    assert "has not answered within 15 s" in said(one)


def test_what_runs_already_is_told_with_since_when_by_the_clocks_of_the_file() -> None:
    now = {ROOT: Heard(4, RAN, looked(9, f"nothing new: revision {RAN.revision}"))}
    one = outcome(since(BEFORE, now, RAN.revision) or Waited(None), asked=RAN.revision)
    assert (one.came, one.code) == (Came.NOTHING_NEW, 0)
    already = f"nothing to do: revision {RAN.revision[:8]} runs since "
    for zone in (UTC, ZoneInfo("Asia/Tokyo")):
        since_when = RAN.at.astimezone(zone).strftime("%H:%M")
        later = RAN.at + timedelta(hours=1)
        assert words(one, zone, later).startswith(f"{already}{since_when} ")


def test_what_was_applied_by_itself_a_moment_ago_is_told_with_what_it_changed() -> None:
    now = {ROOT: Heard(4, EDITED, looked(9, f"nothing new: revision {EDITED.revision}"))}
    one = outcome(since({ROOT: Heard(4, EDITED)}, now, EDITED.revision) or Waited(None))
    assert one.came is Came.NOTHING_NEW
    told = words(one, UTC, NOON + timedelta(seconds=2))
    assert "as it was saved" in told
    assert "STOP  " in told
    assert "STOP  " not in said(replace(one, runs=replace(EDITED, how=How.START)))


def test_what_is_told_of_a_look_at_another_text_is_not_about_what_was_asked() -> None:
    now = {ROOT: Heard(4, RAN, looked(9, "not applied: the file: the file is gone"))}
    waited = since(BEFORE, now, EDITED.revision)
    assert waited is not None
    assert not waited.is_about(EDITED.revision)
    now = {ROOT: Heard(5, EDITED, looked(9, f"applied: revision {EDITED.revision}"))}
    assert (since(BEFORE, now, EDITED.revision) or waited).is_about(EDITED.revision)
    assert Waited(EDITED, is_new=True).is_about(EDITED.revision)


def test_an_edit_of_the_root_is_told_by_the_journal_of_the_new_one() -> None:
    now = {ROOT: Heard(4, RAN), OTHER_ROOT: Heard(1, EDITED)}
    waited = since(BEFORE, now, EDITED.revision)
    assert waited == Waited(EDITED, is_new=True)


def test_another_edit_that_overtakes_is_told() -> None:
    newest = replace(applied_text("newest\n", at=NOON), was=RAN.revision)
    now = {ROOT: Heard(5, newest, looked(9, f"applied: revision {newest.revision}"))}
    one = outcome(since(BEFORE, now, EDITED.revision) or Waited(None))
    assert one.is_overtaken
    assert said(one).startswith("the file was edited again meanwhile")
    assert f"revision {newest.revision[:8]} runs instead of" in said(one)


@pytest.mark.parametrize("tells", ["of the look", "by itself"])
def test_a_machine_that_cannot_do_it_is_told_and_what_runs_on(tells: str) -> None:
    why = "another thorsched records to /data/exp4 (process 8)"
    refused = (8, Happened(NOON, "file not applied", why))
    answer = looked(9, f"not applied: revision {EDITED.revision}: {why}")
    if tells == "of the look":
        waited = since(BEFORE, {ROOT: Heard(4, RAN, answer, refused)}, EDITED.revision)
    else:
        waited = at_last(BEFORE, {ROOT: Heard(4, RAN, None, refused)}, EDITED.revision)
    one = outcome(waited or Waited(None))
    assert (one.came, one.code) == (Came.REFUSED, 2)
    first, second = said(one).splitlines()
    assert first == f"not applied: {why}"
    assert second.startswith(f"nothing was changed: revision {RAN.revision[:8]} of ")


def test_a_scheduler_that_cannot_be_asked_is_believed_what_it_has_said_before() -> None:
    refused = (8, Happened(NOON, "file not applied", "no disk"))
    before = {ROOT: Heard(4, RAN, None, refused)}
    assert told_unasked(BEFORE, RAN.revision) == Waited(RAN)
    assert told_unasked(BEFORE, EDITED.revision) is None
    assert told_unasked(before, RAN.revision) is None, "the file is another one"
    assert at_last(before, before, EDITED.revision) == Waited(None)
    told = at_last(forgetting_refusals(before), before, EDITED.revision)
    assert told == Waited(RAN, refused="no disk")


def mistaken(text: str = RIGHT + "nonsense: 1\n", *, pid: int | None = 7) -> Outcome:
    with pytest.raises(ConfigError) as caught:
        load_bytes(text.encode(), FILE)
    return wrong_file(caught.value, file=FILE, pid=pid, runs=RAN if pid else None)


def test_mistakes_are_told_with_their_places_and_what_runs_on() -> None:
    one = mistaken()
    assert one.code == 1
    first, second, undo = said(one).splitlines()
    assert first.startswith("/lab/night.yaml:8:1: nonsense: ")
    assert second.startswith(f"nothing was changed: revision {RAN.revision[:8]} of ")
    assert second.endswith("runs on (process 7)")
    assert undo == "to undo: thorsched history /lab/night.yaml --restore current"
    assert said(mistaken(pid=None)).endswith("no thorsched runs by this file")


def test_for_programs_there_are_always_the_same_keys_and_an_error_if_it_is_one() -> None:
    told: list[dict[str, Any]] = [
        json.loads(json.dumps(as_object(one, UTC, NOON)))
        for one in (
            outcome(Waited(EDITED, is_new=True)),
            outcome(Waited(RAN)),
            outcome(Waited(RAN, refused="no disk")),
            outcome(Waited(None)),
            mistaken(),
        )
    ]
    assert [one["outcome"] for one in told] == [
        *("applied", "nothing new", "refused", "no answer", "mistakes")
    ]
    assert len({frozenset(one.keys() - {"error"}) for one in told}) == 1
    assert [("error" in one) for one in told] == [False, False, True, True, True]
    assert told[0]["stopped"] == ["side"]
    assert told[0]["cameras"][0]["reasons"] == ["is not in the file any more"]
    assert told[-1]["error"]["mistakes"][0]["line"] == 8
