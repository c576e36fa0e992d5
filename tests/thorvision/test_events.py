"""The listener says 'look again', comes back by itself, and ends when told."""

import contextlib
import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server as WebSocketServer
from websockets.sync.server import ServerConnection, serve

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, eventually, pause
from tests.thorvision.misbehaving import (
    Script,
    drips,
    full_listener,
    http,
    sends,
    sends_and_holds,
    serving,
    timed,
)
from thorsched.base.clock import SystemClock
from thorsched.thorvision.address import AddressError
from thorsched.thorvision.events import EventListener

ADDED = json.dumps({"event_type": "Added", "camera": {"id": 0, "name": "x", "caps": []}})


class Bell:
    """Counts how often it is rung, and waits for a count."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = threading.Condition()

    def ring(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def rung(self, count: int, within_s: float = PATIENCE_S) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.count >= count, within_s)


class Announcer:
    """A server's `/ws`: keeps its callers, and tells the newest one what it is told to."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._callers: queue.SimpleQueue[ServerConnection] = queue.SimpleQueue()

    def serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.paths.append(connection.request.path)
        self._callers.put(connection)
        with contextlib.suppress(ConnectionClosed):
            for _ in connection:
                pass

    def caller(self) -> ServerConnection:
        """Return the next of the callers in the order in which they came; waits for it."""
        return self._callers.get(timeout=PATIENCE_S)


@contextlib.contextmanager
def announcing(port: int = 0) -> Iterator[tuple[Announcer, str]]:
    announcer = Announcer()
    with serve(announcer.serve, "127.0.0.1", port) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield announcer, f"http://127.0.0.1:{_port(server)}"
        finally:
            server.shutdown()
            thread.join()


def _port(server: WebSocketServer) -> int:
    port: int = server.socket.getsockname()[1]
    return port


@contextlib.contextmanager
def listening(url: str, on_event: Callable[[], None]) -> Iterator[EventListener]:
    listener = EventListener(url, on_event, clock=SystemClock())
    with contextlib.closing(listener):
        listener.start()
        yield listener


def test_a_connection_made_means_look_again() -> None:
    bell = Bell()
    with announcing() as (announcer, url), listening(url, bell.ring):
        assert bell.rung(1)
        announcer.caller()
    assert announcer.paths == ["/ws"]
    assert bell.count == 1


def test_each_event_means_look_again() -> None:
    bell = Bell()
    with announcing() as (announcer, url), listening(url, bell.ring):
        caller = announcer.caller()
        for count in range(2, 6):
            caller.send(ADDED)
            assert bell.rung(count)


@pytest.mark.parametrize(
    "message", ["", "hello", "{}", "[" * 10_000, b"\xff\x00", ADDED.replace("Added", "Changed")]
)
def test_a_message_that_is_not_understood_means_look_again_too(message: str | bytes) -> None:
    bell = Bell()
    with announcing() as (announcer, url), listening(url, bell.ring):
        caller = announcer.caller()
        caller.send(message)
        assert bell.rung(2)
        caller.send(ADDED)
        assert bell.rung(3)


@pytest.mark.fault(13)
def test_fault_13_a_lost_connection_is_made_again_and_means_look_again() -> None:
    bell = Bell()
    with announcing() as (announcer, url), listening(url, bell.ring):
        assert bell.rung(1)
        announcer.caller().close()
        assert bell.rung(2)
        announcer.caller().send(ADDED)
        assert bell.rung(3)


def test_a_server_that_starts_later_or_again_is_found() -> None:
    bell, port = Bell(), free_port()
    with listening(f"http://127.0.0.1:{port}", bell.ring):
        assert not bell.rung(1, within_s=0.2)
        with announcing(port):
            assert bell.rung(1)
        with announcing(port):
            assert bell.rung(2)


