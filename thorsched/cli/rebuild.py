"""`thorsched rebuild DIR`: the journal of a storage root, made anew from what is there."""

import json
from pathlib import Path

from rich.progress import Progress, SpinnerColumn, TextColumn

from thorsched.base.clock import SystemClock
from thorsched.base.text import counted, printable, printable_path
from thorsched.catalogue.rebuilding.rebuild import ASKED, FROM_SIDECARS, RECKONED, SALVAGED, TABLES
from thorsched.catalogue.rebuilding.renewal import Renewed, renew
from thorsched.cli.console import Screen, harmless, new_table, show_table
from thorsched.cli.exits import ExitCode
from thorsched.cli.verify import known_root

_SOURCES = (SALVAGED, FROM_SIDECARS, ASKED, RECKONED)


def rebuild(root: Path, *, as_json: bool) -> int:
    """Make the journal anew, and print of what; return the exit code.

    Raises `ConfigError` if `root` is no storage root, and `MachineError` if somebody records there,
    or the disk is in the way.
    """
    root = known_root(root)
    with _progress() as progress:
        job = progress.add_task("", total=None)
        renewed = renew(root, now=SystemClock().now(), advance=lambda: progress.advance(job))
    if as_json:
        _print_json(renewed)
    else:
        _print(renewed)
    return ExitCode.DONE


def _print(renewed: Renewed) -> None:
    table = new_table()
    table.add_column("table")
    for source in (*_SOURCES, "rows"):
        table.add_column(source, justify="right")
    for name in TABLES:
        numbers = (renewed.rows[name, source] for source in _SOURCES)
        cells = (str(number) if number else "-" for number in numbers)
        table.add_row(harmless(name), *cells, str(renewed.totals[name]))
    show_table(table)
    for words in _lost(renewed):
        print(printable(words, longest=400))
    for path in renewed.aside:
        print(f"kept: {printable_path(path)}")


def _lost(renewed: Renewed) -> list[str]:
    """Return what cannot be known any more, in words."""
    words = [f"not read: {why}" for why in renewed.unread]
    if number := renewed.rows["attempts", FROM_SIDECARS]:
        words.append(
            f"not known: the port, the process and the end of {counted(number, 'attempt')}"
        )
    if number := renewed.unexplained:
        words.append(f"not known: why {counted(number, 'gap')} came about (cause: unknown)")
    if not renewed.rows["events", SALVAGED]:
        words.append("not known: what else happened (events)")
    return words


def _print_json(renewed: Renewed) -> None:
    """Print one object that always has the same keys."""
    said = {
        "tables": {
            name: {
                **{source: renewed.rows[name, source] for source in _SOURCES},
                "rows": renewed.totals[name],
            }
            for name in TABLES
        },
        "lost": _lost(renewed),
        "kept": [str(path) for path in renewed.aside],
    }
    print(json.dumps(said, indent=2))


def _progress() -> Progress:
    screen = Screen(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.completed:.0f} rows"),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )
