"""Record the first two cameras of a ThorVision server for ten seconds.

python record_two_cameras.py [HOST [PORT]]
"""

import sys
import time

from thorsched import ThorVisionClient

host = sys.argv[1] if len(sys.argv) > 1 else "192.168.177.100"
port = int(sys.argv[2]) if len(sys.argv) > 2 else 8000

with ThorVisionClient(host, port) as client:
    capabilities = client.format_camera_capabilities()
    first_two = {camera: texts[0] for camera, texts in list(capabilities.items())[:2]}
    for stream in client.start_streams_with_recording(first_two, output_dir="./recordings"):
        print(f"camera {stream['camera_id']} records to {stream['output_path']}")
    time.sleep(10)
    for camera, stream in client.list_active_streams().items():
        print(f"camera {camera}: {stream['reason'] or 'all is well'}")
# Here both recordings are finalised, and both streams stopped.
