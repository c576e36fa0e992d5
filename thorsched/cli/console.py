"""Where the commands print: text from outside is made harmless, and a stuck reader stops nobody.

A table is as wide as the terminal, or, in a pipe or a file, as wide as it is: nothing is cut there
and no line ends in blanks, so that `grep`, `diff` and an editor take it as it is.
"""

import io
import re
import sys
import threading
from collections.abc import Iterable
from typing import NoReturn

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from thorsched.base.text import printable
from thorsched.cli.exits import drop

_WIDER_THAN_ANY_TABLE = 10_000
_LONGEST = 4000
_WIDEST = 100
_HANGING = re.compile(r" *(?:\S+ {2,})?")
_TO_COPY = "to undo: "


class Screen(Console):
    """A console whose broken pipe is an error like any other; rich would end the program."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def harmless(text: str, style: str = "") -> Text:
    """Return `text` as it is to be read: without markup or control characters, its lines kept."""
    lines = (printable(line, longest=_LONGEST) for line in text.split("\n"))
    return Text("\n".join(lines), style=style)


def new_table(title: Text | str | None = None) -> Table:
    """Return a table as every command prints it: flush left, two blanks between its columns."""
    return Table(
        title=title,
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),  # so that names of 12 characters are whole in 80 columns
    )


def is_narrow() -> bool:
    """Return whether stdout is a terminal of fewer than 100 columns."""
    screen = Screen()
    return screen.is_terminal and screen.width < _WIDEST


def print_lines(lines: Iterable[tuple[Text, Text]]) -> None:
    """Print lines, each of a mark and words, on stdout.

    On a terminal the words are wrapped, 100 columns at most, beside their marks; else a line is a
    line, however long.
    """
    screen = Screen(highlight=False)
    if not screen.is_terminal:
        for mark, words in lines:
            screen.print(Text.assemble(mark, " ", words), soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for mark, words in lines:
        grid.add_row(mark, words)
    screen.print(grid, width=min(screen.width, _WIDEST))


def print_said(lines: Iterable[Text]) -> None:
    """Print lines that may begin with a mark and two blanks, such as `STOP  side: ...`, on stdout.

    On a terminal they are wrapped, 100 columns at most, each beside its mark.
    """
    screen = Screen(highlight=False)
    for line in lines:
        for piece in wrapped(line, min(screen.width, _WIDEST)) if screen.is_terminal else [line]:
            screen.print(piece, soft_wrap=True)


def wrapped(line: Text, width: int) -> list[Text]:
    """Return `line` in pieces of that width; one that has a command to copy stays whole."""
    if line.plain.lstrip().startswith(_TO_COPY):
        return [line]
    found = _HANGING.match(line.plain)
    mark, words = line.divide([found.end() if found else 0])
    pieces = list(words.wrap(Screen(), max(width - len(mark), 1), overflow="fold"))
    for piece in pieces:
        piece.rstrip()
    return [
        Text.assemble(" " * len(mark) if number else mark, piece)
        for number, piece in enumerate(pieces)
    ]


def show_table(renderable: RenderableType) -> None:
    """Print `renderable` on stdout. Raises `BrokenPipeError` like any other print."""
    print(_rendered(renderable))


def _rendered(renderable: RenderableType) -> str:
    """Return what is to be printed on stdout; writes nothing there, not even to look at it."""
    screen = Screen()
    if not screen.is_terminal:
        return plain(renderable)
    page = io.StringIO()
    Screen(file=page, force_terminal=True, width=screen.width).print(renderable)
    return page.getvalue().rstrip("\n")


def plain(renderable: RenderableType) -> str:
    """Return `renderable` as text without colours, as wide as it is, without blanks at line ends.

    It holds only what stdout can print: rich draws lines of plain ASCII where there are no others.
    """
    held, encoding = io.BytesIO(), sys.stdout.encoding or "utf-8"
    page = io.TextIOWrapper(held, encoding, errors="backslashreplace")
    Screen(file=page, width=_WIDER_THAN_ANY_TABLE).print(renderable)
    page.flush()
    text = held.getvalue().decode(encoding)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def show_within(timeout_s: float, renderable: RenderableType) -> bool:
    """Print on stdout, waiting `timeout_s` at most; return False if stdout is stuck.

    A stdout that is full or closed is given up silently.
    """
    text = _rendered(renderable)
    thread = threading.Thread(target=_show, args=(text,), name="show", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return not thread.is_alive()


def _show(text: str) -> None:
    try:
        print(text, flush=True)
    except (OSError, ValueError):  # the second: stdout was closed
        drop(sys.stdout)
