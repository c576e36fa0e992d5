"""Record one camera for five seconds, then say which frame shows which ephys sample.

python align_with_ephys.py [HOST [PORT]]
"""

import sys
import time
from pathlib import Path

from thorsched import ThorVisionClient, metadata

host = sys.argv[1] if len(sys.argv) > 1 else "192.168.177.100"
port = int(sys.argv[2]) if len(sys.argv) > 2 else 8000

with ThorVisionClient(host, port) as client:
    # A selector instead of a capability: the smallest of at least 640x480, at 30 fps.
    stream = client.start_stream_with_recording(
        0, "jpeg >=640x480 @30fps", output_dir="./recordings", gstreamer_log="none"
    )
    time.sleep(5)
    client.stop_stream(0)

files = sorted(Path("recordings").glob(Path(stream["output_path"]).name.replace("%02d", "*")))
frames = metadata.load(files)
print(f"{len(frames)} frames, {metadata.gaps(frames)['missing'].sum()} dropped")

rising = metadata.ttl_edges(frames, line=0)
print(f"TTL line 0 changes at samples {rising['sample_index'].tolist()}")

# Ephys sample -> the frame that shows it, and back.
alignment = metadata.Alignment(frames)
samples = alignment.samples_of([0, len(frames) - 1])
print(f"the first frame is at sample {samples[0]}, the last at {samples[1]}")
print(f"halfway between them, frame {alignment.rows_of(samples.mean().astype(int))} is shown")
