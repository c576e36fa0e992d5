import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.support.frames import parse_frame
from thorsched.thorvision.metadata import (
    METADATA_END_BYTES,
    RECORD_DTYPE,
    FrameMetadata,
    pack_segment,
    records_of,
)

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
METADATA = st.builds(
    FrameMetadata,
    gstreamer_pts=U64,
    xdaq_timestamp=U64,
    sample_index=U32,
    ttl_in=U32,
    ttl_out=U32,
    spi_perf_counter=U32,
)


def jpeg(**options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, "JPEG", **options)
    return out.getvalue()


@given(METADATA)
def test_a_frame_gives_back_what_was_written_into_it(metadata: FrameMetadata) -> None:
    plain = jpeg()
    frame = plain[:2] + pack_segment(metadata) + plain[2:]
    assert parse_frame(frame) == metadata


@given(METADATA)
def test_numpy_reads_the_record_under_the_same_names(metadata: FrameMetadata) -> None:
    frame = b"\xff\xd8" + pack_segment(metadata)
    (read,) = np.frombuffer(frame[6:], RECORD_DTYPE)
    names = ("gstreamer_pts", "xdaq_timestamp", "sample_index", "ttl_in", "ttl_out")
    assert all(int(read[name]) == getattr(metadata, name) for name in names)
    assert int(read["spi_perf_counter"]) == metadata.spi_perf_counter


def test_the_fields_lie_where_the_protocol_says() -> None:
    metadata = FrameMetadata(0x0102030405060708, 0x1112131415161718, 0x21222324, 1, 2, 3)
    frame = b"\xff\xd8" + pack_segment(metadata)
    assert frame[3] & 0xF0 == 0xE0
    assert frame[4:6] == (42).to_bytes(2, "big")
    assert frame[6:14] == bytes.fromhex("0807060504030201")
    assert frame[14:22] == bytes.fromhex("1817161514131211")
    assert frame[22:26] == bytes.fromhex("24232221")
    assert frame[26:38] == b"\1\0\0\0\2\0\0\0\3\0\0\0"
    assert len(frame) == 46 == 6 + RECORD_DTYPE.itemsize


@given(METADATA)
def test_a_frame_with_metadata_is_still_a_jpeg(metadata: FrameMetadata) -> None:
    plain = jpeg()
    frame = plain[:2] + pack_segment(metadata) + plain[2:]
    with Image.open(io.BytesIO(frame)) as opened:
        opened.load()
        assert opened.size == (16, 16)


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "a description that makes the segment longer than the record is"
    plain = jpeg(exif=exif)
    at = plain.index(b"Exif\0\0") - 4
    return plain[:2] + plain[at:]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xd8",
        jpeg(),
        jpeg(comment=b"a comment that is longer than the forty bytes of a record, by far"),
        with_exif(),
        b"\x89PNG" + bytes(100),
        (b"\xff\xd8" + pack_segment(FrameMetadata(1, 2, 3, 4, 5)))[:-1],
    ],
)
def test_what_carries_no_record_gives_none(frame: bytes) -> None:
    assert parse_frame(frame) is None


@given(st.binary(max_size=100))
def test_no_bytes_make_it_fail(frame: bytes) -> None:
    parse_frame(frame)
    parse_frame(b"\xff\xd8\xff\xe1" + frame)


ODD_HEADS = st.binary(max_size=60) | st.builds(
    lambda marker, length, rest: b"\xff\xd8" + marker + length.to_bytes(2, "big") + rest,
    st.sampled_from([b"\xff\xe0", b"\xff\xe9", b"\xff\xef", b"\xff\xdf", b"\xff\xf0"]),
    st.sampled_from([0, 41, 42, 43, 65535]),
    st.sampled_from([b"JFIF\0", b"Exif\0", b"Adobe", b"ICC_PROFILE\0", b"XDAQ"]).map(
        lambda start: start.ljust(40, b"x")
    ),
)


CUT_SHORT = st.builds(
    lambda metadata, left: (b"\xff\xd8" + pack_segment(metadata))[:left],
    METADATA,
    st.integers(0, 45),
)


OTHERS = (b"JFIF\0", b"JFXX\0", b"Exif\0", b"http://ns.adobe.com/", b"ICC_PROFILE\0", b"Adobe")


def record_of(frame: bytes) -> bytes | None:
    """Return the 40 bytes of one frame's record, read as the protocol has it, or None."""
    if len(frame) < 46 or not frame.startswith(b"\xff\xd8"):
        return None
    marker, length = (int.from_bytes(frame[at : at + 2], "big") for at in (2, 4))
    if not 0xFFE0 <= marker <= 0xFFEF or length < 42 or frame.startswith(OTHERS, 6):
        return None
    return frame[6:46]


@given(
    st.lists(
        CUT_SHORT | ODD_HEADS | METADATA.map(lambda m: b"\xff\xd8" + pack_segment(m)), max_size=20
    )
)
def test_many_frames_at_once_say_what_each_says(frames: list[bytes]) -> None:
    records, valid = records_of([frame[:METADATA_END_BYTES] for frame in frames])
    assert valid.tolist() == [record_of(frame) is not None for frame in frames]
    for frame, record in zip(frames, records, strict=True):
        assert record.tobytes() == (record_of(frame) or bytes(40))
