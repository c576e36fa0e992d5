"""A soak: random faults for some time over several cameras, and the ledger against the truth.

Called by `__main__.py` and the test. Everything is real; only the dice are loaded, by a seed.
"""

import math
import random
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.lab import Lab
from tests.soak.keeper import Keeper
from tests.soak.ledger import Account, Gap, account
from tests.soak.mischief import Mischief, broken_for
from tests.support.ports import free_port
from tests.support.waiting import eventually, pause
from thorsched.base.clock import SystemClock
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.simulator.rig import NoSuchDevice
from thorsched.simulator.server import Simulator

_BROKEN_S = (0.3, 1.0, 2.0, 4.0, 6.0)
_BETWEEN_S = (0.5, 1.0, 3.0)
_CALM_LIMIT_S = 60.0
_CALM_S = 3.0
_COLLECT_S = 60.0
_DISK_BYTES = 3 << 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a soak."""

    faults: tuple[str, ...]
    starts: int
    """How often the program was started."""
    exit_code: int
    is_calm: bool
    """Whether every camera recorded again once nothing was broken any more."""
    accounts: tuple[Account, ...]

    @property
    def is_good(self) -> bool:
        return self.is_calm and self.exit_code == 0 and all(one.is_good for one in self.accounts)


class _Truth:
    """What was sent, gathered before the simulator forgets it."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._due_s: dict[str, dict[int, float]] = {camera: {} for camera in lab.cameras}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="truth", daemon=True)
        self._thread.start()

    def end(self) -> dict[str, dict[int, float]]:
        self._ending.set()
        self._thread.join()
        return self._due_s

    def _run(self) -> None:
        is_ending = False
        while not is_ending:
            is_ending = self._ending.wait(_COLLECT_S)
            for camera in self._lab.cameras:
                with suppress(NoSuchDevice):  # unplugged now: it tells when it is back
                    self._due_s[camera].update(self._lab.due(camera))


def soak(
    directory: Path, *, cameras: int, seconds: float, seed: int, told: Callable[[str], None]
) -> Outcome:
    """Record in `directory` for `seconds` while things go wrong; `told` hears of each."""
    clock = SystemClock()
    with Simulator(cameras=cameras, port=free_port()) as simulator, disk_at(directory) as disk:
        lab = Lab(simulator, directory, root=disk / "recordings")
        lab.write()
        truth, keeper = _Truth(lab), Keeper(lab.file)
        dice = random.Random(seed)
        mischief, faults = Mischief(lab, keeper, dice), []
        eventually(lambda: all(lab.files(camera) for camera in lab.cameras))
        end_s = clock.monotonic_s() + seconds
        while clock.monotonic_s() < end_s:
            with broken_for(mischief, dice.choice(_BROKEN_S)) as what:
                faults.append(what)
                told(what)
            pause(dice.choice(_BETWEEN_S))
        told("calm again")
        is_calm = eventually(lambda: _all_grow(lab), within_s=_CALM_LIMIT_S)
        pause(_CALM_S)
        exit_code = keeper.end()
        gaps, due_s = _gaps(lab), truth.end()
        accounts = tuple(
            account(camera, due_s=due_s[camera], recorded=lab.numbers(camera), gaps=gaps[camera])
            for camera in lab.cameras
        )
        told(f"recorders left: {len(lab.pids())}")
        return Outcome(tuple(faults), keeper.starts, exit_code, is_calm, accounts)


def _all_grow(lab: Lab) -> bool:
    before = {camera: _size_bytes(lab, camera) for camera in lab.cameras}
    pause(1.0)
    return all(_size_bytes(lab, camera) > size for camera, size in before.items())


def _size_bytes(lab: Lab, camera: str) -> int:
    return sum(path.stat().st_size for path in lab.files(camera))


def _gaps(lab: Lab) -> dict[str, list[Gap]]:
    found: dict[str, list[Gap]] = {camera: [] for camera in lab.cameras}
    with JournalReader(path_below(lab.root)) as journal:
        for gap in journal.gaps():
            end_s = gap.end.timestamp() if gap.end else math.inf
            found[gap.camera].append(Gap(gap.start.timestamp(), end_s, gap.trouble.cause.value))
    return found


@contextmanager
def disk_at(directory: Path) -> Iterator[Path]:
    """Yield a disk of its own, which can be filled up; where none can be mounted, a directory."""
    disk = directory / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "thorsched-soak"]
    mount = shutil.which("mount")
    is_mounted = (
        mount is not None
        and not subprocess.run([mount, *options, disk], capture_output=True, check=False).returncode
    )
    try:
        yield disk
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", disk], check=True)
