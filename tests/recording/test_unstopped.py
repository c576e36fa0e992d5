"""Streams that a server would not stop are stopped in the background, and nobody else's."""

import threading
from collections.abc import Iterator

import pytest

from tests.support.waiting import eventually, pause
from tests.thorvision.misbehaving import Server, http, sends, serving, timed
from thorsched.base.backoff import FIRST_BACKOFF_S
from thorsched.base.claims import Claims
from thorsched.base.clock import SystemClock
from thorsched.recording.streams import Stream, Streams
from thorsched.recording.unstopped import Unstopped

OBEYS = http("200 OK", b"{}")
FAILS = http("500 Internal Server Error", b"{}")
STREAMS_NOT = http("400 Bad Request", b'{"detail": "not streaming"}')


class Stopping:
    """A server, one of its streams, and who has it stopped in the background."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.stream: Stream = (server.url, 0)
        self.streams = Streams(Claims())
        self.unstopped = Unstopped(self.streams, clock=SystemClock())
        self.streams.left_in_doubt = self.unstopped.take

    def leave(self) -> None:
        """Let go of the stream in doubt, as an attempt does that could not stop it."""
        self.streams.claim(self.stream, self, wait_s=0.0)
        self.streams.doubt(self.stream, "no answer")
        self.streams.release(self.stream, self)

    def answers(self, answer: bytes) -> None:
        self.server.script = sends(answer)

    def asked(self, times: int) -> bool:
        return len(self.server.requests) >= times

    def is_in_doubt(self) -> bool:
        return self.streams.is_in_doubt(self.stream)


@pytest.fixture
def stopping() -> Iterator[Stopping]:
    with serving(sends(FAILS)) as server:
        made = Stopping(server)
        yield made
        made.unstopped.close()


def rests() -> bool:
    return "stops streams" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.fault(16)
def test_a_stop_that_failed_is_tried_again_until_the_server_obeys(stopping: Stopping) -> None:
    assert rests()
    with timed() as took:
        stopping.leave()
        assert eventually(lambda: stopping.asked(2))
    assert took.s > FIRST_BACKOFF_S, "it floods the server"
    stopping.answers(OBEYS)
    assert eventually(lambda: not stopping.is_in_doubt())
    assert eventually(rests)
    count = len(stopping.server.requests)
    assert {request.line.split(" ")[1] for request in stopping.server.requests} == {"/stop"}
    stopping.leave()  # another time
    assert eventually(lambda: stopping.asked(count + 1))


@pytest.mark.fault(16)
def test_a_server_that_has_nothing_to_stop_is_left_alone(stopping: Stopping) -> None:
    stopping.answers(STREAMS_NOT)
    stopping.leave()
    assert eventually(lambda: stopping.asked(1))
    assert eventually(rests)
    assert len(stopping.server.requests) == 1
    assert stopping.is_in_doubt(), "a start that was lost may still be obeyed"


def test_a_stream_that_is_somebodys_by_then_is_not_stopped(stopping: Stopping) -> None:
    stopping.leave()
    stopping.streams.claim(stopping.stream, "the next attempt", wait_s=2.0)
    count = len(stopping.server.requests)
    assert eventually(rests)
    pause(2 * FIRST_BACKOFF_S)
    assert len(stopping.server.requests) == count
    stopping.answers(OBEYS)
    stopping.streams.release(stopping.stream, "the next attempt")
    assert eventually(lambda: not stopping.is_in_doubt()), "it was not taken up again"


def test_closing_gives_up_at_once(stopping: Stopping) -> None:
    stopping.leave()
    with timed() as took:
        stopping.unstopped.close()
    assert took.s < FIRST_BACKOFF_S
    assert eventually(rests)
    stopping.leave()
    assert rests()
