"""What docstrings say of modules: those they name are there, those that are pure are held so."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "thorsched"
MODULES = sorted(PACKAGE.rglob("*.py"))
_NAMED = re.compile(r"`([\w/]+\.(?:py|sql|html))`")


def docstrings(module: Path) -> Iterator[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield text


def missing(module: Path, docstring: str) -> Iterator[str]:
    """Yield the files that are named and not there.

    A name is of the module's own room, of the package, or of the room that was named last:
    `recording/process.py` and `guard.py`.
    """
    room = module.parent
    for name in _NAMED.findall(docstring):
        if not any((place / name).is_file() for place in (module.parent, PACKAGE, room)):
            yield name
        if "/" in name:
            room = (PACKAGE / name).parent


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_that_a_docstring_names_is_there(module: Path) -> None:
    assert [name for text in docstrings(module) for name in missing(module, text)] == []


def dotted(module: Path) -> str:
    name = module.relative_to(PACKAGE.parent).with_suffix("")
    return ".".join(name.parent.parts if name.name == "__init__" else name.parts)


def says_that_it_is_pure(module: Path) -> bool:
    text = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    return re.search(r"\bPure\b", text) is not None


def test_what_says_that_it_is_pure_is_held_to_it_and_nothing_else_is() -> None:
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))
    (held,) = (
        set(contract["source_modules"])
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["name"].startswith("Pure modules")
    )
    said = {dotted(module) for module in MODULES if says_that_it_is_pure(module)}
    of_pure_rooms = {one for one in said if any(one.startswith(f"{room}.") for room in held)}
    assert said - of_pure_rooms == held
