"""What a checkpoint says is told apart: a recorder that runs, one that died, and a stranger."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recording.conftest import LogLines
from tests.support import values
from tests.support.clocks import FakeClock
from tests.support.values import NOON
from thorsched.base import host
from thorsched.cameras.selector import Encoding
from thorsched.recording.adoption import Dead, Running, by_stream, left_below
from thorsched.recording.checkpoint import Checkpoint, directory_of, paths_below
from thorsched.recording.checkpoint_text import (
    BadCheckpoint,
    Begun,
    first_line,
    further_line,
    parse,
    proof_line,
)
from thorsched.recording.guard import Guard, orphans_below
from thorsched.recording.guard import parse as parse_guarded
from thorsched.recording.history import Note
from thorsched.recording.launcher import Launcher
from thorsched.recording.segments import Relabelled, Segment
from thorsched.recording.spec import Recording, tail
from thorsched.recording.withheld import UNPROVEN
from thorsched.schedule.intervals import ALWAYS

ROOT = Path("/data/recordings")
COMMAND = ("sleep", f"600.{os.getpid()}")  # nobody else's, as recorders' are


def recording(root: Path = ROOT) -> Recording:
    usual = values.recording()
    provenance = {"schedules": ["nights"], "about": {"subject": "m042", "über": 9}}
    return replace(usual, output=values.output(root), provenance=provenance)


def begun(root: Path = ROOT) -> Begun:
    made = Begun(recording(root), Path("side/2026-03-01"), "side_x", NOON, 9001, COMMAND)
    return replace(made, clock_offset_s=0.25)


windows = st.sampled_from([values.window(), ALWAYS, replace(values.window(), end=ALWAYS.end)])
recordings = st.builds(
    replace,
    st.just(recording()),
    window=windows,
    latency=st.timedeltas(timedelta(0), timedelta(seconds=8)),
    source=st.sampled_from(
        [
            values.source(),
            replace(values.source(), device_name='x" \u202e\n', encoding=Encoding.H265),
        ]
    ),
)


@given(recordings, recordings)
def test_a_checkpoint_says_what_was_written(first: Recording, later: Recording) -> None:
    label = Relabelled(NOON, later)
    text = first_line(replace(begun(), recording=first)) + further_line(label)
    assert parse(text, ROOT) == (replace(begun(), recording=first), (label,))


def test_a_checkpoint_says_whose_frames_nobody_knows_until_they_are_proven() -> None:
    doubtful = replace(begun(), is_unproven=True)
    label = Relabelled(NOON, recording())
    text = first_line(doubtful) + further_line(label)
    assert parse(text, ROOT) == (doubtful, (label,))
    assert parse(text + proof_line(label), ROOT) == (begun(), (label,))


@pytest.mark.fault(8)
@pytest.mark.parametrize("is_proven", [False, True])
def test_a_successor_that_died_unproven_leaves_segments_that_are_doubted(
    tmp_path: Path, *, is_proven: bool
) -> None:
    text = first_line(replace(begun(tmp_path), is_unproven=True))
    text += proof_line(Relabelled(NOON, recording(tmp_path))) if is_proven else ""
    checkpoint = tmp_path / "side_x.attempt"
    checkpoint.write_text(text)
    (tmp_path / "side/2026-03-01").mkdir(parents=True)
    (tmp_path / "side/2026-03-01/side_x-00000.mkv").write_bytes(bytes(2000))
    handed_over: list[Segment] = []
    Dead(checkpoint, *parse(text, tmp_path)).bury(closed=handed_over.append)
    assert [one.doubt for one in handed_over] == ["" if is_proven else UNPROVEN]


@given(recordings)
def test_a_guard_reads_from_it_until_when_the_recorder_may_run(last: Recording) -> None:
    orphan = parse_guarded(first_line(begun()) + further_line(Relabelled(NOON, last)))
    end = last.window.bounds[1]
    assert orphan.command == COMMAND
    assert orphan.until == (end + tail(last.latency) if end else None)


def test_a_line_that_was_cut_short_is_none() -> None:
    text = first_line(begun()) + further_line(Relabelled(NOON, recording()))[:-40]
    assert parse(text, ROOT) == (begun(), ())


def test_a_root_that_is_mounted_elsewhere_has_its_recordings_there() -> None:
    elsewhere = Path("/media/disk")
    found, _ = parse(first_line(begun()), elsewhere)
    assert found.recording.output == values.output(elsewhere)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}\n",
        "not json\n",
        "[1]\n",
        first_line(begun()).replace('"version":1', '"version":2'),
        first_line(begun()).replace("side/2026-03-01", "../../etc"),
        first_line(begun()).replace("side/2026-03-01", "/etc"),
        first_line(begun()).replace('"side_x"', '"a/b"'),
        first_line(begun()).replace("image/jpeg,width=1280", "image/jpeg,width=0"),
        first_line(begun()).replace("side/2026-03-01", "side\\u0000"),
        first_line(begun()).replace('"camera":"side"', '"camera":"a\\u0000"'),
        first_line(begun()).replace("http://", "gopher://"),
        first_line(begun()).replace("{camera}.log", "{camera:>99999999999}"),
        first_line(begun()).replace("{camera}.log", "../{camera}.log"),
        first_line(begun()).replace('"logs":"', '"logs":"/var/log/'),
        first_line(begun()).replace('"logs":"', '"logs":"../'),
        first_line(begun()).replace("2026-03-01T12:00:00Z", "0001-01-01T00:00:00+14:00"),
        re.sub('"zero":"[^"]*"', '"zero":"9999-12-31T23:59:59Z"', first_line(begun())),
    ],
)
def test_text_that_no_checkpoint_has_is_refused(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        parse(text, ROOT)


@contextlib.contextmanager
def sleeping(*descriptors: int) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(COMMAND, **host.inheritance_kwargs(descriptors)) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_recorder_that_holds_its_lock_runs(tmp_path: Path) -> None:
    checkpoint = Checkpoint.begin(tmp_path, "side_x", first_line(begun(tmp_path)))
    with sleeping(*checkpoint.descriptors()) as process:
        checkpoint.close()
        (left,) = left_below(tmp_path)
        assert isinstance(left, Running)
        assert left.process.pid == process.pid
        assert left.process.poll() is None
        assert len(orphans_below(tmp_path)) == 1
        host.interrupt(left.process)
        process.wait()
        assert left.process.poll() is not None
        left.process.kill()  # of what is gone nothing is signalled
        left.process.close()
    assert orphans_below(tmp_path) == {}
    (left,) = left_below(tmp_path)
    assert isinstance(left, Dead)


@pytest.mark.fault(39)
def test_a_stranger_with_a_recorders_words_is_none_and_is_left_alone(tmp_path: Path) -> None:
    Checkpoint.begin(tmp_path, "side_x", first_line(begun(tmp_path))).close()
    with sleeping() as stranger:
        (left,) = left_below(tmp_path)
        assert isinstance(left, Dead)
        assert orphans_below(tmp_path) == {}
        assert stranger.poll() is None


@pytest.mark.fault(39)
@pytest.mark.skipif(sys.platform != "linux", reason="who has a file open is told on Linux alone")
def test_whoever_may_write_a_checkpoint_can_have_no_stranger_signalled(tmp_path: Path) -> None:
    forged = Checkpoint.begin(tmp_path, "side_x", first_line(begun(tmp_path)))
    with sleeping() as stranger:  # its words, and a lock that is not its own
        assert left_below(tmp_path) == []
        guard = Guard(tmp_path, FakeClock(NOON + timedelta(days=365)))
        assert guard.look()
        guard.look()
        assert stranger.poll() is None
    forged.discard()


def test_the_checkpoint_of_a_newer_version_is_kept_as_long_as_its_recorder_runs(
    tmp_path: Path,
) -> None:
    newer = first_line(begun(tmp_path)).replace('"version":1', '"version":2')
    checkpoint = Checkpoint.begin(tmp_path, "side_x", newer)
    with sleeping(*checkpoint.descriptors()):
        checkpoint.close()
        assert left_below(tmp_path) == []
        assert paths_below(tmp_path) == [checkpoint.path]
        assert len(orphans_below(tmp_path)) == 1, "the guard would not end it"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "\n",
        '{"command":["sleep"],"until":"0001-01-01T00:00:00+14:00"}\n',
        '{"command":7,"until":null}\n',
    ],
)
def test_a_guard_outlives_any_text(text: str, tmp_path: Path) -> None:
    checkpoint = Checkpoint.begin(tmp_path, "side_x", text)
    assert orphans_below(tmp_path) == {}
    checkpoint.discard()


def test_a_recorder_may_run_until_the_end_of_time() -> None:
    orphan = parse_guarded('{"command":["sleep"],"until":"9999-12-31T23:59:59.9+00:00"}\n')
    assert not orphan.is_over(NOON)


def test_a_recorder_that_cannot_be_found_is_told_of_and_left_alone(
    tmp_path: Path, log_lines: LogLines
) -> None:
    checkpoint = Checkpoint.begin(tmp_path, "side_x", first_line(begun(tmp_path)))
    assert left_below(tmp_path) == []  # its lock is held here, and nobody has its words
    assert [r.getMessage() for r in log_lines.records] == [
        "a recorder runs that cannot be found, and is left alone"
    ]
    checkpoint.close()


def test_what_says_nothing_is_set_aside_and_the_others_are_read(
    tmp_path: Path, log_lines: LogLines
) -> None:
    Checkpoint.begin(tmp_path, "side_x", first_line(begun(tmp_path))).close()
    Checkpoint.begin(tmp_path, "side_y", "garbage\n").close()
    (directory_of(tmp_path) / "link.attempt").symlink_to("/etc/passwd")
    assert [left.begun.prefix for left in left_below(tmp_path)] == ["side_x"]
    assert len(paths_below(tmp_path)) == 2  # the link cannot be read, and stays
    assert [p.suffix for p in directory_of(tmp_path).iterdir()].count(".broken") == 1
    assert len(log_lines.records) == 2


def dead(root: Path, *files: str) -> Dead:
    """Return an attempt whose recorder died, and left these files behind."""
    directory = root / "side" / "2026-03-01"
    directory.mkdir(parents=True)
    for name in files:
        (directory / name).write_bytes(b"frames" if name.endswith("mkv") else b"{}")
    Checkpoint.begin(root, "side_x", first_line(begun(root))).close()
    (left,) = left_below(root)
    assert isinstance(left, Dead)
    return left


def test_a_bug_costs_what_one_attempt_has_left_and_never_the_start(tmp_path: Path) -> None:
    dead(tmp_path, "side_x-00000.mkv")
    closed: list[Segment] = []
    launcher = Launcher(
        clock=FakeClock(),
        check_root=lambda _: None,
        changed=lambda: None,
        closed=closed.append,
        outlives=True,
        noted=_no_note,
    )
    launcher.adopt(tmp_path)
    assert [one.path.name for one in closed] == ["side_x-00000.mkv"]
    assert launcher.leave()


def _no_note(note: Note) -> None:
    raise ZeroDivisionError(note)


def test_two_recorders_of_a_stream_belong_together_and_the_newest_come_first() -> None:
    first = begun()
    other_port = replace(first, port=9002)
    elsewhere = replace(first, recording=replace(first.recording, latency=timedelta(seconds=2)))
    lone, older, third, newer = (
        Dead(Path(str(number)), one, ())
        for number, one in enumerate([other_port, first, first, elsewhere])
    )
    assert by_stream([lone, older, newer]) == [[older, newer], [lone]]
    assert by_stream([older, newer, lone]) == [[lone], [older, newer]]
    assert by_stream([older, third, newer]) == [[newer], [older, third]]
    assert by_stream([]) == []


@pytest.mark.fault(40)
def test_of_a_dead_recorder_what_has_no_sidecar_is_handed_over(tmp_path: Path) -> None:
    names = [f"side_x-0000{number}.{ending}" for number in (0, 1) for ending in ("mkv", "json")]
    closed: list[Segment] = []
    left = dead(tmp_path, *names, "side_x-00002.mkv")
    (tmp_path / "side" / "2026-03-01" / "side_x-00001.json").unlink()
    left.bury(closed=closed.append)
    assert [one.path.name for one in closed] == ["side_x-00001.mkv", "side_x-00002.mkv"]
    assert [one.checkpoint for one in closed] == [None, left.path]
    assert all(one.recording == recording(tmp_path) for one in closed)


def test_what_a_full_disk_kept_from_being_repaired_is_handed_over_again(tmp_path: Path) -> None:
    names = [f"side_x-0000{number}.{ending}" for number in (0, 1) for ending in ("mkv", "json")]
    closed: list[Segment] = []
    left = dead(tmp_path, *names)
    told = tmp_path / "side" / "2026-03-01" / "side_x-00001.json"
    told.write_text('{"repair": {"failed": "no room"}}')
    left.bury(closed=closed.append)
    assert [one.path.name for one in closed] == ["side_x-00001.mkv"]
    assert closed[0].checkpoint == left.path


def test_a_recorder_that_died_before_its_first_byte_leaves_nothing(tmp_path: Path) -> None:
    closed: list[Segment] = []
    left = dead(tmp_path, "other-00000.mkv")
    (tmp_path / "side" / "2026-03-01" / "side_x-00000.mkv").touch()
    left.bury(closed=closed.append)
    assert closed == []
    assert paths_below(tmp_path) == []
    assert [p.name for p in (tmp_path / "side" / "2026-03-01").iterdir()] == ["other-00000.mkv"]
