"""What a report tells, as values. Pure.

Made by `gathering.py`; told by `words.py`, `forms.py`, `page.py` and the command line.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.catalogue.ledger import Account
from thorsched.report.drifted import Drifted
from thorsched.schedule.intervals import Window


@dataclass(frozen=True, slots=True)
class InForce:
    """A revision of the file, and when the cameras were held to it."""

    revision: str
    """SHA-256 of the file's bytes, hexadecimal."""
    span: Window


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """A stretch in which a camera was wanted without a break."""

    span: Window
    revisions: tuple[str, ...]
    """Those that were in force over its time, the first one first."""
    schedules: tuple[str, ...]
    """Whose it is."""


@dataclass(frozen=True, slots=True)
class CameraReport:
    """One camera: all of the time that is reported, and each day of it."""

    whole: Account
    days: tuple[tuple[date, Account], ...]
    recordings: tuple[RecordingReport, ...]
    """As the journal tells of them, in order of time."""
    drifts: tuple[Drifted, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of each camera; `period` ends where all is known."""

    file: Path
    root: Path
    zone: ZoneInfo
    made: datetime
    period: Window
    cameras: tuple[CameraReport, ...]
    is_recording: bool
    """Whether a scheduler runs on the root, so that more comes."""
    notes: tuple[str, ...]
    revisions: tuple[InForce, ...]
    """Those of the file that were in force, in order of time."""

    @property
    def is_complete(self) -> bool:
        return all(camera.whole.is_complete for camera in self.cameras)
