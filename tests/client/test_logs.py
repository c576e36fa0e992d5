"""The server's log files, asked by a client and by its class."""

from collections.abc import Iterator

import pytest

from thorsched import ConfigError, ThorVisionClient
from thorsched.simulator.server import Simulator


@pytest.fixture(name="other")
def _other() -> Iterator[Simulator]:
    with Simulator(cameras=1) as running:
        yield running


def test_a_client_asks_its_own_server_for_logs(simulator: Simulator) -> None:
    with ThorVisionClient(simulator.host, simulator.port) as client:
        (name, *_) = client.list_logs()
        assert client.get_log(name) == ThorVisionClient.get_log(
            name, simulator.host, simulator.port
        )


def test_the_class_asks_any_server_as_pythorvision_does(simulator: Simulator) -> None:
    names = ThorVisionClient.list_logs(simulator.host, simulator.port)
    assert names == ThorVisionClient.list_logs(host=simulator.host, port=simulator.port)
    text = ThorVisionClient.get_log(names[0], host=simulator.host, port=simulator.port)
    assert isinstance(text, str)


def test_a_client_asks_another_server_where_one_is_named(
    simulator: Simulator, other: Simulator
) -> None:
    simulator.faults.down()
    client = ThorVisionClient(simulator.host, simulator.port)
    assert client.list_logs(other.host, other.port) == client.list_logs(port=other.port)


def test_a_log_without_a_name_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"log_name is None; write one of list_logs\(\)"):
        ThorVisionClient.get_log(None)  # type: ignore[arg-type]


def test_help_shows_what_a_log_call_takes(capsys: pytest.CaptureFixture[str]) -> None:
    help(ThorVisionClient)
    said = capsys.readouterr().out
    assert "list_logs(host" in said
    assert "get_log(log_name" in said
    assert "names of the server's log files" in said
