"""A network of its own for a lab: the program on one machine, the server on another.

The program's is a network namespace; the cable between them is a pair of virtual interfaces, which
can be pulled.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.waiting import pause


@dataclass(frozen=True, slots=True)
class Cable:
    """What leads from the program's namespace to `server`, the address of this end."""

    name: str
    server: str

    @property
    def inside(self) -> tuple[str, ...]:
        """What a command begins with that is to be run at the other end."""
        return "ip", "netns", "exec", self.name

    def is_plugged(self) -> bool:
        said = _ip("-o", "link", "show", self.name)
        return "state UP" in said

    def pull(self, *, for_s: float) -> None:
        """Pull the cable, and plug it in again after that time."""
        _ip("link", "set", self.name, "down")
        try:
            assert not self.is_plugged()
            pause(for_s)
        finally:
            _ip("link", "set", self.name, "up")


@contextlib.contextmanager
def cable() -> Iterator[Cable]:
    """Yield a new one; skips the test where there is no right to make one."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network of one's own needs root and iproute2")
    number = os.getpid() % 250 + 1
    made = Cable(f"thorsched{os.getpid()}"[:15], f"10.213.{number}.1")
    try:
        _ip("netns", "add", made.name)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr}")
    try:
        there = f"{made.name[:13]}-p"
        _ip("link", "add", made.name, "type", "veth", "peer", "name", there, "netns", made.name)
        _ip("addr", "add", f"{made.server}/24", "dev", made.name)
        _ip("link", "set", made.name, "up")
        for words in (
            ("addr", "add", f"10.213.{number}.2/24", "dev", there),
            ("link", "set", there, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", made.name, *words)
        yield made
    finally:
        _ip("netns", "del", made.name)  # with its end of the cable, hence with ours


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=True)
    return done.stdout
