"""The command `history`, as it is typed. Registered by `commands.py`."""

from pathlib import Path
from typing import Annotated

import typer

from thorsched.cli.errors import told_as_json
from thorsched.cli.typed import File, Json

NUMBERS = {"ignore_unknown_options": True}
"""Settings of the command: `-1` is a revision, not an option."""


def _revisions_of_file(context: typer.Context, incomplete: str) -> list[str]:
    """Return which revisions a shell may complete to; nothing where none are known."""
    from thorsched.base.errors import ThorschedError
    from thorsched.cli.history.command import names_of

    try:
        names = names_of(Path(context.params.get("file") or context.args[0]))
    except (ThorschedError, IndexError, OSError):
        return []
    return [name for name in names if name.startswith(incomplete)]


def history(  # noqa: PLR0913, PLR0917 - each is an option that can be typed
    file: File,
    revision: Annotated[
        str | None,
        typer.Argument(
            metavar="REV",
            help="Only this one: 4 digits or more of its hash, current, or previous or -1, -2 ...",
            autocompletion=_revisions_of_file,
        ),
    ] = None,
    patches: Annotated[
        bool, typer.Option("--patch", "-p", help="What each changed, line by line.")
    ] = False,
    text: Annotated[bool, typer.Option("--text", help="Print the text of REV, as it was.")] = False,
    restore: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="Write that text back into FILE.",
            autocompletion=_revisions_of_file,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Each start by itself, also with the same text.")
    ] = False,
    root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Look below this root, if FILE does not say where."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the revisions of FILE that ran, or put one back.

    With what each changed, and what was recorded under it. FILE may be wrong, or gone. Exit code 1
    if there is no such revision, 2 if no journal tells of FILE, or it cannot be written.
    """
    from thorsched.cli.history.command import Wish, show
    from thorsched.cli.history.restore import restore as put_back

    if restore is not None and (revision or patches or text or everything):
        raise typer.BadParameter("it shows nothing; leave the rest out", param_hint="--restore")
    if text and not revision:
        raise typer.BadParameter("it is of one revision: name it", param_hint="--text")
    if text and (patches or as_json):
        raise typer.BadParameter("it prints nothing else; leave the rest out", param_hint="--text")
    with told_as_json(as_json):
        if restore is not None:
            raise typer.Exit(put_back(file, restore, root=root, as_json=as_json))
        wish = Wish(revision or "", root, everything, patches, text, as_json)
        raise typer.Exit(show(file, wish))
