"""A device's stream at its server: claimed, asked for on a port that is ours alone, and stopped.

Made by `attempt.py`; attempts that overlap share one. Every call may take seconds, all are bounded.
"""

import contextlib
import logging
import threading

from thorsched.base.claims import Claim
from thorsched.base.clock import Clock
from thorsched.base.errors import UnavailableError
from thorsched.base.text import printable
from thorsched.recording.blame import DeviceChanged
from thorsched.recording.listings import Listings
from thorsched.recording.refusal import explained, is_port_taken, ports_of_others
from thorsched.recording.spec import Recording
from thorsched.recording.streams import StreamBusy, Streams
from thorsched.thorvision.errors import AnswerLost, CalledOff, Refused
from thorsched.thorvision.ports import (
    PortPool,
    is_closed,
    is_listening,
    listening_ports,
    server_key,
)
from thorsched.thorvision.server import ServerClient

log = logging.getLogger(__name__)

_PROBE_TIMEOUT_S = 0.2
# Whoever else begins streams on the same ports may be quicker each time.
_PORTS_TRIED = 5
_READY_LIMIT_S = 1.0
_READY_POLL_S = 0.02
# An orderly end takes well under a second; a recorder that takes longer is not waited for.
_HANDOVER_LIMIT_S = 2.0
_KEEP_CLAIMS_EVERY_S = 30.0
# While closing, with nothing recorded: a person at the keyboard waits.
_HURRIED_CALL_LIMIT_S = 1.0
_HURRY_LIMIT_S = 1.5
_HURRY_POLL_S = 0.2


