"""What servers offer, as threads keep it: of a server that falters, and of one that hangs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import pytest

from tests.support.clocks import FakeClock
from tests.support.ports import free_port
from tests.support.waiting import eventually, pause
from tests.thorvision.misbehaving import Server, http, sends, sends_and_holds, serving, timed
from thorsched.cameras.roster import DROP_AFTER_S
from thorsched.engine.watches import (
    RESYNC_S,
    SECOND_LOOK_S,
    ServerWatch,
    ServerWatches,
)
from thorsched.simulator.answers import AnswerFault, AnswerTrouble
from thorsched.simulator.server import Simulator

# Less than from one look to the next, where no event asks for one.
BEFORE_THE_RESYNC_S = RESYNC_S / 2
SOON_S = 3.0
OFTEN_S = 0.25


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=2, port=free_port()) as running:
        yield running


class Watching:
    """A watch of a server, its clock that stands still, and whether a change was told of."""

    def __init__(self, url: str) -> None:
        self.clock = FakeClock()
        self.told = threading.Event()
        self.watch = ServerWatch(url, clock=self.clock, changed=self.told.set)
        self.watch.start()

    def sees(self, *ids: int) -> Callable[[], bool]:
        return lambda: [device.id for device in self.watch.view.roster.devices] == [*ids]

    def misses_one(self) -> bool:
        return not self.watch.view.roster.is_settled

    def has_a_problem(self) -> bool:
        return self.watch.view.problem is not None

    def is_well(self) -> bool:
        return self.watch.view.roster.known and not self.has_a_problem()

    def close(self) -> None:
        self.watch.close()


@pytest.fixture
def watching(simulator: Simulator) -> Iterator[Watching]:
    """A watch that has seen both devices and hears the server's events."""
    with closing(Watching(simulator.url)) as made:
        assert eventually(lambda: simulator.event_clients == 1)
        assert eventually(made.sees(0, 1))
        made.told.clear()
        yield made


def threads_of(url: str) -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.endswith(url)]


def _is_left_alone(url: str) -> bool:
    return threads_of(url) == []


def _is_asked_and_heard(server: Server) -> bool:
    """Return whether both calls have come, the one for the list and the one for the events."""
    return len(server.requests) == 2


def test_a_server_that_answers_is_seen_with_its_devices(simulator: Simulator) -> None:
    with closing(Watching(simulator.url)) as watching:
        assert eventually(watching.is_well)
        assert watching.watch.view.roster.devices == simulator.devices
        assert eventually(watching.told.is_set)


def test_a_camera_that_moves_is_seen_at_its_new_place_as_soon_as_the_events_tell(
    simulator: Simulator, watching: Watching
) -> None:
    simulator.faults.unplug(1)
    assert eventually(watching.misses_one, within_s=BEFORE_THE_RESYNC_S)
    assert watching.sees(0, 1)(), "one answer without it is not enough"
    simulator.faults.replug(1, new_id=7)
    assert eventually(watching.sees(0, 1, 7), within_s=BEFORE_THE_RESYNC_S)
    assert eventually(watching.told.is_set)


def test_a_camera_that_comes_back_before_it_is_dropped_is_told_of(
    simulator: Simulator, watching: Watching
) -> None:
    simulator.faults.unplug(1)
    assert eventually(watching.misses_one)
    watching.clock.advance(DROP_AFTER_S / 2)
    simulator.faults.replug(1)
    assert eventually(watching.told.is_set)
    listed_since_s = watching.watch.view.roster.listed_since_s
    assert listed_since_s[1] == watching.clock.monotonic_s() > listed_since_s[0]


def test_a_camera_that_stays_away_is_dropped(simulator: Simulator, watching: Watching) -> None:
    simulator.faults.unplug(1)
    assert eventually(watching.misses_one)
    assert not watching.told.is_set()
    watching.clock.advance(DROP_AFTER_S)
    assert eventually(watching.sees(0))
    assert eventually(watching.told.is_set)


