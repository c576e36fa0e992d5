"""What stands in the way of a recording, in words that a person can act on. Pure.

Made by whoever meets it (`engine/sources.py`, `blame.py`, `diagnosis.py`), carried by
recorders and statuses, shown by logs and tables.
"""

from dataclasses import dataclass
from enum import Enum


class Cause(Enum):
    """Why something wanted is not being recorded; the words of gaps, logs and the status."""

    ASKING = "waiting for the server's first answer"
    SERVER_UNREACHABLE = "server unreachable"
    SERVER_REFUSED = "server refused"
    SERVER_UNUSABLE = "unusable answer of the server"
    NO_PORT = "no port left"
    DEVICE_TAKEN = "device in use"
    STREAM_ENDED = "stream ended"
    NO_DEVICE = "no such device"
    AMBIGUOUS_DEVICE = "ambiguous device"
    NO_CAPABILITY = "no matching capability"
    NO_FIRST_FRAME = "no first frame"
    STALLED = "stalled"
    GARBAGE = "bytes that are no video"
    WRONG_RATE = "wrong rate"
    FILE_TAKEN = "file taken away"
    RECORDER_EXITED = "recorder exited"
    TIMESTAMPS = "timestamps out of order"
    STORAGE = "storage"
    MACHINE = "this machine"
    BUG = "a bug in thorsched"
    # Of gaps alone:
    STARTING = "starting"
    STOPPED = "recorder stopped"
    CAPABILITY_CHANGED = "capability changed"
    EDITED = "file edited"
    QUARANTINED = "file in quarantine"
    BEGAN_LATER = "thorsched began later"
    NOT_RUNNING = "thorsched did not run"
    ENDED = "thorsched was ended"
    CLOCK = "clock set, or machine asleep"
    UNKNOWN = "unknown"


class Blame(Enum):
    """On whose side it lies that something wanted was not recorded."""

    SERVER = "server"
    """The server, its network, its devices, or what they send."""
    US = "us"
    """thorsched, or the machine that it runs on."""
    OTHERS = "others"
    """Somebody else: another program, or a person."""
    NOBODY = "nobody"
    """It is as the file asks for, and no device can do it without."""


def blame_of(cause: Cause) -> Blame:
    """Return on whose side a cause lies."""
    match cause:
        case (
            Cause.ASKING
            | Cause.SERVER_UNREACHABLE
            | Cause.SERVER_REFUSED
            | Cause.SERVER_UNUSABLE
            | Cause.STREAM_ENDED
            | Cause.NO_DEVICE
            | Cause.AMBIGUOUS_DEVICE
            | Cause.NO_CAPABILITY
            | Cause.NO_FIRST_FRAME
            | Cause.STALLED
            | Cause.GARBAGE
            | Cause.WRONG_RATE
        ):
            return Blame.SERVER
        case (
            Cause.NO_PORT
            | Cause.DEVICE_TAKEN
            | Cause.FILE_TAKEN
            | Cause.EDITED
            | Cause.BEGAN_LATER
            | Cause.ENDED
        ):
            return Blame.OTHERS
        case Cause.CAPABILITY_CHANGED:
            return Blame.NOBODY
        case (
            Cause.RECORDER_EXITED
            | Cause.TIMESTAMPS
            | Cause.STORAGE
            | Cause.MACHINE
            | Cause.BUG
            | Cause.STARTING
            | Cause.STOPPED
            | Cause.QUARANTINED
            | Cause.NOT_RUNNING
            | Cause.CLOCK
            | Cause.UNKNOWN
        ):
            return Blame.US


SERVER_CAUSES = frozenset(
    {
        Cause.ASKING,
        Cause.SERVER_UNREACHABLE,
        Cause.SERVER_REFUSED,
        Cause.SERVER_UNUSABLE,
        Cause.BUG,
    }
)
"""Why a server's list of devices is not had: all of its cameras suffer from it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cause and, in words a person can act on, its details."""

    cause: Cause
    detail: str

    def __str__(self) -> str:
        return f"{self.cause.value}: {self.detail}" if self.detail else self.cause.value
