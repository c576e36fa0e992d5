"""What the tests of this folder share: films that gst-launch wrote, a rig, a disk that fills up."""

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.recording.rig import Rig, rig_of
from tests.recording.stored import SMALL, ZERO
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
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "thorsched-test", disk],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        reason = f"a small disk to fill needs root to be mounted: {mounted.stderr.strip()}"
        pytest.fail(reason) if os.geteuid() == 0 else pytest.skip(reason)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture
def wanted() -> Recording:
    """A recording from a tenth of a second after the film's first frame until noon and 300 ms."""
    start, end = ZERO + timedelta(milliseconds=100), ZERO + timedelta(milliseconds=300)
    provenance = {"schedules": ["nights"], "about": {"subject": "m042", "note": "über 9 µm"}}
    return replace(
        recording(of=source(capability=SMALL)), window=Window(start, end), provenance=provenance
    )


class FreezableDisk:
    """A file system that can be held: whoever writes to it then waits, and no signal ends that."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def frozen(self) -> Iterator[None]:
        subprocess.run(["fsfreeze", "--freeze", self.path], check=True)
        try:
            yield
        finally:
            subprocess.run(["fsfreeze", "--unfreeze", self.path], check=True)


@pytest.fixture
def freezable_disk(tmp_path: Path) -> Iterator[FreezableDisk]:
    """A file system of 256 MB, in a file."""
    image, disk = tmp_path / "image", tmp_path / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(256 << 20)
    for command in (
        ["mkfs.ext4", "-q", str(image)],
        ["mount", "-o", "loop", str(image), str(disk)],
    ):
        tool = shutil.which(command[0])
        made = (
            subprocess.run(command, capture_output=True, text=True, check=False) if tool else None
        )
        if made is None or made.returncode != 0:
            why = made.stderr.strip() if made else "not installed"
            pytest.skip(f"a disk to freeze needs root and a loop device: {command[0]}: {why}")
    try:
        yield FreezableDisk(disk)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


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
