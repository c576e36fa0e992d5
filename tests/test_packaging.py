"""What is looked for and installed for us is what the package says that it needs."""

import ast
import re
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from tests.test_docstrings import says_that_it_is_pure
from thorsched.base.gstreamer import ELEMENT_PACKAGES, PACKAGES
from thorsched.cameras.selector import Encoding
from thorsched.recording import pipeline
from thorsched.simulator import rig, server

CHECKOUT = Path(__file__).parents[1]
RECORDER = frozenset(pipeline.elements(frozenset(Encoding)))
SIMULATOR = frozenset(server._ELEMENTS)
H265_SIMULATOR = frozenset(rig._H265_ELEMENTS)
TESTS = frozenset({"videotestsrc", "jpegenc", "filesink", "fakesink"})


def words(name: str) -> list[str]:
    """Return the list that the script for CI and `make` keeps under a name."""
    script = (CHECKOUT / ".ci" / "gstreamer.sh").read_text()
    found = re.search(rf'^{name}="([^"]*)"', script, re.MULTILINE)
    assert found is not None
    return found[1].split()


def test_the_script_looks_for_every_element_that_we_put_into_a_pipeline() -> None:
    assert sorted(words("elements")) == sorted(RECORDER | SIMULATOR | H265_SIMULATOR | TESTS)


def test_the_script_installs_what_the_program_tells_people_to_install() -> None:
    assert sorted(words("packages")) == sorted(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_readme_names_every_package(package: str) -> None:
    assert package in (CHECKOUT / "README.md").read_text()


def test_the_package_of_every_element_is_known_and_among_those_installed() -> None:
    assert set(ELEMENT_PACKAGES) >= RECORDER | SIMULATOR | H265_SIMULATOR
    assert set(ELEMENT_PACKAGES.values()) <= {*PACKAGES, "libgstreamer1.0-0"}


ROOMS = (
    *("catalogue", "catalogue/auditing", "catalogue/fsck", "catalogue/keeping"),
    *("catalogue/rebuilding", "engine", "export", "foresight", "foresight/disk"),
    *("picture", "recording", "reload", "reload/edits", "reload/past", "reload/watching", "report"),
)


@pytest.mark.parametrize("room", ROOMS)
def test_the_readme_names_every_module_of_a_room(room: str) -> None:
    row = re.search(rf"^\| `{room}/` \|(.*)\|$", (CHECKOUT / "README.md").read_text(), re.MULTILINE)
    assert row is not None
    directory = CHECKOUT / "thorsched" / room
    modules = {path.stem for path in directory.glob("*.py")} - {"__init__"}
    assert set(re.findall(r"`(\w+)`", row[1])) == modules
    pure = {name for name in modules if says_that_it_is_pure(directory / f"{name}.py")}
    assert set(re.findall(r"`(\w+)`", row[1].rpartition("(pure)")[0])) == pure


def imported_by_the_package() -> set[str]:
    """Return the modules of others that thorsched imports anywhere, by their topmost name."""
    found: set[str] = set()
    for path in (CHECKOUT / "thorsched").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import():
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                case ast.ImportFrom(module=str(module), level=0):
                    found.add(module.partition(".")[0])
                case _:
                    pass
    return found - sys.stdlib_module_names - {"thorsched", "_typeshed"}  # the last: for types only


def normal(distribution: str) -> str:
    """Return the name as PyPA's specification of names normalises it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_what_the_package_imports_is_installed_with_it() -> None:
    names = (re.match(r"[\w.-]+", requirement) for requirement in requires("thorsched") or ())
    declared = {normal(name[0]) for name in names if name}
    distributions = packages_distributions()
    for module in imported_by_the_package():
        installed = {normal(name) for name in distributions[module]}
        assert installed & declared, f"{module} is not among the dependencies"
