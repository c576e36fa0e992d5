"""The HTTP client against servers that behave: what it asks, and what it makes of the answers."""

import json
import logging
import threading
from pathlib import Path

import pytest

from tests.thorvision.answers import CAPABILITY, LIST
from tests.thorvision.misbehaving import (
    http,
    sends,
    serving,
)
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.selector import Encoding
from thorsched.thorvision.errors import ProtocolError
from thorsched.thorvision.server import ServerClient


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


@pytest.mark.parametrize("value", ["", "identity", "IDENTITY"])
def test_an_encoding_that_changes_nothing_is_none(value: str) -> None:
    with serving(sends(http("200 OK", LIST, f"Content-Encoding: {value}"))) as server:
        assert len(ServerClient(server.url).devices()) == 1
