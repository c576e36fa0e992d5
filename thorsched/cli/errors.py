"""How an error ends a command: its words on stderr, or with `--json` one object on stdout.

Called by `main.py`, and by the commands that print JSON for programs.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from thorsched.base.errors import ConfigError, ThorschedError
from thorsched.cli.exits import ExitCode


def code_of(error: ThorschedError) -> ExitCode:
    """Return what a command ends with that raises this."""
    return ExitCode.MISTAKE if isinstance(error, ConfigError) else ExitCode.NOT_READY


@contextmanager
def told_as_json(asked: bool) -> Iterator[None]:
    """Print an error as JSON, if that is asked for, and end with its exit code."""
    try:
        yield
    except ThorschedError as error:
        if not asked:
            raise
        print_json(error)
        raise SystemExit(code_of(error)) from None


def print_json(error: ThorschedError) -> None:
    """Print the error; those in a file one by one, too, as `check --json` has them."""
    from thorsched.config.load import ConfigErrors  # noqa: PLC0415 - slow, and known by then

    said: dict[str, object] = {"message": str(error)}
    if isinstance(error, ConfigErrors):
        said["mistakes"] = [asdict(mistake) for mistake in error.mistakes]
    print(json.dumps({"error": said}, indent=2))
