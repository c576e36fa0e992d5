"""The peer: what `pythorvision` 0.3.0 does against the real server, it does against ours."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.ports import free_ports
from thorsched.simulator.server import Simulator

RECORDED_S = 3.0


@pytest.mark.real
def test_the_peer_lists_records_and_stops_and_reads_every_frames_counter(
    simulator: Simulator, tmp_path: Path
) -> None:
    arguments = [simulator.host, simulator.port, tmp_path, RECORDED_S, *free_ports(2)]
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulator.peer", *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
    )
    listed = json.loads(told.stdout)
    assert listed["cameras"] == [
        [device.id, device.name, len(device.capabilities)] for device in simulator.devices
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
