"""SRT callers: real gst-launch-1.0 processes that write what they receive to a file.

Callers of one port come one after another: GStreamer's listener lets one caller wait, and rejects
whoever comes while it does (three at once: 7 of 75 were rejected).
"""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.frames import Identity, parse_frame, parse_identity
from tests.support.waiting import eventually, pause
from thorsched.base import gstreamer
from thorsched.thorvision.metadata import FrameMetadata

_FRAME_START = b"\xff\xd8\xff\xe9"
_EOI = b"\xff\xd9"
# Longer than the latency, after which all that arrived is on disk.
_SILENCE_S = 0.6


class Caller:
    """One caller of `port`; a context manager that kills it."""

    def __init__(self, port: int, file: Path, *, latency_ms: int = 300) -> None:
        self.file = file
        file.touch()
        self._words = file.with_suffix(".log")
        source = ["srtclientsrc", f"uri=srt://127.0.0.1:{port}", f"latency={latency_ms}"]
        source += ["auto-reconnect=false"]
        sink = ["filesink", f"location={file}", "buffer-mode=unbuffered"]
        with self._words.open("wb") as words:
            self.process = subprocess.Popen(
                [gstreamer.tool("gst-launch-1.0"), "-q", *source, "!", *sink],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def received(self) -> bytes:
        return self.file.read_bytes()

    def frames(self) -> list[bytes]:
        """Return the whole JPEG frames that have arrived."""
        starts = self.received().split(_FRAME_START)[1:]
        return [_FRAME_START + rest for rest in starts if rest.endswith(_EOI)]

    def stamped(self) -> list[tuple[Identity, FrameMetadata]]:
        """Return who each frame is and what is stamped on it, read at one moment."""
        found = [(parse_identity(frame), parse_frame(frame)) for frame in self.frames()]
        return [(who, stamp) for who, stamp in found if who is not None and stamp is not None]

    def identities(self) -> list[Identity]:
        return [identity for identity, _ in self.stamped()]

    def numbers(self) -> list[int]:
        return [identity.number for identity in self.identities()]

    def hears(self, frames: int) -> bool:
        """Return whether that many whole frames more come; fails at once if it has ended."""
        wanted = len(self.frames()) + frames

        def has_come() -> bool:
            has_ended, heard = self.has_ended, len(self.frames())
            assert heard >= wanted or not has_ended, self._words.read_text()
            return heard >= wanted

        return eventually(has_come)

    def falls_silent(self) -> bool:
        """Return whether the bytes that are under way come to an end."""
        return eventually(self._hears_nothing)

    def _hears_nothing(self) -> bool:
        before = self.received()
        pause(_SILENCE_S)
        return self.received() == before
