"""What a report tells, as values. Pure.

Made by `gathering.py`; told by `words.py`, `forms.py`, `page.py` and the command line.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.catalogue.ledger import Account
from thorsched.schedule.intervals import Window


@dataclass(frozen=True, slots=True)
class CameraReport:
    """One camera: all of the time that is reported, and each day of it."""

    whole: Account
    days: tuple[tuple[date, Account], ...]


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

    @property
    def is_complete(self) -> bool:
        return all(camera.whole.is_complete for camera in self.cameras)
