"""One camera over one window, as a value: what a recorder is asked to do.

Made by `engine/desired.py`, carried to the recorder by `lifecycle.Start`, written into sidecars.
Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding
from thorsched.recording.naming import Naming
from thorsched.schedule.intervals import Window

# After the window's end a recorder runs on until what SRT still buffers is on disk.
TAIL_MARGIN = timedelta(milliseconds=500)

# Keys of a recording's provenance that are read again: the selector that chose, all that were
# tried, and why it is the camera's own, where a schedule asks for another.
REQUESTED = "requested"
SELECTORS = "selectors"
UNMATCHED = "unmatched"

# Whatever rate a server claims: one of a frame in years must neither hide that there are none, nor
# have a single frame count as years of recording.
_LONGEST_FRAME_S = 30.0


def tail(latency: timedelta) -> timedelta:
    """Return how long after its window a recorder runs on, so that the last frame is on disk."""
    return latency + TAIL_MARGIN


@dataclass(frozen=True, slots=True)
class Source:
    """Where the frames come from. Another source is another recording."""

    server: str
    """The server's URL, e.g. `http://192.168.177.100:8000`."""
    device_id: int
    device_name: str
    capability: Capability
    encoding: Encoding

    def __str__(self) -> str:
        """Return the capability, and what it is made into where that is not JPEG."""
        made_into = "" if self.encoding is Encoding.JPEG else f" as {self.encoding.value}"
        return f"{self.capability}{made_into}"


@dataclass(frozen=True, slots=True)
class Output:
    """How the frames are kept."""

    root: Path
    naming: Naming
    segment_time: timedelta
    segment_bytes: int
    min_free_bytes: int
    """An attempt does not begin with less than this free on the root's disk."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One camera over one window; windows that touch or overlap are one."""

    camera: str
    source: Source
    output: Output
    window: Window
    latency: timedelta
    ports: range
    provenance: Mapping[str, object] = field(default_factory=dict, hash=False)
    """What the sidecar says of the why: schedules, selector, revision, `about`."""

    @property
    def frame_s(self) -> float:
        """Seconds that a frame stands for, by the capability's rate; half a minute at most."""
        return min(float(1 / self.source.capability.rate_fps), _LONGEST_FRAME_S)

    @property
    def stall_limit_s(self) -> float:
        """Seconds without growth that mean that frames have stopped."""
        silence_s = min(3 * self.frame_s + 1.0, _LONGEST_FRAME_S)
        return max(3.0, self.latency.total_seconds() + silence_s)

    def kept_as(self, other: "Recording") -> "Recording":
        """Return this recording, kept as `other` is; itself if that is how it is kept."""
        own = self.output, self.latency, self.ports
        if own == (other.output, other.latency, other.ports):
            return self
        return replace(self, output=other.output, latency=other.latency, ports=other.ports)

    def is_kept_as(self, other: "Recording") -> bool:
        """Return whether an attempt at `other` does for this, too, but for source and labels.

        Ports and room on the disk matter to the next attempt alone: this one has begun.
        """
        if self.output == other.output:
            return self.latency == other.latency
        as_other = replace(self.output, min_free_bytes=other.output.min_free_bytes)
        return (as_other, self.latency) == (other.output, other.latency)

    def unwritten_s(self, now: datetime) -> float:
        """Return in how many seconds all is on disk that the window had filmed by `now`, aware UTC.

        Nothing once the tail has passed.
        """
        filmed_until = min(now, self.window.end)
        return max((filmed_until + tail(self.latency) - now).total_seconds(), 0.0)
