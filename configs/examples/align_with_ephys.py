"""Record one camera for five seconds, then say which frame shows which ephys sample.

python align_with_ephys.py [HOST [PORT]]
"""

import argparse
import time

from thorsched import ThorVisionClient, metadata

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("host", nargs="?", default="192.168.177.100")
parser.add_argument("port", nargs="?", default=8000, type=int)
where = parser.parse_args()

with ThorVisionClient(where.host, where.port) as client:
    # A selector instead of a capability: the smallest of at least 640x480, at 30 fps.
    client.start_stream_with_recording(
        0, "jpeg >=640x480 @30fps", output_dir="./recordings", gstreamer_log="none"
    )
    time.sleep(5)
    stopped = client.stop_stream(0)

# All files of the recording: more than one if it was begun anew, or grew long.
frames = metadata.load(stopped["files"])
print(f"{len(frames)} frames, {metadata.gaps(frames)['missing_frames'].sum()} dropped")

edges = metadata.ttl_edges(frames, line=0)
rising = edges[edges["rises"]]
print(f"TTL line 0 rises at samples {rising['sample_index'].tolist()}")

# Ephys sample -> the frame that shows it, and back.
alignment = metadata.Alignment(frames)
samples = alignment.samples_of([0, len(frames) - 1])
print(f"the first frame is at sample {samples[0]}, the last at {samples[1]}")
print(f"halfway between them, frame {alignment.rows_of(samples.mean().astype(int))} is shown")
