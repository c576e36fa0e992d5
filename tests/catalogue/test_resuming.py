"""A verification that was broken off goes on where it was; what has changed since is read anew."""

import hashlib
import itertools
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.stock import name, plain_segments, verified
from tests.support.program import program, thorsched
from tests.support.waiting import PATIENCE_S, pause
from thorsched.base.clock import SystemClock
from thorsched.base.units import format_size
from thorsched.catalogue.fsck.findings import Finding, Kind
from thorsched.catalogue.fsck.hashing import Digest, Stopped, Unsteady, digest
from thorsched.catalogue.fsck.memo import LONGEST_PAUSE, Memo
from thorsched.catalogue.fsck.verify import Count, Verification

SIZE = 100_000


def memo_of(root: Path) -> Path:
    return root / ".thorsched" / "verify.jsonl"


class BrokenOff(Exception):
    """As a Ctrl-C."""


def counted(root: Root, *, fresh: bool = False) -> Count:
    with Verification(root.path, clock=root.clock, found=_fail, fresh=fresh) as looks:
        looks.run()
    return looks.count


def _fail(finding: Finding) -> None:
    raise AssertionError(finding)


def break_off(root: Root) -> int:
    """Verify some of 30 files; return how many are written down."""
    read = itertools.count()

    def advance(_size_bytes: int) -> None:
        if next(read) >= 12:
            raise BrokenOff

    with (
        pytest.raises(BrokenOff),
        Verification(root.path, clock=root.clock, found=_fail, advance=advance) as looks,
    ):
        looks.run()
    kept = memo_of(root.path).read_text().count(name(0).parent.as_posix())
    assert 0 < kept < 30
    return kept


def test_what_was_read_before_is_not_read_again(root: Root) -> None:
    plain_segments(root.path, 30, size_bytes=SIZE)
    kept = break_off(root)
    count = counted(root)
    assert count.known_bytes == kept * SIZE
    assert count.known_bytes + count.read_bytes == 30 * SIZE
    assert not memo_of(root.path).exists(), "it came to its end"
    assert counted(root).known_bytes == 0


def test_what_was_read_before_is_read_again_if_one_asks_for_that(root: Root) -> None:
    plain_segments(root.path, 30, size_bytes=SIZE)
    break_off(root)
    assert counted(root, fresh=True).known_bytes == 0


@pytest.mark.parametrize(("more_s", "is_known"), [(-60, True), (60, False)])
def test_what_was_read_more_than_a_week_ago_is_read_again(
    root: Root, *, more_s: float, is_known: bool
) -> None:
    plain_segments(root.path, 30, size_bytes=SIZE)
    kept = break_off(root)
    root.clock.step_wall(LONGEST_PAUSE.total_seconds() + more_s)
    count = counted(root)
    assert count.known_bytes == (kept * SIZE if is_known else 0)
    assert count.known_bytes + count.read_bytes == 30 * SIZE


def test_a_file_that_has_changed_since_is_read_again(root: Root) -> None:
    plain_segments(root.path, 30, size_bytes=SIZE)
    break_off(root)
    first = json.loads(memo_of(root.path).read_text().splitlines()[0])[0]
    (root.path / first).write_bytes(bytes(SIZE - 1) + b"x")
    (found,) = verified(root.path, root)
    assert (found.kind, found.path.as_posix()) == (Kind.CHANGED, first)


def test_what_was_found_before_is_found_again(root: Root) -> None:
    plain_segments(root.path, 30, size_bytes=SIZE)
    (root.path / name(0)).write_bytes(bytes(SIZE - 1) + b"x")
    with (
        pytest.raises(BrokenOff),
        Verification(root.path, clock=root.clock, found=_break_off) as looks,
    ):
        looks.run()
    assert memo_of(root.path).exists()
    assert [one.path for one in verified(root.path, root)] == [name(0)]


def _break_off(_finding: Finding) -> None:
    raise BrokenOff


def test_a_killed_one_goes_on_where_it_was(tmp_path: Path) -> None:
    plain_segments(tmp_path, 40, size_bytes=50_000_000)
    memo = memo_of(tmp_path)
    with program("verify", ".", cwd=tmp_path) as running:
        running.until(lambda: memo.exists() and memo.read_text().count("\n") >= 3, what="three")
        running.process.kill()
        running.process.wait()
    read = memo.read_text().count("\n")
    assert 3 <= read < 40, "it was killed in the middle"
    again = thorsched("verify", ".", cwd=tmp_path)
    assert f"going on: {format_size(read * 50_000_000)} were read before" in again.stdout
    assert "40 segments, 2 GB (2 GB hashed): all well" in again.stdout
    assert again.returncode == 0
    assert not memo.exists()


