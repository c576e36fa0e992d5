"""Labs for the tests of faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.lab import Lab, lab_of


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Two cameras that are wanted always, in segments of two seconds."""
    with lab_of(2, tmp_path) as lab:
        yield lab
