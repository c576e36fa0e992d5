"""What is in recorded files, as PyAV reads them: frames, whose they are, and their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import av

from thorsched.cameras.capability import Capability
from thorsched.simulator.truth import SentFrame
from thorsched.thorvision.metadata import METADATA_END_BYTES, FrameMetadata, records_of

_NAME = b"thorsched-simulator\0"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose frame it is."""

    device_id: int
    capability: Capability
    number: int


def parse_identity(frame: bytes) -> Identity | None:
    """Return whose frame this JPEG is, None if no simulator made it."""
    at = frame.find(_NAME)
    if at < 0:
        return None
    length = int.from_bytes(frame[at - 2 : at], "big")
    text = frame[at + len(_NAME) : at - 2 + length].decode()
    said = dict(part.split("=", 1) for part in text.split(" "))
    capability = Capability.parse(said["capability"])
    return Identity(int(said["device"]), capability, int(said["frame"]))


def parse_frame(frame: bytes) -> FrameMetadata | None:
    """Return what a JPEG frame says, or None if it carries no such record."""
    (record,), (is_valid,) = records_of([frame[:METADATA_END_BYTES]])
    if not is_valid:
        return None
    return FrameMetadata(*(int(record[field.name]) for field in fields(FrameMetadata)))


def segments(root: Path, camera: str) -> list[Path]:
    """Return a camera's files by name, which is in the order of their recording.

    An empty one is none as yet: it keeps the name of an attempt that begins.
    """
    return sorted(path for path in (root / camera).rglob("*.mkv") if path.stat().st_size)


def packets_of(path: Path) -> list[tuple[bytes, float]]:
    """Return the payload and the PTS in seconds of every frame that PyAV finds."""
    with av.open(str(path)) as container:
        return [
            (bytes(packet), float(packet.pts * packet.time_base))
            for packet in container.demux(video=0)
            if packet.pts is not None and packet.size
        ]


def identities(*paths: Path) -> list[Identity]:
    """Return whose frames the files hold, in order; every one must tell, and its metadata agree."""
    found = []
    for path in paths:
        for payload, _ in packets_of(path):
            identity, metadata = parse_identity(payload), parse_frame(payload)
            assert identity is not None, f"{path} holds a frame that is not the simulator's"
            assert metadata is not None, f"{path} holds a frame without metadata"
            assert metadata.sample_index == 30_000 * identity.number // identity.capability.rate_fps
            found.append(identity)
    return found


def numbers(*paths: Path) -> list[int]:
    """Return the numbers of the frames in the files, in order."""
    return [identity.number for identity in identities(*paths)]


def sent_meanwhile(truth: Sequence[SentFrame], recorded: Sequence[int]) -> list[int]:
    """Return the numbers of what was sent from the first to the last of the frames `recorded`.

    Nothing is missing where that is what was recorded: a frame that a busy machine did not send is
    no gap. Read `truth` after the files.
    """
    return [frame.number for frame in truth if recorded[0] <= frame.number <= recorded[-1]]
