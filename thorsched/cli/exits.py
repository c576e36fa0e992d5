"""What the shell is told when a command ends; the README lists it for people."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes. A wrong command line ends with 2, too: click chose it."""

    DONE = 0
    MISTAKE = 1  # in the file: edit it
    NOT_READY = 2  # the world outside, or this machine: the message says what to do
    HUNG = 70  # the loop made no pass for a minute: start it again
    INTERRUPTED = 130  # Ctrl-C
    BROKEN_PIPE = 141  # whoever read the output had enough
