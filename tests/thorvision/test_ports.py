"""Whether a port is taken is asked over the wire; who has which port is never in doubt."""

import contextlib
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.claims import granted
from tests.support.ports import free_port, free_ports
from tests.support.waiting import PATIENCE_S, eventually, pause
from tests.thorvision.misbehaving import timed
from thorsched.base.claims import Claims
from thorsched.base.errors import UnavailableError
from thorsched.base.gstreamer import tool
from thorsched.base.host import own_session_kwargs
from thorsched.thorvision.address import ServerAddress
from thorsched.thorvision.errors import Unreachable
from thorsched.thorvision.ports import (
    PortPool,
    Ports,
    PortsExhausted,
    is_closed,
    is_listening,
    listening_ports,
    server_key,
)

MESSAGE_BYTES = 1316


@contextlib.contextmanager
def udp(answer: Callable[[bytes, int], bytes | None], host: str = "127.0.0.1") -> Iterator[int]:
    """Yield a UDP port that answers its n-th datagram (from 0) with what `answer` returns."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    stopped = threading.Event()
    with socket.socket(family, socket.SOCK_DGRAM) as listener:
        listener.bind((host, 0))
        listener.settimeout(0.05)

        def run() -> None:
            count = 0
            while not stopped.is_set():
                with contextlib.suppress(TimeoutError):
                    datagram, sender = listener.recvfrom(2048)
                    reply = answer(datagram, count)
                    count += 1
                    if reply is not None:
                        listener.sendto(reply, sender)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stopped.set()
            thread.join()


def induction(question: bytes) -> bytes:
    """Answer as an SRT listener does: version 5, the caller's socket as destination, a cookie."""
    caller = question[40:44]
    head = struct.pack(">III", 0x8000_0000, 0, 1) + caller
    return head + struct.pack(">IHHIIIiII", 5, 0, 0x4A17, 7, 1500, 8192, 1, 99, 12345) + bytes(16)


def test_the_question_is_one_datagram_of_64_bytes() -> None:
    asked: list[bytes] = []

    def answer(question: bytes, _: int) -> bytes:
        asked.append(question)
        return induction(question)

    with udp(answer) as port:
        assert is_listening("127.0.0.1", port, PATIENCE_S)
    (question,) = asked
    assert len(question) == 64
    assert question[:16] == bytes([0x80]) + bytes(15)
    assert struct.unpack(">I", question[16:20]) == (4,)
    assert struct.unpack(">I", question[36:40]) == (1,)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_listener_is_heard_at_once(host: str) -> None:
    with udp(lambda question, _: induction(question), host) as port, timed() as took:
        assert is_listening(host, port, 2 * PATIENCE_S)
    assert took.s < PATIENCE_S


def test_a_closed_port_says_so_at_once() -> None:
    with timed() as took:
        assert not is_listening("127.0.0.1", free_port(), 2 * PATIENCE_S)
        assert is_closed("127.0.0.1", free_port(), 2 * PATIENCE_S)
    assert took.s < PATIENCE_S


def test_silence_means_no_listener_after_the_time_is_up() -> None:
    with udp(lambda *_: None) as port, timed() as took:
        assert not is_listening("127.0.0.1", port, 0.3)
        assert not is_closed("127.0.0.1", port, 0.3), "it was taken for a refusal"
    assert 0.6 <= took.s < 2 * PATIENCE_S


def test_a_question_lost_on_the_way_is_asked_again() -> None:
    with udp(lambda question, n: induction(question) if n == 1 else None) as port:
        assert is_listening("127.0.0.1", port, 6.0)


@pytest.mark.parametrize(
    "garble",
    [
        pytest.param(lambda question: question, id="echo"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"\xff" * 64, id="noise"),
        pytest.param(lambda question: induction(question)[:63], id="cut short"),
        pytest.param(lambda question: induction(question[:40] + bytes(24)), id="to someone else"),
        pytest.param(lambda _: bytes(2000), id="too long"),
    ],
)
def test_an_answer_that_is_not_srts_does_not_count(garble: Callable[[bytes], bytes]) -> None:
    with udp(lambda question, _: garble(question)) as port, timed() as took:
        assert not is_listening("127.0.0.1", port, 0.3)
    assert took.s < PATIENCE_S


def test_a_flood_of_noise_does_not_keep_the_question_open() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        stopped = threading.Event()

        def run() -> None:
            _, sender = listener.recvfrom(2048)
            while not stopped.is_set():
                with contextlib.suppress(ConnectionError):
                    listener.sendto(b"noise", sender)

        thread = threading.Thread(target=run)
        thread.start()
        with timed() as took:
            assert not is_listening("127.0.0.1", listener.getsockname()[1], 0.3)
        stopped.set()
        thread.join()
    assert took.s < PATIENCE_S


def test_a_host_that_does_not_exist_is_unreachable_not_free() -> None:
    with pytest.raises(Unreachable, match=r"srt://nosuch\.invalid:9001: no such host"):
        is_listening("nosuch.invalid", 9001, PATIENCE_S)


