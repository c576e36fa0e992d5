"""Where the program begins: how an error becomes a message and an exit code.

Imports the commands inside `main`, so that a Ctrl-C finds it guarded from the first moments on.
"""

import errno
import io
import os
import sys
from pathlib import Path
from typing import TextIO

from thorsched.base.errors import ThorschedError
from thorsched.cli.errors import code_of
from thorsched.cli.exits import ExitCode, drop

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command that was typed; an error of ours is one message, never a traceback."""
    _open_what_is_closed()
    try:
        _print_what_cannot_be_printed_as_escapes()
        from thorsched.cli.commands import app

        try:
            app(prog_name="thorsched")
        except SystemExit:
            sys.stdout.flush()  # what is printed last must not be lost without a word
            raise
    except ThorschedError as error:
        print(error, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        raise SystemExit(code_of(error)) from error
    except KeyboardInterrupt:
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:  # whoever read our output has enough
        raise SystemExit(ExitCode.BROKEN_PIPE) from None
    except OSError as error:
        if error.errno not in _FULL:
            raise
        print(f"the output cannot be written: {error.strerror}", file=sys.stderr)
        raise SystemExit(ExitCode.NOT_READY) from None
    finally:
        _let_go_of(sys.stdout)
        _let_go_of(sys.stderr)


def _open_what_is_closed() -> None:
    """Print nowhere where the shell has closed a stream (`>&-`): Python has None there then."""
    nowhere = Path(os.devnull)
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")


def _print_what_cannot_be_printed_as_escapes() -> None:
    """Let no name of a camera or file end the program on a terminal or pipe that is not UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _let_go_of(stream: TextIO) -> None:
    """Write what is left for `stream`, or drop it."""
    try:
        stream.flush()
    except OSError:
        drop(stream)
