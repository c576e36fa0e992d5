"""What can go wrong with a simulated server: each fault is one call, from Python or by HTTP.

`Simulator.faults` is one of these; `control.py` offers the same by HTTP. A `device_id` of None
means every camera that streams.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from thorsched.base.errors import MachineError
from thorsched.cameras.capability import Capability
from thorsched.simulator.answers import AnswerFault, AnswerFaults
from thorsched.simulator.events import Delivery, EventHub
from thorsched.simulator.rig import NotPossible, Rig
from thorsched.simulator.stream import Feed, Stream


class Faults:
    """The faults of one simulated server, from any thread.

    `up` and `down` begin and end its HTTP service. Calls for a camera that does not stream, or
    does not exist, raise `NotPossible`.
    """

    def __init__(
        self,
        rig: Rig,
        events: EventHub,
        answers: AnswerFaults,
        *,
        up: Callable[[], None],
        down: Callable[[], None],
    ) -> None:
        self._rig, self._events, self._answers = rig, events, answers
        self._up, self._down = up, down
        self._closing = threading.Event()
        self._restart: threading.Thread | None = None

    # The stream

    def freeze(self, device_id: int | None = None) -> None:
        """Stop the sender where it stands (SIGSTOP): no data, no keep-alive, no goodbye."""
        for stream in self._streams(device_id, "freeze"):
            stream.sender.freeze()

    def thaw(self, device_id: int | None = None) -> None:
        """Let a frozen sender go on. It sends the few frames that waited for it, then new ones."""
        for stream in self._streams(device_id, "thaw"):
            stream.sender.thaw()

    def kill(self, device_id: int | None = None, *, goodbye: bool = False) -> None:
        """End the sender; with `goodbye` by an orderly SRT shutdown, else by SIGKILL.

        The camera does not stream then, until it is started again.
        """
        for stream in self._streams(device_id, "kill"):
            stream.stop(goodbye=goodbye)

    def refuse(self, device_id: int) -> None:
        """Reject every SRT caller of a camera, in this stream and the next ones.

        Until `accept`, or until the server is `down`: whatever refused them is gone with it.
        """
        self._rig.log(f"fault: refuse {device_id}")
        self._rig.camera(device_id).refuse(refuses=True)

    def accept(self, device_id: int) -> None:
        """End `refuse`."""
        self._rig.log(f"fault: accept {device_id}")
        self._rig.camera(device_id).refuse(refuses=False)

    def silence(self, device_id: int | None = None) -> None:
        """Stay connected and send nothing; see `resume`."""
        for stream in self._streams(device_id, "silence"):
            stream.feed = Feed.SILENCE

    def garble(self, device_id: int | None = None) -> None:
        """Send bytes that are no JPEG; see `resume`."""
        for stream in self._streams(device_id, "garble"):
            stream.feed = Feed.GARBAGE

    def resume(self, device_id: int | None = None) -> None:
        """Send pictures again, after `silence` or `garble`."""
        for stream in self._streams(device_id, "resume"):
            stream.feed = Feed.PICTURES

    def change(self, device_id: int, capability: Capability) -> None:
        """Send another capability's frames from now on, in the same stream, unasked."""
        for stream in self._streams(device_id, "change"):
            stream.footage = self._rig.camera(device_id).footage(capability)

    def _streams(self, device_id: int | None, fault: str) -> Iterator[Stream]:
        cameras = self._rig.streaming() if device_id is None else (self._rig.camera(device_id),)
        self._rig.log(f"fault: {fault} {'all' if device_id is None else device_id}")
        for camera in cameras:
            with camera.turn:
                stream = camera.stream
                if stream is not None:
                    yield stream
                elif device_id is not None:
                    raise NotPossible(f"camera {device_id} is not streaming")

    # The devices

    def unplug(self, device_id: int) -> None:
        """Take a camera away: it leaves the list, its stream ends, an event tells."""
        self._rig.unplug(device_id)

    def replug(self, device_id: int, new_id: int | None = None) -> None:
        """Bring an unplugged camera back, with its old id or another; an event tells."""
        self._rig.replug(device_id, device_id if new_id is None else new_id)

    def offer(self, device_id: int, capabilities: Sequence[Capability] | None = None) -> None:
        """Have a camera list and start no others of its capabilities; None: all of them again.

        What streams goes on, and no event tells.
        """
        self._rig.log(f"fault: offer {device_id}")
        self._rig.camera(device_id).offer(capabilities)

    # The server

    def exclusive(self, *, is_on: bool = True) -> None:
        """Refuse, or not, to start a camera that streams already: it is another client's."""
        self._rig.is_exclusive = is_on

    def events(self, delivery: Delivery) -> None:
        """Lose, double or reorder the hot-plug events from now on, after a restart, too."""
        self._events.delivery = delivery

    def disconnect_events(self) -> None:
        """Close every WebSocket; clients may come back at once."""
        self._events.disconnect()

    def answer(self, fault: AnswerFault) -> None:
        """Answer HTTP calls wrongly, as `fault` says; several queue up, and outlast a restart."""
        self._answers.add(fault)

    def clear_answers(self) -> None:
        """Answer properly again. Calls that hang go on hanging."""
        self._answers.clear()

    def down(self) -> None:
        """Crash: HTTP and every stream end without a word."""
        self._rig.log("fault: down")
        self._rig.stop_all(goodbye=False)
        self._down()
        # A call that was being answered may have started another one.
        self._rig.stop_all(goodbye=False)
        for camera in self._rig.cameras():
            camera.refuse(refuses=False)

    def up(self, *, shift_ids: int = 0) -> None:
        """Come back after `down`, streaming nothing; each id moves on by `shift_ids` cameras."""
        self._rig.shift_ids(shift_ids)
        self._up()

    def restart(self, *, down_s: float = 0.0, shift_ids: int = 0) -> None:
        """Crash and come back after `down_s`; returns when it is back."""
        self.down()
        if not self._closing.wait(down_s):
            self.up(shift_ids=shift_ids)

    def begin_restart(self, *, down_s: float = 0.0, shift_ids: int = 0) -> None:
        """`restart`, but return at once: for the call that comes by HTTP."""
        if self._restart is not None and self._restart.is_alive():
            raise NotPossible("it restarts already")

        def restart() -> None:
            with contextlib.suppress(MachineError):  # somebody took the port: it stays down
                self.restart(down_s=down_s, shift_ids=shift_ids)

        self._restart = threading.Thread(target=restart, name="simulator restart", daemon=True)
        self._restart.start()

    def close(self) -> None:
        """End a restart that is under way."""
        self._closing.set()
        if self._restart is not None:
            self._restart.join()
