"""What an export cannot vouch for is refused, each with a word of its own."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.export.filmed import ABOUT, filmed, sidecar
from thorsched.export.segments import NotExportable, described, find
from thorsched.recording.checkpoint import Checkpoint
from thorsched.recording.root import RootLock
from thorsched.recording.segments import attempt_of


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("filmed")
    filmed(directory / "side-00000.mkv", range(10))
    return directory


@pytest.fixture
def path(directory: Path, tmp_path: Path) -> Path:
    """A segment that each test may spoil."""
    for suffix in (".mkv", ".json"):
        copy = tmp_path / f"side-00000{suffix}"
        copy.write_bytes((directory / copy.name).read_bytes())
    return tmp_path / "side-00000.mkv"


def respell(path: Path, **changed: Any) -> None:
    told = sidecar(path, range(10), **changed)
    path.with_suffix(".json").write_text(json.dumps(told))


def test_a_segment_is_what_its_sidecar_tells(path: Path) -> None:
    found = described(path)
    assert (found.told.camera, found.told.frames, found.size) == ("side", 10, (64, 48))
    assert found.told.about == ABOUT
    assert found.attempt == path.with_name("side")


def test_what_the_audit_adds_is_taken_along(path: Path) -> None:
    respell(path, sha256="ab", audit={"verdict": "good", "frames": 10})
    told = described(path).told
    assert (told.sha256, told.audit["verdict"]) == ("ab", "good")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"version": 9}, "of version 9, which a newer thorsched wrote"),
        ({"file": "other\n.mkv"}, r"is the sidecar of other\\n\.mkv: call both as they were"),
        ({"finalised": False}, "was never closed"),
        ({"size_bytes": 5}, r"has changed: .* and was of 5 when it was .*; take it from a copy"),
        ({"camera": 5}, "is no sidecar: camera is not there as thorsched writes it; .* --repair"),
        ({"first_frame": "2026-03-01T12:00:00"}, "is no sidecar: first_frame is not there as "),
        ({"device": []}, "is no sidecar: device is not there as "),
        ({"picture": {"first": {"width": 1}}}, r"no sidecar: picture\.first\.height is not there"),
        ({"camera": "\ud800"}, "is no sidecar: .*surrogates not allowed"),
    ],
)
def test_a_sidecar_that_speaks_against_the_file_is_told(
    path: Path, changed: dict[str, Any], words: str
) -> None:
    respell(path, **changed)
    with pytest.raises(NotExportable, match=words):
        described(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"[" * 100_000, b"\xff\x00", b"7"])
def test_a_sidecar_that_is_none_is_told(path: Path, content: bytes) -> None:
    path.with_suffix(".json").write_bytes(content)
    with pytest.raises(NotExportable, match=r"side-00000\.json is no sidecar: .*verify ROOT --re"):
        described(path)


def test_a_file_without_a_sidecar_is_told(path: Path) -> None:
    path.with_suffix(".json").unlink()
    with pytest.raises(
        NotExportable, match=r"has no sidecar: .*`thorsched verify ROOT --repair` makes"
    ):
        described(path)


def test_what_is_advised_about_a_sidecar_can_be_done_at_that_moment(path: Path) -> None:
    path.with_suffix(".json").write_text("{")
    root = path.parent
    lock = RootLock(root)
    with pytest.raises(
        NotExportable, match=rf"--repair` .*, when .*process {os.getpid()}\) has ended"
    ):
        described(path)
    path.with_suffix(".json").unlink()
    with pytest.raises(NotExportable, match=rf"process {os.getpid()}\) records to {root}, and des"):
        described(path)
    lock.close()
    with pytest.raises(NotExportable, match=rf"`thorsched verify {root} --repair` makes one"):
        described(path)


def test_a_file_whose_recorder_outlives_its_scheduler_is_told_to_be_recorded(path: Path) -> None:
    path.with_suffix(".json").unlink()
    alive = Checkpoint.begin(path.parent, attempt_of(path).name, "{}")
    with pytest.raises(NotExportable, match="its recorder runs; export it when it is closed"):
        described(path)
    alive.close()
    with pytest.raises(NotExportable, match="--repair` makes one"):
        described(path)


def test_a_fifo_in_a_sidecars_place_holds_nobody(path: Path) -> None:
    path.with_suffix(".json").unlink()
    os.mkfifo(path.with_suffix(".json"))
    with pytest.raises(OSError, match="not a plain file"):
        described(path)


def test_all_segments_below_a_directory_are_found_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b/2026/b-00001.mkv", "b/2026/b-00000.mkv", "a/a.mkv", ".thorsched/x.mkv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "linked.mkv").symlink_to("a/a.mkv")
    (tmp_path / "loop").symlink_to(".")
    wanted = [tmp_path / name for name in ("a/a.mkv", "b/2026/b-00000.mkv", "b/2026/b-00001.mkv")]
    assert find([tmp_path, wanted[1]]) == tuple(wanted)


def test_a_directory_without_segments_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        NotExportable, match=r"holds no \.mkv file; name recorded \.mkv files, or a"
    ):
        find([tmp_path])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "nope",
            r"there is no file or directory \S*/nope; name recorded \.mkv files, or a directo",
        ),
        ("sids-00000.mkv", r"there is no file or .*; did you mean 'side-00000\.mkv'\?"),
        ("recording", r"there is no file or .*; did you mean 'recordings'\?"),
        ("no/where", r"there is no file or .*; name recorded \.mkv files"),
        ("side-00000.json", r"side-00000\.json is no \.mkv file; name recorded \.mkv files"),
    ],
)
def test_what_is_no_recording_is_told_with_what_would_be_right(
    path: Path, name: str, words: str
) -> None:
    (path.parent / "recordings").mkdir()
    with pytest.raises(NotExportable, match=words):
        described(path.parent / name)
