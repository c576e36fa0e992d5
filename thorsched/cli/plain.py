"""Tables for people and for pipes: as wide as the terminal, or as wide as they are.

Called by the commands that print a table. In a pipe or a file nothing is cut, and no line ends in
blanks, so that `grep`, `diff` and an editor take it as it is.
"""

import io
import sys

from rich.console import RenderableType

from thorsched.cli.console import Screen

_WIDER_THAN_ANY_TABLE = 10_000


def show_table(renderable: RenderableType) -> None:
    """Print `renderable` on stdout. Raises `BrokenPipeError` like any other print."""
    screen = Screen()
    if screen.is_terminal:
        screen.print(renderable)
    else:
        print(plain(renderable))


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
