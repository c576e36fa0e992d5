"""Connections are made, refused, given up in time, and given up at once when cancelled."""

import contextlib
import socket
import threading

import pytest

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, pause
from tests.thorvision.misbehaving import full_listener, timed
from thorsched.thorvision.dial import Deadline, dial, resolve

# TCP itself asks after 1, 3 and 7 s.
ANSWERS_AFTER_S = 3.2
TCP_ASKS_AGAIN_AFTER_S = 6.5


def test_a_deadline_counts_down_and_then_raises() -> None:
    assert 0 < Deadline(PATIENCE_S).left_s() <= PATIENCE_S
    over = Deadline(0.05)
    pause(0.06)
    with pytest.raises(TimeoutError, match=r"0\.05 s"):
        over.left_s()


def test_a_name_with_several_addresses_is_reached_at_the_one_that_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with dial("localhost", port, Deadline(PATIENCE_S)) as connection:
            assert connection.getpeername()[:2] == ("127.0.0.1", port)
            assert connection.gettimeout() is None


def test_an_ipv6_address_is_dialled() -> None:
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as listener,
        dial("::1", listener.getsockname()[1], Deadline(PATIENCE_S)) as connection,
    ):
        assert connection.family == socket.AF_INET6


def test_a_closed_port_refuses() -> None:
    with pytest.raises(ConnectionRefusedError):
        dial("127.0.0.1", free_port(), Deadline(PATIENCE_S))


@pytest.mark.parametrize("host", ["nosuch.invalid", "a" * 64, "..", ""])
def test_a_name_that_means_nothing_is_no_address(host: str) -> None:
    with pytest.raises(OSError, match=r".") as caught:
        dial(host, free_port(), Deadline(PATIENCE_S))
    assert isinstance(caught.value, (socket.gaierror, ConnectionRefusedError))


def test_a_silent_host_is_given_up_at_the_deadline() -> None:
    with full_listener() as port, timed() as took, pytest.raises(TimeoutError):
        dial("127.0.0.1", port, Deadline(0.3))
    assert 0.3 <= took.s < PATIENCE_S


def test_a_host_that_answers_again_is_noticed_within_half_a_second() -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.0)
            waiting.connect_ex(address)

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    stack.enter_context(listener.accept()[0])

        answering = threading.Timer(ANSWERS_AFTER_S, answer)
        answering.start()
        with timed() as took:
            dial("127.0.0.1", address[1], Deadline(PATIENCE_S)).close()
        listener.shutdown(socket.SHUT_RDWR)
        answering.join()
    assert ANSWERS_AFTER_S <= took.s < TCP_ASKS_AGAIN_AFTER_S


@pytest.mark.parametrize("after_s", [0.0, 0.2])
def test_a_cancelled_dial_ends_long_before_its_deadline(after_s: float) -> None:
    cancelled = threading.Event()
    cancel = threading.Timer(after_s, cancelled.set)
    with full_listener() as port:
        cancel.start()
        with timed() as took, pytest.raises(TimeoutError, match=r"cancelled"):
            dial("127.0.0.1", port, Deadline(3 * PATIENCE_S, cancelled=cancelled))
        cancel.join()
    assert took.s < PATIENCE_S


def test_an_address_is_resolved_without_asking_anybody() -> None:
    before = set(threading.enumerate())
    found = resolve("192.0.2.7", 9001, socket.SOCK_DGRAM, Deadline(PATIENCE_S))
    assert found[0][4] == ("192.0.2.7", 9001)
    assert set(threading.enumerate()) <= before
