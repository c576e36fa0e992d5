"""Errors are grouped by who must act, and by nothing else."""

import pytest

from thorsched.base.errors import ConfigError, MachineError, ThorschedError, UnavailableError

GROUPS = (ConfigError, UnavailableError, MachineError)


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_is_caught_as_ours_and_as_no_other(group: type[ThorschedError]) -> None:
    assert issubclass(group, ThorschedError)
    assert [other for other in GROUPS if issubclass(group, other)] == [group]
    assert str(group("where: what; what would be right")) == "where: what; what would be right"


def test_ours_are_not_confused_with_what_the_system_raises() -> None:
    assert not issubclass(ThorschedError, (OSError, ValueError, RuntimeError))
