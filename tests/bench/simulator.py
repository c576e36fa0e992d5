"""What the simulated server costs: CPU of its process and of its senders, per camera count."""

import os
import subprocess
from dataclasses import dataclass

import psutil
import requests

from tests.support.ports import free_ports
from tests.support.waiting import pause
from thorsched.base import gstreamer
from thorsched.simulator.server import Simulator

_SETTLED_AFTER_S = 9.0
"""The mouse has gone round once by then: every piece of the pictures is drawn."""


@dataclass(frozen=True, slots=True)
class SimulatorCost:
    """Shares of one core, and what was sent meanwhile."""

    cameras: int
    python_cores: float
    senders_cores: float
    megabits_s: float
    dropped_frames: int

    @property
    def cores(self) -> float:
        return self.python_cores + self.senders_cores


def measure_simulator(
    cameras: int = 8,
    caps: str = "image/jpeg,width=1280,height=720,framerate=30/1",
    *,
    seconds: float = 10.0,
) -> SimulatorCost:
    """Stream from `cameras` simulated cameras to one SRT caller each, and return the cost."""
    with Simulator(cameras=cameras) as simulator:
        callers = []
        for device_id, port in enumerate(free_ports(cameras)):
            body = {"id": device_id, "port": port, "capability": caps}
            requests.post(f"{simulator.url}/jpeg", json=body, timeout=10).raise_for_status()
            callers.append(_caller(simulator.host, port))
        try:
            pause(_SETTLED_AFTER_S)
            before = _Reading.of(simulator, cameras)
            pause(seconds)
            after = _Reading.of(simulator, cameras)
        finally:
            for caller in callers:
                caller.kill()
                caller.wait()
    return SimulatorCost(
        cameras,
        (after.python_s - before.python_s) / seconds,
        (after.senders_s - before.senders_s) / seconds,
        (after.sent_bytes - before.sent_bytes) * 8e-6 / seconds,
        after.dropped_frames - before.dropped_frames,
    )


def _caller(host: str, port: int) -> subprocess.Popen[bytes]:
    pipeline = ["srtclientsrc", f"uri=srt://{host}:{port}", "latency=500", "!", "fakesink"]
    return subprocess.Popen([gstreamer.tool("gst-launch-1.0"), "-q", *pipeline])


@dataclass(frozen=True, slots=True)
class _Reading:
    python_s: float
    senders_s: float
    sent_bytes: int
    dropped_frames: int

    @classmethod
    def of(cls, simulator: Simulator, cameras: int) -> "_Reading":
        own = os.times()
        streams = [stream for n in range(cameras) if (stream := simulator.stream(n)) is not None]
        times = [psutil.Process(stream.sender.pid).cpu_times() for stream in streams]
        numbers = [[frame.number for frame in simulator.truth(n)] for n in range(cameras)]
        return cls(
            own.user + own.system,
            sum(each.user + each.system for each in times),
            sum(stream.sender.written_bytes for stream in streams),
            sum(sent[-1] - sent[0] + 1 - len(sent) for sent in numbers if sent),
        )


if __name__ == "__main__":
    for capability in ("1280,height=720,framerate=30/1", "1920,height=1080,framerate=30/1"):
        print(measure_simulator(caps=f"image/jpeg,width={capability}"))
