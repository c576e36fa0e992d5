"""By which revision of the file each recording was made, as a report tells it."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import jsonschema
import pytest

from tests.config.files import RIGHT
from tests.support.values import NOON
from tests.support.years import START, apply_revision, make_journal
from thorsched.catalogue.entries import Stretch
from thorsched.cli.console import plain
from thorsched.cli.report_table import shown
from thorsched.config.load import load
from thorsched.report.forms import as_object
from thorsched.report.gathering import gather
from thorsched.report.page import page_of
from thorsched.report.period import Asked
from thorsched.report.provenance import in_force, recordings
from thorsched.report.values import Report
from thorsched.schedule.intervals import Window

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text("utf-8")
)
HOUR = timedelta(hours=1)


def hours(start: float, end: float) -> Window:
    return Window(NOON + start * HOUR, NOON + end * HOUR)


def at(hour: float) -> datetime:
    return NOON + hour * HOUR


@pytest.mark.parametrize(
    ("applied", "told"),
    [
        ([], []),
        ([(-5, "a")], [("a", 0, 10)]),
        ([(-5, "a"), (2, "b"), (3, "b"), (4, "a")], [("a", 0, 2), ("b", 2, 4), ("a", 4, 10)]),
        ([(-5, "a"), (-4, "b"), (12, "c")], [("b", 0, 10)]),
        ([(5, "b"), (2, "a")], [("a", 2, 5), ("b", 5, 10)]),
        ([(2, "a"), (2, "b")], [("b", 2, 10)]),
    ],
)
def test_each_is_in_force_until_the_next(
    applied: list[tuple[float, str]], told: list[tuple[str, float, float]]
) -> None:
    found = in_force([(at(hour), revision) for hour, revision in applied], hours(0, 10))
    assert [(one.revision, one.span) for one in found] == [
        (revision, hours(start, end)) for revision, start, end in told
    ]


def test_a_recording_that_goes_on_through_edits_was_made_by_all_of_them() -> None:
    revisions = in_force([(at(-1), "a"), (at(2), "b"), (at(4), "a")], hours(0, 10))
    stretches = [
        Stretch("side", at(-1), at(1), "z", ("pilot",)),
        Stretch("side", at(1.5), at(4), "a", ("pilot",)),
        Stretch("side", at(5), at(5), "a", ("pilot",)),
        Stretch("side", at(6), None, "a", ("pilot", "ever")),
    ]
    found = recordings(stretches, revisions, [hours(0, 7)])
    assert [(one.span, one.revisions) for one in found] == [
        (hours(0, 1), ("a",)),
        (hours(1.5, 4), ("a", "b")),
        (hours(6, 7), ("a",)),
    ]
    assert found[-1].schedules == ("pilot", "ever")
    assert recordings(stretches, revisions, []) == ()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "recordings.yaml"
    file.write_text(f"timezone: UTC\n{RIGHT}")
    make_journal(tmp_path / "recordings", ("side",), segments=12)
    return file


def told(file: Path) -> Report:
    zone, end = ZoneInfo("UTC"), START + 2 * HOUR
    asked = Asked(None, f"{START:%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}")
    return gather(load(file), asked, [], now=end + HOUR, zone=zone)


def test_a_report_names_the_revisions_where_there_were_several(file: Path) -> None:
    root, text = file.parent / "recordings", file.read_text()
    first = apply_revision(root, file, text)
    assert "revision" not in plain(shown(told(file))), "there was but one"
    second = apply_revision(root, file, text + "lead: 5s\n", at=START + HOUR)
    report = told(file)
    words = (
        f"by 2 revisions of the file: {first[:8]} until Thu 2026-01-01 01:00:00, then {second[:8]}"
    )
    assert words in plain(shown(report))
    assert words in page_of(report)
    as_json = as_object(report)
    jsonschema.Draft202012Validator(SCHEMA).validate(as_json)
    assert [one["revision"] for one in as_json["revisions"]] == [first, second]
    (recording,) = as_json["cameras"][0]["recordings"]
    assert recording["revisions"][1:] == [first, second], "it began by one that is not known"


def test_of_many_the_first_and_the_last_are_named(file: Path) -> None:
    root, text = file.parent / "recordings", file.read_text()
    told_of = [
        apply_revision(root, file, f"{text}lead: {n + 1}s\n", at=START + n * HOUR / 10)
        for n in range(9)
    ]
    words = (
        f"by 9 revisions of the file, from {told_of[0][:8]} to {told_of[-1][:8]}: thorsched history"
    )
    assert words in plain(shown(told(file)))
