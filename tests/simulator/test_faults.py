"""Each fault of a stream, seen from a real SRT caller."""

from collections.abc import Callable
from itertools import pairwise

import psutil
import pytest
import requests

from tests.simulator.callers import Caller
from tests.simulator.client import COMMON, SMALL, Client
from tests.support.waiting import eventually, pause
from thorsched.base.clock import SystemClock
from thorsched.cameras.capability import Capability
from thorsched.simulator.rig import NotPossible
from thorsched.simulator.sender import QUEUED_FRAMES
from thorsched.simulator.server import Simulator
from thorsched.thorvision.ports import is_listening

pytestmark = pytest.mark.real

PATIENT_FOR_S = 5
"""SRT gives up a peer that is silent for so long."""

AT_ONCE_S = 4
"""Sooner than by silence, on a busy machine too."""


def outlasts_silence(caller: Caller, fault: Callable[[], None]) -> bool:
    """Return whether nothing but the silence after a fault ends the caller."""
    clock = SystemClock()
    began_s = clock.monotonic_s()
    fault()
    assert eventually(lambda: caller.has_ended)
    return clock.monotonic_s() - began_s > PATIENT_FOR_S - 1


def is_settled(simulator: Simulator) -> bool:
    """Return whether nothing more is noted as sent by camera 0; what was under way is by then."""
    before = simulator.truth(0)
    pause(0.3)
    return simulator.truth(0) == before


@pytest.fixture
def streaming(client: Client, call: Callable[[int], Caller]) -> Caller:
    """A caller that hears camera 0."""
    caller = call(client.start(0))
    assert caller.hears(5)
    return caller


def test_a_frozen_sender_says_nothing_until_it_thaws(
    simulator: Simulator, client: Client, streaming: Caller
) -> None:
    client.post("/simulator/freeze", {"id": 0})
    stream = simulator.stream(0)
    assert stream is not None
    assert psutil.Process(stream.sender.pid).status() == psutil.STATUS_STOPPED
    assert streaming.falls_silent()
    assert not streaming.has_ended
    client.post("/simulator/thaw", {"id": 0})
    assert streaming.hears(10)


def test_frames_that_a_frozen_sender_did_not_take_are_not_in_the_truth(
    simulator: Simulator, client: Client, streaming: Caller
) -> None:
    simulator.faults.freeze(0)
    assert eventually(lambda: is_settled(simulator))
    while_frozen = simulator.truth(0)
    pause(1.3)
    assert simulator.truth(0) == while_frozen
    simulator.faults.thaw(0)
    assert streaming.hears(QUEUED_FRAMES + 5)
    client.stop(0)
    sent = [frame.number for frame in simulator.truth(0)]
    # What waited in the driver's queue was sent, the rest of that time is gone for good.
    steps = [after - before for before, after in pairwise(sent)]
    assert max(steps) > 15
    assert set(streaming.numbers()) <= set(sent)


def test_a_frozen_sender_is_given_up_by_its_callers(
    simulator: Simulator, streaming: Caller
) -> None:
    simulator.faults.freeze(0)
    assert eventually(lambda: streaming.has_ended)


def test_a_killed_sender_leaves_its_callers_waiting(
    simulator: Simulator, client: Client, streaming: Caller
) -> None:
    assert outlasts_silence(streaming, lambda: simulator.faults.kill(0))
    assert simulator.stream(0) is None
    assert not client.stop(0).ok


def test_a_killed_sender_that_says_goodbye_ends_its_callers_at_once(
    simulator: Simulator, streaming: Caller
) -> None:
    simulator.faults.kill(0, goodbye=True)
    assert eventually(lambda: streaming.has_ended, within_s=AT_ONCE_S)


def test_a_killed_camera_can_be_started_again(
    simulator: Simulator, client: Client, call: Callable[[int], Caller], streaming: Caller
) -> None:
    simulator.faults.kill(0)
    assert call(client.start(0)).hears(5)
    assert streaming.frames()


def test_every_caller_is_refused_until_accepted_again(
    simulator: Simulator, client: Client, call: Callable[[int], Caller], streaming: Caller
) -> None:
    client.post("/simulator/refuse", {"id": 0})
    stream = simulator.stream(0)
    assert stream is not None
    refused = call(stream.sender.port)
    assert eventually(lambda: refused.has_ended)
    assert not refused.received()
    assert is_listening(simulator.host, stream.sender.port, 0.5)
    again = call(client.start(0))
    assert eventually(lambda: again.has_ended)
    assert not again.received()
    client.post("/simulator/accept", {"id": 0})
    stream = simulator.stream(0)
    assert stream is not None
    assert call(stream.sender.port).hears(5)
    assert streaming.frames()


def test_a_restart_ends_a_refusal(
    simulator: Simulator, client: Client, call: Callable[[int], Caller]
) -> None:
    client.post("/simulator/refuse", {"id": 0})
    simulator.faults.restart()
    assert call(client.start(0)).hears(5)


def test_a_call_of_its_own_is_answered_by_a_line_that_people_can_read(client: Client) -> None:
    assert client.post("/simulator/events", {"delivery": "lost"}).text == '"done"\n'
    assert client.get("/simulator/streams").text == "[]\n"
    assert client.post("/simulator/freeze", {"id": 9}).text == (
        '{"detail":"no camera with id 9"}\n'
    )


def test_a_silent_camera_stays_connected(
    simulator: Simulator, client: Client, streaming: Caller
) -> None:
    simulator.faults.silence(0)
    assert streaming.falls_silent()
    before = len(streaming.received())
    pause(PATIENT_FOR_S + 0.5)
    assert not streaming.has_ended
    assert len(streaming.received()) == before
    client.post("/simulator/resume", {"id": 0})
    assert streaming.hears(5)


