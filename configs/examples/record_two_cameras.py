"""Record the first two cameras of a ThorVision server for ten seconds.

python record_two_cameras.py [HOST [PORT]]
"""

import argparse
import time

from thorsched import ThorVisionClient

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("host", nargs="?", default="192.168.177.100")
parser.add_argument("port", nargs="?", default=8000, type=int)
where = parser.parse_args()

with ThorVisionClient(where.host, where.port) as client:
    capabilities = client.format_camera_capabilities()
    usable = [(camera, texts[0]) for camera, texts in capabilities.items() if texts]
    first_two = dict(usable[:2])
    for stream in client.start_streams_with_recording(first_two, output_dir="./recordings"):
        print(f"camera {stream['camera_id']} records to {stream['output_path']}")
    time.sleep(10)
    for camera, active in client.list_active_streams().items():
        print(f"camera {camera}: {active['reason'] or 'all is well'}")
# Here both recordings are finalised, and both streams stopped.
