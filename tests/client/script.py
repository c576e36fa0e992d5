"""A script as users write it, to be told to end in several ways.

    python -m tests.client.script PORT DIRECTORY [HANDLES]

records camera 0 into DIRECTORY until a signal ends it. With HANDLES it has a SIGTERM handler of its
own, made before or after the client, and ends by itself when it was called.
"""

import signal
import sys
from types import FrameType

from tests.support.waiting import eventually
from thorsched import ThorVisionClient

called: list[int] = []


def note(number: int, frame: FrameType | None) -> None:
    del frame
    called.append(number)
    print("heard", flush=True)


def main(port: int, directory: str, handles: str) -> None:
    if handles == "before":
        signal.signal(signal.SIGTERM, note)
    client = ThorVisionClient("127.0.0.1", port)
    if handles == "after":
        signal.signal(signal.SIGTERM, note)
    client.start_stream_with_recording(
        0, "image/jpeg,width=640,height=480,framerate=30/1", output_dir=directory
    )
    print("recording", flush=True)
    eventually(lambda: called, within_s=60.0)
    print("still recording" if client.list_active_streams()[0]["recording"] else "not", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
