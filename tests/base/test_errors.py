"""Errors are grouped by who must act, and by nothing else."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import thorsched
from thorsched.base.errors import (
    ConfigError,
    FileError,
    MachineError,
    ThorschedError,
    UnavailableError,
)

GROUPS = (ConfigError, UnavailableError, FileError, MachineError)


def kinds(of: type[ThorschedError]) -> Iterator[type[ThorschedError]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def every_kind() -> set[type[ThorschedError]]:
    """Return all errors of ours, wherever in the package they are."""
    for module in pkgutil.walk_packages(thorsched.__path__, "thorsched."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {kind for kind in kinds(ThorschedError) if kind.__module__.startswith("thorsched.")}


def test_every_error_says_who_must_act_and_names_one_of_them_only() -> None:
    found = every_kind()
    assert len(found) > 2 * len(GROUPS), "the package was not looked through"
    for kind in found:
        assert len([group for group in GROUPS if issubclass(kind, group)]) == 1, kind


@pytest.mark.parametrize("group", GROUPS)
def test_no_handler_for_what_the_system_raises_catches_a_group(
    group: type[ThorschedError],
) -> None:
    assert not issubclass(group, (OSError, ValueError, RuntimeError))