def test_a_message_without_measure_ends_the_connection_not_the_listener() -> None:
    bell = Bell()
    with announcing() as (announcer, url), listening(url, bell.ring):
        caller = announcer.caller()
        with contextlib.suppress(ConnectionClosed):
            caller.send("x" * 2_000_000)
        assert announcer.caller() is not caller
        assert bell.rung(2)


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ws_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    bell = Bell()
    with announcing() as (_, url), listening(url, bell.ring):
        assert bell.rung(1)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(sends(http("404 Not Found", b"")), id="404"),
        pytest.param(sends(http("307 Moved", b"", "Location: http://127.0.0.1:1/ws")), id="307"),
        pytest.param(sends(http("307 Moved", b"", "Location: ]\xff[")), id="307 to nowhere"),
        pytest.param(sends(http("200 OK", b"[]")), id="200"),
        pytest.param(sends(b"\xff\xfe\r\n\r\n"), id="no HTTP"),
        pytest.param(sends(b""), id="closed"),
        pytest.param(sends(b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\n\r\n"), id="half a yes"),
    ],
)
def test_a_server_without_events_is_asked_again_patiently_and_named_once(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    bell, clock = Bell(), SystemClock()
    with (
        caplog.at_level(logging.INFO),
        serving(script) as server,
        listening(server.url, bell.ring) as listener,
    ):
        began_s = clock.monotonic_s()
        assert eventually(lambda: len(server.requests) >= 2)
        listener.close()
        # Each wait is twice the one before.
        assert len(server.requests) <= 2 + (clock.monotonic_s() - began_s)
    assert bell.count == 0
    assert [r.getMessage() for r in caplog.records if r.name.startswith("thorsched")] == [
        "not hearing of cameras that come and go"
    ]


def test_only_the_changes_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    bell = Bell()
    with (
        caplog.at_level(logging.INFO),
        announcing() as (announcer, url),
        listening(url, bell.ring),
    ):
        caller = announcer.caller()
        for _ in range(10):
            caller.send(ADDED)
        assert bell.rung(2)
        caller.close()
        assert bell.rung(3)
    assert [r.getMessage() for r in caplog.records if r.name.startswith("thorsched")] == [
        "hearing of cameras that come and go",
        "not hearing of cameras that come and go",
        "hearing of cameras that come and go",
    ]


@pytest.mark.fault(13)
def test_a_flood_of_events_means_look_again_now_and_then_and_once_more_after_the_last() -> None:
    bell = Bell()
    with announcing() as (announcer, url), listening(url, bell.ring):
        caller = announcer.caller()
        assert bell.rung(1)
        with timed() as took:
            for _ in range(2000):
                caller.send(ADDED)
            caller.ping().wait(PATIENCE_S)
        before = bell.count
        assert before <= 2 + took.s / 0.2
        pause(0.5)
        quiet = bell.count
        caller.send(ADDED)
        assert bell.rung(quiet + 1)
    assert bell.count <= before + 4


def test_a_bug_in_what_is_called_does_not_end_the_listener_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bell = Bell()

    def fails_twice() -> None:
        bell.ring()
        if bell.count <= 2:
            raise KeyError("a bug")

    with announcing() as (_, url), listening(url, fails_twice):
        assert bell.rung(3)
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == [
        "the listener failed"
    ]


def test_closing_ends_the_thread_and_nothing_is_called_afterwards() -> None:
    bell = Bell()
    with announcing() as (announcer, url):
        listener = EventListener(url, bell.ring, clock=SystemClock())
        listener.start()
        assert bell.rung(1)
        with timed() as took:
            listener.close()
        assert took.s < 1.0
        with contextlib.suppress(ConnectionClosed):
            announcer.caller().send(ADDED)
        assert not bell.rung(2, within_s=0.2)
        listener.close()


@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_closing_is_quick_while_a_connection_is_being_made(after_s: float) -> None:
    with full_listener() as port:
        assert _time_to_close(f"http://127.0.0.1:{port}", after_s) < 1.0


@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_closing_is_quick_while_a_handshake_hangs_or_drips(after_s: float) -> None:
    for script in (sends_and_holds(b""), drips(b"HTTP/1.1 101 Yes\r\nX: ", b"x")):
        with serving(script) as server:
            assert _time_to_close(server.url, after_s) < 1.0


@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_closing_is_quick_while_waiting_to_try_again(after_s: float) -> None:
    assert _time_to_close(f"http://127.0.0.1:{free_port()}", after_s) < 1.0


def _time_to_close(url: str, after_s: float) -> float:
    before = set(threading.enumerate())
    listener = EventListener(url, lambda: None, clock=SystemClock())
    listener.start()
    pause(after_s)
    with timed() as took:
        listener.close()
    assert not [t for t in threading.enumerate() if t not in before and "events of" in t.name]
    return took.s


def test_a_listener_that_was_never_started_may_be_closed() -> None:
    EventListener("http://127.0.0.1:1", lambda: None, clock=SystemClock()).close()


def test_a_listener_may_be_closed_from_its_own_call() -> None:
    closed = threading.Event()

    def on_event() -> None:
        listener.close()
        closed.set()

    with announcing() as (_, url):
        listener = EventListener(url, on_event, clock=SystemClock())
        listener.start()
        assert closed.wait(PATIENCE_S)


def test_an_address_that_is_none_is_refused_before_anything_starts() -> None:
    with pytest.raises(AddressError):
        EventListener("ws://192.168.177.100:8000", lambda: None, clock=SystemClock())
