"""Hot-plug events, over a real WebSocket."""

import json
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.simulator.client import Client
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.simulator.events import Delivery
from thorsched.simulator.server import Simulator


@pytest.fixture
def listener(simulator: Simulator) -> Iterator[ClientConnection]:
    url = simulator.url.replace("http://", "ws://") + "/ws"
    with connect(url, proxy=None) as connection:
        assert eventually(lambda: simulator.event_clients == 1)
        yield connection


def heard(listener: ClientConnection, *, count: int) -> list[tuple[str, int]]:
    """Return kind and id of the next `count` events."""
    events = [json.loads(listener.recv(timeout=PATIENCE_S)) for _ in range(count)]
    return [(event["event_type"], event["camera"]["id"]) for event in events]


def is_quiet(listener: ClientConnection) -> bool:
    try:
        listener.recv(timeout=0.3)
    except TimeoutError:
        return True
    return False


def test_unplugging_and_plugging_in_are_told(
    simulator: Simulator, listener: ClientConnection, client: Client
) -> None:
    simulator.faults.unplug(1)
    assert heard(listener, count=1) == [("Removed", 1)]
    assert [device["id"] for device in client.get("/cameras").json()] == [0, 2]
    simulator.faults.replug(1, new_id=5)
    assert heard(listener, count=1) == [("Added", 5)]
    assert [device["id"] for device in client.get("/cameras").json()] == [0, 2, 5]


def test_an_event_shows_the_whole_device(listener: ClientConnection, client: Client) -> None:
    devices = client.get("/cameras").json()
    client.post("/simulator/unplug", {"id": 2})
    assert json.loads(listener.recv(timeout=PATIENCE_S)) == {
        "event_type": "Removed",
        "camera": devices[2],
    }


def test_events_can_be_lost(simulator: Simulator, listener: ClientConnection) -> None:
    simulator.faults.events(Delivery.LOST)
    simulator.faults.unplug(1)
    assert is_quiet(listener)
    simulator.faults.events(Delivery.NORMAL)
    simulator.faults.unplug(2)
    assert heard(listener, count=1) == [("Removed", 2)]


def test_events_can_come_twice(simulator: Simulator, listener: ClientConnection) -> None:
    simulator.faults.events(Delivery.DUPLICATED)
    simulator.faults.unplug(1)
    assert heard(listener, count=2) == [("Removed", 1), ("Removed", 1)]


def test_events_can_come_in_the_wrong_order(
    client: Client, simulator: Simulator, listener: ClientConnection
) -> None:
    client.post("/simulator/events", {"delivery": "reordered"})
    simulator.faults.unplug(1)
    assert is_quiet(listener)
    simulator.faults.replug(1)
    assert heard(listener, count=2) == [("Added", 1), ("Removed", 1)]


def test_an_event_that_was_kept_back_comes_once_order_returns(
    simulator: Simulator, listener: ClientConnection
) -> None:
    simulator.faults.events(Delivery.REORDERED)
    simulator.faults.unplug(1)
    simulator.faults.events(Delivery.NORMAL)
    simulator.faults.unplug(2)
    assert heard(listener, count=2) == [("Removed", 1), ("Removed", 2)]


def test_listeners_can_be_thrown_out(
    simulator: Simulator, client: Client, listener: ClientConnection
) -> None:
    client.post("/simulator/disconnect-events", {})
    with pytest.raises(ConnectionClosed):
        listener.recv(timeout=PATIENCE_S)
    assert eventually(lambda: simulator.event_clients == 0)


def test_a_listener_that_goes_is_forgotten(simulator: Simulator) -> None:
    with connect(simulator.url.replace("http", "ws") + "/ws", proxy=None):
        assert eventually(lambda: simulator.event_clients == 1)
    assert eventually(lambda: simulator.event_clients == 0)


def test_listeners_learn_that_the_server_ends(
    simulator: Simulator, listener: ClientConnection
) -> None:
    simulator.close()
    with pytest.raises(ConnectionClosed):
        listener.recv(timeout=PATIENCE_S)