@contextlib.contextmanager
def launched(*pipeline: str, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[bytes]]:
    command = [str(tool("gst-launch-1.0")), "-q", *pipeline]
    process: subprocess.Popen[bytes]
    with subprocess.Popen(command, stdin=stdin, **own_session_kwargs()) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.real
def test_a_real_srt_listener_is_seen_from_its_start_to_its_end() -> None:
    port = free_port()
    assert not is_listening("127.0.0.1", port, 0.5)
    sink = f"uri=srt://:{port}?mode=listener"
    with launched("videotestsrc", "is-live=true", "!", "jpegenc", "!", "srtserversink", sink):
        assert eventually(lambda: is_listening("127.0.0.1", port, 0.5))
        with timed() as took:
            answers = [is_listening("127.0.0.1", port, PATIENCE_S) for _ in range(50)]
        assert all(answers)
        assert took.s < PATIENCE_S
    assert not is_listening("127.0.0.1", port, 0.5)


@pytest.mark.real
def test_of_many_ports_those_are_found_on_which_somebody_streams() -> None:
    ports = free_ports(20)
    sink = f"uri=srt://:{ports[7]}?mode=listener"
    assert listening_ports("127.0.0.1", ports, 0.5) == []
    with launched("videotestsrc", "is-live=true", "!", "jpegenc", "!", "srtserversink", sink):
        assert eventually(lambda: listening_ports("127.0.0.1", ports, 0.5) == [ports[7]])
    with timed() as took:
        assert listening_ports("nosuch.invalid", ports, 0.5) == []
    assert took.s < PATIENCE_S


@pytest.mark.real
def test_asking_does_not_disturb_a_caller_that_is_connected(tmp_path: Path) -> None:
    port, received = free_port(), tmp_path / "received"
    read_end, write_end = os.pipe()
    sink = ["srtserversink", f"uri=srt://:{port}?mode=listener", "wait-for-connection=true"]
    source = ["srtclientsrc", f"uri=srt://127.0.0.1:{port}", "latency=500", "auto-reconnect=false"]
    with launched("fdsrc", f"blocksize={MESSAGE_BYTES}", "!", *sink, stdin=read_end) as sender:
        os.close(read_end)
        with os.fdopen(write_end, "wb", buffering=0) as stream:
            assert eventually(lambda: is_listening("127.0.0.1", port, 0.5))
            file = ["filesink", f"location={received}", "buffer-mode=unbuffered"]
            with launched(*source, "!", *file) as caller:
                assert eventually(received.exists)
                for count in range(600):
                    stream.write(struct.pack(">I", count).ljust(MESSAGE_BYTES, b"."))
                    pause(0.003)
                    assert is_listening("127.0.0.1", port, PATIENCE_S)
                assert eventually(lambda: received.stat().st_size >= 500 * MESSAGE_BYTES)
                assert (sender.poll(), caller.poll()) == (None, None)
    data = received.read_bytes()
    counts = [struct.unpack_from(">I", data, at)[0] for at in range(0, len(data), MESSAGE_BYTES)]
    assert counts == list(range(counts[0], counts[0] + len(counts)))


def nobody(_: int) -> bool:
    return False


RANGE = range(9001, 9005)


def test_ports_are_handed_out_in_turn_and_the_one_just_released_comes_last() -> None:
    pool = PortPool(granted)
    first = pool.take(RANGE, nobody)
    turn = [*range(first, 9005), *range(9001, first)]
    assert [pool.take(RANGE, nobody), pool.take(RANGE, nobody)] == turn[1:3]
    pool.release(first)
    assert [pool.take(RANGE, nobody), pool.take(RANGE, nobody)] == [turn[3], first]


def test_a_turn_begins_anywhere_so_that_two_programs_seldom_begin_alike() -> None:
    assert len({PortPool(granted).take(range(9001, 9100), nobody) for _ in range(30)}) > 10


@pytest.mark.fault(17)
def test_fault_17_a_port_that_is_taken_is_passed_over() -> None:
    pool = PortPool(granted)
    taken = {9001, 9002}
    got = [pool.take(RANGE, lambda port: port in taken) for _ in range(2)]
    assert sorted(got) == [9003, 9004]
    assert {pool.take(RANGE, nobody) for _ in range(2)} == taken


def test_when_no_port_is_left_the_message_says_whose_they_are() -> None:
    pool, ports = PortPool(granted), range(9001, 9004)
    held = pool.take(ports, nobody)
    pool.take(range(9100, 9101), nobody)  # of another range, hence not counted
    with pytest.raises(PortsExhausted) as caught:
        pool.take(ports, lambda _: True)
    assert isinstance(caught.value, UnavailableError)
    assert str(caught.value) == (
        "no port left in 9001-9003: 1 are in use by our own streams, 2 by others; "
        "give the server a wider range of ports"
    )
    assert pool.take(ports, nobody) in set(ports) - {held}


def test_a_question_that_fails_holds_no_port() -> None:
    pool = PortPool(granted)

    def fails(_: int) -> bool:
        raise Unreachable("srt://rig:9001: no way there")

    with pytest.raises(Unreachable):
        pool.take(range(9001, 9002), fails)
    assert pool.take(range(9001, 9002), nobody) == 9001


