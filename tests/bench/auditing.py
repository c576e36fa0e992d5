"""What the audit of closed segments costs while cameras record: the auditor's process alone.

The peer audits nothing, so there is one side. Called by `make bench` after the other tables; what
SHA-256 alone costs is measured over the same files, by the same Python.
"""

import hashlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tests.bench.measure import await_quiet, loads
from tests.bench.rig import rig
from tests.bench.supervision import Bench
from tests.support.frames import segments
from tests.support.waiting import eventually, pause
from thorsched.catalogue.auditing.auditor import RATE_BYTES_S
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader

_SEGMENT = "10s"
_SETTLES_S = 15.0
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Auditing:
    """Percent of one core, on average over the run; MB; seconds."""

    cameras: int
    over_s: float
    auditor_percent: float
    auditor_mb: float
    sha256_percent: float
    """What hashing the files that came in that time takes, and nothing else."""
    written_mb_s: float
    waited_s: tuple[float, ...]
    """From the last frame of each segment until its audit was done."""
    verdicts: tuple[str, ...]


def auditing(*, cameras: int, over_s: float, done: Callable[[str], None]) -> Auditing:
    """Record all cameras in short segments, and measure who audits them."""
    await_quiet(_PATIENCE_S)  # where others are busy it waits, which is what it is for
    with (
        rig(cameras, warm=True) as server,
        tempfile.TemporaryDirectory(prefix="thorsched-bench-") as directory,
    ):
        bench = Bench(server, Path(directory), cameras)
        bench.write(segment=_SEGMENT)
        with bench.running() as program:
            eventually(lambda: _auditors(program.pid))
            pause(_SETTLES_S)
            before = _bytes_below(bench.root)
            ((load,)) = loads([_auditors(program.pid)], over_s=over_s)
            written = _bytes_below(bench.root) - before
            done("8 cameras, audited")
        with JournalReader(path_below(bench.root)) as journal:
            audits = journal.audits()
            ends = {one.path: one.last_frame_end for one in journal.segments()}
        files = [path for name in bench.cameras for path in segments(bench.root, name)]
        sha256_s_a_byte = _sha256_s(files) / _bytes_below(bench.root)
        done("SHA-256 alone")
    return Auditing(
        cameras=cameras,
        over_s=over_s,
        auditor_percent=load.cpu_percent,
        auditor_mb=load.memory_mb,
        sha256_percent=100 * sha256_s_a_byte * written / over_s,
        written_mb_s=written / over_s / 1e6,
        waited_s=tuple((one.at - ends[one.path]).total_seconds() for one in audits),
        verdicts=tuple(sorted({one.verdict for one in audits})),
    )


def _auditors(program: int) -> list[psutil.Process]:
    children = psutil.Process(program).children()
    return [one for one in children if "thorsched.catalogue.auditing.auditor" in one.cmdline()]


def _bytes_below(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*.mkv"))


def _sha256_s(files: Sequence[Path]) -> float:
    """Return the processor time that hashing the files takes."""
    began_s = time.process_time()
    for path in files:
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")
    return time.process_time() - began_s


def rows(figures: Auditing) -> str:
    """Return them as rows of Markdown."""
    waited_s = figures.waited_s
    median, low, high = statistics.median(waited_s), min(waited_s), max(waited_s)
    written = f"{figures.written_mb_s:.0f} MB/s"
    return "\n".join(
        [
            "| what | reach for | seen | what explains it |",
            "|---|---|---|---|",
            (
                f"| audit of {figures.cameras} cameras' segments ({written}): CPU of a core "
                f"| under 5 % | {figures.auditor_percent:.1f} % | SHA-256 alone is "
                f"{figures.sha256_percent:.1f} % |"
            ),
            f"| memory of the auditor's process | flat | {figures.auditor_mb:.0f} MB | |",
            (
                f"| from the last frame of a segment until it is audited "
                f"| | {median:.1f} s ({low:.1f}-{high:.1f}) | eight end at once, and are read at "
                f"{RATE_BYTES_S / 1e6:.0f} MB/s |"
            ),
        ]
    )


if __name__ == "__main__":
    measured = auditing(cameras=8, over_s=60.0, done=lambda step: print(step, file=sys.stderr))
    print(json.dumps(asdict(measured)), file=sys.stderr)
    print(rows(measured))
