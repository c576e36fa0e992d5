"""The sender alone: what it takes, what it leaves, how it ends."""

import threading
from collections.abc import Callable, Iterator

import pytest

from tests.simulator.callers import Caller
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.simulator.sender import QUEUED_FRAMES, PortTaken, Sender, SenderFailed

pytestmark = pytest.mark.real

FRAME = bytes(range(256)) * 100


@pytest.fixture
def sender() -> Iterator[Sender]:
    port = free_port()
    running = Sender("127.0.0.1", port)
    yield running
    running.kill()


def test_what_is_offered_arrives_byte_by_byte(
    sender: Sender, call: Callable[[int], Caller]
) -> None:
    caller = call(sender.port)
    # A caller that is not there yet misses what is sent meanwhile.
    assert eventually(lambda: sender.offer(FRAME) and len(caller.received()) > 0)
    for _ in range(5):
        assert eventually(lambda: sender.offer(FRAME))
    assert eventually(lambda: sender.taken_bytes == sender.written_bytes)
    assert eventually(lambda: caller.received().endswith(FRAME * 5))


def test_nothing_waits_for_a_caller(sender: Sender) -> None:
    for _ in range(100):
        assert eventually(lambda: sender.offer(FRAME))
    assert eventually(lambda: sender.taken_bytes == 100 * len(FRAME))


def test_a_frozen_sender_queues_a_few_frames_and_drops_the_rest(sender: Sender) -> None:
    sender.freeze()
    accepted = [sender.offer(FRAME) for _ in range(30)]
    assert accepted == [True] * QUEUED_FRAMES + [False] * (30 - QUEUED_FRAMES)
    assert sender.taken_bytes == 0
    sender.thaw()
    assert eventually(lambda: sender.taken_bytes == QUEUED_FRAMES * len(FRAME))
    assert sender.offer(FRAME)


def test_a_frame_larger_than_any_pipe_is_taken_whole(sender: Sender) -> None:
    large = FRAME * 100
    sender.freeze()
    writer = threading.Thread(target=sender.offer, args=(large,))
    writer.start()
    writer.join(0.3)
    assert writer.is_alive()
    assert sender.taken_bytes < len(large)
    sender.thaw()
    writer.join(PATIENCE_S)
    assert eventually(lambda: sender.taken_bytes == len(large))


def test_a_writer_that_is_stuck_comes_free_when_the_sender_dies(sender: Sender) -> None:
    sender.freeze()
    freed = threading.Event()

    def write() -> None:
        try:
            sender.offer(FRAME * 100)
        except BrokenPipeError:
            freed.set()

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(0.2)
    sender.kill()
    writer.join(PATIENCE_S)
    assert freed.is_set()


def test_a_dead_sender_takes_nothing_and_remembers_what_it_took(sender: Sender) -> None:
    assert sender.offer(FRAME)
    assert eventually(lambda: sender.taken_bytes == len(FRAME))
    sender.freeze()
    assert sender.offer(FRAME)
    sender.kill()
    assert not sender.is_alive
    assert (sender.taken_bytes, sender.written_bytes) == (len(FRAME), 2 * len(FRAME))
    with pytest.raises(BrokenPipeError):
        sender.offer(FRAME)
    sender.close()
    sender.kill()


def test_a_taken_port_is_told_from_any_other_failure(sender: Sender) -> None:
    with pytest.raises(PortTaken, match=f"127.0.0.1:{sender.port} is taken"):
        Sender("127.0.0.1", sender.port)
    port = free_port()
    with pytest.raises(SenderFailed, match="no-such-element"):
        Sender("127.0.0.1", port, encoder=["no-such-element", "!"])
