"""What the tests of an attempt stand on.

The server says what a test wants it to say; `gst-launch-1.0` is a shell script on the PATH that
runs until it is interrupted, and the test writes the segments.
"""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.support import values
from tests.support.claims import granted
from tests.support.ports import free_ports
from tests.support.waiting import eventually
from tests.thorvision.misbehaving import Server, http
from thorsched.base.claims import Claims
from thorsched.recording.attempt import Attempt
from thorsched.recording.history import Note
from thorsched.recording.lifecycle import Exited, Failed, Tick
from thorsched.recording.listings import Listings
from thorsched.recording.root import Roots
from thorsched.recording.segments import Segment
from thorsched.recording.spec import Recording
from thorsched.recording.streams import Streams
from thorsched.recording.trouble import Cause
from thorsched.thorvision.ports import PortPool

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
OBEDIENT = http("200 OK", b"{}")
NO_ANSWER = b""
STAND_IN = """#!/bin/sh
trap 'echo "interrupted"; exit 0' INT
echo "ERROR: from element /GstPipeline:p/GstSRTClientSrc:s: no words yet"
touch running
while :; do sleep 0.02; done
"""


def device(number: int = 0, name: str = "HD USB Camera", width: int = 1280) -> dict[str, object]:
    """Return a device as a server lists it, of one capability."""
    caps = {"media_type": "image/jpeg", "width": width, "height": 720, "framerate": "30/1"}
    return {"id": number, "name": name, "caps": [caps]}


def listing(*devices: dict[str, object]) -> bytes:
    return http("200 OK", json.dumps(devices).encode())


class HastyClock:
    """It is always nine o'clock, and the monotonic clock moves a bit from look to look."""

    def __init__(self) -> None:
        self._monotonic_s = 0.0

    def now(self) -> datetime:
        return NINE

    def monotonic_s(self) -> float:
        self._monotonic_s += 0.1
        return self._monotonic_s


class Bench:
    """Makes attempts on one server and root, and keeps what they hand over."""

    def __init__(self, server: Server, root: Path) -> None:
        self.ports = free_ports(2)
        self.server = server
        self.root = root
        self.pool = PortPool(granted)
        self.streams = Streams(Claims())
        self.roots = Roots()
        self.roots.hold(root)
        self.closed: list[Segment] = []
        self.notes: list[Note] = []
        self.is_closing = threading.Event()
        usual = values.recording("cam0", of=replace(values.source(), server=server.url))
        self.wanted = replace(usual, output=values.output(root), ports=self.ports)
        self.answers = {"/cameras": listing(device())}
        self.after_start: dict[str, bytes] = {}
        """What it answers otherwise once it has been told to start a stream."""

    def attempt(self, wanted: Recording | None = None, *, beside: Attempt | None = None) -> Attempt:
        return Attempt(
            wanted or self.wanted,
            ports=self.pool,
            streams=self.streams,
            listings=Listings(),
            check_root=self.roots.check,
            clock=HastyClock(),
            closed=self.closed.append,
            noted=self.notes.append,
            is_closing=self.is_closing,
            outlives=True,
            beside=beside,
        )

    def fails(self, wanted: Recording | None = None) -> tuple[Cause, str]:
        """Begin an attempt that must fail; return why, once it is released."""
        attempt = self.attempt(wanted)
        outcome = attempt.begin()
        assert isinstance(outcome, Failed)
        assert attempt.poll() == Tick()
        attempt.interrupt()
        attempt.kill()
        attempt.release()
        assert self.all_ports_are_free()
        assert self.closed == []
        return outcome.trouble.cause, outcome.trouble.detail

    def all_ports_are_free(self) -> bool:
        taken = [self.take_a_port() for _ in range(2)]
        for port in taken:
            self.pool.release(port)
        return len(set(taken)) == 2

    def take_a_port(self) -> int:
        return self.pool.take(self.ports, lambda port: port < 0)

    def is_in_doubt(self) -> bool:
        return self.streams.is_in_doubt((self.server.url, 0))

    def told(self) -> list[str]:
        """Return what the server was told to do."""
        lines = [request.line.split(" ") for request in self.server.requests]
        return [path for method, path, _ in lines if method == "POST"]

    @property
    def directory(self) -> Path:
        return self.root / "cam0" / "2026-03-01"

    def segment(self, index: int, name: str = "cam0_20260301T090000Z") -> Path:
        return self.directory / f"{name}-{index:05d}.mkv"


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def ends(attempt: Attempt) -> bool:
    return eventually(lambda: isinstance(attempt.poll(), Exited))
