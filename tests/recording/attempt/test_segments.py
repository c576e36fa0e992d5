"""What an attempt tells of its process, and the segments that it hands over."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.recording.attempt.bench import NINE, Bench, ends, write_program
from thorsched.recording import checkpoint
from thorsched.recording.attempt import Attempt
from thorsched.recording.lifecycle import Exited, Grew, Spawned, Tick
from thorsched.recording.segments import Relabelled
from thorsched.recording.trouble import Cause


def test_segments_are_handed_over_in_turn_once_each_when_the_next_one_is_open(
    bench: Bench, running: Attempt
) -> None:
    assert running.poll() == Tick()
    bench.segment(0).write_bytes(b"x" * 10)
    assert running.poll() == Grew(10, bench.segment(0))
    assert bench.closed == []
    for index in (1, 2):
        bench.segment(index).write_bytes(b"x" * 5)
    assert running.poll() == Grew(20, bench.segment(2))
    assert running.poll() == Grew(20, bench.segment(2))
    assert [segment.path for segment in bench.closed] == [bench.segment(0), bench.segment(1)]
    running.interrupt()
    assert ends(running)
    running.release()
    assert [segment.path for segment in bench.closed] == [bench.segment(n) for n in range(3)]
    assert {segment.recording for segment in bench.closed} == {bench.wanted}
    assert bench.told() == ["/jpeg", "/stop"]
    assert bench.all_ports_are_free()


def test_segments_that_closed_with_the_end_are_handed_over_too(
    bench: Bench, running: Attempt
) -> None:
    for index in range(3):
        bench.segment(index).write_bytes(b"x")
    running.kill()
    assert ends(running)
    running.release()
    assert [segment.path for segment in bench.closed] == [bench.segment(n) for n in range(3)]


def test_a_segment_that_a_killed_recorder_has_just_opened_takes_the_checkpoint_with_it(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x")
    bench.segment(1).touch()
    running.kill()
    assert ends(running)
    running.release()
    assert [segment.path for segment in bench.closed] == [bench.segment(0), bench.segment(1)]
    assert [segment.checkpoint for segment in bench.closed] == [
        None,
        *checkpoint.paths_below(bench.root),
    ]


def test_a_closed_segment_that_somebody_took_away_is_no_shrinking(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x" * 10)
    bench.segment(1).write_bytes(b"x")
    assert running.poll() == Grew(11, bench.segment(1))
    bench.segment(0).unlink()
    bench.segment(1).write_bytes(b"x" * 2)
    assert running.poll() == Grew(12, bench.segment(1))


def test_segments_that_somebody_takes_away_as_soon_as_they_are_closed_are_growth(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x" * 10)
    assert running.poll() == Grew(10, bench.segment(0))
    bench.segment(0).unlink()
    bench.segment(1).write_bytes(b"x")
    assert running.poll() == Grew(11, bench.segment(1))
    bench.segment(1).unlink()
    bench.segment(4).write_bytes(b"x" * 2)  # between two looks, more than one was closed and taken
    assert running.poll() == Grew(13, bench.segment(4))
    running.interrupt()
    assert ends(running)
    running.release()
    handed_over = [segment.path for segment in bench.closed]
    assert handed_over == [bench.segment(n) for n in (0, 1, 4)], "what was seen is not forgotten"


def test_a_segment_keeps_the_labels_with_which_it_was_opened(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x")
    running.poll()
    other = replace(bench.wanted, provenance={"about": {"subject": "m043"}})
    running.relabel(other)
    bench.segment(1).write_bytes(b"x")
    running.poll()
    running.interrupt()
    assert ends(running)
    running.release()
    first, second = bench.closed
    assert first.recording == bench.wanted
    assert first.relabelled == (Relabelled(NINE, other),)
    assert (second.recording, second.relabelled) == (other, ())


def test_a_directory_that_became_a_file_is_no_growth_and_no_bug_and_is_followed(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x")
    running.poll()
    bench.directory.rename(bench.root / "elsewhere")
    bench.directory.write_text("in the way")
    assert running.poll() == Grew(1, bench.segment(0)), "that is not more than before"
    running.interrupt()
    assert ends(running)
    running.release()
    assert [one.path for one in bench.closed] == [bench.root / "elsewhere" / bench.segment(0).name]
    assert bench.told() == ["/jpeg", "/stop"]


def test_a_segment_that_was_open_when_its_disk_went_away_is_handed_over_and_one_more_is_guessed(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x")
    running.poll()
    later = replace(bench.wanted, provenance={"about": {"subject": "m043"}})
    running.relabel(later)
    bench.root.rename(bench.root.with_name("away"))
    running.interrupt()
    assert ends(running)
    running.release()
    seen, guessed = bench.closed
    assert (seen.path, seen.recording, seen.is_guess) == (bench.segment(0), bench.wanted, False)
    assert guessed.path == bench.segment(1)
    assert (guessed.recording, guessed.zero, guessed.is_guess) == (later, seen.zero, True)


def test_a_disk_that_went_away_before_anything_was_seen_leaves_a_guess(
    bench: Bench, running: Attempt
) -> None:
    bench.root.rename(bench.root.with_name("away"))
    running.interrupt()
    assert ends(running)
    running.release()
    assert [(one.path, one.is_guess) for one in bench.closed] == [(bench.segment(0), True)]


def test_segments_that_are_made_while_the_disk_is_away_are_handed_over_when_it_is_back(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x")
    running.poll()
    away = bench.root.with_name("away")
    bench.root.rename(away)
    assert running.poll() == Grew(1, bench.segment(0))
    directory = away / bench.directory.relative_to(bench.root)
    for index in (1, 2):
        (directory / bench.segment(index).name).write_bytes(b"x")
    away.rename(bench.root)
    assert running.poll() == Grew(3, bench.segment(2))
    assert [one.path for one in bench.closed] == [bench.segment(0), bench.segment(1)]


def test_a_segment_is_dated_by_the_latency_it_was_recorded_with(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x")
    running.relabel(replace(bench.wanted, latency=timedelta(seconds=9)))
    running.kill()
    assert ends(running)
    running.release()
    (segment,) = bench.closed
    assert segment.zero == NINE - bench.wanted.latency


def test_the_end_of_a_recorder_is_told_in_its_own_words(running: Attempt) -> None:
    running.kill()
    assert ends(running)
    event = running.poll()
    assert isinstance(event, Exited)
    assert event.trouble.cause is Cause.STREAM_ENDED
    assert "no words yet" in event.trouble.detail


@pytest.mark.parametrize(("says", "logs"), [("", 0), ("echo a word", 1)])
def test_a_log_without_a_word_goes_with_the_name(
    bench: Bench, tools: Path, says: str, logs: int
) -> None:
    write_program(tools / "gst-launch-1.0", f"#!/bin/sh\n{says}\n")
    naming = replace(bench.wanted.output.naming, log="{attempt}.log")
    wanted = replace(bench.wanted, output=replace(bench.wanted.output, naming=naming))
    attempt = bench.attempt(wanted)
    assert isinstance(attempt.begin(), Spawned)
    assert ends(attempt)
    attempt.release()
    assert len(list(naming.logs.glob("*.log"))) == logs
    assert list(bench.directory.glob("*.mkv")) == []
