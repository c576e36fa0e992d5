"""Each failure to reach a server tells the person what it was and what to do next."""

import errno
import socket

import pytest

from thorsched.base.errors import UnavailableError
from thorsched.thorvision.errors import AnswerLost, ProtocolError, Refused, Unreachable, unreachable

URL = "http://rig:8000/cameras"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "no such host (unknown); check the name"),
        (TimeoutError(), "no answer within 5 s; is that machine switched on"),
        (ConnectionRefusedError(), "connection refused; is the ThorVision server running there?"),
        (OSError(errno.EHOSTUNREACH, "No route"), "no way there (No route); check the cable"),
        (OSError(errno.EACCES, "Permission denied"), "Permission denied; check the network"),
        (OSError("odd\x1b[2J"), "odd\\x1b[2J; check the network"),
        (OSError(), "OSError; check the network"),
    ],
)
def test_a_failure_names_the_url_the_trouble_and_the_next_step(error: OSError, words: str) -> None:
    made = unreachable(URL, error, timeout_s=5.0, port=8000)
    assert str(made).startswith(f"{URL}: {words}")
    assert not isinstance(made, AnswerLost)


def test_the_usual_port_is_mentioned_to_those_who_use_another() -> None:
    shown = [
        str(unreachable(URL, ConnectionRefusedError(), timeout_s=5.0, port=port))
        for port in (8000, 80)
    ]
    assert ["usual port is 8000" in text for text in shown] == [False, True]


def test_all_of_them_are_tried_again_by_the_next_pass() -> None:
    for kind in (Unreachable, AnswerLost, Refused, ProtocolError):
        assert issubclass(kind, UnavailableError)
