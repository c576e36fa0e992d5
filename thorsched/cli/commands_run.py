"""The commands that are about a scheduler, as they are typed: `run`, `handover` and `reload`.

Registered by `commands.py`.
"""

from datetime import timedelta
from typing import Annotated

import typer

from thorsched.base.units import parse_duration
from thorsched.cli.errors import told_as_json
from thorsched.cli.typed import File, Json


def _duration(text: str) -> timedelta:
    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if not duration:
        raise typer.BadParameter(
            f"'{text}' is no time to record in; write for instance 20s or 2h, "
            "or leave --for out to record until Ctrl-C"
        )
    return duration


def run(
    file: File,
    run_for: Annotated[
        timedelta | None,
        typer.Option(
            "--for",
            metavar="DURATION",
            parser=_duration,
            help="End by itself after e.g. 20s or 2h.",
        ),
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Show what the cameras see, on a terminal.")
    ] = False,
    last_good: Annotated[
        bool,
        typer.Option("--last-good", help="If FILE is wrong, record by its last revision that ran."),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
) -> None:
    """Record what FILE asks for, until Ctrl-C. Edits to FILE apply while it runs."""
    from thorsched.cli.run.command import run_file

    code = run_file(file, run_for=run_for, pictures=pictures, verbose=verbose, last_good=last_good)
    raise typer.Exit(code)


def handover(file: File) -> None:
    """End the scheduler of FILE; its recorders record on."""
    from thorsched.cli.handover import hand_over

    raise typer.Exit(hand_over(file))


def reload(file: File, as_json: Json = False) -> None:
    """Have FILE applied as it is now, and say what came of it.

    The running scheduler does so by itself when FILE is saved. Exit code 1 if FILE has mistakes:
    then nothing changes; 2 if nobody runs by it, or it was not taken.
    """
    from thorsched.cli.reload.command import reload as reload_file

    with told_as_json(as_json):
        raise typer.Exit(reload_file(file, as_json=as_json))
