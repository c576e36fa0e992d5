"""Every fault is injected by a test, or it is said why not; and the README tells the truth."""

import re

import pytest

from tests.faults.table import FAULTS, UNTESTED, marked, written


@pytest.mark.parametrize("number", FAULTS)
def test_each_fault_has_a_test_or_a_reason(number: int) -> None:
    assert marked()[number] or number in UNTESTED, FAULTS[number][0]


def test_no_test_has_a_number_that_is_no_faults() -> None:
    assert marked().keys() == FAULTS.keys() == set(range(1, 59))


def test_the_readme_names_only_tests_that_inject_what_it_says() -> None:
    assert written().keys() == FAULTS.keys()
    for number, where in written().items():
        modules = set(re.findall(r"`([^`]+)`", where))
        assert modules <= {test.module for test in marked()[number]}, f"{number}: `make faults`"
        assert modules or where == UNTESTED[number], number
