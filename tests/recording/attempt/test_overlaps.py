"""Two attempts on one stream: the second asks for none, and the last one gives it back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.recording.attempt.bench import Bench, ends
from tests.support.waiting import eventually
from thorsched.base.claims import Claimed, Claims
from thorsched.recording.attempt import Attempt
from thorsched.recording.history import AttemptBegan
from thorsched.recording.lifecycle import Exited, Failed, Grew, Spawned
from thorsched.recording.trouble import Cause
from thorsched.thorvision.ports import PortsExhausted

OLD = "cam0_20260301T090000Z"
NEW = f"{OLD}.2"


@pytest.fixture
def joined(bench: Bench, running: Attempt) -> Iterator[Attempt]:
    """An attempt whose process runs beside that of `running`."""
    attempt = bench.attempt(beside=running)
    assert isinstance(attempt.begin(), Spawned)
    yield attempt
    attempt.kill()
    assert ends(attempt)
    attempt.release()


def leave(attempt: Attempt) -> None:
    attempt.kill()
    assert ends(attempt)
    attempt.release()


def holders(bench: Bench) -> tuple[str, str]:
    """Return who holds the device on this machine: the program, and its recorder."""
    with pytest.raises(Claimed) as claimed:
        Claims().take(f"stream-{bench.server.url}-0")
    return claimed.value.holder, claimed.value.recorder


def is_taken(bench: Bench, port: int | None) -> bool:
    """Return whether, of the two ports, only the other one is to be had."""
    spare = bench.take_a_port()
    with pytest.raises(PortsExhausted):
        bench.take_a_port()
    bench.pool.release(spare)
    return port in bench.ports and port != spare


def test_it_joins_the_stream_and_asks_the_server_for_nothing(
    bench: Bench, running: Attempt, joined: Attempt
) -> None:
    assert joined.stream.port == running.stream.port
    assert bench.told() == ["/jpeg"]


@pytest.mark.usefixtures("joined")
def test_it_is_noted_whose_place_it_is_to_take(bench: Bench) -> None:
    first, second = (note for note in bench.notes if isinstance(note, AttemptBegan))
    assert (first.attempt.name, first.succeeds) == (OLD, None)
    assert (second.attempt.name, second.succeeds) == (NEW, first.attempt)


@pytest.mark.parametrize("old_ends_first", [True, False], ids=["the old one", "the new one"])
def test_whoever_ends_first_leaves_stream_and_port_to_the_other(
    bench: Bench, running: Attempt, joined: Attempt, *, old_ends_first: bool
) -> None:
    first, last = (running, joined) if old_ends_first else (joined, running)
    leave(first)
    first.release()
    assert bench.told() == ["/jpeg"], "its stream was stopped"
    assert is_taken(bench, last.stream.port)
    assert holders(bench)[1], "nobody can tell which recorder has the device"
    assert not isinstance(last.poll(), Exited)
    leave(last)
    assert bench.told() == ["/jpeg", "/stop"]
    assert bench.all_ports_are_free()
    Claims().take(f"stream-{bench.server.url}-0").release()


def test_the_claims_name_the_recorder_that_is_left(
    bench: Bench, running: Attempt, joined: Attempt
) -> None:
    both = holders(bench)
    leave(joined)
    alone = holders(bench)
    assert both != alone
    assert not isinstance(running.poll(), Exited)


def test_one_that_cannot_write_takes_nothing_from_the_other(bench: Bench, running: Attempt) -> None:
    roomless = replace(bench.wanted.output, min_free_bytes=1 << 60)
    attempt = bench.attempt(replace(bench.wanted, output=roomless), beside=running)
    outcome = attempt.begin()
    assert isinstance(outcome, Failed)
    assert outcome.trouble.cause is Cause.STORAGE
    attempt.release()
    assert bench.told() == ["/jpeg"]
    assert not isinstance(running.poll(), Exited)
    assert holders(bench)[1]


def test_the_words_of_two_recorders_are_not_mixed_up(
    bench: Bench, running: Attempt, joined: Attempt
) -> None:
    logs = bench.root / ".thorsched" / "logs"
    assert eventually(lambda: "no words yet" in (logs / "cam0.2.log").read_text())
    leave(joined)
    again = bench.attempt(beside=running)
    assert isinstance(again.begin(), Spawned)
    assert again.log_path == logs / "cam0.2.log"
    leave(running)
    third = bench.attempt(beside=again)
    assert isinstance(third.begin(), Spawned)
    assert third.log_path == logs / "cam0.log"
    leave(again)
    leave(third)


def test_segments_say_which_attempt_has_recorded_the_same(
    bench: Bench, running: Attempt, joined: Attempt
) -> None:
    for attempt, name in ((running, OLD), (joined, NEW)):
        bench.segment(0, name).write_bytes(b"x")
        assert isinstance(attempt.poll(), Grew)
    leave(running)
    for index in (1, 2):
        bench.segment(index, NEW).write_bytes(b"x")
    joined.poll()
    leave(joined)
    said = {segment.path: segment.overlaps for segment in bench.closed}
    assert said == {
        bench.segment(0, OLD): (NEW,),
        bench.segment(0, NEW): (OLD,),
        bench.segment(1, NEW): (),
        bench.segment(2, NEW): (),
    }


def test_one_that_recorded_nothing_overlaps_nothing(
    bench: Bench, running: Attempt, joined: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x")
    running.poll()
    joined.poll()
    leave(joined)
    leave(running)
    assert [segment.overlaps for segment in bench.closed if not segment.is_guess] == [()]
