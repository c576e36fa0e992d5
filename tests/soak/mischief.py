"""The faults of a soak: each breaks something for a while, and mends it.

Every one is real: signals, the simulated server's own faults, edits of the file, a full disk.
"""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.lab import Lab
from tests.soak.keeper import Keeper
from tests.support.waiting import pause
from thorsched.simulator.rig import NotPossible

Mend = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Mischief:
    """Breaks things in a lab whose program `keeper` keeps up, by the dice."""

    lab: Lab
    keeper: Keeper
    dice: random.Random

    def one(self) -> tuple[str, Mend]:
        """Break something; return what, and what mends it."""
        fault = self.dice.choice(FAULTS)
        camera = self.dice.randrange(len(self.lab.cameras))
        return f"{fault.__name__} cam{camera}", fault(self, camera)


def _nothing() -> None:
    """Mend what needs no mending."""


def kill_recorder(mischief: Mischief, camera: int) -> Mend:
    return _signalled(mischief, camera, signal.SIGKILL)


def terminate_recorder(mischief: Mischief, camera: int) -> Mend:
    return _signalled(mischief, camera, signal.SIGTERM)


def stop_recorder(mischief: Mischief, camera: int) -> Mend:
    _signalled(mischief, camera, signal.SIGSTOP)

    def go_on() -> None:
        _signalled(mischief, camera, signal.SIGCONT)

    return go_on


def _signalled(mischief: Mischief, camera: int, number: signal.Signals) -> Mend:
    for recorder in mischief.lab.recorders(f"cam{camera}"):
        recorder.send_signal(number)
    return _nothing


def kill_sender(mischief: Mischief, camera: int) -> Mend:
    with suppress(NotPossible):
        mischief.lab.simulator.faults.kill(camera)
    return _nothing


def freeze_sender(mischief: Mischief, camera: int) -> Mend:
    faults = mischief.lab.simulator.faults
    return _broken(lambda: faults.freeze(camera), lambda: faults.thaw(camera))


def silence_sender(mischief: Mischief, camera: int) -> Mend:
    faults = mischief.lab.simulator.faults
    return _broken(lambda: faults.silence(camera), lambda: faults.resume(camera))


def garble_sender(mischief: Mischief, camera: int) -> Mend:
    faults = mischief.lab.simulator.faults
    return _broken(lambda: faults.garble(camera), lambda: faults.resume(camera))


def refuse_callers(mischief: Mischief, camera: int) -> Mend:
    faults = mischief.lab.simulator.faults

    def fault() -> None:
        faults.refuse(camera)
        faults.kill(camera)

    return _broken(fault, lambda: faults.accept(camera))


def unplug_camera(mischief: Mischief, camera: int) -> Mend:
    faults = mischief.lab.simulator.faults
    return _broken(lambda: faults.unplug(camera), lambda: faults.replug(camera))


def list_something_else(mischief: Mischief, camera: int) -> Mend:
    """Have a device offer what nobody asks for: what records goes on."""
    faults = mischief.lab.simulator.faults
    return _broken(lambda: faults.offer(camera, ()), lambda: faults.offer(camera))


def restart_server(mischief: Mischief, camera: int) -> Mend:
    del camera
    faults = mischief.lab.simulator.faults
    faults.down()
    return faults.up


def _broken(fault: Callable[[], None], mend: Callable[[], None]) -> Mend:
    """Do what breaks it, if it is there to be broken; return what mends it."""

    def mended() -> None:
        with suppress(NotPossible):
            mend()

    with suppress(NotPossible):
        fault()
    return mended


def kill_scheduler(mischief: Mischief, camera: int) -> Mend:
    del camera
    mischief.keeper.kill()
    return _nothing


def hand_over(mischief: Mischief, camera: int) -> Mend:
    del camera
    mischief.keeper.signal(signal.SIGUSR1)
    return _nothing


def edit_file(mischief: Mischief, camera: int) -> Mend:
    del camera
    mischief.lab.write(segment=f"{mischief.dice.randrange(2, 9)}s")
    return _nothing


def edit_file_wrongly(mischief: Mischief, camera: int) -> Mend:
    del camera
    good = mischief.lab.file.read_text()
    mischief.lab.file.write_text(good.replace("cameras:", "camras:"))
    return lambda: _write(mischief.lab.file, good)


def _write(path: Path, text: str) -> None:
    path.write_text(text)


def fill_disk(mischief: Mischief, camera: int) -> Mend:
    del camera
    ballast = mischief.lab.root / "ballast"
    with suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(bytes(1 << 20))
            file.flush()
    return lambda: ballast.unlink(missing_ok=True)


FAULTS: list[Callable[[Mischief, int], Mend]] = [
    kill_recorder,
    terminate_recorder,
    stop_recorder,
    kill_sender,
    freeze_sender,
    silence_sender,
    garble_sender,
    refuse_callers,
    unplug_camera,
    list_something_else,
    restart_server,
    kill_scheduler,
    hand_over,
    edit_file,
    edit_file_wrongly,
    fill_disk,
]


@contextmanager
def broken_for(mischief: Mischief, seconds: float) -> Iterator[str]:
    """Break something; after the context, and `seconds`, it is mended."""
    what, mend = mischief.one()
    try:
        yield what
        pause(seconds)
    finally:
        mend()
