"""`make bench`: the README's table on the standard output, what is being done on the other.

python -m tests.bench [--quick] [--json FILE]
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tests.bench.session import FULL, QUICK, session
from tests.bench.table import table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run of 2 cameras: does it work?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every raw figure there")
    asked = parser.parse_args()
    if asked.json is not None and not asked.json.parent.is_dir():
        parser.error(f"there is no directory {asked.json.parent}")
    extent = QUICK if asked.quick else FULL
    console = Console(stderr=True)
    columns = BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("warming the simulated server", total=extent.steps)

        def done(step: str) -> None:
            progress.update(task, advance=1, description=step)
            if not console.is_terminal:
                console.print(step)

        figures = session(extent, done=done)
    if asked.json is not None:
        asked.json.write_text(json.dumps(asdict(figures), indent=2) + "\n")
    print(table(figures))


if __name__ == "__main__":
    main()
