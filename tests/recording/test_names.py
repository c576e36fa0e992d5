"""A server that has two names is one server, reached by each of them."""

from dataclasses import replace

import pytest

from tests.recording.rig import Rig
from tests.support.waiting import pause
from thorsched.recording.lifecycle import Phase
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real


def called(rig: Rig, name: str, *, camera: str = "cam0") -> Recording:
    """Return what camera 0 may be wanted to record, from the server by another name."""
    usual = rig.recording()
    url = rig.simulator.url.replace("127.0.0.1", name)
    return replace(usual, camera=camera, source=replace(usual.source, server=url))


@pytest.mark.parametrize("name", ["localhost", "0.0.0.0"])
def test_a_server_is_recorded_from_where_its_name_leads(rig: Rig, name: str) -> None:
    rig.record(called(rig, name))
    assert rig.troubles == []


def test_a_device_under_two_names_of_its_server_is_left_to_the_first(rig: Rig) -> None:
    rig.record(called(rig, "127.0.0.1"))
    rig.want(called(rig, "127.0.0.1"), called(rig, "localhost", camera="cam1"))
    rig.until(lambda: rig.recorder(1).failures >= 1)
    (trouble,) = rig.troubles
    assert trouble.cause is Cause.DEVICE_TAKEN
    assert "another camera's recorder" in trouble.detail
    size_bytes = rig.recorder(0).size_bytes
    pause(0.5)
    assert (rig.recorder(0).phase, rig.recorder(0).failures) == (Phase.RECORDING, 0)
    assert rig.recorder(0).size_bytes > size_bytes
