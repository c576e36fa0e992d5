"""The operator's own keys are where NWB's readers look for them, and all of them in the notes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.export.filmed import segment
from thorsched.export.about import SeveralSubjects, not_taken, notes_of, session_of, subject_of
from thorsched.export.told import Segment


def about(*several: dict[str, Any]) -> list[Segment]:
    return [segment(f"side_{at}-00000.mkv", about=keys) for at, keys in enumerate(several)]


def test_keys_that_nwb_knows_go_where_it_has_them() -> None:
    told = about(
        {
            "subject": "m042",
            "Species": "Mus musculus",
            "sex": "female",
            "age": "P90D",
            "weight": "25 g",
            "date of birth": "2025-12-01",
            "genotype": "wt",
            "cage": 7,
            "experiment": "circadian-3",
            "experimenter": "Doe, Jane",
            "lab": "sleep",
        }
    )
    assert subject_of(told) == {
        "subject_id": "m042",
        "species": "Mus musculus",
        "sex": "F",
        "age": "P90D",
        "weight": "25 g",
        "date_of_birth": datetime(2025, 12, 1, tzinfo=UTC),
        "genotype": "wt",
    }
    assert session_of(told) == {
        "experiment_description": "circadian-3",
        "experimenter": "Doe, Jane",
        "lab": "sleep",
    }
    assert json.loads(notes_of(told))["about"]["side"]["cage"] == 7


@pytest.mark.parametrize(
    ("key", "value"),
    [("age", 90), ("weight", 25), ("sex", "?"), ("date_of_birth", "spring"), ("age", "12 moons")],
)
def test_what_nwb_would_misunderstand_is_left_to_the_notes_and_told(
    key: str, value: object
) -> None:
    told = about({key: value}, {key: value})
    assert subject_of(told) == {}
    assert json.loads(notes_of(told)) == {"about": {"side": {key: value}}}
    ((field, words),) = not_taken(one.told.about for one in told)
    assert field == key
    assert words.startswith(f"'{value}' is nothing that NWB's subject takes")
    assert "in an export's notes alone; write it " in words


def test_a_key_without_a_value_is_no_mistake() -> None:
    assert subject_of(about({"age": ""})) == {}
    assert list(not_taken([{"age": "", "cage": 7, "subject": 42}])) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [("12 weeks", "P12W"), ("90d", "P90D"), ("1.5 Years", "P1.5Y"), ("1 day", "P1D")],
)
def test_an_age_with_its_unit_is_taken_as_it_is_meant(written: str, read: str) -> None:
    assert subject_of(about({"age": written})) == {"age": read}


def test_what_changed_meanwhile_is_left_to_the_notes() -> None:
    told = about({"experiment": "a", "subject": 42}, {"experiment": "b", "subject": "42"})
    assert session_of(told) == {}
    assert subject_of(told) == {"subject_id": "42"}
    assert [one["experiment"] for one in json.loads(notes_of(told))["about"]["side"]] == ["a", "b"]


def test_two_animals_are_refused() -> None:
    with pytest.raises(SeveralSubjects, match="2 subjects, m042, m043"):
        subject_of(about({"subject": "m042"}, {"subject": "m043"}))
