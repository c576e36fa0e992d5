"""A call that nobody waits for any more ends at once, whatever the server does."""

import threading

import pytest

from tests.support.waiting import eventually
from tests.thorvision.answers import CAPABILITY, JSON_HEAD
from tests.thorvision.misbehaving import (
    Script,
    Server,
    drips,
    full_listener,
    sends_and_holds,
    serving,
    timed,
)
from thorsched.cameras.selector import Encoding
from thorsched.thorvision.errors import AnswerLost, CalledOff, Unreachable
from thorsched.thorvision.server import ServerClient

LONG_S = 60.0
AT_ONCE_S = 5.0


def set_when_asked(cancelled: threading.Event, server: Server) -> None:
    assert eventually(lambda: server.requests)
    cancelled.set()


silent = pytest.mark.parametrize(
    "script",
    [
        pytest.param(sends_and_holds(b""), id="silence"),
        pytest.param(drips(JSON_HEAD + b"\r\n", b" "), id="drips"),
    ],
)


@silent
def test_a_question_is_called_off(script: Script) -> None:
    cancelled = threading.Event()
    with serving(script) as server:
        client = ServerClient(server.url, timeout_s=LONG_S, cancelled=cancelled)
        threading.Thread(target=set_when_asked, args=(cancelled, server)).start()
        with timed() as took, pytest.raises(CalledOff, match="called off"):
            client.devices()
        assert took.s < AT_ONCE_S
        with pytest.raises(CalledOff):
            client.devices()
    assert len(server.requests) == 1


@silent
def test_a_start_that_was_sent_may_be_obeyed_all_the_same(script: Script) -> None:
    cancelled = threading.Event()
    with serving(script) as server:
        client = ServerClient(server.url, timeout_s=LONG_S, cancelled=cancelled)
        threading.Thread(target=set_when_asked, args=(cancelled, server)).start()
        with timed() as took, pytest.raises(AnswerLost, match="called off"):
            client.start_stream(0, 9001, CAPABILITY, Encoding.JPEG)
    assert took.s < AT_ONCE_S


def test_a_connection_that_is_not_made_is_called_off() -> None:
    cancelled = threading.Event()
    with full_listener() as port:
        client = ServerClient(f"http://127.0.0.1:{port}", timeout_s=LONG_S, cancelled=cancelled)
        calling_off = threading.Timer(0.3, cancelled.set)
        calling_off.start()
        with timed() as took, pytest.raises(Unreachable) as caught:
            client.start_stream(0, 9001, CAPABILITY, Encoding.JPEG)
    assert isinstance(caught.value, CalledOff)
    assert took.s < AT_ONCE_S
