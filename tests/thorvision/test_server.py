"""The HTTP client against servers that behave, misbehave, or are not there."""

import contextlib
import gzip
import json
import logging
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S
from tests.thorvision.misbehaving import (
    Script,
    drips,
    floods,
    full_listener,
    http,
    resets,
    sends,
    sends_and_holds,
    serving,
    timed,
)
from thorsched.base.errors import ConfigError, UnavailableError
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.selector import Encoding
from thorsched.thorvision.errors import AnswerLost, ProtocolError, Refused, Unreachable
from thorsched.thorvision.server import ServerClient

CAPABILITY = Capability("image/jpeg", 1280, 720, 30, 1)
LIST = json.dumps(
    [
        {
            "id": 0,
            "name": "HD USB Camera",
            "caps": [
                {
                    "media_type": "image/jpeg",
                    "format": "",
                    "width": 1280,
                    "height": 720,
                    "framerate": "30/1",
                }
            ],
        }
    ]
).encode()
SHORT_S = 0.3
SOON_S = PATIENCE_S


def test_the_devices_are_those_that_the_server_lists() -> None:
    with serving(sends(http("200 OK", LIST))) as server:
        devices = ServerClient(server.url).devices()
    assert devices == (Device(0, "HD USB Camera", (CAPABILITY,)),)
    assert [request.line for request in server.requests] == ["GET /cameras HTTP/1.1"]


def test_a_chunked_answer_is_read_whole() -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, LIST[i : i + 1]) for i in range(len(LIST)))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(sends(head + chunks + b"0\r\n\r\n")) as server:
        assert len(ServerClient(server.url).devices()) == 1


def test_a_server_is_found_at_an_ipv6_address() -> None:
    with serving(sends(http("200 OK", LIST)), host="::1") as server:
        client = ServerClient(server.url)
        assert len(client.devices()) == 1
    assert client.url == server.url
    assert f"Host: {server.url.removeprefix('http://')}" in server.requests[0].head


@pytest.mark.parametrize("name", ["localhost", "0.0.0.0", "127.0.0.1"])
def test_a_name_stands_for_the_address_at_which_the_server_answers(name: str) -> None:
    with serving(sends(b"")) as server:
        client = ServerClient(server.url.replace("127.0.0.1", name))
        assert [client.ip_address() for _ in range(2)] == ["127.0.0.1"] * 2
    assert client.ip_address() == "127.0.0.1", "asked again"


def test_an_ipv6_address_stands_for_itself() -> None:
    assert ServerClient("http://[::1]:8000").ip_address() == "::1"


@pytest.mark.parametrize("host", ["localhost", "nosuch.invalid"])
def test_a_server_that_does_not_answer_has_no_address(host: str) -> None:
    url = f"http://{host}:{free_port()}"
    with pytest.raises(Unreachable, match=f"^{url}: ") as caught:
        ServerClient(url, timeout_s=SHORT_S).ip_address()
    assert not isinstance(caught.value, AnswerLost)


def test_a_server_is_found_by_name_and_below_a_path() -> None:
    with serving(sends(http("200 OK", LIST))) as server:
        assert (
            len(ServerClient(server.url.replace("127.0.0.1", "localhost") + "/rig-a/").devices())
            == 1
        )
    assert server.requests[0].line == "GET /rig-a/cameras HTTP/1.1"


def test_no_compression_is_asked_for_and_nothing_is_told_about_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets_file = tmp_path / "netrc"
    secrets_file.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(secrets_file))
    with serving(sends(http("200 OK", LIST))) as server:
        ServerClient(server.url).devices()
    head = server.requests[0].head.lower()
    assert "accept-encoding: identity" in head
    assert "authorization" not in head
    assert "cookie" not in head


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(sends(http("200 OK", LIST))) as server:
        assert len(ServerClient(server.url).devices()) == 1


def test_a_start_says_which_device_on_which_port_in_which_capability() -> None:
    with serving(sends(http("200 OK", b"{}"))) as server:
        client = ServerClient(server.url)
        client.start_stream(3, 9001, CAPABILITY, Encoding.JPEG)
        client.start_stream(
            4, 9002, Capability("video/x-raw", 640, 480, 15, 2, "YUY2"), Encoding.H265
        )
        client.stop_stream(3)
    assert [(r.line, r.body) for r in server.requests] == [
        (
            "POST /jpeg HTTP/1.1",
            {
                "id": 3,
                "port": 9001,
                "capability": "image/jpeg,width=1280,height=720,framerate=30/1",
            },
        ),
        (
            "POST /h265 HTTP/1.1",
            {
                "id": 4,
                "port": 9002,
                "capability": "video/x-raw,format=YUY2,width=640,height=480,framerate=15/2",
            },
        ),
        ("POST /stop HTTP/1.1", {"id": 3}),
    ]


def test_eight_threads_may_call_at_once() -> None:
    found: list[int] = []
    with serving(sends(http("200 OK", LIST))) as server:
        client = ServerClient(server.url)
        threads = [
            threading.Thread(target=lambda: found.append(len(client.devices()))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [1] * 8


JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


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


def test_a_compressed_refusal_is_reported_without_its_words() -> None:
    bomb = gzip.compress(b"no" * 1_000_000)
    with (
        serving(sends(http("500 Oops", bomb, "Content-Encoding: gzip"))) as server,
        pytest.raises(Refused, match=r"answered 500 without a reason"),
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
        ServerClient(server.url, timeout_s=SHORT_S).devices()
    assert "SSH-2.0-OpenSSH_9.2" in str(caught.value)
    assert str(caught.value).isprintable()


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


def test_the_logs_are_the_names_that_the_server_lists() -> None:
    with serving(sends(http("200 OK", b'["a.log", 3, "b.log"]'))) as server:
        assert ServerClient(server.url).logs() == ("a.log", "b.log")
    with serving(sends(http("200 OK", b'{"a": 1}'))) as server, pytest.raises(ProtocolError):
        ServerClient(server.url).logs()


def test_what_is_unusable_in_the_list_is_logged_once_and_the_rest_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = LIST[:-1] + b', {"id": "one"}]'
    with serving(sends(http("200 OK", body))) as server, caplog.at_level(logging.WARNING):
        client = ServerClient(server.url)
        assert [len(client.devices()) for _ in range(3)] == [1, 1, 1]
        assert client.listing().complaints
    assert [record.getMessage() for record in caplog.records] == ["server lists something unusable"]


def test_a_list_full_of_rubbish_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps([{"id": "none"}] * 64).encode()
    with serving(sends(http("200 OK", body))) as server, caplog.at_level(logging.WARNING):
        assert ServerClient(server.url).devices() == ()
    assert len(caplog.records) == 6
    assert vars(caplog.records[-1])["more"] == 59


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
    assert took.s < 5.0


@pytest.mark.parametrize("value", ["", "identity", "IDENTITY"])
def test_an_encoding_that_changes_nothing_is_none(value: str) -> None:
    with serving(sends(http("200 OK", LIST, f"Content-Encoding: {value}"))) as server:
        assert len(ServerClient(server.url).devices()) == 1


def test_a_place_that_is_named_without_a_redirection_is_no_redirection() -> None:
    refusal = http("409 Conflict", b"taken", "Location: http://elsewhere:8000")
    with serving(sends(refusal)) as server, pytest.raises(Refused) as caught:
        ServerClient(server.url).start_stream(0, 9001, CAPABILITY, Encoding.JPEG)
    assert "elsewhere" not in str(caught.value)


def test_an_address_that_is_none_is_the_operators_to_mend() -> None:
    with pytest.raises(ConfigError, match=r"begin with http://"):
        ServerClient("ftp://192.168.177.100")


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
