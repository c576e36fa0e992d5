"""The HTTP client against servers that answer late, too much, by halves or in another language."""

import contextlib
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ports import free_port
from tests.thorvision.answers import CAPABILITY, JSON_HEAD, SHORT_S, SOON_S
from tests.thorvision.misbehaving import (
    Script,
    drips,
    floods,
    http,
    resets,
    sends,
    sends_and_holds,
    serving,
    timed,
)
from thorsched.base.errors import UnavailableError
from thorsched.cameras.selector import Encoding
from thorsched.thorvision.errors import AnswerLost, ProtocolError, Unreachable
from thorsched.thorvision.server import ServerClient


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(sends_and_holds(b""), id="nothing"),
        pytest.param(drips(b"", b"H"), id="status line in drips"),
        pytest.param(drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue for ever"),
        pytest.param(drips(JSON_HEAD + b"X-Long: ", b"x"), id="header in drips"),
        pytest.param(drips(JSON_HEAD + b"Content-Length: 9999\r\n\r\n", b" "), id="body in drips"),
        pytest.param(
            drips(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
            id="chunks in drips",
        ),
        pytest.param(drips(JSON_HEAD + b"\r\n", b" "), id="body without a length in drips"),
        pytest.param(sends_and_holds(JSON_HEAD + b"Content-Length: 9\r\n\r\n[]"), id="half a body"),
    ],
)
def test_an_answer_that_does_not_end_is_given_up_at_the_deadline(script: Script) -> None:
    with serving(script) as server, timed() as took, pytest.raises(Unreachable) as caught:
        ServerClient(server.url, timeout_s=SHORT_S).devices()
    assert SHORT_S <= took.s < SOON_S
    assert str(caught.value).startswith(f"{server.url}/cameras: connected, but no whole answer")
    assert "0.3 s" in str(caught.value)


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(sends(http("200 OK", b" " * 10_000_000)), id="10 MB"),
        pytest.param(floods(JSON_HEAD + b"\r\n", b" " * 65536), id="endless body"),
        pytest.param(floods(JSON_HEAD + b"X: ", b"x" * 65536), id="endless header"),
        pytest.param(floods(JSON_HEAD, b"X: y\r\n" * 10_000), id="endless headers"),
        pytest.param(
            floods(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1" * 65536),
            id="endless chunk size",
        ),
        pytest.param(floods(b"HTTP/1.1 200 ", b"x" * 65536), id="endless status line"),
    ],
)
def test_an_answer_without_measure_is_cut_off(script: Script) -> None:
    with serving(script) as server, timed() as took, pytest.raises(ProtocolError) as caught:
        ServerClient(server.url, timeout_s=2 * SOON_S).devices()
    assert took.s < SOON_S
    assert str(caught.value).startswith(f"{server.url}/cameras: the answer is ")


def test_the_limit_of_an_answers_size_is_named() -> None:
    with (
        serving(sends(http("200 OK", b" " * 100_000))) as server,
        pytest.raises(ProtocolError, match=r"longer than 50 kB"),
    ):
        ServerClient(server.url, max_bytes=50_000).devices()


def test_a_compressed_answer_is_refused_and_never_unpacked() -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    with (
        serving(sends(http("200 OK", bomb, "Content-Encoding: gzip"))) as server,
        pytest.raises(ProtocolError, match=r"compressed \(gzip\)"),
    ):
        ServerClient(server.url).devices()


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"{}", b"[", b"[" * 100_000, b"\xff\xfe", b"null", b"[1]" * 2, b"9" * 5000],
)
def test_an_answer_that_is_no_list_of_cameras_is_named_as_such(body: bytes) -> None:
    with serving(sends(http("200 OK", body))) as server, pytest.raises(ProtocolError) as caught:
        ServerClient(server.url).devices()
    assert str(caught.value).startswith(f"{server.url}/cameras: the answer is unusable: ")
    assert str(caught.value).endswith("is this a ThorVision server?")


def test_something_that_does_not_speak_http_is_no_thorvision_server() -> None:
    with (
        serving(sends_and_holds(b"SSH-2.0-OpenSSH_9.2\r\n\x1b[2J\r\n")) as server,
        pytest.raises(ProtocolError) as caught,
    ):
        ServerClient(server.url, timeout_s=SOON_S).devices()
    assert str(caught.value) == (
        f"{server.url}/cameras: something else than ThorVision answers there "
        "(it says 'SSH-2.0-OpenSSH_9.2'); check the port (ThorVision's usual port is 8000)"
    )


def test_what_answers_in_bytes_that_nobody_can_read_is_no_thorvision_server_either() -> None:
    with (
        serving(sends(b"\x15\x03\x01\x00\x02\x02\x46")) as server,
        pytest.raises(ProtocolError) as caught,
    ):
        ServerClient(server.url, timeout_s=SOON_S).devices()
    assert str(caught.value) == (
        f"{server.url}/cameras: something else than ThorVision answers there; "
        "check the port (ThorVision's usual port is 8000)"
    )


