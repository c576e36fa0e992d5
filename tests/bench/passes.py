"""What a pass of the loop costs, and what an edit does: called by `reloading.py`.

Of the real loop over plain recorders, at several numbers of cameras. Times are of the processor's,
whoever else keeps it busy; beside them stand those of the clock on the wall.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.bench.figures import Spread
from tests.bench.fleet import Fleet, text
from thorsched.base.clock import SystemClock
from thorsched.config.load import load_bytes
from thorsched.config.readers import MAX_NAMES

# So many cameras, and how often each thing is done with them.
SIZES: Mapping[int, int] = {10: 200, 100: 100, 1_000: 40, 10_000: 7}
LOADS = 20
_MS, _US = 1_000, 1_000_000
_CLOCK = SystemClock()

T = TypeVar("T")
_HEAD = (
    "| cameras | a pass, nothing changes | ... all have grown | ... after an edit of one camera "
    "| comparing before it | `status` |\n|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of the processor's, and on the wall; one value a try."""

    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)

    def of(self, act: Callable[[], T]) -> T:
        """Do it, and take its time."""
        wall_s, cpu_s = _CLOCK.monotonic_s(), time.process_time()
        done = act()
        self.cpu_s.append(time.process_time() - cpu_s)
        self.wall_s.append(_CLOCK.monotonic_s() - wall_s)
        return done


@dataclass(frozen=True, slots=True)
class Passes:
    """What a number of cameras costs."""

    cameras: int
    steady: Times = field(default_factory=Times)
    """Nothing has changed since the last pass but the time."""
    grown: Times = field(default_factory=Times)
    """Every recorder's files hold more than before, as in life."""
    edited: Times = field(default_factory=Times)
    """The first pass by an edited file: what is told of each recording changes with that."""
    compared: Times = field(default_factory=Times)
    """What is found, before that, of what becomes of each camera."""
    status: Times = field(default_factory=Times)
    """What tables and pages ask for once a second."""


def passes(cameras: int, *, repeats: int) -> Passes:
    """Return what a pass over so many cameras costs, each kind so often."""
    fleet, found = Fleet(cameras), Passes(cameras)
    for _ in range(repeats):
        fleet.advance()
        fleet.grow()
        found.grown.of(fleet.loop.run_pass)
        fleet.advance()
        found.steady.of(fleet.loop.run_pass)
        found.status.of(fleet.loop.status)
        fleet.advance()
        fleet.grow()
        _edit(fleet, found)
    print(f"passes over {cameras} cameras", file=sys.stderr)
    return found


def _edit(fleet: Fleet, found: Passes) -> None:
    edited = fleet.edit()
    difference = found.compared.of(lambda: fleet.compare(edited))
    fleet.revisions.apply(edited, difference)
    found.edited.of(fleet.loop.run_pass)
    touched = {change.camera for change in difference.cameras if change.reasons}
    assert touched == {"cam0"}, f"an edit of cam0 touches {touched}"


def load_times(*, repeats: int) -> Times:
    """Return what reading a file costs of as many cameras as are read."""
    found, content = Times(), text(MAX_NAMES).encode()
    for _ in range(repeats):
        found.of(partial(load_bytes, content, Path("fleet.yaml")))
    return found


def load_row(found: Times) -> str:
    """Return it as a line for the README."""
    what = f"Reading a file of {MAX_NAMES} cameras, the most that are read"
    return f"{what}: {_text(found, MAX_NAMES)}."


def rows(found: Sequence[Passes]) -> str:
    """Return the README's table."""
    return "\n".join([_HEAD, *map(_row, found)])


def _row(one: Passes) -> str:
    kinds = (one.steady, one.grown, one.edited, one.compared, one.status)
    return f"| {one.cameras:,} | {' | '.join(_text(times, one.cameras) for times in kinds)} |"


def _text(times: Times, cameras: int) -> str:
    """Return e.g. `9.1 ms (8.9-9.9), 9 us a camera; 9.3 ms on the wall`."""
    cpu, wall = Spread.of(times.cpu_s), Spread.of(times.wall_s)
    median, low, high = (f"{value * _MS:.1f}" for value in (cpu.median, cpu.lowest, cpu.highest))
    return (
        f"{median} ms ({low}-{high}), {cpu.median * _US / cameras:.0f} us a camera; "
        f"{wall.median * _MS:.1f} ms on the wall"
    )
