"""The peer: what `pythorvision` 0.3.0 does against the real server, it does against ours."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.ports import free_ports
from thorsched import ThorVisionClient, extract_metadata
from thorsched.simulator.server import Simulator

RECORDED_S = 3.0


def as_the_peer(simulator: Simulator, directory: Path) -> dict[str, Any]:
    """List and record cameras 0 and 1 as the peer does; return what it told."""
    arguments = [simulator.host, simulator.port, directory, RECORDED_S, *free_ports(2)]
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulator.peer", *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
    )
    listed: dict[str, Any] = json.loads(told.stdout)
    return listed


@pytest.mark.real
def test_the_peer_lists_records_and_stops_and_reads_every_frames_counter(
    simulator: Simulator, tmp_path: Path
) -> None:
    listed = as_the_peer(simulator, tmp_path)
    assert listed["cameras"] == [
        [device.id, device.name, [capability.caps for capability in device.capabilities]]
        for device in simulator.devices
    ]
    assert listed["log"] == simulator.log_text()
    for device_id in (0, 1):
        assert simulator.stream(device_id) is None
        metadata = np.load(tmp_path / f"{device_id}.npy")
        read = metadata["sample_index"].tolist()
        sent = [frame.sample_index for frame in simulator.truth(device_id)]
        assert len(read) >= 30
        # A machine too busy to send a frame is no gap of the recording's.
        assert read == [index for index in sent if read[0] <= index <= read[-1]]
        assert np.array_equal(metadata["gstreamer_pts"], np.array(read) * 10**5 // 3)
        assert np.array_equal(metadata["ttl_in"] >> 2, metadata["sample_index"] // 1000 % 2)


@pytest.mark.real
def test_our_client_and_the_peer_agree_on_cameras_capabilities_files_and_metadata(
    simulator: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = as_the_peer(simulator, tmp_path)
    usual = "image/jpeg,width=1280,height=720,framerate=30/1"
    with ThorVisionClient(simulator.host, simulator.port) as client:
        capabilities = client.format_camera_capabilities()
        assert [[c.id, c.name, capabilities[c.id]] for c in client.cameras()] == theirs["cameras"]
        assert client.list_logs(simulator.host, simulator.port) == ["simulator.log"]
        log = client.get_log("simulator.log", simulator.host, simulator.port)
        assert log.startswith(theirs["log"])
        streams = client.start_streams_with_recording({0: usual, 1: usual}, output_dir=tmp_path)
    assert usual in capsys.readouterr().out
    for device_id, (stream, file) in enumerate(zip(streams, theirs["files"], strict=True)):
        ours = [Path(str(stream["output_path"]) % 0).name, Path(file).name]
        assert len({re.sub(r"[0-9]{8}_[0-9]{6}", "WHEN", name) for name in ours}) == 1
        read, ours_read = np.load(tmp_path / f"{device_id}.npy"), extract_metadata(file)
        names = read.dtype.names or ()
        assert set(names) <= set(ours_read.dtype.names or ())
        assert all(np.array_equal(read[name], ours_read[name]) for name in names)
