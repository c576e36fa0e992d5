"""Which attempt a device's stream belongs to, and which streams a server may have left running.

Made by `launcher.py`, shared by its attempts, each in a thread of its own. Asks no server.
"""

import threading
from collections.abc import Callable

import psutil

from thorsched.base.claims import Claim, Claimed, Claims
from thorsched.base.errors import UnavailableError

Stream = tuple[str, int]
"""A server's URL and the id of one of its devices: a device has one stream at most."""


class StreamBusy(UnavailableError):
    """Another attempt has the device: of this program, or of another one on this machine."""


def held_elsewhere(stream: Stream) -> str:
    """Return who records `stream` on this machine, in words; nothing if nobody does."""
    try:
        Claims().take(_claim_name(stream)).release()
    except Claimed as error:
        return _elsewhere(stream, error)
    return ""


def _claim_name(stream: Stream) -> str:
    server, device_id = stream
    return f"stream-{server}-{device_id}"


def _elsewhere(stream: Stream, error: Claimed) -> str:
    server, device_id = stream
    what = f"device {device_id} at {server}"
    if _is_orphan(error):
        gone = (
            "its program is gone; the next `thorsched run` of its file goes on with it, "
            f"`kill -INT {error.recorder}` ends it in order"
        )
        return f"recorder process {error.recorder} ({gone}) still records {what}"
    who = f"process {error.holder}" if error.holder else "another process"
    whose = f" (its recorder is process {error.recorder})" if error.recorder else ""
    return f"{who} on this machine records {what}{whose}"


def _is_orphan(error: Claimed) -> bool:
    """Return whether the recorder runs without a program: that which began it, or adopted it.

    Where the holder cannot be seen to have it, its parent tells: the program's id may be another
    process's by now, or a zombie's.
    """
    if not error.holder or not error.recorder or error.seen:
        return False
    try:
        return psutil.Process(int(error.recorder)).ppid() != int(error.holder)
    except psutil.Error:  # it is gone, too
        return False


class Streams:
    """One holder per stream: an attempt that ends must not stop the stream of its successor.

    Also remembers the streams that may be running although nobody holds them: the server was told
    to start or stop one, and did not answer. Such a call may be carried out at any later time, so
    only a start or a stop that it has obeyed proves that it is over.
    """

    def __init__(self, claims: Claims) -> None:
        self.left_in_doubt: Callable[[Stream], None] | None = None
        """Is told of each stream that is let go of and may be running; must not block."""
        self._claims = claims
        self._holders: dict[Stream, object] = {}
        self._claimed: dict[Stream, Claim] = {}
        self._in_doubt: dict[Stream, str] = {}
        self._changed = threading.Condition()

    def claim(self, stream: Stream, holder: object, *, wait_s: float) -> None:
        """Hold `stream` until `release`; raises `StreamBusy` if another does after `wait_s`."""
        with self._changed:
            if not self._changed.wait_for(lambda: stream not in self._holders, timeout=wait_s):
                server, device_id = stream
                raise StreamBusy(
                    f"another camera's recorder has not let go of device {device_id} at {server} "
                    f"within {wait_s:g} s; it is tried again"
                )
            self._claimed[stream] = self._claim(stream)
            self._holders[stream] = holder

    def _claim(self, stream: Stream) -> Claim:
        try:
            return self._claims.take(_claim_name(stream))
        except Claimed as error:
            raise StreamBusy(
                f"{_elsewhere(stream, error)}: to start its stream anew would end that recording; "
                "stop it first"
            ) from error

    def adopt(self, stream: Stream, holder: object, *, recorder: int) -> None:
        """Hold `stream` for a recorder that runs already; raises `StreamBusy`."""
        with self._changed:
            if stream in self._holders:
                raise StreamBusy(f"another recorder has device {stream[1]} at {stream[0]}")
            try:
                self._claimed[stream] = self._claims.adopt(_claim_name(stream), recorder)
            except Claimed as error:
                raise StreamBusy(_elsewhere(stream, error)) from error
            self._holders[stream] = holder

    def release(self, stream: Stream, holder: object) -> None:
        """Let others have `stream`; nothing happens if `holder` does not hold it."""
        with self._changed:
            if self._holders.get(stream) is holder:
                del self._holders[stream]
                self._claimed.pop(stream).release()
                self._changed.notify_all()
                if self.left_in_doubt is not None and stream in self._in_doubt:
                    self.left_in_doubt(stream)

    def claim_of(self, stream: Stream, holder: object) -> Claim:
        """Return what makes `stream` the holder's on this machine; nothing if it is not."""
        with self._changed:
            return self._claimed[stream] if self._holders.get(stream) is holder else Claim()

    def keep(self, stream: Stream, holder: object) -> None:
        """See that `stream` stays the holder's, as `Claim.keep` does; call it once a minute."""
        with self._changed:
            if self._holders.get(stream) is holder:
                self._claimed[stream].keep()

    def is_held_by(self, stream: Stream, holder: object) -> bool:
        with self._changed:
            return self._holders.get(stream) is holder

    def doubt(self, stream: Stream, why: str) -> None:
        """Note that `stream` may be running, now or later, without anybody's wish."""
        with self._changed:
            self._in_doubt[stream] = why

    def is_in_doubt(self, stream: Stream) -> bool:
        with self._changed:
            return stream in self._in_doubt

    def why_in_doubt(self, stream: Stream) -> str:
        """Return why `stream` may be running without anybody's wish; nothing if it is not."""
        with self._changed:
            return self._in_doubt.get(stream, "")

    def settle(self, stream: Stream) -> None:
        """Note that the server has just begun, or stopped, `stream` as asked: no doubt is left."""
        with self._changed:
            self._in_doubt.pop(stream, None)
