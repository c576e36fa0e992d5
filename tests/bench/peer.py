"""The peer's user: a script that records every camera with `pythorvision` 0.3.0, one after another.

    python -m tests.bench.peer HOST PORT CAPABILITY DIRECTORY SRT_PORT...

records camera 0, 1, ..., one for each SRT port, into DIRECTORY/ID, until its input ends. Prints the
moment (s since 1970) at which its loop begins. Called by `sides.py`; imports no more than such a
script would, because its memory is measured.
"""

import sys
from pathlib import Path

from tests.simulator.peer import Peer
from thorsched.base.clock import SystemClock


def main(host: str, port: int, caps: str, directory: Path, srt_ports: list[int]) -> None:
    cameras = range(len(srt_ports))
    peer = Peer(host=host, port=port, srt_ports=srt_ports)
    listed = {camera.id: camera for camera in peer.list_cameras()}
    wanted = {
        number: next(
            capability
            for capability in listed[number].capabilities
            if capability.to_gstreamer_capability() == caps
        )
        for number in cameras
    }
    print(SystemClock().now().timestamp(), flush=True)
    for number in cameras:
        output = directory / str(number)
        peer.start_stream_with_recording(listed[number], wanted[number], str(output))
    sys.stdin.read()
    peer.clean_streams()


if __name__ == "__main__":
    _, host, port, caps, directory, *srt_ports = sys.argv
    main(host, int(port), caps, Path(directory), [int(srt_port) for srt_port in srt_ports])
