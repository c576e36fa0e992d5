"""How long a report takes: `python -m tests.bench.reporting`, a month out of a year.

Sixteen cameras in segments of ten minutes are 840,000 rows of the journal, one in a thousand
missing, all audited. The whole command is timed. Prints the README's table.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figures import Spread
from tests.bench.measure import await_quiet, wall_s
from tests.support.years import make_journal
from thorsched.cli.exits import ExitCode

CAMERAS = tuple(f"cam{number}" for number in range(16))
SEGMENTS = 365 * 24 * 6
# What lies ahead of the clock is told otherwise.
LAST_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
MONTH = ("--from", "2025-06-01", "--until", "2025-06-30")
FORMS: Mapping[str, tuple[str, ...]] = {"text": (), "JSON": ("--json",), "CSV": ("--csv",)}
REPEATS = 5
_PATIENCE_S = 60.0
_HEAD = "| | reach for | median of the runs (lowest to highest) |\n|---|---|---|"
_FILE = """\
timezone: UTC
storage: {{root: {root}}}
cameras:
{cameras}
schedules: {{ever: {{cameras: all, always: true}}}}
"""


def written(directory: Path, *, segments: int) -> Path:
    """Write a file and its journal of that many segments a camera; return the file."""
    root = directory / "recordings"
    make_journal(root, CAMERAS, segments=segments, start=LAST_YEAR)
    cameras = "\n".join(
        f"  {name}: {{device: {{id: {n}}}, capability: jpeg}}" for n, name in enumerate(CAMERAS)
    )
    file = directory / "recordings.yaml"
    file.write_text(_FILE.format(root=root, cameras=cameras))
    return file


def measured(file: Path, *, repeats: int) -> dict[str, Spread]:
    """Return how many seconds a report of the month takes, by its form."""
    times_s: dict[str, list[float]] = {form: [] for form in FORMS}
    for repeat in range(repeats):
        for form, arguments in FORMS.items():
            await_quiet(_PATIENCE_S if repeats > 1 else 0.0)
            report = [sys.executable, "-m", "thorsched", "report", str(file), *MONTH, *arguments]
            times_s[form].append(wall_s(report, code=ExitCode.NOT_READY))
            print(f"a report as {form}, {repeat + 1} of {repeats}", file=sys.stderr)
    return {form: Spread.of(times) for form, times in times_s.items()}


def rows(found: Mapping[str, Spread], *, segments: int) -> str:
    """Return the README's table."""
    return "\n".join([_HEAD, *_rows(found, segments * len(CAMERAS))])


def _rows(found: Mapping[str, Spread], count: int) -> Sequence[str]:
    what = f"a month out of a journal of {count:,} segments"
    return [
        f"| `thorsched report`, {what}, as {form} | under 1 s | "
        f"{time.median:.2f} s ({time.lowest:.2f}-{time.highest:.2f}) |"
        for form, time in found.items()
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="thorsched-bench-") as directory:
        file = written(Path(directory), segments=SEGMENTS)
        found = measured(file, repeats=REPEATS)
    print(rows(found, segments=SEGMENTS))


if __name__ == "__main__":
    main()
