"""One call for all who ask together, and never an answer older than the question."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from thorsched.base.errors import UnavailableError
from thorsched.recording.listings import Listings, SharedListing
from thorsched.thorvision.wire import Listing

PATIENCE_S = 20.0


class Server:
    """Numbers its answers; each call waits to be let go."""

    def __init__(self) -> None:
        self.calls = 0
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)

    def ask(self) -> Listing:
        self.calls += 1
        number = self.calls
        self.begun.release()
        assert self.let_go.acquire(timeout=PATIENCE_S)
        return Listing((), (f"answer {number}",))


def test_those_who_ask_while_a_call_goes_on_share_the_next_one() -> None:
    shared, server = SharedListing(), Server()
    with ThreadPoolExecutor(8) as asking:
        first = asking.submit(shared.read, server.ask)
        assert server.begun.acquire(timeout=PATIENCE_S)
        others = [asking.submit(shared.read, server.ask) for _ in range(7)]
        server.let_go.release(8)
        answers = [other.result(PATIENCE_S).complaints for other in others]
    assert first.result().complaints == ("answer 1",)
    # The first answer is older than their questions; whoever came too late for the second has a
    # third.
    assert set(answers) <= {(f"answer {n}",) for n in range(2, server.calls + 1)}
    assert ("answer 1",) not in answers


def test_a_second_question_is_asked_anew() -> None:
    shared, server = SharedListing(), Server()
    server.let_go.release(2)
    assert [shared.read(server.ask).complaints for _ in range(2)] == [("answer 1",), ("answer 2",)]


def test_a_failure_is_everybodys_who_waited_for_it_and_nobodys_after_it() -> None:
    shared = SharedListing()

    def fail() -> Listing:
        raise UnavailableError("the cable is out")

    with pytest.raises(UnavailableError, match="the cable is out"):
        shared.read(fail)
    assert shared.read(lambda: Listing((), ())) == Listing((), ())


def test_a_bug_in_one_call_keeps_nobody_waiting() -> None:
    shared = SharedListing()

    def stumble() -> Listing:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shared.read(stumble)
    assert shared.read(lambda: Listing((), ())) == Listing((), ())


def test_servers_have_lists_of_their_own() -> None:
    listings = Listings()
    assert listings.of_server("http://a") is listings.of_server("http://a")
    assert listings.of_server("http://a") is not listings.of_server("http://b")
