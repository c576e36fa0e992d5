"""Whose stream it is, and what an attempt leaves behind on the server."""

import os
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.recording.attempt.bench import (
    NO_ANSWER,
    OBEDIENT,
    STAND_IN,
    Bench,
    device,
    ends,
    listing,
    write_program,
)
from tests.support.waiting import eventually, pause
from tests.thorvision.misbehaving import http
from thorsched.base.claims import Claimed, Claims
from thorsched.base.host import meeting_place
from thorsched.recording.attempt import Attempt
from thorsched.recording.lifecycle import Cancelled, Failed, Spawned, Tick
from thorsched.recording.trouble import Cause


def test_a_stream_that_could_not_be_stopped_is_stopped_before_the_next_start(bench: Bench) -> None:
    bench.answers |= {"/jpeg": NO_ANSWER, "/stop": NO_ANSWER}
    bench.fails()
    bench.answers["/stop"] = OBEDIENT
    bench.answers["/jpeg"] = http("500 Internal Server Error", b"{}")
    bench.fails()
    assert bench.told() == ["/jpeg", "/stop", "/stop", "/jpeg"]


def test_a_start_that_may_be_obeyed_late_is_stopped_until_another_one_succeeds(
    bench: Bench, tools: Path
) -> None:
    bench.answers |= {"/jpeg": NO_ANSWER, "/stop": http("400 Bad Request", b"{}")}
    bench.fails()  # the server does not stream yet, hence refuses to stop
    bench.answers |= {"/jpeg": http("409 Conflict", b"{}"), "/stop": OBEDIENT}
    bench.fails()  # it streams by now: the first start has been obeyed
    assert bench.is_in_doubt()
    write_program(tools / "gst-launch-1.0", STAND_IN)
    bench.answers["/jpeg"] = OBEDIENT
    attempt = bench.attempt()
    assert isinstance(attempt.begin(), Spawned)
    assert bench.told() == ["/jpeg", "/stop", "/stop", "/jpeg", "/stop", "/jpeg"]
    assert not bench.is_in_doubt()
    attempt.kill()
    assert ends(attempt)
    attempt.release()


@pytest.mark.fault(8, 14)
@pytest.mark.parametrize(
    ("devices", "detail"),
    [
        ([device(0, "Other"), device(1)], "is 'Other' now, not 'HD USB Camera'"),
        ([device(1)], "is not there any more"),
        ([device(0, width=640)], "does not offer jpeg 1280x720 @30fps any more"),
    ],
)
def test_a_device_that_is_another_one_by_now_is_not_asked_for_a_stream(
    bench: Bench, devices: list[dict[str, object]], detail: str
) -> None:
    bench.answers["/cameras"] = listing(*devices)
    cause, said = bench.fails()
    assert cause is Cause.NO_DEVICE
    assert detail in said
    assert bench.told() == []


@pytest.mark.fault(8, 14)
def test_a_server_that_begins_anew_between_list_and_start_gets_no_recorder(
    bench: Bench, tools: Path
) -> None:
    write_program(tools / "gst-launch-1.0", STAND_IN)
    bench.after_start["/cameras"] = listing(device(0, "Other"), device(1))
    cause, said = bench.fails()
    assert cause is Cause.NO_DEVICE
    assert "is 'Other' now" in said
    assert bench.told() == ["/jpeg", "/stop"]
    assert list(bench.directory.iterdir()) == []


def test_a_successor_waits_for_the_end_of_its_predecessor_which_stops_its_own_stream_only(
    bench: Bench, running: Attempt
) -> None:
    successor = bench.attempt(replace(bench.wanted, camera="renamed"))
    outcomes: list[object] = []
    beginning = threading.Thread(target=lambda: outcomes.append(successor.begin()))
    beginning.start()
    pause(0.2)
    assert bench.told() == ["/jpeg"]
    running.kill()
    assert ends(running)
    running.release()
    beginning.join()
    assert [type(outcome) for outcome in outcomes] == [Spawned]
    running.release()
    assert bench.told() == ["/jpeg", "/stop", "/jpeg"], "the predecessor stopped its successor"
    successor.kill()
    assert ends(successor)
    successor.release()


