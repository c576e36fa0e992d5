"""A docstring that names a module names one that is there: whoever reads goes and looks."""

import ast
import re
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
