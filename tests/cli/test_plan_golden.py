"""What `thorsched plan` prints of the labs of `configs/`, to the letter.

After a change that is meant: `python -m tests.cli.golden`, and read the difference.
"""

import json

import jsonschema
import pytest

from tests.cli.golden import CONFIGS, GOLDEN, LABS, Lab, golden_of, printed

SCHEMA = json.loads((CONFIGS.parent / "schemas" / "plan.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_a_plan_reads_to_the_letter(lab: Lab, *, as_json: bool) -> None:
    assert printed(lab, as_json=as_json) == golden_of(lab, as_json=as_json).read_text("utf-8")


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_its_json_has_the_form_that_is_promised(lab: Lab) -> None:
    told = json.loads(golden_of(lab, as_json=True).read_text("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(told)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_its_days_fit_into_80_columns(lab: Lab) -> None:
    text = golden_of(lab, as_json=False).read_text("utf-8")
    days = text.partition("\n\n")[2].partition("\nin all")[0]
    assert max(map(len, days.splitlines())) <= 80


def test_nothing_else_lies_among_what_is_printed() -> None:
    expected = {golden_of(lab, as_json=as_json) for lab in LABS for as_json in (False, True)}
    assert set(GOLDEN.iterdir()) == expected
