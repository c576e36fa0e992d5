"""The gst-launch-1.0 command line of a recorder. Pure.

`attempt.py` runs it; `app.py` and `foresight/readiness.py` ask which elements it needs.

    srtclientsrc ! queue ! jpegparse ! capssetter ! splitmuxsink

- `auto-reconnect=false`: a stream that comes back may be another camera's; we reconnect, knowingly,
  in a new file.
- The queue takes what arrives while the disk hesitates: 64 MiB is ten seconds of 1080p30. It counts
  what is in the messages, not the memory they take: at srtclientsrc's own `blocksize` of 4096 bytes
  a full queue makes a recorder of 257 MB, at 1456, the most that a live SRT message holds, of 123.
- Nearly half of the CPU is jpegparse's, which for each message copies all that it has of a frame.
  Elements that gather messages first (chopmydata, audiobuffersplit) spare most of that, and with it
  the mark that srtclientsrc sets where something is lost: without, jpegparse (1.22) ends the
  recording over a frame whose last message is missing. The README has the figures.
- jpegparse (1.22) forgets a frame's size or pixel aspect ratio when the frame's headers are cut
  between two messages, or damaged; a muxer that is told of other caps ends the recording.
  capssetter says what was asked for in any case: the frames themselves pass untouched.
- `-e` turns SIGINT into end-of-stream, so that the file is finalised; `-m` writes a line for each
  segment opened and closed.
"""

from collections.abc import Set as AbstractSet
from datetime import timedelta

from thorsched.cameras.selector import Encoding
from thorsched.recording.spec import Recording, Source

MESSAGE_BYTES = 1456
QUEUE_BYTES = 64 * 2**20

_ALWAYS = frozenset({"srtclientsrc", "queue", "splitmuxsink", "matroskamux"})
_PARSERS = {
    Encoding.JPEG: frozenset({"jpegparse", "capssetter"}),
    Encoding.H265: frozenset({"h265parse"}),
}


def elements(encodings: AbstractSet[Encoding]) -> tuple[str, ...]:
    """Return the GStreamer elements that recording these encodings needs, sorted."""
    return tuple(sorted(_ALWAYS.union(*(_PARSERS[encoding] for encoding in encodings))))


def arguments(recording: Recording, *, host: str, port: int, prefix: str) -> tuple[str, ...]:
    """Return gst-launch's arguments, to be run in the attempt's directory.

    `prefix` is the attempt's name from `naming.attempt_path`; `host` and `port` are where the
    server streams, `host` checked by `thorvision/address.py`.
    """
    source, output = recording.source, recording.output
    return (
        "-e",
        "-m",
        "srtclientsrc",
        f"uri=srt://{f'[{host}]' if ':' in host else host}:{port}",
        f"latency={recording.latency // timedelta(milliseconds=1)}",
        "auto-reconnect=false",
        f"blocksize={MESSAGE_BYTES}",
        "!",
        "queue",
        "max-size-buffers=0",
        "max-size-time=0",
        f"max-size-bytes={QUEUE_BYTES}",
        "!",
        *_parser(source),
        "!",
        "splitmuxsink",
        "muxer-factory=matroskamux",
        f"max-size-time={output.segment_time // timedelta(microseconds=1) * 1000}",
        f"max-size-bytes={output.segment_bytes}",
        f"location={prefix}{output.naming.segment_format}",
    )


def _parser(source: Source) -> tuple[str, ...]:
    if source.encoding is Encoding.H265:
        return ("h265parse",)
    capability = source.capability
    rate = f"{capability.rate_numerator}/{capability.rate_denominator}"
    size = f"width={capability.width},height={capability.height}"
    caps = f"image/jpeg,parsed=(boolean)true,{size},framerate={rate}"
    return ("jpegparse", "!", "capssetter", "replace=true", f"caps={caps}")
