"""Where the commands print: text from outside is made harmless, and a stuck reader stops nobody.

A table is as wide as the terminal, never wrapped in a file or pipe.
"""

import contextlib
import os
import sys
import threading
from typing import NoReturn

from rich.console import Console, RenderableType
from rich.text import Text

from thorsched.base.text import printable

_WIDE = 200
_LONGEST = 4000


class Screen(Console):
    """A console whose broken pipe is an error like any other; rich would end the program."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def console() -> Console:
    """Return the console of stdout."""
    terminal = Screen()
    return terminal if terminal.is_terminal else Screen(width=_WIDE)


def harmless(text: str, style: str = "") -> Text:
    """Return `text` as it is to be read: without markup, without control characters, its lines kept."""
    lines = (printable(line, longest=_LONGEST) for line in text.split("\n"))
    return Text("\n".join(lines), style=style)


def show_within(timeout_s: float, renderable: RenderableType) -> bool:
    """Print on stdout, waiting `timeout_s` at most; return False if stdout is stuck.

    A stdout that is full or closed is given up silently.
    """
    thread = threading.Thread(target=_show, args=(renderable,), name="show", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return not thread.is_alive()


def _show(renderable: RenderableType) -> None:
    try:
        console().print(renderable)
    except (OSError, ValueError):
        # Python would complain of what is left in the buffer while it ends.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