@pytest.mark.parametrize(
    ("trouble", "problem"),
    [(AnswerTrouble.STATUS, "answered 500"), (AnswerTrouble.CUT, "closed before the answer was")],
)
def test_a_lost_answer_keeps_the_roster_and_says_the_problem_until_it_is_over(
    simulator: Simulator, watching: Watching, trouble: AnswerTrouble, problem: str
) -> None:
    simulator.faults.answer(AnswerFault(trouble, "/cameras"))
    simulator.faults.disconnect_events()  # whoever comes back asks for the list
    assert eventually(watching.has_a_problem)
    view = watching.watch.view
    assert problem in str(view.problem)
    assert simulator.url in str(view.problem)
    assert view.roster.devices == simulator.devices
    assert eventually(watching.told.is_set)
    assert view.reached_at_s == watching.clock.monotonic_s()
    watching.told.clear()
    watching.clock.advance(1.0)
    simulator.faults.clear_answers()
    assert eventually(watching.is_well)
    assert watching.watch.view.reached_at_s == watching.clock.monotonic_s(), "it is back"
    assert watching.watch.view.roster.devices == simulator.devices
    assert eventually(watching.told.is_set)
    watching.clock.advance(1.0)
    simulator.faults.unplug(1)
    assert eventually(watching.misses_one), "no other answer came"
    assert watching.watch.view.reached_at_s < watching.clock.monotonic_s(), "it never went"


def test_a_server_that_is_absent_is_a_problem_until_it_comes(simulator: Simulator) -> None:
    simulator.faults.down()
    with closing(Watching(simulator.url)) as watching:
        assert eventually(watching.has_a_problem)
        assert not watching.watch.view.roster.known
        simulator.faults.up()
        assert eventually(watching.is_well)
        assert watching.watch.view.roster.devices == simulator.devices


def test_servers_are_added_and_dropped_with_their_threads(simulator: Simulator) -> None:
    with Simulator(cameras=1) as other:
        watches = ServerWatches(clock=FakeClock(), changed=lambda: None)
        watches.follow({simulator.url, other.url})
        assert eventually(lambda: all(view.roster.known for view in watches.views().values()))
        watches.follow({other.url})
        assert watches.views().keys() == {other.url}
        assert watches.views()[other.url].roster.known, "it was begun anew"
        assert eventually(partial(_is_left_alone, simulator.url))
        assert len(threads_of(other.url)) == 2
        watches.close()
        assert eventually(partial(_is_left_alone, other.url))


@pytest.mark.fault(24)
def test_a_server_that_gets_no_thread_is_logged_once_and_watched_later(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(ServerWatches(clock=FakeClock(), changed=lambda: None)) as watches:
        before = threading.stack_size(2**46)  # no machine has room for such a thread
        try:
            for _ in range(2):
                watches.follow({simulator.url})
        finally:
            threading.stack_size(before)
        assert watches.views() == {}
        assert [record.getMessage() for record in caplog.records] == ["no thread for a server"]
        watches.follow({simulator.url})
        assert eventually(lambda: watches.views()[simulator.url].roster.known)


def test_neither_a_drop_nor_the_end_waits_for_a_call_that_hangs() -> None:
    with serving(sends_and_holds(b"")) as dropped, serving(sends_and_holds(b"")) as last:
        watches = ServerWatches(clock=FakeClock(), changed=lambda: None)
        watches.follow({dropped.url, last.url})
        for server in (dropped, last):
            assert eventually(partial(_is_asked_and_heard, server))
        with timed() as took:
            watches.follow({last.url})
            watches.close()
        assert took.s < SOON_S
        for server in (dropped, last):
            assert eventually(partial(_is_left_alone, server.url))


def test_a_server_that_recordings_wait_for_is_asked_often_and_no_longer_than_they_do() -> None:
    with (
        serving(sends(http("503 Service Unavailable", b"{}"))) as server,
        closing(ServerWatches(clock=FakeClock(), changed=lambda: None)) as watches,
    ):
        watches.follow({server.url})
        watches.await_return({server.url: OFTEN_S})
        before = len(server.requests)
        with timed() as took:
            assert eventually(lambda: len(server.requests) >= before + 8)
        assert took.s < 8 * SECOND_LOOK_S / 2
        watches.await_return({})
        pause(2 * OFTEN_S)
        before = len(server.requests)
        pause(SECOND_LOOK_S / 2)
        assert len(server.requests) <= before + 2
