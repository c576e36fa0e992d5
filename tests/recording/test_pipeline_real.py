"""What stands behind the source in the recorder's pipeline, fed by a pipe instead of SRT."""

import io
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest
from PIL import Image

from tests.support.frames import packets_of
from tests.support.ports import free_ports
from tests.support.values import recording
from tests.support.waiting import eventually
from thorsched.base.gstreamer import tool
from thorsched.recording.pipeline import arguments

pytestmark = pytest.mark.real

FRAMES = 120
LARGEST_MESSAGE_BYTES = 1456
"""SRT_LIVE_MAX_PLSIZE of libsrt, which refuses to send more."""
SOI = b"\xff\xd8"
# A pipe is no live source as SRT is. With this one beside it the pipeline has a clock before the
# first frame comes; frames without a time end splitmuxsink.
PACEMAKER = ("videotestsrc", "is-live=true", "num-buffers=10", "!", "fakesink", "async=false")


def numbered(picture: bytes, number: int) -> bytes:
    """Return a JPEG with a number in an APP9 segment behind its SOI, as metadata stands there."""
    content = number.to_bytes(4, "big") * 10
    return b"\xff\xd8\xff\xe9" + (len(content) + 2).to_bytes(2, "big") + content + picture[2:]


@pytest.fixture(scope="module")
def stream() -> bytes:
    noise = Image.effect_noise((1280, 720), 40).convert("RGB")
    with io.BytesIO() as file:
        noise.save(file, "JPEG", quality=30)
        picture = file.getvalue()
    return b"".join(numbered(picture, number) for number in range(FRAMES))


def numbers(path: Path) -> Iterator[int]:
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            if packet.size:
                yield int.from_bytes(bytes(packet)[6:10], "big")


@pytest.mark.parametrize("message_bytes", [300, 777, 1316, 4096])
def test_frames_that_begin_anywhere_in_a_message_are_all_recorded(
    stream: bytes, tmp_path: Path, message_bytes: int
) -> None:
    words = arguments(recording(), host="rig", port=9001, prefix="side")
    source = ("fdsrc", "do-timestamp=true", f"blocksize={message_bytes}")
    with subprocess.Popen(
        [tool("gst-launch-1.0"), "-e", *source, *words[words.index("!") :], *PACEMAKER],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as launch:
        assert launch.stdin is not None
        assert launch.stdout is not None
        while b"New clock" not in launch.stdout.readline():
            assert launch.poll() is None
        said, _ = launch.communicate(stream, timeout=60)
    assert launch.returncode == 0, said.decode()
    assert list(numbers(tmp_path / "side-00000.mkv")) == list(range(FRAMES))


@contextmanager
def serving(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Send what is written to the process's input, in the largest messages, to who calls."""
    source = ("fdsrc", f"blocksize={100 * LARGEST_MESSAGE_BYTES}", "!")
    uri = f"uri=srt://127.0.0.1:{port}?mode=listener&payloadsize={LARGEST_MESSAGE_BYTES}"
    with subprocess.Popen(
        [tool("gst-launch-1.0"), *source, "srtserversink", uri, "async=false", "sync=false"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as server:
        try:
            assert server.stdout is not None
            while b"New clock" not in server.stdout.readline():
                assert server.poll() is None
            yield server
        finally:
            server.kill()


def test_the_largest_message_that_srt_carries_arrives_whole(stream: bytes, tmp_path: Path) -> None:
    """srtclientsrc cuts off, without a word, what a message has beyond its `blocksize`."""
    (port,), file = free_ports(1), tmp_path / "side-00000.mkv"
    few = stream[: stream.index(numbered(SOI, 20))]
    words = arguments(recording(), host="127.0.0.1", port=port, prefix="side")
    with (
        serving(port) as server,
        subprocess.Popen(
            [tool("gst-launch-1.0"), *words], cwd=tmp_path, stdout=subprocess.DEVNULL
        ) as recorder,
    ):
        assert server.stdin is not None
        server.stdin.write(few)
        server.stdin.flush()
        grown = eventually(lambda: file.exists() and file.stat().st_size > len(few) / 2)
        recorder.send_signal(signal.SIGINT if grown else signal.SIGKILL)
    assert grown
    frames = [payload for payload, _ in packets_of(file)]
    assert len(frames) > 5
    assert b"".join(frames) == few[: sum(map(len, frames))]
