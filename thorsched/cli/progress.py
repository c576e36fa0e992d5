"""A bar on a terminal for what goes through whole files, and nothing in a pipe or a file."""

import sys

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from thorsched.cli.console import Screen


def bytes_progress() -> Progress:
    """Return a bar of bytes on stderr, gone when it is done; names of files do it no harm."""
    screen = Screen(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
        redirect_stdout=sys.stdout.isatty(),  # else what is printed into a pipe would be shown
    )
