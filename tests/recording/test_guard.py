"""A guard ends an orphan when its window is over by the clocks, whatever happens to the wall's."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support import values
from tests.support.clocks import FakeClock
from thorsched.base import host
from thorsched.recording.checkpoint import Checkpoint
from thorsched.recording.checkpoint_text import Begun, first_line
from thorsched.recording.guard import PATIENCE, Guard
from thorsched.recording.root import RootLock
from thorsched.recording.spec import tail

COMMAND = ("sleep", "600.375")
WANTED = values.recording(over=values.window(0, 60))
LEFT_S = (60 * 60 + tail(WANTED.latency).total_seconds()) + PATIENCE.total_seconds()
SIX_HOURS_S = 6 * 3600
YEARS_S = timedelta(days=3652).total_seconds()


@dataclass
class Guarded:
    """A process that holds a checkpoint's lock as a recorder does, and its guard."""

    root: Path
    process: "subprocess.Popen[bytes]"

    def __post_init__(self) -> None:
        self.clock = FakeClock(values.NOON)
        self.guard = Guard(self.root, self.clock)

    def runs_after(self, seconds: float) -> bool:
        """Look that much later; return whether the recorder was left alone."""
        self.clock.advance(seconds)
        if not self.guard.look():
            return False
        if self.guard._ended:
            self.process.wait(60)
        return self.process.poll() is None


@pytest.fixture
def orphan(tmp_path: Path) -> Iterator[Guarded]:
    begun = Begun(WANTED, Path("side"), "side_x", values.NOON, 9001, COMMAND)
    checkpoint = Checkpoint.begin(tmp_path, "side_x", first_line(begun))
    inherited = host.inheritance_kwargs(checkpoint.descriptors())
    with subprocess.Popen(COMMAND, **inherited) as process:
        checkpoint.close()
        try:
            yield Guarded(tmp_path, process)
        finally:
            process.kill()


def test_an_orphan_ends_when_its_window_is_over_and_not_before(orphan: Guarded) -> None:
    assert orphan.runs_after(0)
    assert orphan.runs_after(LEFT_S - 1)
    assert not orphan.runs_after(1)
    assert not orphan.runs_after(2), "the guard stays although nothing is left"


@pytest.mark.fault(45)
@pytest.mark.parametrize("step_s", [3600.0, YEARS_S])
def test_a_clock_that_is_set_forward_ends_no_orphan_early(orphan: Guarded, step_s: float) -> None:
    assert orphan.runs_after(0)
    orphan.clock.step_wall(step_s)
    assert orphan.runs_after(LEFT_S - 1)
    assert not orphan.runs_after(1)


@pytest.mark.fault(45)
def test_a_clock_that_is_set_back_by_an_hour_moves_the_end_with_it(orphan: Guarded) -> None:
    assert orphan.runs_after(0)
    orphan.clock.step_wall(-3600.0)
    assert orphan.runs_after(LEFT_S + 3599)
    assert not orphan.runs_after(1)


@pytest.mark.fault(45)
def test_a_clock_that_is_set_back_by_years_keeps_no_orphan_for_as_long(orphan: Guarded) -> None:
    assert orphan.runs_after(0)
    orphan.clock.step_wall(-YEARS_S)
    assert orphan.runs_after(LEFT_S - 1)
    assert not orphan.runs_after(1)


@pytest.mark.fault(45)
def test_a_clock_that_was_set_under_a_scheduler_is_the_one_that_counts(orphan: Guarded) -> None:
    lock = RootLock(orphan.root)
    assert orphan.runs_after(0)
    orphan.clock.step_wall(3600.0)
    assert orphan.runs_after(LEFT_S), "a scheduler's recorders are its own"
    lock.close()
    assert not orphan.runs_after(0)


def clocks_s(*inside: str) -> tuple[float, float]:
    """Return the two clocks in a process of its own, which is started by these words."""
    clock = "from thorsched.base.clock import *; print(%s().monotonic_s())"
    both = [
        subprocess.run(
            [*inside, sys.executable, "-c", clock % name], check=True, capture_output=True
        ).stdout
        for name in ("SleeplessClock", "SystemClock")
    ]
    return float(both[0]), float(both[1])


@pytest.mark.fault(47)
def test_the_time_that_a_machine_is_suspended_counts_for_a_guard() -> None:
    suspended = (
        "unshare",
        "--time",
        "--boottime",
        f"{SIX_HOURS_S}",
    )  # a machine that slept so long
    if (
        shutil.which("unshare") is None
        or subprocess.run([*suspended, "true"], check=False).returncode
    ):
        pytest.skip("no time namespaces for this user: nothing else is as if it had slept")
    before, after = clocks_s(), clocks_s(*suspended)
    assert after[0] - before[0] >= SIX_HOURS_S
    assert after[1] - before[1] < 3600


def test_what_was_seen_once_is_ended_although_its_disk_is_gone_meanwhile(orphan: Guarded) -> None:
    assert orphan.runs_after(0)
    orphan.root.rename(orphan.root.with_name("elsewhere"))
    assert orphan.runs_after(LEFT_S - 1), "it was ended inside its window"
    assert not orphan.runs_after(2), "nobody ends it"
    orphan.root.with_name("elsewhere").rename(orphan.root)
