"""What an attempt makes of a bad start, and what it hands over and leaves behind.

The server says what a test wants it to say; `gst-launch-1.0` is a shell script on the PATH that
runs until it is interrupted, and the test writes the segments.
"""

import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engine import values
from tests.recording.conftest import LogLines
from tests.support.ports import free_port, free_ports
from tests.support.waiting import eventually, pause
from tests.thorvision.misbehaving import Server, http, serving
from thorsched.recording.attempt import Attempt
from thorsched.recording.lifecycle import Exited, Failed, Grew, Spawned, Tick
from thorsched.recording.listings import Listings
from thorsched.recording.root import Roots
from thorsched.recording.segments import Segment
from thorsched.recording.spec import Recording
from thorsched.recording.streams import Streams
from thorsched.recording.trouble import Cause
from thorsched.thorvision.ports import PortPool

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
OBEDIENT = http("200 OK", b"{}")
NO_ANSWER = b""
STAND_IN = """#!/bin/sh
trap 'echo "interrupted"; exit 0' INT
echo "ERROR: from element /GstPipeline:p/GstSRTClientSrc:s: no words yet"
touch running
while :; do sleep 0.02; done
"""


def device(number: int = 0, name: str = "HD USB Camera", width: int = 1280) -> dict[str, object]:
    """Return a device as a server lists it, of one capability."""
    caps = {"media_type": "image/jpeg", "width": width, "height": 720, "framerate": "30/1"}
    return {"id": number, "name": name, "caps": [caps]}


def listing(*devices: dict[str, object]) -> bytes:
    return http("200 OK", json.dumps(devices).encode())


class HastyClock:
    """It is always nine o'clock, and a second passes between two looks at the monotonic clock."""

    def __init__(self) -> None:
        self._monotonic_s = 0.0

    def now(self) -> datetime:
        return NINE

    def monotonic_s(self) -> float:
        self._monotonic_s += 1.0
        return self._monotonic_s


class Bench:
    """Makes attempts on one server and root, and keeps what they hand over."""

    def __init__(self, server: Server, root: Path) -> None:
        self.ports = free_ports(2)
        self.server = server
        self.root = root
        self.pool = PortPool()
        self.streams = Streams()
        self.roots = Roots()
        self.roots.hold(root)
        self.closed: list[Segment] = []
        usual = values.recording("cam0", of=replace(values.source(), server=server.url))
        self.wanted = replace(usual, output=replace(usual.output, root=root), ports=self.ports)
        self.answers = {"/cameras": listing(device())}
        self.after_start: dict[str, bytes] = {}
        """What it answers otherwise once it has been told to start a stream."""

    def attempt(self, wanted: Recording | None = None) -> Attempt:
        return Attempt(
            wanted or self.wanted,
            ports=self.pool,
            streams=self.streams,
            listings=Listings(),
            check_root=self.roots.check,
            clock=HastyClock(),
            closed=self.closed.append,
        )

    def fails(self, wanted: Recording | None = None) -> tuple[Cause, str]:
        """Begin an attempt that must fail; return why, once it is released."""
        attempt = self.attempt(wanted)
        outcome = attempt.begin()
        assert isinstance(outcome, Failed)
        assert attempt.poll() == Tick()
        attempt.interrupt()
        attempt.kill()
        attempt.release()
        assert self.all_ports_are_free()
        assert self.closed == []
        return outcome.trouble.cause, outcome.trouble.detail

    def all_ports_are_free(self) -> bool:
        taken = [self.take_a_port() for _ in range(2)]
        for port in taken:
            self.pool.release(port)
        return len(set(taken)) == 2

    def take_a_port(self) -> int:
        return self.pool.take(self.ports, lambda port: port < 0)

    def is_in_doubt(self) -> bool:
        return self.streams.is_in_doubt((self.server.url, 0))

    def told(self) -> list[str]:
        """Return what the server was told to do."""
        lines = [request.line.split(" ") for request in self.server.requests]
        return [path for method, path, _ in lines if method == "POST"]

    @property
    def directory(self) -> Path:
        return self.root / "cam0" / "2026-03-01"

    def segment(self, index: int, name: str = "cam0_20260301T090000Z") -> Path:
        return self.directory / f"{name}-{index:05d}.mkv"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made: list[Bench] = []

    def script(server: Server, connection: socket.socket) -> None:
        path = server.requests[-1].line.split(" ")[1]
        started = "/jpeg" in made[0].told()
        answers = made[0].answers | (made[0].after_start if started else {})
        connection.sendall(answers.get(path, OBEDIENT))

    with serving(script) as server:
        made.append(Bench(server, tmp_path / "root"))
        yield made[0]
        made[0].roots.close()


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory of the PATH besides the system's own; gst-launch is not in these."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "sleep", "touch"):
        (tools / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(tools))
    return tools


@pytest.fixture
def running(bench: Bench, tools: Path) -> Iterator[Attempt]:
    """An attempt whose process runs and has written nothing."""
    write_program(tools / "gst-launch-1.0", STAND_IN)
    attempt = bench.attempt()
    assert attempt.begin() == Spawned()
    assert eventually((bench.directory / "running").exists)
    yield attempt
    attempt.kill()
    assert ends(attempt)


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def ends(attempt: Attempt) -> bool:
    return eventually(lambda: isinstance(attempt.poll(), Exited))


