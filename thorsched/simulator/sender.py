"""One gst-launch-1.0 that listens for SRT callers and sends them whatever it is handed.

Started by `camera.py`, fed by `stream.py`, tormented by the faults. It knows bytes, not pictures. A
frame counts as sent once this process has taken the whole of it out of its pipe.
"""

import array
import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Sequence
from typing import IO

import psutil

from thorsched.base import gstreamer, host
from thorsched.base.errors import UnavailableError

MESSAGE_BYTES = 1316
"""The payload of one SRT message, and so the size in which a caller receives the stream."""

QUEUED_FRAMES = 16
"""How many frames wait for a busy sender before new ones are dropped, as in a camera's driver.

Half a second at 30 fps: less, and a machine that runs everything at once drops frames."""

# What has waited for a busy sender goes out in one burst. Read all at once, frames of three
# messages were sent within a microsecond, which no server does; splitmuxsink (1.22) dies of that.
_READ_BYTES = MESSAGE_BYTES
_ENCODER_READ_BYTES = 100 * MESSAGE_BYTES
_OUTPUT_BYTES = 1 << 16
_PIPE_BYTES = 1 << 20
_LOOK_EVERY_S = 0.002
_LISTENS_WITHIN_S = 10.0
_CLOSES_WITHIN_S = 1.0
_WAIT_FOR_ROOM_MS = 50
# gst-launch-1.0 says the first once its sink is open, the second when that failed.
_LISTENS = b"PLAYING"
_CANNOT_BIND = b"Cannot bind to"


class SenderFailed(UnavailableError):
    """gst-launch did not come to listen."""


class PortTaken(SenderFailed):
    """Somebody else has the UDP port."""


class Sender:
    """A gst-launch-1.0 that listens on a UDP port from the moment that it is made.

    `encoder` is what stands between the frames and the network, in gst-launch's words. With a
    `passphrase` (10 characters or more) every caller that has none is rejected.

    Raises `PortTaken` or `SenderFailed`. End it with `close` or `kill`; doing so again is safe.
    """

    def __init__(
        self, address: str, port: int, *, encoder: Sequence[str] = (), passphrase: str | None = None
    ) -> None:
        self.address, self.port = address, port
        self._written_bytes = 0
        self._unread_at_end_bytes: int | None = None
        self._writing = threading.Lock()
        self._closing_pipe = threading.Lock()
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _bury
        read_bytes = _ENCODER_READ_BYTES if encoder else _READ_BYTES
        source = ["fdsrc", "fd=0", f"blocksize={read_bytes}", "do-timestamp=true", "!"]
        sink = ["srtserversink", f"uri=srt://{address}:{port}?mode=listener"]
        sink += ["wait-for-connection=false", "sync=false", "async=false"]
        sink += [f"passphrase={passphrase}"] if passphrase else []
        self._process = subprocess.Popen(
            [gstreamer.tool("gst-launch-1.0"), *source, *encoder, *sink],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            env=gstreamer.launch_environment(),
            **host.own_session_kwargs(),
        )
        self._pipe = self._process.stdin.fileno()  # type: ignore[union-attr]
        self._capacity_bytes = self._widen_pipe()
        self._await_listening()

    def _widen_pipe(self) -> int:
        os.set_blocking(self._pipe, False)
        if sys.platform != "linux":  # no other system can say or change it
            return select.PIPE_BUF
        try:
            return fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        except PermissionError:  # this user has used up the pages that pipes may have
            return fcntl.fcntl(self._pipe, fcntl.F_GETPIPE_SZ)

    def _await_listening(self) -> None:
        # Not by a handshake with the port: somebody else may answer there.
        waited_s = 0.0
        while _LISTENS not in self._said():
            look_in_s = max(_LOOK_EVERY_S, waited_s / 8)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(look_in_s)
            waited_s += look_in_s
            if self._process.returncode is not None or waited_s > _LISTENS_WITHIN_S:
                raise self._failure()

    def _said(self) -> bytes:
        return os.pread(self._output.fileno(), _OUTPUT_BYTES, 0)

    def _failure(self) -> SenderFailed:
        where, said = f"{self.address}:{self.port}", self._said()
        self.kill()
        if _CANNOT_BIND in said:
            return PortTaken(f"UDP port {where} is taken by another program or stream")
        words = said.decode(errors="replace").strip()
        return SenderFailed(f"gst-launch-1.0 does not listen on {where}: {words}")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def written_bytes(self) -> int:
        """What `offer` has accepted so far."""
        return self._written_bytes

    @property
    def taken_bytes(self) -> int:
        """What the process has taken to send, of all that was written."""
        with self._closing_pipe:
            unread_at_end = self._unread_at_end_bytes
            # In this order: what is written in between must not count as taken.
            written = self._written_bytes
            return written - (self._unread_bytes() if unread_at_end is None else unread_at_end)

    def _unread_bytes(self) -> int:
        answer = array.array("i", [0])
        fcntl.ioctl(self._pipe, termios.FIONREAD, answer)
        return answer[0]

    def offer(self, frame: bytes) -> bool:
        """Hand over all of `frame`, or nothing when too much is waiting; False then.

        Blocks in the middle of a frame if the process stands still. Raises `BrokenPipeError` if
        it is gone.
        """
        with self._writing:
            if self._unread_at_end_bytes is not None:
                raise BrokenPipeError
            unread = self._unread_bytes()
            room = min(self._capacity_bytes, QUEUED_FRAMES * len(frame))
            if unread and unread + len(frame) > room:
                return False
            self._write(frame)
            return True

    def _write(self, frame: bytes) -> None:
        rest = memoryview(frame)
        room = select.poll()
        room.register(self._pipe, select.POLLOUT)
        while rest:
            try:
                written = os.write(self._pipe, rest)
            except BlockingIOError:
                room.poll(_WAIT_FOR_ROOM_MS)
                continue
            self._written_bytes += written
            rest = rest[written:]

    def freeze(self) -> None:
        """Stop the process where it is: callers hear nothing, not even a keep-alive."""
        self._process.send_signal(signal.SIGSTOP)
        while self.is_alive and psutil.Process(self.pid).status() != psutil.STATUS_STOPPED:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_LOOK_EVERY_S)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it as an orderly server does: its callers are told."""
        self.thaw()
        host.interrupt(self._process)
        try:
            self._process.wait(_CLOSES_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._bury()

    def kill(self) -> None:
        """End it without a word to its callers."""
        self._process.kill()
        self._bury()

    def _bury(self) -> None:
        self._process.wait()
        # From here on a write fails, so that whoever holds the lock lets go of it.
        with self._writing, self._closing_pipe:
            if self._unread_at_end_bytes is None:
                self._unread_at_end_bytes = self._unread_bytes()
                self._process.stdin.close()  # type: ignore[union-attr]
                self._output.close()
