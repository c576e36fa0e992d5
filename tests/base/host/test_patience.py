"""A file that a scanner holds for a moment is waited for on Windows, and nowhere else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from thorsched.base.host.patience import WAITS_S, patiently, remove, rename, replace


class Held:
    """An act on a file that somebody holds for the first `times`."""

    def __init__(self, act: Callable[[], object], *, times: int) -> None:
        self.tries = 0
        self._act, self._times = act, times

    def __call__(self) -> object:
        self.tries += 1
        if self.tries <= self._times:
            raise PermissionError(13, "the process cannot access the file")
        return self._act()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "side.mkv"
    path.write_bytes(b"frames")
    return path


@pytest.mark.parametrize("times", [1, 3, len(WAITS_S)])
def test_what_is_held_for_a_moment_is_removed_after_it(path: Path, times: int) -> None:
    removing, waited_s = Held(path.unlink, times=times), list[float]()
    patiently(removing, platform="win32", wait=waited_s.append)
    assert not path.exists()
    assert waited_s == list(WAITS_S[:times])
    assert sum(waited_s) <= 1.0


def test_what_is_held_for_good_is_told_of_after_a_second(path: Path) -> None:
    removing, waited_s = Held(path.unlink, times=1000), list[float]()
    with pytest.raises(PermissionError):
        patiently(removing, platform="win32", wait=waited_s.append)
    assert path.exists()
    assert waited_s == list(WAITS_S)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_elsewhere_a_permission_that_lacks_is_told_of_at_once(path: Path, platform: str) -> None:
    removing, waited_s = Held(path.unlink, times=1), list[float]()
    with pytest.raises(PermissionError):
        patiently(removing, platform=platform, wait=waited_s.append)
    assert (removing.tries, waited_s) == (1, [])


def test_other_failures_are_told_of_at_once_on_windows_too(tmp_path: Path) -> None:
    waited_s = list[float]()
    with pytest.raises(FileNotFoundError):
        patiently((tmp_path / "gone").unlink, platform="win32", wait=waited_s.append)
    assert waited_s == []


def test_a_file_is_renamed_replaced_and_removed(path: Path) -> None:
    other = path.with_name("other.mkv")
    rename(path, other)
    path.write_bytes(b"newer")
    replace(path, other)
    assert other.read_bytes() == b"newer"
    remove(other)
    remove(other, missing_ok=True)
    with pytest.raises(FileNotFoundError):
        remove(other)
    assert list(path.parent.iterdir()) == []