def test_after_a_ctrl_c_the_next_one_goes_on(tmp_path: Path) -> None:
    plain_segments(tmp_path, 40, size_bytes=50_000_000)
    memo = memo_of(tmp_path)
    with program("verify", ".", cwd=tmp_path) as running:
        running.until(lambda: memo.exists() and memo.read_text(), what="the first")
        running.interrupt()
        assert running.ends() == 130
        assert "Traceback" not in running.outputs
    assert 0 < memo.read_text().count("\n") < 40


class Signalled(Exception):
    """As a Ctrl-C."""


@pytest.mark.skipif(sys.platform == "win32", reason="no thread is sent a signal there")
def test_a_signal_that_wakes_nobody_is_heard_while_a_disk_does_not_answer(root: Root) -> None:
    plain_segments(root.path, 1, size_bytes=SIZE)
    answers, clock = threading.Event(), SystemClock()

    def advance(_size_bytes: int) -> None:
        """Stand still as such a disk, and be the thread that the signal comes to."""
        pause(0.5)  # by then the main thread waits
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        answers.wait(PATIENCE_S)

    def hear(*_: object) -> None:
        answers.set()
        raise Signalled

    before, began_s = signal.signal(signal.SIGUSR1, hear), clock.monotonic_s()
    try:
        with (
            pytest.raises(Signalled),
            Verification(root.path, clock=root.clock, found=_fail, advance=advance) as looks,
        ):
            looks.run()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert clock.monotonic_s() - began_s < PATIENCE_S / 2


@pytest.mark.parametrize(
    "text",
    [
        "garbage\n[]\n[1]\n{}\n",
        '["x.mkv", 1, 2',
        "[" * 100_000 + "\n",
        '["x", "y", "z", 1]\n',
        '["x", Infinity, 1, "z"]\n',
    ],
)
def test_notes_that_say_nothing_are_no_notes(root: Root, text: str) -> None:
    plain_segments(root.path, 30, size_bytes=SIZE)
    memo_of(root.path).write_text(text)
    break_off(root)
    count = counted(root)
    assert 0 < count.known_bytes < 30 * SIZE
    assert count.known_bytes + count.read_bytes == 30 * SIZE


@pytest.mark.parametrize("stands", [os.mkfifo, lambda path: path.symlink_to("elsewhere")])
def test_where_notes_cannot_be_kept_all_is_read(root: Root, stands: Callable[[Path], None]) -> None:
    plain_segments(root.path, 3, size_bytes=SIZE)
    stands(memo_of(root.path))
    assert counted(root).read_bytes == 3 * SIZE
    assert not (root.path / ".thorsched" / "elsewhere").exists()


def test_two_at_the_same_time_do_not_mix_their_notes(root: Root) -> None:
    first, second = (Memo(root.path, clock=root.clock, fresh=False) for _ in range(2))
    second.keep("x", Digest(1, 2, "3"))
    second.close(is_done=True)
    assert memo_of(root.path).read_text() == ""
    first.close(is_done=True)


def test_a_file_that_is_written_to_while_it_is_read_has_no_hash(root: Root) -> None:
    plain_segments(root.path, 1, size_bytes=SIZE)
    path = root.path / name(0)

    def append(_size_bytes: int) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(Unsteady):
        digest(path, advance=append)
    plain_segments(root.path, 1, size_bytes=SIZE)
    found: list[Finding] = []
    with Verification(root.path, clock=root.clock, found=found.append, advance=append) as looks:
        looks.run()
    assert [one.kind for one in found] == [Kind.UNREADABLE]


def test_a_file_that_vanishes_while_it_is_looked_for_is_missing(root: Root) -> None:
    plain_segments(root.path, 40, size_bytes=SIZE)  # more than are read at once
    found: list[Finding] = []

    def take(_size_bytes: int) -> None:
        (root.path / name(39)).unlink(missing_ok=True)

    with Verification(root.path, clock=root.clock, found=found.append, advance=take) as looks:
        looks.run()
    assert {one.kind for one in found} == {Kind.MISSING}, "it was read before it vanished"


def test_a_hash_is_that_of_the_file_and_can_be_called_off(tmp_path: Path) -> None:
    path, content = tmp_path / "file", os.urandom(9_000_000)
    path.write_bytes(content)
    seen: list[int] = []
    read = digest(path, advance=seen.append)
    assert (read.size_bytes, sum(seen)) == (len(content), len(content))
    assert read.sha256 == hashlib.sha256(content).hexdigest()
    with pytest.raises(Stopped):
        digest(path, advance=seen.append, is_over=lambda: True)


@pytest.mark.no_cover  # of many alike; what it runs is covered by others
def test_ten_thousand_small_files_take_no_minute(root: Root) -> None:
    plain_segments(root.path, 10_000, size_bytes=100)
    clock = SystemClock()
    began_s = clock.monotonic_s()
    assert counted(root).segments == 10_000
    took_s = clock.monotonic_s() - began_s
    print(f"{took_s:.1f} s")
    assert took_s < 60
