"""What supervision costs in frames and seconds: killed recorders, frozen cameras, adoption, edits.

The peer does none of it, so there is one side. Called by `__main__.py`; frames are counted by the
numbers that the simulator writes into them.
"""

import json
import signal
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import psutil

from tests.bench.rig import CAPABILITY, Rig, rig
from tests.faults.lab import in_yaml
from tests.support.frames import numbers, segments
from tests.support.ports import free_ports
from tests.support.program import THORSCHED
from tests.support.waiting import eventually, pause, pause_until
from thorsched.base.clock import SystemClock
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader

LATENCY_S = 0.5
_FILE = """\
timezone: UTC
server: {{url: "{url}", ports: {first}-{last}, latency: 500ms}}
storage: {{root: {root}, min_free: 1MB}}
segment: {{time: {segment}}}
cameras:
{cameras}
schedules: {{bench: {{cameras: all, {rule}}}}}
"""
_MORE_THAN_A_HEAD_BYTES = 4096
_SETTLES_S = 3.0
_WINDOW_S = 12


@dataclass(frozen=True, slots=True)
class Supervision:
    """Seconds, one value a try; frames of all cameras together."""

    killed_s: tuple[float, ...]
    """From a recorder's SIGKILL until a frame of the next is on disk."""
    frozen_s: tuple[float, ...]
    """From a camera's freeze until it is said to have stalled."""
    adopted_s: tuple[float, ...]
    """From the start of the next program until it has adopted every recorder."""
    wanted_frames: int
    """Sent inside the window."""
    lost_at_start: int
    lost_at_seams: int
    lost_at_reload: int
    lost_at_end: int


