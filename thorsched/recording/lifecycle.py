r"""A recorder's lifecycle as values: its phases, what may happen to it, what to do about it. Pure.

`transitions.py` says which phase follows what happened. The phases are supervisor's process states,
narrowed to what recording means:

    IDLE -> STARTING -> RECORDING -> STOPPING -> IDLE
                 \           \           \
                  `-----------`-----------`--> BACKING_OFF -> STARTING

RECORDING means that frames are arriving on disk, proved by growth, never by a living process.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from pathlib import Path

from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause, Trouble

FIRST_BYTES_LIMIT_S = 8.0
# What a process and a handshake may take on a busy machine, before anything is late.
BEGINNING_S = 5.0
INTERRUPT_GRACE_S = 10.0
# What has recorded as long is tried again at once: a night of stalls must not add up to waits.
PROGRESS_CLEARS_FAILURES_S = 5.0
# How often a worker looks at the files and the process: until the first bytes and at the end, and
# while it records. A look costs about 0.3 ms of CPU: twice a second, eight cameras come to half a
# percent of a core.
QUICK_LOOK_S = 0.1
LOOK_S = 0.5


class Phase(Enum):
    """What a recorder is doing; the comment says what it waits for."""

    IDLE = "idle"  # a start
    STARTING = "starting"  # the first bytes on disk
    RECORDING = "recording"  # the end of the window, or trouble
    STOPPING = "stopping"  # the process's exit
    BACKING_OFF = "backing off"  # the time of the next attempt


class Clue(Enum):
    """What may be known of a recorder that writes nothing, in words that follow on that."""

    DISK = "the disk does not answer"
    FILE_TAKEN = "the file that it writes is not in its place any more"
    GARBAGE = "what the stream sends is not in the format that was asked for"
    SILENCE = "the stream sends nothing"


@dataclass(frozen=True, slots=True)
class Start:
    """Begin an attempt; `at_once` although its time has not come: what had failed is mended."""

    camera: str
    recording: Recording
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """End the attempt in an orderly way; `why` is for the log.

    It records on for `linger_s`, until what SRT still buffers is on disk. `cause` is that of the
    gap which follows, if one does.
    """

    camera: str
    why: str
    linger_s: float = 0.0
    cause: Cause = Cause.STOPPED


@dataclass(frozen=True, slots=True)
class Update:
    """The same source with another window or other labels; the attempt goes on untouched.

    One that was about to end is wanted again.
    """

    camera: str
    recording: Recording


@dataclass(frozen=True, slots=True)
class Overlap:
    """The same source, to be kept otherwise: a second recorder begins beside the first.

    The first goes on until the second has frames on disk. Asked for again, it is tried again, or
    with other labels; another one is begun once the last is gone.
    """

    camera: str
    recording: Recording


Order = Start | Stop | Update
"""What one recorder can be told."""

Action = Order | Overlap
"""What can be asked for a camera; `succession.orders` makes orders of it."""


@dataclass(frozen=True, slots=True)
class Spawned:
    """The attempt's process runs; it calls the server's UDP `port`."""

    port: int
    location: Path
    """Its segments, with a printf format for their number."""
    at: datetime
    """When it began to, aware UTC; if it was adopted, in an earlier scheduler's time."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt could not be started; there is no process."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The attempt's start was called off, for it is not wanted any more; there is no process."""

    why: str


@dataclass(frozen=True, slots=True)
class Grew:
    """The attempt's files hold `size_bytes` altogether; `segment` is the one that is open."""

    size_bytes: int
    segment: Path | None = None
    warning: Trouble | None = None
    """What is wrong with the frames that arrive."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Frames arrive, and not where they are to be kept; or nobody sends any more."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Exited:
    """The attempt's process is gone."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened but time; `clue` is what is known of why no frames come."""

    clue: Clue | None = None


Event = Order | Spawned | Failed | Cancelled | Grew | Lost | Exited | Tick


class Effect(Enum):
    """What `step` asks the worker to do; each is done once."""

    BEGIN = auto()  # ask the server for the stream and spawn; answers Spawned, Failed or Cancelled
    INTERRUPT = auto()  # one SIGINT
    KILL = auto()
    RELEASE = auto()  # the attempt is over: its port, its stream, its segments


@dataclass(frozen=True, slots=True)
class Ending:
    """An end that was asked for, and waits until monotonic `at_s` for what is still on its way."""

    at_s: float
    why: str
    cause: Cause = Cause.STOPPED


@dataclass(frozen=True, slots=True)
class Recorder:
    """One camera's recorder as of now. Times are monotonic seconds."""

    camera: str
    phase: Phase = Phase.IDLE
    since_s: float = 0.0
    recording: Recording | None = None
    port: int | None = None
    location: Path | None = None
    """Where the attempt's segments are, as `Spawned` says; the last one's while it backs off."""
    began: datetime | None = None
    """When the attempt's process did, aware UTC."""
    size_bytes: int = 0
    open_segment: Path | None = None
    grew_at_s: float = 0.0
    failures: int = 0
    retry_at_s: float = 0.0
    trouble: Trouble | None = None
    """Why frames are not arriving, or why they last stopped; cleared by new frames.

    So a new attempt still has the trouble of the last one: a table wants to show why there is
    another. It is the reason for the phase only while BACKING_OFF, or with `will_retry`.
    """
    warning: Trouble | None = None
    """What is wrong with the frames of this attempt, although they arrive and are worth having."""
    will_retry: bool = False
    """While STOPPING: whether BACKING_OFF or IDLE comes next."""
    ending: Ending | None = None
    """While STARTING or RECORDING: when it will be interrupted, although nothing is wrong."""
    killed: bool = False
    successor: "Recorder | None" = None
    """The one that begins beside it, to take its place once frames of it are on disk."""
    predecessor: "Recorder | None" = None
    """The one whose place it has taken, until that is gone."""

    @property
    def beside(self) -> "tuple[Recorder, ...]":
        """The recorder that is there besides this one; there is one at most."""
        return tuple(one for one in (self.successor, self.predecessor) if one is not None)

    @property
    def everyone(self) -> "tuple[Recorder, ...]":
        """All of the camera's recorders."""
        return (self, *self.beside)


def adopted(camera: str, recording: Recording, spawned: Spawned, *, now_s: float) -> Recorder:
    """Return the recorder of a process that runs already: its growth is to be seen first."""
    return Recorder(
        camera,
        phase=Phase.STARTING,
        since_s=now_s,
        recording=recording,
        port=spawned.port,
        location=spawned.location,
        began=spawned.at,
        grew_at_s=now_s,
    )
