"""What an attempt makes of a bad start, and of what stands in the place of its files."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.recording.attempt.bench import (
    NO_ANSWER,
    STAND_IN,
    Bench,
    ends,
    write_program,
)
from tests.recording.conftest import LogLines
from tests.support.ports import free_port
from tests.support.waiting import eventually
from tests.thorvision.misbehaving import http
from thorsched.recording.lifecycle import Failed, Grew, Spawned, Tick
from thorsched.recording.process import LOG_LIMIT_BYTES
from thorsched.recording.trouble import Cause


def test_a_root_that_is_no_directory_is_a_trouble_of_storage(bench: Bench) -> None:
    bench.root.rename(bench.root.with_name("elsewhere"))
    bench.root.write_text("in the way")
    cause, detail = bench.fails()
    assert cause is Cause.STORAGE
    assert str(bench.root) in detail
    assert bench.told() == []


def test_too_little_room_is_a_trouble_of_storage(bench: Bench) -> None:
    output = replace(bench.wanted.output, min_free_bytes=10**18)
    cause, detail = bench.fails(replace(bench.wanted, output=output))
    assert cause is Cause.STORAGE
    assert "min_free asks for 1000000 TB" in detail
    assert bench.told() == []


def test_a_template_that_leaves_the_root_is_a_trouble_of_storage(bench: Bench) -> None:
    naming = replace(bench.wanted.output.naming, attempt="../{camera}_{start}")
    output = replace(bench.wanted.output, naming=naming)
    cause, detail = bench.fails(replace(bench.wanted, output=output))
    assert cause is Cause.STORAGE
    assert "unsafe path" in detail


def test_a_server_that_is_not_there_is_unreachable(bench: Bench) -> None:
    source = replace(bench.wanted.source, server=f"http://127.0.0.1:{free_port()}")
    cause, detail = bench.fails(replace(bench.wanted, source=source))
    assert cause is Cause.SERVER_UNREACHABLE
    assert "connection refused" in detail
    assert not bench.is_in_doubt()


def test_a_refusal_is_one_and_nobody_elses_stream_is_stopped(bench: Bench) -> None:
    bench.answers["/jpeg"] = http("409 Conflict", b'{"detail": "no such mode"}')
    cause, detail = bench.fails()
    assert cause is Cause.SERVER_REFUSED
    assert "no such mode" in detail
    assert bench.told() == ["/jpeg"]


def test_a_camera_that_another_client_has_is_told_so_and_its_stream_left_alone(
    bench: Bench,
) -> None:
    bench.answers["/jpeg"] = http("409 Conflict", b'{"detail": "camera 0 is already streaming"}')
    cause, detail = bench.fails()
    assert cause is Cause.DEVICE_TAKEN
    assert "'camera 0 is already streaming': another program, in the GUI or on" in detail
    assert bench.told() == ["/jpeg"]


def test_a_start_without_an_answer_is_stopped(bench: Bench) -> None:
    bench.answers["/jpeg"] = NO_ANSWER
    cause, _ = bench.fails()
    assert cause is Cause.SERVER_UNREACHABLE
    assert bench.told() == ["/jpeg", "/stop"]


def test_an_answer_that_no_server_gives_is_called_one(bench: Bench) -> None:
    bench.answers["/cameras"] = http("200 OK", b"<html>a printer</html>")
    cause, detail = bench.fails()
    assert cause is Cause.SERVER_UNUSABLE
    assert "is this a ThorVision server?" in detail


def test_ports_that_are_all_in_use_are_no_fault_of_the_servers(bench: Bench) -> None:
    held = [bench.take_a_port() for _ in range(2)]
    attempt = bench.attempt()
    outcome = attempt.begin()
    attempt.release()
    assert isinstance(outcome, Failed)
    assert outcome.trouble.cause is Cause.NO_PORT
    assert "wider range of ports" in outcome.trouble.detail
    assert bench.told() == []
    for port in held:
        bench.pool.release(port)


@pytest.mark.usefixtures("tools")
def test_a_machine_without_gst_launch_says_what_to_install(bench: Bench) -> None:
    cause, detail = bench.fails()
    assert cause is Cause.MACHINE
    assert "gst-launch-1.0 not found" in detail
    assert bench.told() == ["/jpeg", "/stop"], "a stream was left behind"


def test_a_gst_launch_that_cannot_be_run_is_a_trouble_of_the_machine(
    bench: Bench, tools: Path
) -> None:
    (tools / "gst-launch-1.0").write_bytes(b"\x7fELF this is no program")
    (tools / "gst-launch-1.0").chmod(0o755)
    cause, detail = bench.fails()
    assert cause is Cause.MACHINE
    assert "the recorder cannot be started" in detail
    assert bench.told() == ["/jpeg", "/stop"]


def test_a_root_that_was_replaced_is_not_recorded_to_until_it_is_back(
    bench: Bench, tools: Path
) -> None:
    write_program(tools / "gst-launch-1.0", STAND_IN)
    away = bench.root.with_name("away")
    bench.root.rename(away)
    cause, said = bench.fails()
    assert (cause, bench.root.exists()) == (Cause.STORAGE, False)
    bench.root.mkdir()
    cause, said = bench.fails()
    assert cause is Cause.STORAGE
    assert "is not the directory that was locked (unmounted or replaced?)" in said
    assert list(bench.root.iterdir()) == []
    assert bench.told() == []
    bench.root.rmdir()
    away.rename(bench.root)
    attempt = bench.attempt()
    assert isinstance(attempt.begin(), Spawned)
    attempt.kill()
    assert ends(attempt)
    attempt.release()


def test_a_log_that_cannot_be_written_costs_its_words_only(
    bench: Bench, tools: Path, log_lines: LogLines
) -> None:
    write_program(tools / "gst-launch-1.0", STAND_IN)
    (bench.root / ".thorsched" / "logs").write_text("in the way")
    attempt = bench.attempt()
    assert isinstance(attempt.begin(), Spawned)
    assert eventually((bench.directory / "running").exists)
    assert log_lines.of(logging.WARNING) == ["a recorder's words are lost"]
    assert attempt.poll() == Tick()
    attempt.kill()
    assert ends(attempt)
    attempt.release()


@pytest.mark.fault(33)
def test_names_that_are_taken_are_passed_over(bench: Bench, tools: Path) -> None:
    bench.directory.mkdir(parents=True)
    for taken in (bench.segment(7), bench.segment(0, "cam0_20260301T090000Z.2")):
        taken.with_suffix(".json").write_text("{}")
    launch = tools / "gst-launch-1.0"
    launch.write_text('#!/bin/sh\nfor word; do echo "$word"; done > said\n')
    launch.chmod(0o755)
    attempt = bench.attempt()
    assert isinstance(attempt.begin(), Spawned)
    assert ends(attempt)
    attempt.release()
    said = (bench.directory / "said").read_text().splitlines()
    assert said[-1] == "location=cam0_20260301T090000Z.3-%05d.mkv"


@pytest.mark.fault(33)
@pytest.mark.parametrize("plant", [Path.write_text, Path.symlink_to, lambda path, _: path.mkdir()])
def test_what_stands_at_a_later_segments_name_makes_the_attempt_take_another_and_is_left_alone(
    bench: Bench, tools: Path, plant: Callable[[Path, str], None]
) -> None:
    write_program(tools / "gst-launch-1.0", STAND_IN)
    bench.directory.mkdir(parents=True)
    foreign = bench.segment(1)
    plant(foreign, "somebody else's")
    before = foreign.lstat()
    attempt = bench.attempt()
    spawned = attempt.begin()
    assert isinstance(spawned, Spawned)
    assert spawned.location.name == "cam0_20260301T090000Z.2-%05d.mkv"
    bench.segment(0, "cam0_20260301T090000Z.2").write_bytes(b"x")
    assert attempt.poll() == Grew(1, bench.segment(0, "cam0_20260301T090000Z.2"))
    attempt.kill()
    assert ends(attempt)
    attempt.release()
    (closed,) = bench.closed
    assert closed.path == bench.segment(0, "cam0_20260301T090000Z.2")
    assert foreign.lstat() == before


@pytest.mark.parametrize("plant", [Path.symlink_to, lambda log, _: os.mkfifo(log)])
def test_what_somebody_has_put_in_the_logs_place_is_neither_followed_nor_waited_for(
    bench: Bench, tools: Path, log_lines: LogLines, plant: Callable[[Path, Path], None]
) -> None:
    write_program(tools / "gst-launch-1.0", STAND_IN)
    precious = bench.root / "precious"
    precious.write_bytes(b"x" * (LOG_LIMIT_BYTES + 1))
    log = bench.root / ".thorsched" / "logs" / "cam0.log"
    log.parent.mkdir()
    plant(log, precious)
    attempt = bench.attempt()
    assert isinstance(attempt.begin(), Spawned)
    assert eventually((bench.directory / "running").exists)
    attempt.poll()
    attempt.kill()
    assert ends(attempt)
    attempt.poll()
    attempt.release()
    assert log_lines.of(logging.WARNING) == ["a recorder's words are lost"]
    assert precious.stat().st_size == LOG_LIMIT_BYTES + 1
