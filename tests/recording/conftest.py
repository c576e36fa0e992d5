"""What the tests of this folder share: a rig, scripted recorders, disks that fill up or freeze."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.recording.rig import Rig, rig_of
from tests.recording.stored import SMALL, ZERO
from tests.recording.supervised import Bench
from tests.support.disks import FreezableDisk, mounted_image, mounted_tmpfs
from tests.support.values import recording, source
from thorsched.recording.spec import Recording
from thorsched.schedule.intervals import Window


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Recorders for one simulated camera; whatever a test did, nothing of them is left."""
    with rig_of(1, tmp_path / "root") as made:
        yield made


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB, empty."""
    with mounted_tmpfs(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def wanted() -> Recording:
    """A recording from a tenth of a second after the film's first frame until noon and 300 ms."""
    start, end = ZERO + timedelta(milliseconds=100), ZERO + timedelta(milliseconds=300)
    provenance = {
        "schedules": ["nights"],
        "requested": "jpeg @30fps",
        "revision": "c0" * 32,
        "about": {"subject": "m042", "note": "über 9 µm"},
    }
    return replace(
        recording(of=source(capability=SMALL)), window=Window(start, end), provenance=provenance
    )


@pytest.fixture
def freezable_disk(tmp_path: Path) -> Iterator[FreezableDisk]:
    """A file system of 256 MB, in a file."""
    with mounted_image(tmp_path / "image", tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A camera's worker, whose attempts are scripted."""
    made = Bench()
    yield made
    made.end()


class LogLines(logging.Handler):
    """The records that the recorders logged, from `DEBUG` up."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def of(self, level: int) -> list[str]:
        return [record.getMessage() for record in self.records if record.levelno == level]


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    logger = logging.getLogger("thorsched.recording")
    lines, level = LogLines(), logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.DEBUG)
    yield lines
    logger.removeHandler(lines)
    logger.setLevel(level)
