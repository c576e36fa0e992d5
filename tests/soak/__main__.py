"""`make soak`: random faults over simulated cameras, then what is missing and why.

python -m tests.soak [--minutes N] [--cameras N] [--seed N]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from tests.soak.ledger import lines
from tests.soak.run import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default 10)")
    parser.add_argument("--cameras", type=int, default=8, help="how many (default 8)")
    parser.add_argument("--seed", type=int, default=1, help="which faults (default 1)")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="thorsched-soak-") as directory,
        Progress(console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task("soak", total=None)

        def told(what: str) -> None:
            progress.update(task, description=what)
            progress.console.print(what)

        outcome = soak(
            Path(directory),
            cameras=asked.cameras,
            seconds=60 * asked.minutes,
            seed=asked.seed,
            told=told,
        )
    print(f"{len(outcome.faults)} faults, {outcome.starts} starts of the program")
    print("\n".join(lines(outcome.accounts)))
    verdict = "good: what is missing stands in the journal" if outcome.is_good else "BAD"
    print(verdict if outcome.is_calm else f"{verdict}; not every camera recorded again")
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