def test_garbage_is_no_jpeg(simulator: Simulator, streaming: Caller) -> None:
    simulator.faults.garble(0)
    assert eventually(lambda: b"\xff" not in streaming.received()[-500_000:])
    frames = len(streaming.frames())
    heard = len(streaming.received())
    assert eventually(lambda: len(streaming.received()) > heard + 500_000)
    assert b"\xff" not in streaming.received()[heard:]
    assert len(streaming.frames()) == frames
    simulator.faults.resume(0)
    assert streaming.hears(5)


def test_garbage_and_silence_are_not_in_the_truth(
    simulator: Simulator, client: Client, streaming: Caller
) -> None:
    for fault in ("garble", "silence"):
        client.post(f"/simulator/{fault}", {"id": 0})
        assert eventually(lambda: is_settled(simulator))
    assert streaming.frames()


def test_a_stream_changes_its_capability_unasked(client: Client, streaming: Caller) -> None:
    client.post("/simulator/change", {"id": 0, "capability": COMMON})
    assert eventually(lambda: streaming.identities()[-1].capability == Capability.parse(COMMON))
    assert not streaming.has_ended


def test_a_camera_that_offers_less_streams_on_and_starts_nothing_else_until_it_offers_all(
    simulator: Simulator, client: Client, streaming: Caller
) -> None:
    every = simulator.devices[0].capabilities
    client.post("/simulator/offer", {"id": 0, "capabilities": [COMMON]})
    assert [one.caps for one in simulator.devices[0].capabilities] == [COMMON]
    refused = client.post("/jpeg", {"id": 0, "port": 9001, "capability": SMALL})
    assert (refused.status_code, streaming.has_ended) == (400, False)
    client.post("/simulator/offer", {"id": 0})
    assert simulator.devices[0].capabilities == every
    assert streaming.hears(5)


def test_an_unplugged_camera_ends_its_stream_and_comes_back_as_another(
    simulator: Simulator, client: Client, call: Callable[[int], Caller], streaming: Caller
) -> None:
    client.post("/simulator/unplug", {"id": 0})
    assert eventually(lambda: streaming.has_ended, within_s=AT_ONCE_S)
    body = {"id": 0, "port": 9001, "capability": SMALL}
    assert client.post("/jpeg", body).status_code == 404
    client.post("/simulator/replug", {"id": 0, "new_id": 7})
    caller = call(client.start(7))
    assert caller.hears(5)
    assert caller.identities()[0].device_id == 7
    # It is the same camera: the truth of both its lives is one.
    numbers = [frame.number for frame in simulator.truth(7)]
    assert numbers[0] <= streaming.numbers()[0]
    assert numbers[-1] >= caller.numbers()[0]


def test_a_restart_ends_every_stream_without_a_word(
    simulator: Simulator, client: Client, streaming: Caller
) -> None:
    assert outlasts_silence(streaming, lambda: simulator.faults.restart(shift_ids=1))
    assert simulator.stream(0) is None
    names = {device["id"]: device["name"] for device in client.get("/cameras").json()}
    assert names == {0: "High-Speed Camera", 1: "HD USB Camera", 2: "HD USB Camera"}


def test_a_restart_by_http_is_answered_and_takes_its_time(
    simulator: Simulator, client: Client, streaming: Caller
) -> None:
    assert client.post("/simulator/restart", {"down_s": 3.0}).ok
    assert eventually(lambda: not is_up(client))
    assert eventually(lambda: is_up(client))
    assert simulator.stream(0) is None
    assert streaming.frames()


def test_what_has_nothing_to_say_needs_no_body(
    simulator: Simulator, client: Client, streaming: Caller
) -> None:
    for name in ("freeze", "thaw", "silence", "resume", "exclusive", "restart"):
        assert requests.post(f"{client.url}/simulator/{name}", timeout=30).ok, name
    assert eventually(lambda: simulator.stream(0) is None)
    assert streaming.frames()


def is_up(client: Client) -> bool:
    try:
        return client.get("/cameras", timeout_s=1).ok
    except requests.RequestException:
        return False


def test_a_server_that_is_down_does_not_answer_and_comes_up_where_it_was(
    simulator: Simulator, client: Client
) -> None:
    simulator.faults.down()
    assert not is_up(client)
    simulator.faults.up()
    assert is_up(client)


def test_what_does_not_stream_cannot_be_tormented(simulator: Simulator) -> None:
    with pytest.raises(NotPossible, match="camera 1 is not streaming"):
        simulator.faults.freeze(1)
    with pytest.raises(NotPossible, match="no camera with id 9"):
        simulator.faults.kill(9)
    simulator.faults.freeze()


def test_all_cameras_can_be_meant(
    simulator: Simulator, client: Client, call: Callable[[int], Caller]
) -> None:
    callers = [call(client.start(device_id)) for device_id in (0, 1)]
    assert all(caller.hears(3) for caller in callers)
    assert [stream["id"] for stream in client.get("/simulator/streams").json()] == [0, 1]
    client.post("/simulator/kill", {"goodbye": True})
    assert client.get("/simulator/streams").json() == []
    assert all(eventually(lambda c=caller: c.has_ended, within_s=AT_ONCE_S) for caller in callers)  # type: ignore[misc]
    for device_id in (0, 1):
        told = client.get(f"/simulator/truth/{device_id}").json()
        assert [tuple(frame) for frame in told] == list(simulator.truth(device_id))
