"""What becomes of attempts, and what else happens, as values for whoever keeps a journal. Pure.

`attempt.py` notes that a recorder was spawned, or adopted; a `Story`, which `supervision.py` keeps,
tells from the steps of the lifecycle when frames came and how it ended.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from thorsched.recording.lifecycle import Event, Exited, Phase, Recorder, Stop
from thorsched.recording.segments import attempt_of
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause, Trouble

DRIFT, DRIFT_OVER = "drift", "drift over"
"""What has happened to a camera that is recorded by a later selector than its first."""


@dataclass(frozen=True, slots=True)
class AttemptBegan:
    """A recorder process was spawned at `at`, aware UTC; it may have been adopted since."""

    at: datetime
    attempt: Path
    """What its segments have in common: their path without the number."""
    recording: Recording
    port: int
    pid: int
    adopted: datetime | None = None
    """When it was adopted, if it was."""
    succeeds: Path | None = None
    """The attempt that still runs, and that it is to replace."""

    @property
    def first_segment(self) -> Path:
        naming = self.recording.output.naming
        return self.attempt.with_name(naming.segment_name(self.attempt.name, 0))


@dataclass(frozen=True, slots=True)
class AttemptRecords:
    """The first frames of an attempt are on disk."""

    at: datetime
    attempt: Path
    camera: str


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """The process is gone: by `trouble`, or because it was told to, and `why`."""

    at: datetime
    attempt: Path
    camera: str
    trouble: Trouble | None
    why: str = ""
    cause: Cause = Cause.STOPPED
    """What it was told to end for."""
    is_beside: bool = False
    """Whether its camera has another recorder: that this one was told to end explains no gap."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Anything else that happened; `what` is few words, always the same for the same thing."""

    at: datetime
    what: str
    detail: str = ""
    camera: str | None = None


_NOBODY = Trouble(Cause.STOPPED, "")

Note = AttemptBegan | AttemptRecords | AttemptEnded | Happened


@dataclass(frozen=True, slots=True)
class Story:
    """What is to be remembered of the attempt that runs, until it ends."""

    told: Trouble | None = None
    """Why it was told to end."""
    trouble: Trouble | None = None
    """Why it is ended, although it is wanted."""

    def after(
        self, before: Recorder, after: Recorder, event: Event, *, at: datetime
    ) -> tuple["Story", tuple[Note, ...]]:
        """Return the story after a step, and what is to be noted of it."""
        if before.port is None or before.location is None or before.phase is Phase.BACKING_OFF:
            return Story(), ()
        attempt = attempt_of(before.location)
        match before.phase, after.phase:
            case Phase.STARTING, Phase.RECORDING:
                return self, (AttemptRecords(at, attempt, after.camera),)
            case _, Phase.STOPPING:
                trouble = after.trouble if after.will_retry else self.trouble
                return Story(self.told or _told(before, event), trouble), ()
            case _, Phase.BACKING_OFF:
                return Story(), (AttemptEnded(at, attempt, after.camera, after.trouble),)
            case _, Phase.IDLE:
                trouble = self.trouble or _unasked(before, event)
                told = self.told or _told(before, event) or _NOBODY
                ended = AttemptEnded(at, attempt, after.camera, trouble, told.detail, told.cause)
                return Story(), (ended,)
            case Phase.RECORDING, Phase.RECORDING if before.warning != after.warning:
                return self, (_warned(after, attempt, at),)
            case _:
                return self, ()


def _warned(recorder: Recorder, attempt: Path, at: datetime) -> Happened:
    warning = recorder.warning
    if warning is None:
        return Happened(at, "the warning is over", attempt.name, recorder.camera)
    detail = f"{warning.detail}; {attempt.name}"
    return Happened(at, warning.cause.value, detail, recorder.camera)


def _told(before: Recorder, event: Event) -> Trouble | None:
    order = before.ending or (event if isinstance(event, Stop) else None)
    return Trouble(order.cause, order.why) if order else None


def _unasked(before: Recorder, event: Event) -> Trouble | None:
    """Return by what it ended before it was interrupted, as it was about to be."""
    return event.trouble if before.ending is not None and isinstance(event, Exited) else None
