"""What a checkpoint says, as lines of JSON: values to text and back.

Called by `attempt.py` and `adoption.py`. The first line says what the attempt is, each further one
what it became. A checkpoint lies where anybody may write, so whatever is read is validated; a last
line that was cut short by a crash or a full disk is none. Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding
from thorsched.recording.naming import Naming
from thorsched.recording.segments import Relabelled
from thorsched.recording.spec import Output, Recording, Source, tail
from thorsched.schedule.intervals import ALWAYS, Window
from thorsched.thorvision.address import ServerAddress

VERSION = 1

_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,255}$")]
# Nothing else that `str.format` knows: a width alone can take all memory.
_Template = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z0-9_./-]|\{(camera|date|start|local)\}){1,255}$")
]
_LogTemplate = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z0-9_.-]|\{(camera|attempt)\}){1,255}$")
]


def _below_root(path: Path) -> Path:
    if path.anchor or ".." in path.parts or not str(path).isprintable():
        raise ValueError(f"it leads out of the storage root: {path}")
    return path


_Below = Annotated[Path, AfterValidator(_below_root)]


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _countable(zero: datetime) -> datetime:
    if zero > _LATEST_ZERO:
        raise ValueError(f"no frame's time can be counted from {zero}")
    return zero


_LATEST_ZERO = datetime(9000, 1, 1, tzinfo=UTC)
_Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
_Zero = Annotated[_Moment, AfterValidator(_countable)]


class BadCheckpoint(Exception):
    """The text is none that this version has written."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt, as it was when its recorder was about to be spawned."""

    recording: Recording
    directory: Path
    """Its segments', relative to the root: that may be mounted elsewhere by now."""
    prefix: str
    zero: datetime
    """As of a `Segment`."""
    port: int
    command: tuple[str, ...]
    """The recorder's whole command line: no other process has the same."""
    is_unproven: bool = False
    """Whether it is a successor of which nobody knows yet whose frames it has."""
    clock_offset_s: float | None = None
    """As of a `Segment`."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class _RecordingText(_Line):
    """A `Recording`, in words that outlive a change of our classes."""

    camera: _Name
    server: str
    device_id: int
    device_name: str
    capability: str
    encoding: Encoding
    attempt: _Template
    logs: _Below
    log: _LogTemplate
    digits: Annotated[int, Field(ge=1, le=9)]
    segment_time: timedelta
    segment_bytes: int
    min_free_bytes: int
    start: _Moment | None
    end: _Moment | None
    latency: Annotated[timedelta, Field(ge=timedelta(0))]
    ports: tuple[int, int]
    provenance: dict[str, Any]

    def recording(self, root: Path) -> Recording:
        """Return the value; raises `ValueError`."""
        ServerAddress.parse(self.server)
        return Recording(
            camera=self.camera,
            source=Source(
                self.server,
                self.device_id,
                self.device_name,
                Capability.parse(self.capability),
                self.encoding,
            ),
            output=Output(
                root=root,
                naming=Naming(self.attempt, root / self.logs, self.log, self.digits),
                segment_time=self.segment_time,
                segment_bytes=self.segment_bytes,
                min_free_bytes=self.min_free_bytes,
            ),
            window=Window(self.start or ALWAYS.start, self.end or ALWAYS.end),
            latency=self.latency,
            ports=range(*self.ports),
            provenance=self.provenance,
        )


class _First(_Line):
    version: Literal[1]
    directory: _Below
    prefix: _Name
    zero: _Zero
    port: Annotated[int, Field(ge=1, le=65535)]
    command: tuple[str, ...]
    until: _Moment | None
    clock_offset_s: float | None = None
    recording: _RecordingText
    is_unproven: bool = False


class _Further(_Line):
    at: _Moment
    until: _Moment | None
    recording: _RecordingText
    is_proof: bool = False


def first_line(begun: Begun) -> str:
    """Return the line that says what an attempt is."""
    line = _First(
        version=VERSION,
        directory=begun.directory,
        prefix=begun.prefix,
        zero=begun.zero,
        port=begun.port,
        command=begun.command,
        until=_until(begun.recording),
        clock_offset_s=begun.clock_offset_s,
        recording=_text(begun.recording),
        is_unproven=begun.is_unproven,
    )
    return line.model_dump_json() + "\n"


def further_line(relabelled: Relabelled) -> str:
    """Return the line that says what an attempt became."""
    return _further(relabelled, is_proof=False)


def _further(relabelled: Relabelled, *, is_proof: bool) -> str:
    recording = relabelled.recording
    line = _Further(
        at=relabelled.at,
        until=_until(recording),
        recording=_text(recording),
        is_proof=is_proof,
    )
    return line.model_dump_json() + "\n"


def proof_line(proven: Relabelled) -> str:
    """Return the line that says that an attempt's frames are its camera's."""
    return _further(proven, is_proof=True)


def parse(text: str, root: Path) -> tuple[Begun, tuple[Relabelled, ...]]:
    """Return what a checkpoint below `root` says. Raises `BadCheckpoint`."""
    lines = _whole_lines(text)
    try:
        first = _First.model_validate_json(lines[0])
        further = [_Further.model_validate_json(line) for line in lines[1:]]
        begun = Begun(
            recording=first.recording.recording(root),
            directory=first.directory,
            prefix=first.prefix,
            zero=first.zero,
            port=first.port,
            command=first.command,
            is_unproven=first.is_unproven and not any(one.is_proof for one in further),
            clock_offset_s=first.clock_offset_s,
        )
        labels = [one for one in further if not one.is_proof]
        return begun, tuple(Relabelled(one.at, one.recording.recording(root)) for one in labels)
    except IndexError:
        raise BadCheckpoint("it is empty") from None
    except ValidationError as error:
        raise BadCheckpoint(_why(error)) from error
    except (ValueError, OverflowError) as error:  # the second: a moment before the year 1
        raise BadCheckpoint(str(error)) from error


def _whole_lines(text: str) -> list[str]:
    return text.split("\n")[:-1]


def _until(recording: Recording) -> datetime | None:
    """Return when its recorder should have ended, by itself if need be."""
    end = recording.window.bounds[1]
    return None if end is None else end + tail(recording.latency)


def _text(recording: Recording) -> _RecordingText:
    source, output, (start, end) = recording.source, recording.output, recording.window.bounds
    return _RecordingText(
        camera=recording.camera,
        server=source.server,
        device_id=source.device_id,
        device_name=source.device_name,
        capability=source.capability.caps,
        encoding=source.encoding,
        attempt=output.naming.attempt,
        logs=_below(output.naming.logs, output.root),
        log=output.naming.log,
        digits=output.naming.digits,
        segment_time=output.segment_time,
        segment_bytes=output.segment_bytes,
        min_free_bytes=output.min_free_bytes,
        start=start,
        end=end,
        latency=recording.latency,
        ports=(recording.ports.start, recording.ports.stop),
        provenance=_plain(recording.provenance),
    )


def _below(path: Path, root: Path) -> Path:
    """Return `path` relative to the root where it lies in it: that may move."""
    return path.relative_to(root) if path.is_relative_to(root) else path


def _plain(provenance: Mapping[str, object]) -> dict[str, Any]:
    """Return it as JSON has it, whatever a YAML file put in."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(provenance), default=str))
    return plain


def _why(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}"
