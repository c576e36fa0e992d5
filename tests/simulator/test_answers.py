"""Slow and broken answers, over real HTTP."""

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.client import SMALL, Client
from tests.support.ports import free_port
from tests.support.waiting import eventually
from thorsched.base.clock import SystemClock
from thorsched.simulator.answers import AnswerFault, AnswerFaults, AnswerTrouble
from thorsched.simulator.server import Simulator

NO_ANSWER = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


def test_a_status_is_answered_as_often_as_asked(simulator: Simulator, client: Client) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.STATUS, "/cameras", times=2, status=404))
    codes = [client.get("/cameras").status_code for _ in range(4)]
    assert codes == [404, 404, 200, 200]


def test_only_the_chosen_calls_are_broken(simulator: Simulator, client: Client) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.STATUS, "/stop", status=503))
    assert client.get("/cameras").ok
    assert client.stop(0).status_code == 503


def test_the_simulators_own_calls_are_never_broken(simulator: Simulator, client: Client) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.STATUS))
    assert client.get("/cameras").status_code == 500
    assert client.get("/simulator/streams").ok
    assert requests.delete(f"{simulator.url}/simulator/answers", timeout=5).ok
    assert client.get("/cameras").ok


def test_invalid_json_is_answered(simulator: Simulator, client: Client) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.NOT_JSON, "/cameras"))
    answer = client.get("/cameras")
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_ten_megabytes_are_answered(client: Client) -> None:
    client.post("/simulator/answers", {"trouble": "huge", "path": "/cameras", "times": 1})
    assert len(client.get("/cameras").content) > 10_000_000
    assert len(client.get("/cameras").content) < 100_000


def test_the_list_flaps_to_empty(simulator: Simulator, client: Client) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.EMPTY, "/cameras", times=1))
    assert client.get("/cameras").json() == []
    assert len(client.get("/cameras").json()) == 3


def test_an_answer_comes_late(simulator: Simulator, client: Client) -> None:
    clock = SystemClock()
    simulator.faults.answer(AnswerFault(AnswerTrouble.SLOW, "/cameras", pause_s=0.4))
    began_s = clock.monotonic_s()
    assert client.get("/cameras").ok
    assert clock.monotonic_s() - began_s >= 0.4


def test_an_answer_comes_in_drips(simulator: Simulator, client: Client) -> None:
    whole = client.get("/logs").content
    simulator.faults.answer(AnswerFault(AnswerTrouble.DRIP, "/logs", pause_s=0.2))
    clock = SystemClock()
    began_s = clock.monotonic_s()
    answer = client.get("/logs")
    assert answer.content == whole
    assert clock.monotonic_s() - began_s >= 0.4


def test_a_drip_fed_answer_outlasts_a_timeout_per_read(
    simulator: Simulator, client: Client
) -> None:
    # What a plain `requests` timeout does not bound: every read is in time.
    simulator.faults.answer(AnswerFault(AnswerTrouble.DRIP, "/logs", pause_s=1.5))
    clock = SystemClock()
    began_s = clock.monotonic_s()
    assert client.get("/logs", timeout_s=2.9).ok
    assert clock.monotonic_s() - began_s >= 2.9


def test_an_answer_breaks_off(simulator: Simulator, client: Client) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.CUT, "/cameras"))
    with pytest.raises(NO_ANSWER):
        client.get("/cameras")


def test_a_call_that_hangs_gets_no_answer(simulator: Simulator, client: Client) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.HANG, "/cameras"))
    with pytest.raises(NO_ANSWER):
        client.get("/cameras", timeout_s=0.5)


def test_the_server_ends_in_time_while_a_call_hangs(simulator: Simulator, client: Client) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.HANG, "/cameras"))
    with requests.Session() as session:
        request = requests.Request("GET", f"{client.url}/cameras").prepare()
        with pytest.raises(NO_ANSWER):
            session.send(request, timeout=0.2, stream=True)
        clock = SystemClock()
        began_s = clock.monotonic_s()
        simulator.close()
        assert clock.monotonic_s() - began_s < 10


@pytest.mark.real
def test_a_stream_starts_although_its_answer_is_lost(simulator: Simulator, client: Client) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.LOST, "/jpeg", times=1))
    port = free_port()
    body = {"id": 0, "port": port, "capability": SMALL}
    with pytest.raises(NO_ANSWER):
        client.post("/jpeg", body, timeout_s=1)
    assert eventually(lambda: simulator.stream(0) is not None)
    # And the retry is safe.
    assert client.post("/jpeg", body).ok


@pytest.mark.real
def test_a_stream_starts_although_its_answer_denies_it(client: Client) -> None:
    client.post("/simulator/answers", {"trouble": "denied", "path": "/jpeg", "times": 1})
    body = {"id": 0, "port": free_port(), "capability": SMALL}
    denied = client.post("/jpeg", body)
    assert (denied.status_code, denied.json()["detail"]) == (500, "this is a simulated failure")
    assert [stream["id"] for stream in client.get("/simulator/streams").json()] == [0]
    assert client.stop(0).ok


@given(st.lists(st.tuples(st.sampled_from(["/a", "/b", "/"]), st.integers(1, 3)), max_size=5))
def test_faults_are_taken_in_order_and_counted(plan: list[tuple[str, int]]) -> None:
    faults = AnswerFaults()
    for path, times in plan:
        faults.add(AnswerFault(AnswerTrouble.STATUS, path, times=times))
    expected = sum(times for path, times in plan if "/a".startswith(path))
    taken = [faults.take("/a") for _ in range(expected + 1)]
    assert [fault is not None for fault in taken] == [True] * expected + [False]
