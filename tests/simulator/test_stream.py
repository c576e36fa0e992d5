"""Frames over real SRT, held against the truth."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.simulator.callers import Caller
from tests.simulator.client import COMMON, RAW, SMALL, Client
from tests.support.ports import free_ports
from tests.support.waiting import eventually, pause
from thorsched.base.clock import SystemClock
from thorsched.cameras.capability import Capability
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

SOON_SAMPLES = 5 * 30_000
"""By then a caller has connected."""


def lost(caller: Caller, simulator: Simulator, device_id: int = 0) -> list[int]:
    """Return what was sent between the first and the last frame received, but not received."""
    received = caller.numbers()
    sent = [frame.number for frame in simulator.truth(device_id)]
    return [n for n in sent if received[0] < n < received[-1] and n not in received]


def test_a_caller_receives_every_frame_that_is_sent(
    simulator: Simulator, client: Client, call: Callable[[int], Caller]
) -> None:
    caller = call(client.start(0))
    assert caller.hears(60)
    client.stop(0)
    received, sent = caller.numbers(), [frame.number for frame in simulator.truth(0)]
    assert len(received) >= 60
    assert received == sorted(set(received))
    assert set(received) <= set(sent)
    assert not lost(caller, simulator)


def test_frames_carry_the_camera_the_capability_and_the_sample_index(
    simulator: Simulator, client: Client, call: Callable[[int], Caller]
) -> None:
    callers = [call(client.start(device_id)) for device_id in (0, 1)]
    for device_id, caller in enumerate(callers):
        assert caller.hears(10)
        received = caller.stamped()
        client.stop(device_id)
        truth = {frame.number: frame.sample_index for frame in simulator.truth(device_id)}
        for identity, metadata in received:
            assert identity.device_id == device_id
            assert identity.capability == Capability.parse(SMALL)
            assert metadata.sample_index == identity.number * 1000 == truth[identity.number]


def test_several_callers_hear_the_same_frames(
    simulator: Simulator, client: Client, call: Callable[[int], Caller]
) -> None:
    port = client.start(0)
    callers: list[Caller] = []
    for _ in range(3):
        callers.append(call(port))
        assert callers[-1].hears(1)
    assert callers[-1].hears(20)
    client.stop(0)
    common = set.intersection(*(set(caller.numbers()) for caller in callers))
    assert len(common) >= 15
    assert not any(lost(caller, simulator) for caller in callers)


def test_a_caller_that_comes_later_disturbs_nobody(
    simulator: Simulator, client: Client, call: Callable[[int], Caller]
) -> None:
    port = client.start(0)
    first = call(port)
    assert first.hears(10)
    second = call(port)
    assert second.hears(10)
    second.process.kill()
    assert first.hears(10)
    assert not lost(first, simulator)


def test_frames_come_at_their_pace_and_due_times_are_the_wall_clocks(
    simulator: Simulator, client: Client
) -> None:
    client.start(0)
    assert eventually(lambda: len(simulator.truth(0)) >= 45)

    def ages() -> list[float]:
        """Return how long ago each frame was due, in seconds."""
        sent = simulator.truth(0)
        now_s = SystemClock().now().timestamp()
        return [now_s - frame.due_s for frame in sent]

    assert min(ages()) > 0
    assert eventually(lambda: min(ages()) < 0.2)
    assert all(before - after >= 1 / 30 - 1e-6 for before, after in pairwise(ages()))


def test_cameras_that_are_started_apart_keep_one_time(simulator: Simulator, client: Client) -> None:
    client.start(0)
    pause(0.3)
    client.start(1)
    assert eventually(lambda: len(simulator.truth(1)) >= 10)
    first = {frame.number: frame.due_s for frame in simulator.truth(0)}
    common = [(first[f.number], f.due_s) for f in simulator.truth(1) if f.number in first]
    assert len(common) >= 5
    assert all(a == pytest.approx(b, abs=1e-6) for a, b in common)


def test_the_sample_index_wraps(call: Callable[[int], Caller]) -> None:
    with Simulator(cameras=1, first_sample=2**32 - SOON_SAMPLES) as simulator:
        client = Client(simulator.url)
        caller = call(client.start(0))
        assert eventually(lambda: [m for _, m in caller.stamped() if m.sample_index < SOON_SAMPLES])
        received = caller.stamped()
        client.stop(0)
        sent = {frame.number: frame.sample_index for frame in simulator.truth(0)}
    indices = [metadata.sample_index for _, metadata in received]
    assert indices == [sent[identity.number] for identity, _ in received]
    steps = [(after - before) % 2**32 for before, after in pairwise(indices)]
    assert all(step % 1000 == 0 and step < 2**31 for step in steps)
    assert indices[0] > 2**31 > indices[-1]


@pytest.mark.parametrize(
    ("device_id", "capability"),
    [
        (0, RAW),
        (2, "image/jpeg,width=640,height=480,framerate=120/1"),
        (3, "image/jpeg,width=3840,height=2160,framerate=15/1"),
        (4, "image/jpeg,width=1920,height=1080,framerate=30000/1001"),
        (4, "image/jpeg,width=640,height=480,framerate=15/2"),
    ],
)
def test_any_capability_streams_at_its_rate(
    call: Callable[[int], Caller], device_id: int, capability: str
) -> None:
    with Simulator(cameras=5) as simulator:
        caller = call(Client(simulator.url).start(device_id, capability))
        assert caller.hears(10)
        assert caller.identities()[-1].capability == Capability.parse(capability)
        first, *_, last = simulator.truth(device_id)
    rate_fps = (last.number - first.number) / (last.due_s - first.due_s)
    assert rate_fps == pytest.approx(float(Capability.parse(capability).rate_fps))
    assert last.sample_index - first.sample_index == pytest.approx(
        30_000 * (last.due_s - first.due_s), abs=1
    )


def test_a_test_pattern_streams_without_being_listed(
    client: Client, call: Callable[[int], Caller]
) -> None:
    port = client.start(-3, "image/jpeg,width=424,height=240,framerate=25/1", call="/test")
    caller = call(port)
    assert caller.hears(5)
    assert caller.identities()[0].device_id == -3
    assert -3 not in [device["id"] for device in client.get("/cameras").json()]
    assert client.stop(-3).ok


def test_raw_frames_stream_as_h265(client: Client, call: Callable[[int], Caller]) -> None:
    caller = call(client.start(0, RAW, call="/h265"))
    # A parameter set (NAL type 32, VPS) opens every key frame.
    assert eventually(lambda: b"\0\0\0\1\x40\1" in caller.received())
    assert not caller.frames()


def test_eight_cameras_start_at_once(call: Callable[[int], Caller]) -> None:
    with Simulator(cameras=8) as simulator:
        client = Client(simulator.url)
        ports = free_ports(8)
        callers = [call(client.start(n, COMMON, port=port)) for n, port in enumerate(ports)]
        assert all(caller.hears(5) for caller in callers)
        assert [caller.identities()[0].device_id for caller in callers] == list(range(8))
        assert not any(lost(caller, simulator, n) for n, caller in enumerate(callers))
