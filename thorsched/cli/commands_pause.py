"""The commands `pause` and `resume`, as they are typed. Registered by `commands.py`."""

from datetime import timedelta
from typing import Annotated

import typer

from thorsched.base.units import parse_duration
from thorsched.cli.errors import told_as_json
from thorsched.cli.typed import Cameras, File, Json


def _pause_length(text: str) -> timedelta:
    from thorsched.catalogue.pauses import LONGEST
    from thorsched.cli.pause.command import too_long

    try:
        length = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if not length:
        raise typer.BadParameter(f"'{text}' is no pause; thorsched resume FILE ends one")
    if length > LONGEST:
        raise typer.BadParameter(f"'{text}' is {too_long()}")
    return length


EXTRA = {"allow_extra_args": True}
"""Settings of both commands: what stands behind FILE is told what it is meant as."""


def _refuse_bare(context: typer.Context) -> None:
    if context.args:
        words = f"a camera is named by its option: --camera {context.args[0]}"
        raise typer.BadParameter(words, param_hint="--camera")


def pause(  # noqa: PLR0913, PLR0917 - each is an option that can be typed
    context: typer.Context,
    file: File,
    camera: Cameras = None,
    length: Annotated[
        timedelta | None,
        typer.Option(
            "--for",
            metavar="DURATION",
            parser=_pause_length,
            help="For e.g. 30min, which is the usual time.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Until e.g. 14:30, the next one, or 2026-11-24T14:30."),
    ] = None,
    why: Annotated[str, typer.Option(metavar="TEXT", help="What for; the report says it.")] = "",
    only_list: Annotated[
        bool, typer.Option("--list", help="Only say which cameras are paused.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Pause cameras for a while: that is no gap, and ends by itself.

    The running scheduler closes their files, and begins anew in time; if none runs, the next one
    heeds it. A second pause takes the place of the first. Exit code 2 if it did not take effect.
    """
    from thorsched.catalogue.pauses import MOST_WHY
    from thorsched.cli.pause.command import list_pauses
    from thorsched.cli.pause.command import pause as pause_cameras

    _refuse_bare(context)
    if length is not None and until is not None:
        raise typer.BadParameter("it excludes --for; say one of them", param_hint="--until")
    if len(why) > MOST_WHY:
        raise typer.BadParameter(f"{MOST_WHY} characters at most", param_hint="--why")
    if only_list and (length or until or why):
        raise typer.BadParameter("it pauses nothing; leave the rest out", param_hint="--list")
    with told_as_json(as_json):
        if only_list:
            raise typer.Exit(list_pauses(file, camera or [], as_json=as_json))
        raise typer.Exit(
            pause_cameras(file, camera or [], length=length, until=until, why=why, as_json=as_json)
        )


def resume(
    context: typer.Context, file: File, camera: Cameras = None, as_json: Json = False
) -> None:
    """End the pauses of cameras early."""
    _refuse_bare(context)
    from thorsched.cli.pause.command import resume as resume_cameras

    with told_as_json(as_json):
        raise typer.Exit(resume_cameras(file, camera or [], as_json=as_json))
