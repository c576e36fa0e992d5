"""Files are hashed by several threads, one by one where the disk is one that turns."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.clocks import FakeClock
from thorsched.catalogue.fsck.hashing import Digest, Job, Readers, turns


@contextmanager
def readers(clock: FakeClock, *, file_s: float) -> Iterator[Readers]:
    """Yield readers that take so long for a file, by the clock."""
    made = Readers(one_by_one=True, clock=clock, advance=lambda _: clock.advance(file_s))
    try:
        yield made
    finally:
        made.close()


def read_all(made: Readers, paths: list[Path]) -> list[Digest]:
    found = [read for path in paths for read in made.take(Job(path, ""))]
    found += made.rest()
    assert [read.job.path for read in found] == paths
    return [read.came for read in found if isinstance(read.came, Digest)]


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    made = [tmp_path / str(number) for number in range(100)]
    for path in made:
        path.write_bytes(os.urandom(1000))
    return made


@pytest.mark.parametrize(("file_s", "is_fast"), [(1e-9, True), (1.0, False)])
def test_a_disk_that_is_fast_is_read_by_all_threads_whatever_it_says(
    paths: list[Path], file_s: float, *, is_fast: bool
) -> None:
    with readers(FakeClock(), file_s=file_s) as made:
        found = read_all(made, paths)
        assert (made._held_back == 0) is (is_fast or os.cpu_count() == 1)
    assert [one.sha256 for one in found] == [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    ]


def test_what_cannot_be_read_is_given_back_in_its_place(paths: list[Path]) -> None:
    paths[1].unlink()
    with readers(FakeClock(), file_s=1.0) as made:
        assert len(read_all(made, paths)) == len(paths) - 1


def test_of_a_place_that_is_not_there_nobody_says_that_it_turns(tmp_path: Path) -> None:
    assert turns(tmp_path / "nowhere") is False
    assert turns(tmp_path) in {True, False}