class ServerStream:
    """One device's stream: `claim` and `start` it, or `adopt` it; `give_back` once."""

    def __init__(
        self,
        recording: Recording,
        *,
        ports: PortPool,
        streams: Streams,
        listings: Listings,
        clock: Clock,
        is_closing: threading.Event,
    ) -> None:
        """Raise `AddressError` for a server whose URL is none.

        `ports` is shared by all on the server's host, `streams` and `listings` by all there are.
        `is_closing`, once it is set, ends `start` soon.
        """
        self.port: int | None = None
        """Where it can be called, once it is asked for."""
        self._camera, self._source = recording.camera, recording.source
        self._range = recording.ports
        self._ports = ports
        self._streams = streams
        self._listing = listings.of_server(self._source.server)
        self._clock = clock
        self._is_closing = is_closing
        self._server = ServerClient(self._source.server, cancelled=is_closing)
        self._stream = (server_key(self._server.address), self._source.device_id)
        self._may_run = False
        self._kept_at_s = clock.monotonic_s()

    def ip_address(self) -> str:
        """Return the server's; raises `Unreachable`."""
        return self._server.ip_address()

    def claim(self) -> None:
        """Hold it against everybody else; raises `StreamBusy`."""
        self._streams.claim(self._stream, self, wait_s=_HANDOVER_LIMIT_S)

    def start(self) -> None:
        """Have the server stream. Raises `UnavailableError`, and `CalledOff` once it is closing."""
        for prepare in (
            self._check_device,
            self._ask,
            self._check_device,  # the server may have begun anew in between
        ):
            self.check_wanted()
            prepare()

    def is_gone(self) -> bool:
        """Return whether the server says that nobody streams where it is called.

        One that is killed says no goodbye: SRT goes on calling it for five seconds.
        """
        with contextlib.suppress(UnavailableError):
            return self.port is not None and is_closed(
                self._server.address.host, self.port, _PROBE_TIMEOUT_S
            )
        return False

    def check_wanted(self) -> None:
        """Raise `CalledOff` once it is closing."""
        if self._is_closing.is_set():
            raise CalledOff("it was under way")

    def adopt(self, port: int, *, recorder: int) -> None:
        """Hold what a recorder takes that another scheduler has begun."""
        with contextlib.suppress(StreamBusy):  # another camera's, by a mistake of somebody's
            self._streams.adopt(self._stream, self, recorder=recorder)
        self.port = port
        self._may_run = True

    def _check_device(self) -> None:
        """Ask whether the id is still the device that is wanted: a restart may shift ids.

        Raises `DeviceChanged`. What the plan knows of the devices may be some seconds old, and
        nothing in a stream names its camera.
        """
        source = self._source
        listed = {device.id: device for device in self._listing.read(self._server.listing).devices}
        device = listed.get(source.device_id)
        wanted = f"device {source.device_id} at {source.server}"
        if device is None:
            raise DeviceChanged(f"{wanted} is not there any more")
        if device.name != source.device_name:
            raise DeviceChanged(
                f"{wanted} is '{printable(device.name)}' now, not "
                f"'{printable(source.device_name)}': the server has numbered its devices anew"
            )
        if source.capability not in device.capabilities:
            raise DeviceChanged(f"{wanted} does not offer {source.capability} any more")

    def _ask(self) -> None:
        """Ask on a port that is free, and on the next one if somebody takes it just before."""
        if self._streams.is_in_doubt(self._stream):
            self._stop(self._server)
        for left in reversed(range(_PORTS_TRIED)):
            self.check_wanted()
            self.port = port = self._ports.take(self._range, self._is_listening)
            try:
                self._ask_on(port)
            except Refused as error:
                if not left or not is_port_taken(error):
                    raise
                log.debug("port lost to another", extra={"camera": self._camera, "why": error})
                self._ports.release(port)
                self.port = None
            else:
                self._streams.settle(self._stream)
                self._await_listener(port)
                return

    def _ask_on(self, port: int) -> None:
        source = self._source
        try:
            self._may_run = True
            self._server.start_stream(source.device_id, port, source.capability, source.encoding)
        except AnswerLost as error:
            # It may be obeyed even after `give_back` has told it to stop.
            self._streams.doubt(self._stream, str(error))
            raise
        except UnavailableError as error:
            # A server may fail after it has obeyed; nobody listened on this port before.
            is_anothers = isinstance(error, Refused) and is_port_taken(error)
            self._may_run = not is_anothers and self._is_listening(port)
            if isinstance(error, Refused) and not error.is_failure:
                raise explained(error, self._others_streaming()) from error
            raise

    def _is_listening(self, port: int) -> bool:
        return is_listening(self.ip_address(), port, timeout_s=_PROBE_TIMEOUT_S)

    def _others_streaming(self) -> list[int]:
        """Return the ports of the server on which not we stream, as far as they are looked at."""
        asked = ports_of_others(self._range)
        found = listening_ports(self.ip_address(), asked, timeout_s=_PROBE_TIMEOUT_S)
        return [port for port in found if not self._ports.is_held(port)]

    def _await_listener(self, port: int) -> None:
        """Wait until the stream can be called; in doubt go on, the recorder will tell."""
        deadline_s = self._clock.monotonic_s() + _READY_LIMIT_S
        while not self._is_listening(port) and self._clock.monotonic_s() < deadline_s:
            if self._is_closing.wait(_READY_POLL_S):
                break

    def claims(self) -> tuple[Claim, ...]:
        """Return what is claimed for its recorders: they hold that, too, while they run."""
        stream = self._streams.claim_of(self._stream, self)
        return (stream,) if self.port is None else (stream, self._ports.claim_of(self.port))

    def keep(self) -> None:
        """See that the claims stay ours; call it at each look."""
        now_s = self._clock.monotonic_s()
        if now_s - self._kept_at_s < _KEEP_CLAIMS_EVERY_S:
            return
        self._kept_at_s = now_s
        self._streams.keep(self._stream, self)
        if self.port is not None:
            self._ports.keep(self.port)

    def lend(self, recorder: int) -> None:
        """Say that this recorder holds the claims, for whoever finds them claimed."""
        for claim in self.claims():
            claim.lent_to(recorder)

    def leave(self) -> None:
        """Leave the claims to a recorder that still runs, so that nobody takes what it uses."""
        for claim in self.claims():
            claim.leave()

    def give_back(self, last: contextlib.ExitStack, *, was_called: bool) -> None:
        """Have `last` stop the stream, and then give back the port and the stream itself.

        In a hurry if the program is closing and no recorder `was_called` for it.
        """
        last.callback(self._streams.release, self._stream, self)
        if self.port is not None:
            last.callback(self._ports.release, self.port)
        if self._is_closing.is_set() and not was_called:
            last.callback(self._stop_in_a_hurry)
        elif self._may_run:
            last.callback(self._stop, ServerClient(self._source.server))

    def _stop_in_a_hurry(self) -> None:
        """Stop what may have been started, though not for long: the program is being closed.

        A start whose answer was not waited for may be obeyed after the first stop was refused.
        """
        if not self._may_run and not self._streams.is_in_doubt(self._stream):
            return
        server = ServerClient(self._source.server, timeout_s=_HURRIED_CALL_LIMIT_S)
        deadline_s = self._clock.monotonic_s() + _HURRY_LIMIT_S
        waiting = threading.Event()
        while not self._stop(server) and self._streams.is_in_doubt(self._stream):
            if self._clock.monotonic_s() >= deadline_s:
                log.warning(
                    "the server may begin a stream that nobody takes",
                    extra={"camera": self._camera},
                )
                break
            waiting.wait(_HURRY_POLL_S)

    def _stop(self, server: ServerClient) -> bool:
        """Stop the device's stream; only its holder may, as it could be another recorder's.

        Return whether it is of no use to try again now: False where the server refuses, as it
        does not stream or has failed to obey.
        """
        if not self._streams.is_held_by(self._stream, self):
            return True
        try:
            server.stop_stream(self._source.device_id)
        except Refused as error:
            if error.is_failure:
                self._doubt(error)
            else:
                log.debug("no stream to stop", extra={"camera": self._camera, "why": error})
            return False
        except UnavailableError as error:
            self._doubt(error)
        return True

    def _doubt(self, error: UnavailableError) -> None:
        self._streams.doubt(self._stream, str(error))
        log.warning(
            "the server did not stop the stream", extra={"camera": self._camera, "why": error}
        )
