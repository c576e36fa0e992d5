"""How a command ends: what the shell is told, and what becomes of output that nobody takes.

The README lists the codes for people.
"""

import contextlib
import os
from enum import IntEnum
from typing import TextIO


class ExitCode(IntEnum):
    """Exit codes. A wrong command line ends with 2, too: click chose it."""

    DONE = 0
    MISTAKE = 1  # in the file: edit it
    NOT_READY = 2  # the world outside, or this machine: the message says what to do
    CHANGES = 2  # of `plan`, whose errors all end with 1: the file does other things than what runs
    HUNG = 70  # the loop made no pass for a minute: start it again
    INTERRUPTED = 130  # Ctrl-C
    BROKEN_PIPE = 141  # whoever read the output had enough


def drop(stream: TextIO) -> None:
    """Send what is left for `stream` nowhere: Python would complain of it, and end with 120."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
