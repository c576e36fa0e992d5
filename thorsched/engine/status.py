"""What the program knows, as one immutable value: tables and pages read nothing else. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from thorsched.config.models import Config
from thorsched.engine.desired import Desired, Unready
from thorsched.engine.sources import Chosen
from thorsched.engine.tally import Tally
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import Window


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera: what it does, what it should do, and what it has done since the start."""

    name: str
    phase: Phase
    chosen: Chosen | None
    window: Window | None
    """The window that is wanted now; None when nothing is."""
    trouble: Trouble | None
    attempt_bytes: int
    """On disk of the attempt that runs, its closed segments included."""
    open_segment: Path | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class Status:
    """The program as of `at`."""

    at: datetime
    revision: str
    root: Path
    wrong: str | None
    """The mistakes in the text on disk when it is not the revision that runs."""
    next_edge: datetime | None
    cameras: tuple[CameraStatus, ...]

    @property
    def at_rest(self) -> bool:
        """Whether no recorder runs and none is wanted."""
        return all(c.phase is Phase.IDLE and c.window is None for c in self.cameras)


@dataclass(frozen=True, slots=True)
class Thought:
    """What a pass made of the world, as one value."""

    resolved: Mapping[str, Chosen | Trouble]
    desired: Desired


def summarise(
    *,
    at: datetime,
    config: Config,
    revision: str,
    wrong: str | None,
    thought: Thought,
    recorders: Mapping[str, Recorder],
    tallies: Mapping[str, Tally],
) -> Status:
    """Return the status of every camera of the file, then of those that have left it since the start."""
    names = [*config.cameras, *(n for n in tallies if n not in config.cameras)]
    return Status(
        at=at,
        revision=revision,
        root=config.storage.root,
        wrong=wrong,
        next_edge=thought.desired.next_edge,
        cameras=tuple(
            _camera(
                name,
                thought.desired,
                thought.resolved.get(name),
                recorders.get(name),
                tallies.get(name, Tally()),
            )
            for name in names
        ),
    )


def _camera(
    name: str,
    desired: Desired,
    chosen: Chosen | Trouble | None,
    recorder: Recorder | None,
    tally: Tally,
) -> CameraStatus:
    wanted = desired.wanted.get(name)
    recorder = recorder or Recorder(name)
    return CameraStatus(
        name=name,
        phase=recorder.phase,
        chosen=chosen if isinstance(chosen, Chosen) else None,
        window=wanted.window if wanted else None,
        trouble=wanted.trouble if isinstance(wanted, Unready) else recorder.trouble,
        attempt_bytes=recorder.size_bytes,
        open_segment=recorder.open_segment,
        tally=tally,
    )
