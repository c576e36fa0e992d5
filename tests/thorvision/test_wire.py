"""What a server says, however broken or hostile, becomes values or a clear refusal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.cameras.capability import Capability, Device
from thorsched.thorvision.errors import ProtocolError
from thorsched.thorvision.wire import parse_listing, parse_log_names

JPEG = {"media_type": "image/jpeg", "format": "", "width": 1280, "height": 720, "framerate": "30/1"}
RAW = {
    "media_type": "video/x-raw",
    "format": "YUY2",
    "width": 640,
    "height": 480,
    "framerate": "15/2",
}


def device(**changes: Any) -> dict[str, Any]:
    return {"id": 0, "name": "HD USB Camera", "caps": [JPEG, RAW]} | changes


def body(*devices: object) -> bytes:
    return json.dumps(list(devices)).encode()


def devices_in(text: bytes) -> tuple[Device, ...]:
    return parse_listing(text).devices


def test_a_device_is_read_as_the_server_wrote_it() -> None:
    assert devices_in(body(device())) == (
        Device(
            0,
            "HD USB Camera",
            (
                Capability("image/jpeg", 1280, 720, 30, 1),
                Capability("video/x-raw", 640, 480, 15, 2, "YUY2"),
            ),
        ),
    )


def test_a_rate_keeps_the_servers_own_fraction() -> None:
    caps = [JPEG | {"framerate": rate} for rate in ("30000/1001", "60/2")]
    (read,) = devices_in(body(device(caps=caps)))
    assert [(c.rate_numerator, c.rate_denominator) for c in read.capabilities] == [
        (30000, 1001),
        (60, 2),
    ]
    assert read.capabilities[1].caps == "image/jpeg,width=1280,height=720,framerate=60/2"


@pytest.mark.parametrize("form", [{}, {"format": None}, {"format": ""}])
def test_a_jpeg_capability_may_write_its_format_in_three_ways(form: dict[str, Any]) -> None:
    jpeg = {key: value for key, value in JPEG.items() if key != "format"} | form
    (read,) = devices_in(body(device(caps=[jpeg])))
    assert read.capabilities == (Capability("image/jpeg", 1280, 720, 30, 1),)


def test_unknown_fields_and_media_types_are_ignored_without_complaint() -> None:
    strange = device(
        device_id="usb-1", caps=[JPEG | {"gain": 3}, JPEG | {"media_type": "video/x-h264"}]
    )
    listing = parse_listing(body(strange))
    assert listing.complaints == ()
    assert [len(d.capabilities) for d in listing.devices] == [1]


def test_no_devices_are_no_devices() -> None:
    assert devices_in(b"[]") == ()


def test_a_capability_listed_twice_is_one() -> None:
    (read,) = devices_in(body(device(caps=[JPEG, RAW, JPEG])))
    assert len(read.capabilities) == 2


@pytest.mark.parametrize(
    "broken",
    [
        None,
        3,
        "image/jpeg",
        [],
        {},
        JPEG | {"width": 0},
        JPEG | {"width": -1},
        JPEG | {"width": 1280.5},
        JPEG | {"width": "1280"},
        JPEG | {"width": True},
        JPEG | {"height": 10**30},
        JPEG | {"framerate": "0/1"},
        JPEG | {"framerate": "30/0"},
        JPEG | {"framerate": "30"},
        JPEG | {"framerate": 30},
        JPEG | {"framerate": "30/1\n"},
        JPEG | {"framerate": "\u0663\u0660/\u0661"},
        JPEG | {"framerate": "9999999999/1"},
        RAW | {"format": "YUY2,width=1"},
        RAW | {"format": "NV12 ! filesink location=x"},
        RAW | {"format": ["YUY2"]},
        JPEG | {"media_type": None},
    ],
)
def test_a_broken_capability_is_left_out_and_counted(broken: object) -> None:
    listing = parse_listing(body(device(caps=[JPEG, broken, RAW])))
    assert [len(d.capabilities) for d in listing.devices] == [2]
    (complaint,) = listing.complaints
    assert complaint.startswith("camera 0: 1 of 3 capabilities left out, the first because of ")
    assert complaint.isprintable()


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {},
        device(id=None),
        device(id="0"),
        device(id=True),
        device(id=0.5),
        device(id=-1),
        device(id=2**31),
        device(name=None),
        device(name="x" * 257),
        device(caps=None),
        device(caps={"0": JPEG}),
        device(caps=[JPEG] * 1025),
    ],
)
def test_a_broken_device_is_left_out_and_the_others_kept(broken: object) -> None:
    listing = parse_listing(body(device(id=1), broken, device(id=2)))
    assert [d.id for d in listing.devices] == [1, 2]
    (complaint,) = listing.complaints
    assert complaint.startswith("camera 1 of the list left out: ")
    assert complaint.isprintable()


def test_two_devices_with_one_id_are_both_left_out() -> None:
    listing = parse_listing(body(device(name="a"), device(id=7), device(name="b")))
    assert [d.id for d in listing.devices] == [7]
    assert listing.complaints == ("several cameras have the id 0: all left out",)


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ('"id": NaN', []),
        ('"id": 1e400', []),
        ('"id": 1.0', []),
        ('"id": 18446744073709551616', []),
        ('"id": ' + "9" * 4000, []),
        ('"id": 0, "id": 1', [1]),  # the last counts, as for every client
        ('"id": 0, "\\u0069d": 1', [1]),
        ('"id": 0, "ID": 1', [0]),
        ('"id": 0, "__class__": "x", "": null', [0]),
    ],
)
def test_numbers_and_keys_of_any_kind_make_no_other_device(written: str, ids: list[int]) -> None:
    listing = parse_listing(f'[{{{written}, "name": "x", "caps": []}}]'.encode())
    assert [d.id for d in listing.devices] == ids
    assert all(complaint.isprintable() for complaint in listing.complaints)


def test_a_hostile_name_is_kept_as_it_is() -> None:
    name = 'x" ! filesink location=/tmp/x \x1b[2J\u202e%n\n../..'
    assert devices_in(body(device(name=name)))[0].name == name


def test_64_devices_are_taken_and_65_refused() -> None:
    assert len(devices_in(body(*(device(id=n) for n in range(64))))) == 64
    with pytest.raises(ProtocolError, match=r"holds 65 cameras; 64 at most"):
        devices_in(body(*(device(id=n) for n in range(65))))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"{}",
        b'{"cameras": []}',
        b"[",
        b"[]]",
        b"\xff",
        b"\xef\xbb\xbf[]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" + b"9" * 100_000 + b"]",
        b'["\\ud800"]',
        "[]".encode("utf-16"),
    ],
)
def test_what_is_no_list_is_refused_in_printable_words(text: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        devices_in(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "name", "caps", *JPEG]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def outcome(text: bytes) -> tuple[Device, ...] | ProtocolError:
    try:
        return devices_in(text)
    except ProtocolError as error:
        return error


@given(JSON)
def test_any_json_is_devices_or_a_refusal(value: object) -> None:
    result = outcome(json.dumps(value).encode())
    if isinstance(result, ProtocolError):
        assert str(result).isprintable()
    else:
        assert all(isinstance(device, Device) for device in result)


CAPS = st.builds(
    Capability,
    media_type=st.sampled_from(["image/jpeg", "video/x-raw"]),
    width=st.integers(1, 99_999),
    height=st.integers(1, 99_999),
    rate_numerator=st.integers(1, 999_999_999),
    rate_denominator=st.integers(1, 999_999_999),
    format=st.none() | st.from_regex(r"[A-Za-z0-9_]{1,32}", fullmatch=True),
)


@given(st.lists(CAPS, unique=True, max_size=8), st.integers(0, 2**31 - 1), st.text(max_size=256))
def test_whatever_a_server_may_list_is_read_back_to_the_same(
    capabilities: list[Capability], device_id: int, name: str
) -> None:
    wire = {
        "id": device_id,
        "name": name,
        "caps": [
            {
                "media_type": c.media_type,
                "format": c.format,
                "width": c.width,
                "height": c.height,
                "framerate": f"{c.rate_numerator}/{c.rate_denominator}",
            }
            for c in capabilities
        ],
    }
    (read,) = devices_in(json.dumps([wire], ensure_ascii=False).encode())
    assert read == Device(device_id, name, tuple(capabilities))
    assert all(Capability.parse(c.caps) == c for c in read.capabilities)


def test_log_names_that_are_no_text_are_left_out() -> None:
    assert parse_log_names(b'["a", null, "b"]') == ("a", "b")
    for broken in (b"{}", b"", json.dumps(["a"] * 10_001).encode()):
        with pytest.raises(ProtocolError):
            parse_log_names(broken)
