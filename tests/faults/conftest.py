"""Labs for the tests of faults, a rig where the program is not needed, and a disk to be harmed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.lab import Lab, lab_of
from tests.recording.conftest import freezable_disk, rig

__all__ = ["freezable_disk", "lab", "rig"]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Two cameras that are wanted always, in segments of two seconds."""
    with lab_of(2, tmp_path) as lab:
        yield lab
