"""The life of a simulated server: what it needs, and that nothing of it is left."""

import os
import signal
import socket
import subprocess
import sys
import threading

import psutil
import pytest

from tests.simulator.client import COMMON, Client
from tests.support.ports import free_port, free_ports
from tests.support.waiting import eventually, has_ended
from thorsched.base.clock import SystemClock
from thorsched.base.errors import MachineError
from thorsched.simulator.devices import default_devices
from thorsched.simulator.server import Simulator

STOPS_WITHIN_S = 10.0


def own_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def open_sockets() -> int:
    return len(psutil.Process().net_connections())


@pytest.mark.real
def test_nothing_is_left_of_a_server_that_streamed() -> None:
    ports = free_ports(4)
    threads, sockets = own_threads(), open_sockets()
    children = psutil.Process().children()
    files = psutil.Process().num_fds()
    with Simulator(cameras=4) as simulator:
        client = Client(simulator.url)
        for device_id, port in enumerate(ports):
            client.start(device_id, COMMON, port=port)
        simulator.faults.freeze(0)
        simulator.faults.kill(1)
        simulator.faults.silence(2)
        clock = SystemClock()
        began_s = clock.monotonic_s()
    assert clock.monotonic_s() - began_s < STOPS_WITHIN_S
    # What other tests left may end meanwhile.
    assert own_threads() <= threads
    assert set(psutil.Process().children()) <= set(children)
    assert open_sockets() <= sockets
    assert psutil.Process().num_fds() <= files


@pytest.mark.real
def test_no_sender_outlives_a_process_that_was_killed() -> None:
    script = (
        "import threading, requests\n"
        "from tests.simulator.client import Client\n"
        "from thorsched.simulator.server import Simulator\n"
        "with Simulator(cameras=1) as simulator:\n"
        "    Client(simulator.url).start(0)\n"
        "    print(simulator.stream(0).sender.pid, flush=True)\n"
        "    threading.Event().wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        sender = psutil.Process(int(process.stdout.readline()))
        process.kill()
    assert eventually(lambda: has_ended(sender))


def test_closing_twice_or_without_a_start_is_safe() -> None:
    simulator = Simulator(cameras=1)
    simulator.close()
    simulator.close()
    with Simulator(cameras=1) as other:
        other.close()


def test_a_port_that_is_taken_is_reported_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(MachineError, match=f"127.0.0.1:{port}.*choose another port"):
            Simulator(port=port)


def test_an_address_that_cannot_be_had_is_reported() -> None:
    with pytest.raises(MachineError) as refused:
        Simulator(host="192.0.2.1", port=8000)
    assert str(refused.value) == (
        "cannot serve at http://192.0.2.1:8000: that is no address of this machine; "
        "leave --host out, or write 0.0.0.0 for all that it has"
    )
    for host in ("no such host", "::1"):
        with pytest.raises(MachineError) as refused:
            Simulator(host=host)
        assert str(refused.value) == (
            f"cannot serve at {host}: it is no IPv4 address and no name of one; "
            "leave --host out, or write an address of this machine"
        )


def test_a_machine_without_gstreamer_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    script = (
        "from thorsched.base.errors import MachineError\n"
        "from thorsched.simulator.server import Simulator\n"
        "try:\n"
        "    Simulator()\n"
        "except MachineError as error:\n"
        "    print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert b"install it with" in told.stdout


def test_the_same_port_serves_again() -> None:
    port = free_port()
    with Simulator(cameras=1, port=port) as first:
        assert Client(first.url).get("/cameras").ok
    with Simulator(cameras=2, port=port) as second:
        assert len(Client(second.url).get("/cameras").json()) == 2


def test_it_is_found_on_every_interface_by_the_loopback_address() -> None:
    with Simulator(cameras=1, host="0.0.0.0") as simulator:
        assert simulator.url == f"http://127.0.0.1:{simulator.port}"
        assert Client(simulator.url).get("/cameras").ok


def test_devices_can_be_given() -> None:
    devices = default_devices(8)[5:7]
    with Simulator(cameras=devices) as simulator:
        assert simulator.devices == devices
        listed = Client(simulator.url).get("/cameras").json()
        assert [device["id"] for device in listed] == [5, 6]


@pytest.mark.real
def test_a_process_that_serves_ends_on_ctrl_c_in_time() -> None:
    script = (
        "import threading\n"
        "from tests.simulator.client import Client\n"
        "from thorsched.simulator.server import Simulator\n"
        "try:\n"
        "    with Simulator(cameras=2) as simulator:\n"
        "        Client(simulator.url).start(0)\n"
        "        print('up', flush=True)\n"
        "        while not threading.Event().wait(0.2):\n"  # a signal may come just before a sleep
        "            pass\n"
        "except KeyboardInterrupt:\n"
        "    print('ended')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGINT)
        try:
            out, errors = process.communicate(timeout=STOPS_WITHIN_S)
        finally:
            process.kill()
    assert (out, errors) == (b"ended\n", b"")
