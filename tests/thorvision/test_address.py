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
        ("http://rig_a", "rig_a", 80, "http://rig_a:80"),
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
        "192.168.177.100:8000",
        "rig:8000",
        "//rig:8000",
        "https://rig:8000",
        "ftp://rig",
        "file:///etc/passwd",
        "http://",
        "http:///cameras",
        "http://:8000",
        "http://rig:port",
        "http://rig:0",
        "http://rig:65536",
        "http://rig:-1",
        "http://rig:8000?x=1",
        "http://rig:8000#x",
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


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    for text in ("http://me:secret@rig:8000", "https://me:secret@rig", "http://me:secret@rig:x"):
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