# A start that fails


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
    output = replace(bench.wanted.output, template="../{camera}_{start}")
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
    bench.answers["/jpeg"] = http("409 Conflict", b'{"detail": "busy"}')
    cause, detail = bench.fails()
    assert cause is Cause.SERVER_REFUSED
    assert "busy" in detail
    assert bench.told() == ["/jpeg"]


def test_a_start_without_an_answer_is_stopped(bench: Bench) -> None:
    bench.answers["/jpeg"] = NO_ANSWER
    cause, _ = bench.fails()
    assert cause is Cause.SERVER_UNREACHABLE
    assert bench.told() == ["/jpeg", "/stop"]


def test_ports_that_are_all_in_use_are_a_refusal_that_says_so(bench: Bench) -> None:
    held = [bench.take_a_port() for _ in range(2)]
    attempt = bench.attempt()
    outcome = attempt.begin()
    attempt.release()
    assert isinstance(outcome, Failed)
    assert outcome.trouble.cause is Cause.SERVER_REFUSED
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


# What is left on the server


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
    assert attempt.begin() == Spawned()
    assert bench.told() == ["/jpeg", "/stop", "/stop", "/jpeg", "/stop", "/jpeg"]
    assert not bench.is_in_doubt()
    attempt.kill()
    assert ends(attempt)
    attempt.release()


# Whose stream it is


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
    assert outcomes == [Spawned()]
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
    assert outcome.trouble.cause is Cause.SERVER_REFUSED
    assert "has not let go of device 0" in outcome.trouble.detail
    assert bench.told() == ["/jpeg"]
    assert isinstance(running.poll(), Tick)


# What stands in the place of the root


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
    assert attempt.begin() == Spawned()
    attempt.kill()
    assert ends(attempt)
    attempt.release()


def test_a_log_that_cannot_be_written_costs_its_words_only(
    bench: Bench, tools: Path, log_lines: LogLines
) -> None:
    write_program(tools / "gst-launch-1.0", STAND_IN)
    (bench.root / ".thorsched" / "logs").write_text("in the way")
    attempt = bench.attempt()
    assert attempt.begin() == Spawned()
    assert eventually((bench.directory / "running").exists)
    assert log_lines.of(logging.WARNING) == ["a recorder's words are lost"]
    assert attempt.poll() == Tick()
    attempt.kill()
    assert ends(attempt)
    attempt.release()


# What it hands over


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


def test_a_closed_segment_that_somebody_took_away_is_no_shrinking(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x" * 10)
    bench.segment(1).write_bytes(b"x")
    assert running.poll() == Grew(11, bench.segment(1))
    bench.segment(0).unlink()
    bench.segment(1).write_bytes(b"x" * 2)
    assert running.poll() == Grew(12, bench.segment(1))


def test_a_directory_that_became_a_file_is_no_growth_and_no_bug(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x")
    running.poll()
    bench.directory.rename(bench.root / "elsewhere")
    bench.directory.write_text("in the way")
    assert running.poll() == Tick()
    running.interrupt()
    assert ends(running)
    running.release()
    assert bench.closed == []
    assert bench.told() == ["/jpeg", "/stop"]


def test_a_segment_is_dated_by_the_latency_it_was_recorded_with(
    bench: Bench, running: Attempt
) -> None:
    bench.segment(0).write_bytes(b"x")
    running.recording = replace(bench.wanted, latency=timedelta(seconds=9))
    running.kill()
    assert ends(running)
    running.release()
    (segment,) = bench.closed
    assert segment.zero == NINE - bench.wanted.latency


def test_a_stop_without_an_answer_frees_the_port_all_the_same(
    bench: Bench, running: Attempt
) -> None:
    bench.answers["/stop"] = NO_ANSWER
    running.kill()
    assert ends(running)
    running.release()
    assert bench.all_ports_are_free()
    assert bench.is_in_doubt()


def test_the_end_of_a_recorder_is_told_in_its_own_words(running: Attempt) -> None:
    running.kill()
    assert ends(running)
    event = running.poll()
    assert isinstance(event, Exited)
    assert event.trouble.cause is Cause.STREAM_ENDED
    assert "no words yet" in event.trouble.detail


def test_names_that_are_taken_are_passed_over(bench: Bench, tools: Path) -> None:
    bench.directory.mkdir(parents=True)
    for taken in (bench.segment(7), bench.segment(0, "cam0_20260301T090000Z.2")):
        taken.with_suffix(".json").write_text("{}")
    launch = tools / "gst-launch-1.0"
    launch.write_text('#!/bin/sh\nfor word; do echo "$word"; done > said\n')
    launch.chmod(0o755)
    attempt = bench.attempt()
    assert attempt.begin() == Spawned()
    assert ends(attempt)
    attempt.release()
    said = (bench.directory / "said").read_text().splitlines()
    assert said[-1] == "location=cam0_20260301T090000Z.3-%05d.mkv"
