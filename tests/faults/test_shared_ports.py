"""Two programs, and another client beside them, on one server and one range of ports."""

import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order, lab_of
from tests.soak.ledger import Gap, account
from tests.support.ports import free_port, free_ports
from tests.support.program import Program
from tests.support.waiting import pause
from thorsched.base.claims import Claims
from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.trouble import Cause
from thorsched.simulator.server import Simulator
from thorsched.simulator.stream import Stream
from thorsched.thorvision.errors import Refused
from thorsched.thorvision.ports import Ports, listening_ports
from thorsched.thorvision.server import ServerClient

pytestmark = pytest.mark.real

SMALL = Capability.parse("image/jpeg,width=320,height=240,framerate=15/1")
COMMON = Capability.parse("image/jpeg,width=640,height=480,framerate=30/1")
SHOWN = {4: COMMON, -1: SMALL, -2: SMALL, -3: SMALL, -4: SMALL}
"""What the other client streams: a camera of its own and test patterns."""
ROUNDS = 2
ASIDE = "127.0.0.9"
"""Where no other test's server streams."""
KILLED = "recorder exited: killed by SIGKILL"
PASSED_OVER = re.compile(r"port passed over.*port=(\d+)")


class Gui:
    """Another client, which knows nothing of claims: it takes any port that the server gives it."""

    def __init__(self, simulator: Simulator) -> None:
        self.streams: dict[int, Stream] = {}
        self.moves = 0
        self._simulator = simulator
        self._client = ServerClient(simulator.url)

    @property
    def ports(self) -> list[int]:
        return sorted(stream.sender.port for stream in self.streams.values())

    def show(self, device_id: int, ports: Sequence[int], capability: Capability = COMMON) -> None:
        """Stream on the first of `ports` that nobody has."""
        for port in ports:
            try:
                self._client.start_stream(device_id, port, capability, Encoding.JPEG)
            except Refused:
                continue
            stream = self._simulator.stream(device_id)
            assert stream is not None
            self.streams[device_id] = stream
            return
        raise AssertionError(f"no port for {device_id}")

    def hide(self, device_id: int) -> None:
        self.assert_undisturbed()
        del self.streams[device_id]
        self._client.stop_stream(device_id)

    def assert_undisturbed(self) -> None:
        """Assert that nobody has stopped or replaced a stream of this client."""
        assert {number: self._simulator.stream(number) for number in self.streams} == self.streams

    @contextmanager
    def moving(self, ports: range) -> Iterator[None]:
        """Stop streams and start them on other ports, one after the other, all the while."""
        is_over = threading.Event()
        ring = deque(ports)

        def move() -> None:
            while not is_over.is_set():
                for device_id, capability in SHOWN.items():
                    self.hide(device_id)
                    ring.rotate(-3)
                    self.show(device_id, ring, capability)
                    self.moves += 1

        with ThreadPoolExecutor(1) as threads:
            moving = threads.submit(move)
            try:
                yield
            finally:
                is_over.set()
            moving.result()


def labs_of(simulator: Simulator, directory: Path, ports: range) -> list[Lab]:
    """Return two labs, each of two cameras and with a root of its own, on the same ports."""
    labs = []
    for name, cameras in (("one", ["cam0", "cam1"]), ("other", ["cam2", "cam3"])):
        (directory / name).mkdir()
        lab = Lab(simulator, directory / name)
        lab.cameras, lab.ports = cameras, ports
        lab.write()
        labs.append(lab)
    return labs


def kill_a_recorder(lab: Lab, running: Program) -> None:
    """Kill the recorder of the lab's first camera, and wait for the next one's frames."""
    camera = lab.cameras[0]
    known = len(lab.files(camera))
    (recorder,) = lab.recorders(camera)
    recorder.kill()
    running.until(lambda: len(lab.files(camera)) > known, what=f"{camera} records again")


def passed_over(running: Program) -> set[int]:
    return {int(port) for port in PASSED_OVER.findall(running.err.read_text())}


def assert_its_own_and_all_of_it(lab: Lab, camera: str) -> None:
    """Assert that the camera's files hold its frames alone, and lack what is in gaps alone."""
    gaps = [
        Gap(gap.start.timestamp(), gap.end.timestamp(), str(gap.trouble))
        for gap in lab.gaps(camera)
        if gap.end is not None
    ]
    found = account(camera, due_s=lab.due(camera), recorded=lab.numbers(camera), gaps=gaps)
    assert found.is_good, found


