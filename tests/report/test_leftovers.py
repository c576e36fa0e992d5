"""What a killed program left undescribed is told by a report, which does not count it."""

from dataclasses import replace
from pathlib import Path

from tests.support.values import NOON, output, recording
from thorsched.recording.checkpoint import Checkpoint
from thorsched.recording.checkpoint_text import Begun, first_line
from thorsched.report import leftovers

PREFIX = "side_20260301T120001Z"
DAY = Path("side/2026-03-01")


def begun(root: Path) -> Checkpoint:
    """Leave an attempt with a segment that is told, two that are not, and one without a frame."""
    (root / DAY).mkdir(parents=True)
    for number, size in enumerate((3000, 2000, 1000, 0)):
        (root / DAY / f"{PREFIX}-{number:05d}.mkv").write_bytes(bytes(size))
    (root / DAY / f"{PREFIX}-00000.json").write_text("{}")
    (root / DAY / "side_20260301T130000Z-00000.mkv").write_bytes(bytes(7))
    of = replace(recording(), output=output(root))
    return Checkpoint.begin(root, PREFIX, first_line(Begun(of, DAY, PREFIX, NOON, 9001, ("x",))))


def test_files_of_an_attempt_whose_recorder_is_gone_are_told_with_what_brings_them_in(
    tmp_path: Path,
) -> None:
    begun(tmp_path).close()
    (note,) = leftovers.in_words(tmp_path)
    assert note.startswith("not counted: 2 files, 3 kB, that a killed program left; thorsched run")
    assert note.endswith(f"thorsched verify {tmp_path} --repair, brings them in")


def test_those_of_a_recorder_that_runs_are_not(tmp_path: Path) -> None:
    running = begun(tmp_path)
    assert list(leftovers.in_words(tmp_path)) == []
    running.close()


def test_checkpoints_that_cannot_be_read_and_roots_without_any_tell_nothing(tmp_path: Path) -> None:
    assert list(leftovers.in_words(tmp_path / "nowhere")) == []
    checkpoint = begun(tmp_path)
    checkpoint.close()
    checkpoint.path.write_text("garbage")
    assert list(leftovers.in_words(tmp_path)) == []