def test_a_port_that_is_not_held_may_be_released() -> None:
    pool = PortPool(granted)
    pool.release(9001)
    pool.release(80)
    assert pool.take(range(9001, 9002), nobody) == 9001


@pytest.mark.parametrize("ports", [range(0), range(5), range(-1, 3), range(65_000, 65_537)])
def test_a_range_that_holds_what_is_no_port_is_refused(ports: range) -> None:
    with pytest.raises(ValueError, match=r"1 to 65535"):
        PortPool(granted).take(ports, nobody)


def test_ranges_that_overlap_never_give_one_port_twice() -> None:
    pool = PortPool(granted)
    ranges = [range(9001, 9006), range(9003, 9008), range(9001, 9008)]
    got = [pool.take(ports, nobody) for ports in (*ranges, *ranges)]
    assert len(set(got)) == len(got)


ALIASES = (
    *("localhost", "LOCALHOST", "127.0.0.1", "127.0.0.2", "::1"),
    *("::ffff:127.0.0.1", "0.0.0.0", "::"),
)


@pytest.mark.parametrize("alias", ALIASES)
def test_this_machine_has_one_pool_whatever_it_is_called(alias: str) -> None:
    ports = Ports(Claims())
    assert ports.of_host(alias) is ports.of_host("127.0.0.1")


def test_other_hosts_have_pools_of_their_own_known_or_not() -> None:
    ports = Ports(Claims())
    hosts = ["127.0.0.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "nosuch.invalid"]
    assert len({id(ports.of_host(host)) for host in hosts}) == len(hosts)
    assert ports.of_host("NoSuch.invalid") is ports.of_host("nosuch.invalid")
    assert ports.of_host("2001:db8:0::1") is ports.of_host("2001:db8::1")


def test_eight_threads_get_eight_ports() -> None:
    pool, barrier, got = PortPool(granted), threading.Barrier(8), list[int]()

    def slow(port: int) -> bool:
        pause(0.01)
        return port % 3 == 0

    def run() -> None:
        barrier.wait()
        got.extend(pool.take(range(9001, 9100), slow) for _ in range(5))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 40
    assert all(port % 3 for port in got)


@given(st.lists(st.integers(-2, 7)))
def test_no_port_is_ever_held_twice(steps: list[int]) -> None:
    """-1 and -2 take a port of one of two ranges, other numbers release the port at that place."""
    pool, held = PortPool(granted), set[int]()
    for step in steps:
        if step >= 0:
            pool.release(9001 + step)
            held.discard(9001 + step)
            continue
        ports = range(9001, 9009) if step == -1 else range(9003, 9007)
        if held.issuperset(ports):
            with pytest.raises(PortsExhausted):
                pool.take(ports, nobody)
        else:
            port = pool.take(ports, nobody)
            assert port in set(ports) - held
            held.add(port)


@pytest.mark.parametrize("alias", ALIASES)
def test_a_server_is_one_server_whatever_its_machine_is_called(alias: str) -> None:
    host = f"[{alias}]" if ":" in alias else alias
    address = ServerAddress.parse(f"http://{host}:8000/rig-a/")
    assert server_key(address) == "http://127.0.0.1:8000/rig-a"


def test_other_servers_have_keys_of_their_own() -> None:
    urls = [
        *("http://127.0.0.1:8000", "http://127.0.0.1:8001", "http://127.0.0.1:8000/rig-a"),
        *("http://192.0.2.1:8000", "http://[2001:db8::1]:8000", "http://nosuch.invalid:8000"),
    ]
    assert [server_key(ServerAddress.parse(url)) for url in urls] == urls


@pytest.mark.fault(17)
def test_a_port_that_another_program_has_claimed_is_passed_over(tmp_path: Path) -> None:
    ours, theirs = (Ports(Claims(tmp_path / "claims")) for _ in range(2))
    port = theirs.of_host("127.0.0.1").take(range(9001, 9003), nobody)
    pool = ours.of_host("localhost")
    other = pool.take(range(9001, 9003), nobody)
    assert {port, other} == {9001, 9002}
    with pytest.raises(PortsExhausted):
        pool.take(range(9001, 9003), nobody)
    theirs.of_host("127.0.0.1").release(port)
    assert pool.take(range(9001, 9003), nobody) == port
    pool.release(port)
    pool.release(other)


def test_a_port_that_is_kept_stays_ours_although_its_claims_file_is_removed(tmp_path: Path) -> None:
    ours, theirs = (Ports(Claims(tmp_path / "claims")) for _ in range(2))
    pool = ours.of_host("127.0.0.1")
    assert pool.take(range(9001, 9002), nobody) == 9001
    (tmp_path / "claims" / "port-127.0.0.1-9001.lock").unlink()
    pool.keep(9001)
    pool.keep(9002)
    with pytest.raises(PortsExhausted):
        theirs.of_host("127.0.0.1").take(range(9001, 9002), nobody)
    pool.release(9001)
