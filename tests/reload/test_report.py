"""What the log says of an edit: a warning for each recording that it cuts short."""

import logging
from dataclasses import replace

import pytest

from tests.reload.edits import AT, EDIT, NIGHT, TOMORROW, applied, change
from thorsched.catalogue.applied import Difference, Effect
from thorsched.reload.edits.report import MOST_NAMED, report_edit
from thorsched.schedule.intervals import ALWAYS


def told(caplog: pytest.LogCaptureFixture, level: int) -> list[dict[str, object]]:
    own = vars(logging.makeLogRecord({})).keys() | {"message"}
    return [
        {key: value for key, value in vars(one).items() if key not in own}
        for one in caplog.records
        if one.levelno == level
    ]


def test_each_recording_that_is_cut_short_is_a_warning_that_says_how_to_undo_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    report_edit(applied(EDIT))
    undo = "thorsched history '/lab/my night.yaml' --restore 3f2a91ab"
    lost = {"since": AT.replace(hour=20, minute=37), "until": NIGHT.end, "undo": undo}
    assert told(caplog, logging.WARNING) == [
        {"camera": "side", "effect": "stopped", "why": "is not in the file any more", **lost},
        {"camera": "wheel", "effect": "replaced", "why": "device: id 0 -> id 1", **lost},
    ]
    assert {one.message for one in caplog.records[:2]} == {"an edit cuts a recording short"}


def test_what_changes_alike_is_one_line_and_what_does_not_change_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    report_edit(applied(EDIT))
    why = "schedule nights is removed"
    later = {"cameras": "door", "effect": "stopped", "from": TOMORROW.start, "why": why}
    alike = {"cameras": "nest, run", "effect": "changed in place", "why": "lead: 3s -> 5s"}
    assert told(caplog, logging.INFO) == [
        {"more": None, **later},
        {"more": None, "from": None, **alike},
    ]


def test_an_edit_of_a_thousand_cameras_does_not_name_them_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    cameras = tuple(change(f"c{n}", Effect.IN_PLACE, "lead: 3s -> 5s") for n in range(1000))
    report_edit(applied(Difference(cameras)))
    (line,) = told(caplog, logging.INFO)
    assert line["more"] == 1000 - MOST_NAMED


def test_what_begins_at_no_moment_is_not_told_to_begin_in_the_year_1(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    later = change("door", Effect.IN_PLACE, "lead: 3s -> 5s", is_now=False)
    report_edit(applied(Difference((replace(later, window=ALWAYS),))))
    (line,) = told(caplog, logging.INFO)
    assert line["from"] is None
