"""What several commands take, as it is typed, and completed by a shell.

Called by `commands.py`, which imports what a command needs when it is called; so does this.
"""

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="The YAML file, such as recordings.yaml."),
]
Root = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="What storage.root names, where the recordings are."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def cameras_of_file(context: typer.Context, incomplete: str) -> list[str]:
    """Return which cameras a shell may complete to, nothing where the file has a mistake.

    The file is not parsed as yet where `--camera` stands last, without a name.
    """
    from thorsched.base.errors import ThorschedError
    from thorsched.config.load import load

    try:
        names = load(Path(context.params.get("file") or context.args[0])).config.cameras
    except (ThorschedError, IndexError, OSError):
        return []
    return [name for name in names if name.startswith(incomplete)]


Cameras = Annotated[
    list[str] | None,
    typer.Option(
        "--camera",
        metavar="NAME",
        help="This camera alone; again for more. All without it.",
        autocompletion=cameras_of_file,
    ),
]
