"""From a save until it counts, as it is seen from outside of the program: see `reloading.py`.

The real program records all cameras of a simulated server meanwhile. An edit of `about` is told of
every recording: so the pass that acts on it is the one whose line in the log says so.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.figures import Spread
from tests.bench.rig import CAPABILITY, rig
from tests.support.ports import free_ports
from tests.support.program import Program, program
from tests.support.waiting import eventually, pause
from thorsched.base.clock import SystemClock
from thorsched.config.load import revision_of

CAMERAS, SAVES = 4, 20
# In namespaces of its own, where nobody may watch a directory: then the file is polled.
UNHEARD = (
    *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c"),
    *('echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"', "sh"),
)
_FILE = """\
timezone: UTC
server: {{url: "{url}", ports: {first}-{last}}}
storage: {{root: {root}, min_free: 1MB}}
cameras:
{cameras}
schedules: {{bench: {{cameras: all, always: true}}}}
"""
_HEAD = "| what | reach for | seen |\n|---|---|---|"


@dataclass(frozen=True, slots=True)
class Saves:
    """Seconds from the rename, one value a save."""

    applied_s: tuple[float, ...]
    """Until the log says that the file is applied."""
    acted_s: tuple[float, ...]
    """Until it says what the pass did that acts on it."""


def saves(cameras: int, *, repeats: int, inside: Sequence[str] = ()) -> Saves:
    """Return how long so many saves take to count, within 0.02 s.

    `inside` is what the command begins with.
    """
    with rig(cameras, warm=False) as server, _recording(server.url, cameras, inside) as running:
        times_s = [_save(*running, number) for number in range(repeats)]
    how = "polled" if inside else "heard of"
    print(f"{repeats} saves, {how}", file=sys.stderr)
    applied_s, acted_s = zip(*times_s, strict=True)
    return Saves(applied_s, acted_s)


@contextmanager
def _recording(
    url: str, cameras: int, inside: Sequence[str]
) -> Iterator[tuple[Program, Path, str]]:
    with tempfile.TemporaryDirectory(prefix="thorsched-bench-") as directory:
        root, ports = Path(directory) / "recordings", free_ports(4 * cameras + 10)
        lines = (
            f"  cam{number}: {{device: {{id: {number}}}, capability: {CAPABILITY}}}"
            for number in range(cameras)
        )
        text = _FILE.format(
            url=url, first=ports[0], last=ports[-1], root=root, cameras="\n".join(lines)
        )
        file = Path(directory) / "bench.yaml"
        file.write_text(text)
        with program("run", "-v", str(file), cwd=Path(directory), inside=inside) as running:
            running.until(lambda: len(list(root.rglob("*.mkv"))) == cameras, what="recordings")
            pause(3.0)
            yield running, file, text
            running.interrupt()
            running.ends()


def _save(running: Program, file: Path, text: str, number: int) -> tuple[float, float]:
    """Save an edit; return after how many seconds it was applied, and acted on."""
    pause(1.0 + 0.37 * number % 1.0)  # at any time between two looks of whoever polls
    content = f"{text}about: {{save: {number}}}\n".encode()
    new, clock = file.with_suffix(".new"), SystemClock()
    new.write_bytes(content)
    before = running.err.stat().st_size
    began_s = clock.monotonic_s()
    new.replace(file)
    applied = f"applied the edited file file={file} revision={revision_of(content)[:8]}"
    times_s = []
    for words in (applied, "update cam0"):
        assert eventually(partial(_says, running, before, words)), words
        times_s.append(clock.monotonic_s() - began_s)
    return times_s[0], times_s[1]


def _says(running: Program, offset: int, words: str) -> bool:
    with running.err.open("rb") as log:
        log.seek(offset)
        return words.encode() in log.read()


def rows(heard: Saves, polled: Saves | None) -> str:
    """Return the README's table."""
    return "\n".join(
        [
            _HEAD,
            _row("a save, until it is applied", "0.5 s", heard.applied_s),
            _row("... until the pass is over that acts on it", "0.5 s", heard.acted_s),
            *(
                [_row("... where the file is polled", "5 s", polled.acted_s)]
                if polled is not None
                else []
            ),
        ]
    )


def _row(what: str, reach_for: str, values_s: Sequence[float]) -> str:
    times = Spread.of(values_s)
    seen = f"{times.median:.2f} s ({times.lowest:.2f}-{times.highest:.2f})"
    return f"| {what} | {reach_for} | {seen} |"
