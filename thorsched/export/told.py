"""A closed segment as its sidecar tells, as far as an export asks. Pure.

Made by `segments.py` from the `.json` beside the file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, NonNegativeInt

from thorsched.recording.segments import attempt_of

About = dict[str, str | int | float | bool]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Device(_Told):
    """What a server listed."""

    id: int
    name: str


class Picture(_Told):
    """A picture's size in pixels."""

    width: int
    height: int


class Sidecar(_Told):
    """What an export needs of a segment's sidecar; times are aware, when frames arrived."""

    version: int
    file: str
    camera: str
    size_bytes: int
    frames: NonNegativeInt
    first_frame: AwareDatetime
    last_frame_end: AwareDatetime
    finalised: bool
    server: str
    device: Device
    capability: str
    picture: dict[str, Picture | None] = {}
    requested: str = ""
    revision: str = ""
    schedules: list[str] = []
    about: About = {}
    clock: dict[str, Any] = {}
    software: dict[str, str] = {}
    sha256: str = ""
    audit: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed file, and what its sidecar tells."""

    path: Path
    told: Sidecar

    @property
    def attempt(self) -> Path:
        return attempt_of(self.path)

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of its pictures; None where the sidecar does not know."""
        first = self.told.picture.get("first")
        return (first.width, first.height) if first else None