class Bench:
    """The program on every camera of a rig."""

    def __init__(self, server: Rig, directory: Path, cameras: int) -> None:
        self.server = server
        self.root = directory / "recordings"
        self.file = directory / "bench.yaml"
        self.cameras = [f"cam{number}" for number in range(cameras)]
        self._ports = free_ports(4 * cameras + 10)
        self._log = directory / "thorsched.log"

    def write(self, rule: str = "always: true", *, segment: str = "10min") -> None:
        lines = (
            f"  {name}: {{device: {{id: {number}}}, capability: {CAPABILITY}}}"
            for number, name in enumerate(self.cameras)
        )
        text = _FILE.format(
            url=self.server.url,
            first=self._ports[0],
            last=self._ports[-1],
            root=self.root,
            segment=segment,
            cameras="\n".join(lines),
            rule=rule,
        )
        self.file.write_text(text)

    def start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*THORSCHED, "run", str(self.file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run the program from when all cameras record; it is finalised at the end."""
        process = self.start()
        try:
            eventually(lambda: all(map(self.has_frames, self.cameras)))
            pause(_SETTLES_S)
            yield process
        finally:
            process.terminate()
            process.wait()

    def has_frames(self, camera: str) -> bool:
        return any(map(_holds_frames, segments(self.root, camera)))

    def recorder(self, camera: str) -> psutil.Process:
        words = f"location={camera}_"
        return next(
            process
            for process in psutil.process_iter(["cmdline"])
            if any(word.startswith(words) for word in process.info["cmdline"] or [])
        )

    def told_s(self, what: str, *, after_s: float) -> list[float]:
        """Return when the journal was told so since then, in seconds since 1970."""
        with JournalReader(path_below(self.root)) as journal:
            events = [one for one in journal.events() if one.what == what]
        return [s for one in events if (s := one.at.timestamp()) > after_s]

    def fault(self, fault: str, device_id: int) -> None:
        request = urllib.request.Request(
            f"{self.server.url}/simulator/{fault}",
            data=json.dumps({"id": device_id}).encode(),
            headers={"content-type": "application/json"},
        )
        urllib.request.urlopen(request).close()

    def due_s(self, device_id: int) -> dict[int, float]:
        with urllib.request.urlopen(f"{self.server.url}/simulator/truth/{device_id}") as answer:
            return {number: due for number, due, _ in json.load(answer)}


def supervision(*, cameras: int, repeats: int, done: Callable[[str], None]) -> Supervision:
    """Measure it; `done` is told what was done, four times."""
    with rig(cameras, warm=True) as server:
        with tempfile.TemporaryDirectory(prefix="thorsched-bench-") as directory:
            bench = Bench(server, Path(directory), cameras)
            bench.write()
            with bench.running():
                killed = tuple(_killed(bench, number % cameras) for number in range(repeats))
                done("killed recorders")
                frozen = tuple(_frozen(bench, number % cameras) for number in range(repeats))
                done("frozen cameras")
            adopted = tuple(_adopted(bench) for _ in range(repeats))
            done("adoption")
        with tempfile.TemporaryDirectory(prefix="thorsched-bench-") as directory:
            frames = _window(Bench(server, Path(directory), cameras))
            done("a window with seams and an edit")
    return Supervision(killed, frozen, adopted, *frames)


def _killed(bench: Bench, number: int) -> float:
    clock, camera = SystemClock(), bench.cameras[number]
    before = set(segments(bench.root, camera))
    bench.recorder(camera).kill()
    at_s = clock.monotonic_s()
    eventually(lambda: any(_holds_frames(p) for p in set(segments(bench.root, camera)) - before))
    took_s = clock.monotonic_s() - at_s
    pause(_SETTLES_S + 3.0)
    return took_s


def _holds_frames(path: Path) -> bool:
    return path.stat().st_size > _MORE_THAN_A_HEAD_BYTES


def _frozen(bench: Bench, number: int) -> float:
    at_s = SystemClock().now().timestamp()
    bench.fault("freeze", number)
    eventually(lambda: bench.told_s("trouble", after_s=at_s))
    told_s = min(bench.told_s("trouble", after_s=at_s))
    pause(_SETTLES_S + 3.0)
    return told_s - at_s


def _adopted(bench: Bench) -> float:
    with bench.running() as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
        at_s = SystemClock().now().timestamp()
        second = bench.start()
        try:
            count = len(bench.cameras)
            eventually(lambda: len(bench.told_s("recorder adopted", after_s=at_s)) == count)
            return max(bench.told_s("recorder adopted", after_s=at_s)) - at_s
        finally:
            second.terminate()
            second.wait()


def _window(bench: Bench) -> tuple[int, int, int, int, int]:
    """Record a window in short segments, edit their length in its middle; return what is missing.

    Sent, and lost: at its start, at seams, around the edit, at its end.
    """
    start = (SystemClock().now() + timedelta(seconds=10)).replace(microsecond=0)
    end = start + timedelta(seconds=_WINDOW_S)
    rule = f"from: {in_yaml(start)}, to: {in_yaml(end)}"
    bench.write(rule, segment="2s")
    process = bench.start()
    try:
        edited = start + timedelta(seconds=_WINDOW_S / 2)
        pause_until(edited)
        bench.write(rule, segment="3s")
        pause_until(end + timedelta(seconds=_SETTLES_S))
    finally:
        process.terminate()
        process.wait()
    lost_s, sent = list[float](), 0
    for device_id, camera in enumerate(bench.cameras):
        due = {
            n: at
            for n, at in bench.due_s(device_id).items()
            if start.timestamp() <= at < end.timestamp()
        }
        recorded = set(numbers(*segments(bench.root, camera)))
        sent += len(due)
        lost_s += [at for number, at in due.items() if number not in recorded]
    at_start = sum(at < start.timestamp() + 1 for at in lost_s)
    at_end = sum(at > end.timestamp() - 1 for at in lost_s)
    at_edit = sum(abs(at - edited.timestamp()) < 2 for at in lost_s)
    return sent, at_start, len(lost_s) - at_start - at_end - at_edit, at_edit, at_end


def rows(figures: Supervision) -> str:
    """Return them as rows of Markdown."""
    killed = [one - LATENCY_S for one in figures.killed_s]
    return "\n".join(
        [
            "| what | reach for | seen | what explains it |",
            "|---|---|---|---|",
            _row(
                "recorder killed, until a new frame is on disk, beyond `latency`", "0.7 s", killed
            ),
            _row("camera frozen, until that is told", "under 5 s", figures.frozen_s),
            _row("8 recorders adopted, from the program's start", "1 s", figures.adopted_s),
            (
                f"| frames lost of {figures.wanted_frames} at start, seams, edit, end | 0, 0, 0, 0 "
                f"| {figures.lost_at_start}, {figures.lost_at_seams}, {figures.lost_at_reload}, "
                f"{figures.lost_at_end} | |"
            ),
        ]
    )


def _row(what: str, reach_for: str, values_s: Sequence[float]) -> str:
    median, low, high = statistics.median(values_s), min(values_s), max(values_s)
    return f"| {what} | {reach_for} | {median:.2f} s ({low:.2f}-{high:.2f}) | |"


if __name__ == "__main__":
    measured = supervision(cameras=8, repeats=5, done=lambda step: print(step, file=sys.stderr))
    print(json.dumps(asdict(measured)), file=sys.stderr)
    print(rows(measured))
