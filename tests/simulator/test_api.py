"""The protocol's calls, over real HTTP."""

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.simulator.client import COMMON, RAW, SMALL, USUAL, Client
from tests.support.ports import free_port
from thorsched.cameras.capability import JPEG, Capability
from thorsched.simulator.server import Simulator


@pytest.fixture(scope="module")
def calm_client() -> Iterator[Client]:
    """A client of a server that nothing happens to."""
    with Simulator(cameras=1) as running:
        yield Client(running.url)


def test_cameras_are_listed_as_the_protocol_says(client: Client, simulator: Simulator) -> None:
    listed = client.get("/cameras").json()
    assert [device["id"] for device in listed] == [0, 1, 2]
    for shown, device in zip(listed, simulator.devices, strict=True):
        assert shown["name"] == device.name
        for entry, capability in zip(shown["caps"], device.capabilities, strict=True):
            assert entry["media_type"] == capability.media_type
            assert (entry["width"], entry["height"]) == (capability.width, capability.height)
            assert re.fullmatch(r"\d+/\d+", entry["framerate"])
            assert (entry.get("format") or None) == capability.format


def test_the_format_of_jpeg_is_empty_null_or_missing(client: Client) -> None:
    firsts = [device["caps"][0] for device in client.get("/cameras").json()]
    assert [first["media_type"] for first in firsts] == [JPEG] * 3
    assert firsts[0]["format"] == ""
    assert firsts[1]["format"] is None
    assert "format" not in firsts[2]


def test_openapi_names_the_protocols_calls_and_the_faults(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/cameras", "/jpeg", "/h265", "/test", "/stop", "/logs", "/logs/{name}"} < set(paths)
    assert {"/simulator/freeze", "/simulator/answers", "/simulator/truth/{device_id}"} < set(paths)


@pytest.mark.real
def test_a_port_listens_when_the_answer_comes(client: Client) -> None:
    # Nobody else can bind a port that is listened on.
    port = client.start(0)
    in_use = pytest.raises(OSError, match="in use")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, in_use:
        probe.bind(("127.0.0.1", port))


@pytest.mark.real
def test_a_stopped_stream_frees_its_port_at_once(client: Client) -> None:
    port = client.start(0)
    assert client.stop(0).ok
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", port))


@pytest.mark.real
def test_a_port_that_another_program_has_is_refused(client: Client, simulator: Simulator) -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        answer = client.post("/jpeg", {"id": 0, "port": port, "capability": SMALL})
    assert answer.status_code == 500
    assert f"port 127.0.0.1:{port} is taken" in answer.json()["detail"]
    assert simulator.stream(0) is None


@pytest.mark.real
def test_a_port_that_another_stream_has_is_refused(client: Client, simulator: Simulator) -> None:
    port = client.start(0)
    answer = client.post("/jpeg", {"id": 1, "port": port, "capability": SMALL})
    assert answer.status_code == 500
    assert simulator.stream(0) is not None
    assert simulator.stream(1) is None


@pytest.mark.real
def test_of_two_starts_that_race_for_a_port_one_wins(client: Client, simulator: Simulator) -> None:
    port = free_port()
    bodies = [{"id": n, "port": port, "capability": COMMON} for n in range(3)]
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda body: client.post("/jpeg", body), bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 500, 500]
    assert [simulator.stream(n) is not None for n in range(3)].count(True) == 1


@pytest.mark.real
def test_an_exclusive_server_leaves_a_camera_to_whom_it_streams_for(
    client: Client, simulator: Simulator
) -> None:
    client.start(0)
    stream = simulator.stream(0)
    assert client.post("/simulator/exclusive", {}).status_code == 200
    again = client.post("/jpeg", {"id": 0, "port": free_port(), "capability": SMALL})
    assert (again.status_code, again.json()) == (400, {"detail": "camera 0 is already streaming"})
    assert simulator.stream(0) is stream
    client.post("/simulator/exclusive", {"is_on": False})
    client.start(0)
    assert simulator.stream(0) is not stream


@pytest.mark.real
def test_a_second_start_replaces_the_stream(client: Client, simulator: Simulator) -> None:
    client.start(0)
    port = client.start(0, USUAL)
    stream = simulator.stream(0)
    assert stream is not None
    assert stream.sender.port == port
    assert stream.footage.capability == Capability.parse(USUAL)


@pytest.mark.real
def test_a_camera_can_be_started_again_on_its_own_port(
    client: Client, simulator: Simulator
) -> None:
    port = client.start(0)
    before = simulator.stream(0)
    client.start(0, port=port)
    after = simulator.stream(0)
    assert before is not None
    assert after is not None
    assert before.sender.pid != after.sender.pid


def test_stopping_what_does_not_stream_is_refused(client: Client) -> None:
    answer = client.stop(0)
    assert answer.status_code == 400
    assert "not streaming" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("call", "body", "status", "words"),
    [
        ("/jpeg", {"id": 9, "port": 9001, "capability": SMALL}, 404, "no camera with id 9"),
        ("/jpeg", {"id": 0, "port": 9001, "capability": "x"}, 400, "not a capability"),
        (
            "/jpeg",
            {"id": 0, "port": 9001, "capability": SMALL.replace("320", "321")},
            400,
            "does not offer",
        ),
        ("/jpeg", {"id": 0, "port": 0, "capability": SMALL}, 422, "port"),
        ("/jpeg", {"id": 0, "capability": SMALL}, 422, "port"),
        ("/jpeg", {"id": "x", "port": 9001, "capability": SMALL}, 422, "id"),
        ("/h265", {"id": 0, "port": 9001, "capability": SMALL}, 400, "no raw capability"),
        ("/test", {"id": 0, "port": 9001, "capability": SMALL}, 404, "-1 to -10"),
        ("/test", {"id": -11, "port": 9001, "capability": SMALL}, 404, "-1 to -10"),
        (
            "/test",
            {"id": -1, "port": 9001, "capability": SMALL.replace("320", "8")},
            400,
            "is not between",
        ),
        ("/stop", {"id": 9}, 404, "no camera with id 9"),
        ("/simulator/freeze", {"id": 0}, 400, "not streaming"),
        ("/simulator/replug", {"id": 0}, 400, "is taken"),
        ("/simulator/replug", {"id": 8}, 404, "was unplugged"),
        ("/simulator/change", {"id": 0, "capability": RAW + "x"}, 400, "not a capability"),
        ("/simulator/offer", {"id": 0, "capabilities": [RAW + "x"]}, 400, "not a capability"),
        ("/simulator/offer", {"id": 9}, 404, "no camera with id 9"),
    ],
)
def test_a_wrong_call_is_refused_with_the_reason(
    calm_client: Client, call: str, body: dict[str, object], status: int, words: str
) -> None:
    answer = calm_client.post(call, body)
    assert answer.status_code == status
    assert words in answer.text


def test_the_log_tells_what_happened(client: Client, simulator: Simulator) -> None:
    client.stop(7)
    (name,) = client.get("/logs").json()
    text = client.get(f"/logs/{name}").text
    assert "refused /stop: no camera with id 7" in text
    assert text == simulator.log_text()
    assert client.get("/logs/other.log").status_code == 404
