"""Recorders that die, stand still or will not end: each has its gap, its cause, its frames."""

import os
import signal
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order, in_yaml, lab_of
from tests.faults.test_starts import EXITS
from tests.recording.attempt.bench import write_program
from tests.support.program import Program
from thorsched.base.clock import SystemClock
from thorsched.base.gstreamer import tool
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.lifecycle import INTERRUPT_GRACE_S
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real

HARMS = {
    "cam0": (signal.SIGKILL, Cause.RECORDER_EXITED, "SIGKILL"),
    "cam1": (signal.SIGTERM, Cause.RECORDER_EXITED, "SIGTERM"),
    "cam2": (signal.SIGSTOP, Cause.STALLED, "no new frame for"),
}
# Of a recorder that is killed: latency and 0.3 s on a quiet machine.
MOST_LOST_FRAMES = round(30 * (0.3 + 1.0))
# A signal that is blocked stays so in the program that takes the process over.
DEAF = """#!{python}
import os, signal, sys
if "srtclientsrc" in sys.argv:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
os.execv("{real}", ["{real}", *sys.argv[1:]])
"""


def stand_in(lab: Lab, text: str) -> Path:
    """Have the program find this script as gst-launch; return its path."""
    tools = lab.directory / "tools"
    tools.mkdir()
    lab.environment["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
    write_program(tools / "gst-launch-1.0", text)
    return tools / "gst-launch-1.0"


def records_again(lab: Lab, known: dict[str, int]) -> bool:
    return all(lab.has_segments(camera, count + 2) for camera, count in known.items())


@pytest.mark.fault(18, 19, 20)
def test_a_recorder_that_is_killed_or_stopped_costs_one_gap_and_the_others_nothing(
    tmp_path: Path,
) -> None:
    with lab_of(4, tmp_path) as lab:
        with lab.recording() as running:
            known = {camera: len(lab.files(camera)) for camera in HARMS}
            earlier = {path: path.read_bytes() for path in lab.all_files() if _is_closed(path)}
            sent = {}
            for camera, (number, _, _) in HARMS.items():
                (recorder,) = lab.recorders(camera)
                sent[camera] = lab.simulator.truth(lab.device_id(camera))[-1]
                recorder.send_signal(number)
            running.until(partial(records_again, lab, known), what="segments of a new attempt")
            ends_in_order(running, lab)
        for camera, (_, cause, words) in HARMS.items():
            gap = lab.assert_one_gap(camera, cause)
            assert words in gap.trouble.detail
            assert sent[camera].number - last_before(lab, camera) <= MOST_LOST_FRAMES
        lab.assert_no_gap(["cam3"])
        lab.assert_nothing_lost(["cam3"])
        lab.assert_all_described()
        assert {path.parts[-3] for path in lab.repaired()} >= {"cam0", "cam1"}
        assert {path: path.read_bytes() for path in earlier} == earlier, "a closed file changed"


def last_before(lab: Lab, camera: str) -> int:
    """Return the number of the last frame before the gap."""
    gone, _ = lab.missed(camera)
    return next(number for number, due_s in lab.due(camera).items() if due_s == gone)


def _is_closed(path: Path) -> bool:
    return path.with_suffix(".json").exists()


@pytest.mark.fault(21)
@pytest.mark.long
def test_a_recorder_that_ignores_sigint_is_killed_and_repaired_and_has_no_gap(
    tmp_path: Path,
) -> None:
    with lab_of(1, tmp_path) as lab:
        stand_in(lab, DEAF.format(python=sys.executable, real=tool("gst-launch-1.0")))
        start = SystemClock().now().replace(microsecond=0) + timedelta(seconds=9)
        end = start + timedelta(seconds=4)
        lab.write(f"from: {in_yaml(start)}, to: {in_yaml(end)}", segment="1min")
        with lab.running() as running:
            running.until(partial(running.says, "segment repaired"), what="the repair")
            ends_in_order(running, lab)
        lab.assert_nothing_lost()
        lab.assert_all_described()
        recorded = lab.numbers()
        # From its first frame on: a busy machine may need more than the time until the start.
        wanted = {n for n, s in lab.due().items() if n >= recorded[0] and s < end.timestamp()}
        assert wanted <= set(recorded)
        lab.assert_no_gap()
        with JournalReader(path_below(lab.root)) as journal:
            (attempt,) = journal.attempts()
    assert attempt.ended is not None
    assert attempt.ended - end > timedelta(seconds=INTERRUPT_GRACE_S), "it did end by SIGINT"


@pytest.mark.fault(22)
def test_a_gst_launch_that_exits_at_once_is_a_gap_that_ends_once_it_records(
    tmp_path: Path,
) -> None:
    with lab_of(1, tmp_path) as lab:
        runs = tmp_path / "runs"
        broken = stand_in(lab, EXITS.format(runs=runs, real=tool("gst-launch-1.0")))
        with lab.running() as running:
            running.until(partial(_has_failed, runs, 4), what="the fourth try")
            broken.unlink()
            lab.await_segments(running, 2)
            ends_in_order(running, lab)
        lab.assert_nothing_lost()
        assert _lines(running) <= len(runs.read_text().splitlines()) + 1, "more than one line a try"
        with JournalReader(path_below(lab.root)) as journal:
            (gap,) = journal.gaps()
            attempts = journal.attempts()
    assert gap.trouble.cause is Cause.RECORDER_EXITED
    assert "exit code 3" in gap.trouble.detail
    assert gap.end is not None
    *failed, last = [attempt.cause for attempt in attempts]
    assert (set(failed), last) == ({Cause.RECORDER_EXITED.value}, None)
    assert len(failed) >= 3


def _has_failed(runs: Path, times: int) -> bool:
    return runs.exists() and len(runs.read_text().splitlines()) >= times


def _lines(running: Program) -> int:
    return running.err.read_text().count("recorder exited")
