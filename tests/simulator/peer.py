"""The peer in a process of its own: `pythorvision` 0.3.0 lists, records and stops, as it does.

    python -m tests.simulator.peer HOST PORT DIRECTORY SECONDS SRT_PORT...

records camera 0, 1, ... in 1280x720 at 30 fps, one for each port, into DIRECTORY/ID, and leaves
what its `extract_metadata` reads in DIRECTORY/ID.npy. Prints one JSON text: cameras, files, log.
"""

import json
import sys
from pathlib import Path

import numpy as np
from pythorvision import ThorVisionClient, extract_metadata

from tests.support.waiting import pause


class Peer(ThorVisionClient):  # type: ignore[misc]  # it comes without types
    """As it is, but for its habit of beginning at port 9001, whoever uses that."""

    srt_ports: list[int]

    def _get_available_port(self, start: int = 9001, end: int = 9099) -> int:
        del start, end
        return self.srt_ports.pop(0)


def main(host: str, port: int, directory: Path, seconds: float, srt_ports: list[int]) -> None:
    ids = range(len(srt_ports))
    peer = Peer(host=host, port=port, srt_ports=srt_ports)
    cameras = peer.list_cameras()
    for device_id in ids:
        (usual,) = (
            capability
            for capability in cameras[device_id].capabilities
            if (capability.width, capability.height, capability.framerate) == (1280, 720, "30/1")
        )
        output = directory / str(device_id)
        peer.start_stream_with_recording(cameras[device_id], usual, str(output))
    pause(seconds)
    files = []
    for device_id in ids:
        peer.stop_stream(device_id)
        (file,) = (directory / str(device_id)).glob("*.mkv")
        files.append(str(file))
        np.save(directory / f"{device_id}.npy", extract_metadata(str(file)))
    (log,) = ThorVisionClient.list_logs(host=host, port=port)
    told = {
        "cameras": [
            (camera.id, camera.name, [c.to_gstreamer_capability() for c in camera.capabilities])
            for camera in cameras
        ],
        "files": files,
        "log": ThorVisionClient.get_log(log, host=host, port=port),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(
        sys.argv[1],
        int(sys.argv[2]),
        Path(sys.argv[3]),
        float(sys.argv[4]),
        [*map(int, sys.argv[5:])],
    )