def test_a_port_that_takes_calls_and_says_nothing_may_be_another_programs() -> None:
    with serving(sends(b"")) as server, pytest.raises(Unreachable) as caught:
        ServerClient(server.url, timeout_s=SOON_S).devices()
    assert str(caught.value) == (
        f"{server.url}/cameras: the connection was closed before the answer was complete; "
        "is the server overloaded, or the network bad? "
        "Or is that port another program's? (ThorVision's usual port is 8000)"
    )


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(sends(b""), id="at once"),
        pytest.param(sends(b"HTTP/1.1 200 OK\r\nContent-"), id="in the headers"),
        pytest.param(sends(JSON_HEAD + b"Content-Length: 99\r\n\r\n[{"), id="in the body"),
        pytest.param(
            sends(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n[{"), id="in a chunk"
        ),
        pytest.param(resets, id="by reset"),
    ],
)
def test_a_connection_closed_too_soon_is_told_apart_from_no_answer(script: Script) -> None:
    with serving(script) as server:
        client = ServerClient(server.url, timeout_s=SHORT_S)
        with pytest.raises(Unreachable, match=r"closed before the answer was complete") as caught:
            client.devices()
        with pytest.raises(AnswerLost, match=r"closed before the answer was complete"):
            client.start_stream(0, 9001, CAPABILITY, Encoding.JPEG)
    assert not isinstance(caught.value, AnswerLost)


@pytest.mark.fault(15)
def test_fault_15_a_start_whose_answer_is_lost_says_that_the_server_may_stream() -> None:
    with serving(sends_and_holds(b"")) as server:
        client = ServerClient(server.url, timeout_s=SHORT_S)
        with timed() as took, pytest.raises(AnswerLost, match=r"may have obeyed"):
            client.start_stream(0, 9001, CAPABILITY, Encoding.JPEG)
    assert took.s < SOON_S
    assert len(server.requests) == 1


def test_a_start_that_was_never_sent_is_not_a_lost_answer() -> None:
    with pytest.raises(Unreachable) as caught:
        ServerClient(f"http://127.0.0.1:{free_port()}").start_stream(
            0, 9001, CAPABILITY, Encoding.JPEG
        )
    assert not isinstance(caught.value, AnswerLost)


def test_a_start_that_floods_or_babbles_back_is_a_lost_answer() -> None:
    for script in (floods(JSON_HEAD + b"\r\n", b" " * 65536), sends_and_holds(b"SSH-2.0-x\r\n")):
        with serving(script) as server, pytest.raises(AnswerLost):
            ServerClient(server.url).start_stream(0, 9001, CAPABILITY, Encoding.JPEG)


def test_cookies_are_not_even_read() -> None:
    bad = "".join(f"Set-Cookie2: {'a;' * 32_000}\r\n" for _ in range(50))
    head = f"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n{bad}Content-Length: 2\r\n\r\n"
    with serving(sends(head.encode() + b"[]")) as server, timed() as took:
        assert ServerClient(server.url).devices() == ()
    assert took.s < SOON_S


def test_a_list_of_broken_capabilities_is_read_in_time() -> None:
    devices = [{"id": n, "name": "x", "caps": [{}] * 1024} for n in range(64)]
    with (
        serving(sends(http("200 OK", json.dumps(devices).encode()))) as server,
        timed() as took,
    ):
        assert len(ServerClient(server.url).listing().complaints) == 64
    assert took.s < SOON_S, "a complaint costs time by itself"


PIECES = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200\r\n", b"HTTP/1.1 -1 x\r\n", b"HTTP/9.9 999 x\r\n"),
        *(b"Content-Length: 2\r\n", b"Content-Length: -1\r\n", b"Content-Length: 2, 3\r\n"),
        *(b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: \xff\r\n", b"Location: \x00\r\n"),
        *(b"Set-Cookie: a=b; expires=\xff; max-age=x; domain=.\r\n", b"Content-Type: ;;=\r\n"),
        *(
            b"\r\n",
            b"\r\n",
            b"[]",
            b"-1\r\n",
            b"2\r\n[]\r\n",
            b"0\r\n\r\n",
            b"zz\r\n",
            b": \r\n",
            b" x\r\n",
        ),
    ]
)


@given(st.lists(PIECES | st.binary(max_size=8), max_size=8).map(b"".join))
@settings(max_examples=150, deadline=None)
def test_whatever_bytes_come_back_the_call_ends_in_an_answer_or_an_unavailable_error(
    data: bytes,
) -> None:
    with serving(sends(data)) as server:
        with contextlib.suppress(UnavailableError):
            assert ServerClient(server.url, timeout_s=2.0).devices() == ()
        with contextlib.suppress(UnavailableError):
            ServerClient(server.url, timeout_s=2.0).stop_stream(0)


@pytest.mark.parametrize("size", [b"-5", b"-0x1", b"zz"])
def test_a_chunk_of_less_than_no_bytes_is_no_answer(size: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with (
        serving(sends(head + size + b"\r\nab")) as server,
        pytest.raises(UnavailableError) as caught,
    ):
        ServerClient(server.url).devices()
    assert str(caught.value).startswith(f"{server.url}/cameras: ")
    with serving(sends(head + size + b"\r\nab")) as server, pytest.raises(AnswerLost):
        ServerClient(server.url).stop_stream(0)
