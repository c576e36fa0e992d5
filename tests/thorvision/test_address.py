"""Addresses of servers: what is taken, what is refused, and that nothing secret is repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.base.errors import ConfigError
from thorsched.thorvision.address import AddressError, ServerAddress


@pytest.mark.parametrize(
    ("text", "host", "port", "url"),
    [
        ("http://192.168.177.100:8000", "192.168.177.100", 8000, "http://192.168.177.100:8000"),
        ("http://192.168.177.100:8000/", "192.168.177.100", 8000, "http://192.168.177.100:8000"),
        ("HTTP://Rig-A.Lab:8000", "rig-a.lab", 8000, "http://rig-a.lab:8000"),
        ("http://rig_a:80", "rig_a", 80, "http://rig_a:80"),
        ("http://[::1]:9", "::1", 9, "http://[::1]:9"),
        ("http://[fe80::1%25eth0]:9", "fe80::1%eth0", 9, "http://[fe80::1%25eth0]:9"),
        (
            "http://käfig.example:8000",
            "xn--kfig-loa.example",
            8000,
            "http://xn--kfig-loa.example:8000",
        ),
        ("http://proxy:80/rig-a/", "proxy", 80, "http://proxy:80/rig-a"),
    ],
)
def test_an_address_is_taken_apart_and_written_again(
    text: str, host: str, port: int, url: str
) -> None:
    address = ServerAddress.parse(text)
    assert (address.host, address.port, address.url) == (host, port, url)
    assert ServerAddress.parse(address.url) == address


def test_events_come_from_the_same_place_by_websocket() -> None:
    assert ServerAddress.parse("http://rig:8000").events_url == "ws://rig:8000/ws"
    assert ServerAddress.parse("http://[::1]:8/a/").events_url == "ws://[::1]:8/a/ws"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file:///etc/passwd",
        "http://",
        "http:///cameras",
        "http://:8000",
        "http",
        "http:8000",
        "http://rig:8000/%2e%2e/",
        "http://rig:8000/a b",
        "http://ri g:8000",
        "http://rig\n:8000",
        "http://rig\x00:8000",
        "http://-rig:8000",
        "http://rig..lab:8000",
        "http://" + "a" * 64 + ":8000",
        "http://[::1:8000",
        "http://[zz]:8000",
        "http://a:b:c",
        "http://\u202ehost:8000",
        "http://rig:8000/" + "a" * 600,
    ],
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        ServerAddress.parse(text)
    assert "write it as http://192.168.177.100:8000" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("192.168.177.100:8000", "does not begin with http://", "http://192.168.177.100:8000"),
        ("rig", "does not begin with http://", "http://rig:8000"),
        ("//rig:9", "does not begin with http://", "http://rig:9"),
        ("[::1]:8000", "does not begin with http://", "http://[::1]:8000"),
        ("http//rig:9", "does not begin with http://", "http://rig:9"),
        ("http:/rig:9", "has more than a host and a port", "http://rig:9"),
        ("ws://rig:9/ws", "does not begin with http://", "http://rig:9"),
        ("ftp://rig", "does not begin with http://", "http://rig:8000"),
        ("https://rig:9", "asks for https, which ThorVision does not speak", "http://rig:9"),
        ("https://rig/cameras", "asks for https", "http://rig:8000"),
        ("http://rig:9/cameras", "goes on behind the server's address", "http://rig:9"),
        ("http://rig:9/rig-a/cameras/", "goes on behind the server's", "http://rig:9/rig-a"),
        ("http://rig:9/docs", "goes on behind the server's address", "http://rig:9"),
        ("http://rig", "names no port (ThorVision's is 8000)", "http://rig:8000"),
        ("http://rig/a/", "names no port (ThorVision's is 8000)", "http://rig:8000/a"),
        ("http://[::1]", "names no port (ThorVision's is 8000)", "http://[::1]:8000"),
        ("http://rig:port", "a port is a number from 1 to 65535", "http://rig:8000"),
        ("http://rig:65536", "a port is a number from 1 to 65535", "http://rig:8000"),
        ("http://rig:-1", "a port is a number from 1 to 65535", "http://rig:8000"),
        ("http://rig:0", "names port 0, where nothing listens", "http://rig:8000"),
        ("http://rig:9?x=1", "has more than a host and a port", "http://rig:9"),
        ("http://rig:9#x", "has more than a host and a port", "http://rig:9"),
        ("http://me:secret@rig:9", "holds a user name or password", "http://rig:9"),
    ],
)
def test_an_address_that_can_be_mended_is_shown_mended(text: str, wrong: str, right: str) -> None:
    with pytest.raises(AddressError) as caught:
        ServerAddress.parse(text)
    assert wrong in str(caught.value)
    assert str(caught.value).endswith(f"; write it as {right}")
    assert ServerAddress.parse(right).url == right


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    for text in (
        "http://me:secret@rig:8000",
        "https://me:secret@rig",
        "http://me:secret@rig:x",
        "me:secret@rig",
        "http://me:secr/secret@rig:8000",
    ):
        with pytest.raises(AddressError) as caught:
            ServerAddress.parse(text)
        assert "secret" not in str(caught.value)


def test_a_wrong_address_is_the_operators_to_mend_and_a_wrong_value_to_pydantic() -> None:
    assert issubclass(AddressError, ConfigError)
    assert issubclass(AddressError, ValueError)


def outcome(text: str) -> ServerAddress | AddressError:
    try:
        return ServerAddress.parse(text)
    except AddressError as error:
        return error


@given(st.text(max_size=60) | st.text(max_size=60).map("http://".__add__))
def test_any_text_is_an_address_that_reads_back_or_a_clear_refusal(text: str) -> None:
    result = outcome(text)
    if isinstance(result, AddressError):
        assert str(result).isprintable()
    else:
        assert ServerAddress.parse(result.url) == result