def test_a_device_that_is_not_let_go_is_refused_and_its_stream_left_alone(
    bench: Bench, running: Attempt
) -> None:
    successor = bench.attempt()
    outcome = successor.begin()
    successor.release()
    assert isinstance(outcome, Failed)
    assert outcome.trouble.cause is Cause.DEVICE_TAKEN
    assert "has not let go of device 0" in outcome.trouble.detail
    assert bench.told() == ["/jpeg"]
    assert isinstance(running.poll(), Tick)


@pytest.mark.fault(16)
def test_a_stop_without_an_answer_frees_the_port_all_the_same(
    bench: Bench, running: Attempt
) -> None:
    bench.answers["/stop"] = NO_ANSWER
    running.kill()
    assert ends(running)
    running.release()
    assert bench.all_ports_are_free()
    assert bench.is_in_doubt()


@pytest.mark.fault(25)
def test_a_device_that_another_program_records_is_left_alone(bench: Bench) -> None:
    claim = Claims().take(f"stream-{bench.server.url}-0")
    cause, detail = bench.fails()
    claim.release()
    assert cause is Cause.DEVICE_TAKEN
    assert f"process {os.getpid()} on this machine records device 0" in detail
    assert bench.told() == []


def test_a_recorded_device_stays_claimed_although_the_claims_file_is_removed(
    bench: Bench, running: Attempt
) -> None:
    name = f"stream-{bench.server.url}-0"
    (file,) = claim_files(name)
    file.unlink()
    for _ in range(300):  # half a minute, by the bench's clock
        running.poll()
    with pytest.raises(Claimed):
        Claims().take(name)
    running.kill()
    assert ends(running)
    running.release()
    assert claim_files(name) == []


def test_a_recorder_that_is_left_behind_keeps_the_device_for_as_long_as_it_runs(
    bench: Bench, running: Attempt
) -> None:
    claims = Claims()
    running.release()
    with pytest.raises(Claimed) as refused:
        claims.take(f"stream-{bench.server.url}-0")
    cause, detail = bench.fails()
    assert cause is Cause.DEVICE_TAKEN
    assert f"(its recorder is process {refused.value.recorder})" in detail
    running.kill()
    assert ends(running)

    def is_free() -> bool:
        try:
            claims.take(f"stream-{bench.server.url}-0").release()
        except Claimed:  # by the `sleep` that the stand-in has begun, for a moment
            return False
        return True

    assert eventually(is_free)


def claim_files(name: str) -> list[Path]:
    """Return the files of that claim, wherever claims of this user are kept."""
    pattern = re.sub("[^A-Za-z0-9.-]", "_", name)
    return list(meeting_place().glob(f"{pattern}.lock"))


def test_a_start_that_is_obeyed_late_while_closing_is_stopped_when_it_is(bench: Bench) -> None:
    bench.answers |= {"/jpeg": NO_ANSWER, "/stop": http("400 Bad Request", b"{}")}
    attempt = bench.attempt()
    assert isinstance(attempt.begin(), Failed)
    bench.is_closing.set()
    releasing = threading.Thread(target=attempt.release)
    releasing.start()
    assert eventually(lambda: len(bench.told()) == 2)
    bench.answers["/stop"] = OBEDIENT
    releasing.join()
    assert bench.told() == ["/jpeg", "/stop", "/stop"]


def test_an_attempt_that_begins_while_closing_asks_for_nothing(bench: Bench) -> None:
    bench.is_closing.set()
    attempt = bench.attempt()
    assert isinstance(attempt.begin(), Cancelled)
    attempt.release()
    assert bench.server.requests == []
    assert list(bench.root.glob("cam0")) == []


@pytest.mark.parametrize(
    ("status", "in_doubt"), [("400 Bad Request", False), ("500 Internal Server Error", True)]
)
def test_a_stop_that_the_server_fails_to_obey_is_a_doubt_and_one_that_it_refuses_is_none(
    bench: Bench, running: Attempt, status: str, *, in_doubt: bool
) -> None:
    bench.answers["/stop"] = http(status, b"{}")
    running.kill()
    assert ends(running)
    running.release()
    assert bench.is_in_doubt() == in_doubt
    why = bench.streams.why_in_doubt((bench.server.url, 0))
    assert ("/stop answered 500" in why) == in_doubt
