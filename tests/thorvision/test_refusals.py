"""The HTTP client against servers that refuse, redirect, or are not there: what it says of them."""

import gzip
import json

import pytest

from tests.support.ports import free_port
from tests.thorvision.answers import CAPABILITY, LIST, SHORT_S, SOON_S
from tests.thorvision.misbehaving import (
    full_listener,
    http,
    sends,
    serving,
    timed,
)
from thorsched.base.errors import ConfigError
from thorsched.cameras.selector import Encoding
from thorsched.thorvision.errors import AnswerLost, Refused, Unreachable
from thorsched.thorvision.server import ServerClient


@pytest.mark.parametrize("host", ["localhost", "nosuch.invalid"])
def test_a_server_that_does_not_answer_has_no_address(host: str) -> None:
    url = f"http://{host}:{free_port()}"
    with pytest.raises(Unreachable, match=f"^{url}: ") as caught:
        ServerClient(url, timeout_s=SHORT_S).ip_address()
    assert not isinstance(caught.value, AnswerLost)


def test_a_compressed_refusal_is_reported_without_its_words() -> None:
    bomb = gzip.compress(b"no" * 1_000_000)
    with (
        serving(sends(http("500 Oops", bomb, "Content-Encoding: gzip"))) as server,
        pytest.raises(Refused, match=r"answered 500 without a reason"),
    ):
        ServerClient(server.url).devices()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"detail": "port 9001 is taken"}', "port 9001 is taken"),
        (b'{"detail": [{"loc": ["body", "id"], "msg": "no such camera"}]}', "no such camera"),
        (b"plain\r\n  words\x1b[31m", "plain words\\x1b[31m"),
        (b'"text"', "text"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
    ],
)
def test_a_refusal_carries_the_servers_own_words_made_printable(body: bytes, words: str) -> None:
    with serving(sends(http("409 Conflict", body))) as server, pytest.raises(Refused) as caught:
        ServerClient(server.url).start_stream(0, 9001, CAPABILITY, Encoding.JPEG)
    assert (caught.value.status, caught.value.words) == (409, words)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{server.url}/jpeg answered 409")
    assert "port 9001 may be in use" in str(caught.value)


def test_a_refusal_of_megabytes_becomes_a_short_message() -> None:
    with (
        serving(sends(http("500 Oops", b"z" * 1_000_000))) as server,
        pytest.raises(Refused) as caught,
    ):
        ServerClient(server.url).devices()
    assert len(str(caught.value)) < 500
    assert "the server failed" in str(caught.value)


def test_a_404_asks_whether_this_is_a_thorvision_server() -> None:
    with (
        serving(sends(http("404 Not Found", b'{"detail": "Not Found"}'))) as server,
        pytest.raises(Refused, match=r"Not Found; is this a ThorVision server\?"),
    ):
        ServerClient(server.url).devices()


@pytest.mark.parametrize(
    ("status", "words", "hint"),
    [
        ("404 Not Found", "no camera 3", "it has no device 3 any more: is the camera plugged in?"),
        ("404 Not Found", "Not Found", "An old one may not know this call"),
        ("400 Bad", "camera 3 streams", "the camera or port 9001 may be in use by another program"),
        ("409 Conflict", "taken", "the camera or port 9001 may be in use by another program"),
        ("500 Oops", "cannot bind", "its own log may say why; the camera or port 9001 may be in"),
    ],
)
def test_the_hint_fits_the_refusal(status: str, words: str, hint: str) -> None:
    body = json.dumps({"detail": words}).encode()
    with serving(sends(http(status, body))) as server, pytest.raises(Refused) as caught:
        ServerClient(server.url).start_stream(3, 9001, CAPABILITY, Encoding.JPEG)
    assert hint in str(caught.value)
    assert ("9001" in str(caught.value)) == ("9001" in hint)


def test_a_stop_of_what_does_not_stream_is_refused() -> None:
    with (
        serving(sends(http("400 Bad", b'{"detail": "not streaming"}'))) as server,
        pytest.raises(Refused, match=r"not streaming"),
    ):
        ServerClient(server.url).stop_stream(0)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_not_followed_but_named(method: str) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    with (
        serving(sends(http("200 OK", LIST))) as elsewhere,
        serving(
            sends(
                http(
                    "307 Moved",
                    bomb,
                    "Content-Encoding: gzip",
                    f"Location: {elsewhere.url}/cameras",
                )
            )
        ) as server,
    ):
        client = ServerClient(server.url)
        with pytest.raises(Refused, match=r"redirects to") as caught:
            client.devices() if method == "GET" else client.stop_stream(0)
    assert elsewhere.url in str(caught.value)
    assert elsewhere.requests == []


def test_a_refused_connection_asks_whether_the_server_runs() -> None:
    port = free_port()
    with timed() as took, pytest.raises(Unreachable) as caught:
        ServerClient(f"http://127.0.0.1:{port}").devices()
    assert took.s < SOON_S
    assert str(caught.value) == (
        f"http://127.0.0.1:{port}/cameras: connection refused; is the ThorVision server running "
        "there? (ThorVision's usual port is 8000)"
    )


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(Unreachable, match=r"http://nosuch\.invalid:8000/cameras: no such host"):
        ServerClient("http://nosuch.invalid:8000").devices()


def test_a_network_without_a_way_is_named() -> None:
    # Link-local without an interface: the kernel knows no way there.
    with pytest.raises(Unreachable) as caught:
        ServerClient("http://[fe80::1234]:8000", timeout_s=SHORT_S).devices()
    assert str(caught.value).startswith("http://[fe80::1234]:8000/cameras: ")


def test_a_host_that_never_answers_is_given_up_at_the_deadline() -> None:
    with (
        full_listener() as port,
        timed() as took,
        pytest.raises(Unreachable, match=r"no answer within 0\.3 s"),
    ):
        ServerClient(f"http://127.0.0.1:{port}", timeout_s=SHORT_S).devices()
    assert SHORT_S <= took.s < SOON_S


def test_a_place_that_is_named_without_a_redirection_is_no_redirection() -> None:
    refusal = http("409 Conflict", b"taken", "Location: http://elsewhere:8000")
    with serving(sends(refusal)) as server, pytest.raises(Refused) as caught:
        ServerClient(server.url).start_stream(0, 9001, CAPABILITY, Encoding.JPEG)
    assert "elsewhere" not in str(caught.value)


def test_an_address_that_is_none_is_the_operators_to_mend() -> None:
    with pytest.raises(ConfigError, match=r"begin with http://"):
        ServerClient("ftp://192.168.177.100")