def are_all_free(ports: range) -> bool:
    """Return whether no program claims one of the ports any more."""
    pool = Ports(Claims()).of_host("127.0.0.1")
    taken = {pool.take(ports, lambda _: False) for _ in ports}
    for port in taken:
        pool.release(port)
    return taken == set(ports)


@pytest.mark.fault(8, 17, 18)
@pytest.mark.long
def test_two_programs_and_a_gui_in_one_range_of_ports_never_take_anothers(tmp_path: Path) -> None:
    ports = free_ports(2 * len(SHOWN))
    with Simulator(cameras=5, port=free_port()) as simulator, ExitStack() as stack:
        gui = Gui(simulator)
        between_free_ones = ports[1::2]
        for shown, port in zip(SHOWN.items(), between_free_ones, strict=True):
            device_id, capability = shown
            gui.show(device_id, [port], capability)
        theirs = set(gui.ports)
        labs = labs_of(simulator, tmp_path, ports)
        programs = [stack.enter_context(lab.running("--verbose")) for lab in labs]
        both = list(zip(labs, programs, strict=True))
        for lab, running in both:
            lab.await_segments(running, 2)
        assert all(theirs & passed_over(running) for running in programs), "nothing was in the way"
        with gui.moving(ports):
            for lab, running in both * ROUNDS:
                kill_a_recorder(lab, running)
        assert gui.moves > len(SHOWN)
        for lab, running in both:
            ends_in_order(running, lab)
        gui.assert_undisturbed()
        assert listening_ports(simulator.host, ports, 0.5) == gui.ports
        assert are_all_free(ports)
        for lab in labs:
            killed, other = lab.cameras
            gaps = [str(gap.trouble) for gap in lab.gaps(killed)]
            assert [KILLED in told for told in gaps] == [True] * ROUNDS, gaps
            assert_its_own_and_all_of_it(lab, killed)
            lab.assert_nothing_lost([other])
            lab.assert_no_gap([other])
            lab.assert_all_described()


@pytest.mark.fault(17)
@pytest.mark.long
def test_a_camera_that_the_gui_streams_is_in_use_and_recorded_once_it_lets_go(
    tmp_path: Path,
) -> None:
    with lab_of(1, tmp_path, host=ASIDE) as lab:
        lab.simulator.faults.exclusive()
        gui = Gui(lab.simulator)
        gui.show(0, lab.ports[3:4])
        with lab.running() as running:
            in_use = f"device in use: .*already streaming.*UDP port {gui.ports[0]}"
            running.until(lambda: re.search(in_use, running.err.read_text()), what=in_use)
            pause(2)  # so that it is tried again
            gui.hide(0)
            lab.await_segments(running, 2)
            ends_in_order(running, lab)
        with JournalReader(path_below(lab.root)) as journal:
            (gap,) = journal.gaps()
        assert gap.trouble.cause is Cause.DEVICE_TAKEN
        assert re.search(in_use, str(gap.trouble))
        lab.assert_nothing_lost()
        assert lab.simulator.log_text().count("already streaming") > 1


@pytest.mark.fault(25)
def test_two_programs_that_want_one_camera_at_once_make_one_recorder(tmp_path: Path) -> None:
    with Simulator(cameras=1, port=free_port()) as simulator, ExitStack() as programs:
        labs, running = [], []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            labs.append(Lab(simulator, tmp_path / name))
            labs[-1].write()
            running.append(programs.enter_context(labs[-1].running()))
        running[0].until(lambda: any(len(lab.files()) > 2 for lab in labs), what="three segments")
        assert len([pid for lab in labs for pid in lab.pids()]) == 1
        for one in running:  # both, before one can take over what the other leaves
            one.interrupt()
        assert [one.ends() for one in running] == [130, 130]
        (winner,) = [lab for lab in labs if lab.files()]
        (loser,) = [lab for lab in labs if not lab.files()]
        winner.assert_nothing_lost()
        with JournalReader(path_below(loser.root)) as journal:
            assert journal.attempts() == []
            assert {gap.trouble.cause for gap in journal.gaps()} == {Cause.DEVICE_TAKEN}
