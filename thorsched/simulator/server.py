"""The simulated ThorVision server: real HTTP, real WebSocket, real SRT, all on this machine.

    with Simulator(cameras=4) as simulator:
        simulator.url                       # http://127.0.0.1:PORT
        simulator.truth(0)                  # the frames that camera 0 has really sent
        simulator.faults.freeze(0)          # see faults.py

Used by `thorsched simulate`, the tests and the benchmarks. It brings FastAPI, so import it only
when it is used. Once it is closed, no process, thread or socket of it is left.
"""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send

from thorsched.base import gstreamer
from thorsched.base.clock import SystemClock
from thorsched.cameras.capability import JPEG, Capability, Device
from thorsched.simulator.answers import AnswerFaults, BrokenAnswers
from thorsched.simulator.api import event_json, make_app
from thorsched.simulator.control import make_router
from thorsched.simulator.devices import default_devices
from thorsched.simulator.events import EventHub
from thorsched.simulator.faults import Faults
from thorsched.simulator.httpserver import HttpServer
from thorsched.simulator.rig import Rig
from thorsched.simulator.stream import Stream
from thorsched.simulator.truth import SentFrame

_ELEMENTS = ("fdsrc", "srtserversink")
_USUAL = Capability(JPEG, 1280, 720, 30, 1)
_ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, not bound to


class _Front:
    """What every call passes first."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.was_called = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.was_called = True
        await self._app(scope, receive, send)


class Simulator:
    """A simulated server with `cameras` default devices, or with those given. A context manager.

    Serves at `host` (one machine's IPv4 name or address), on `port` or a free one. `first_sample`
    is the ephys sample index at the start, so that a test can cross its wrap at 2^32.

    Raises `MachineError` if the port is taken or GStreamer lacks something, and `ValueError` for a
    number of cameras that cannot be.
    """

    def __init__(
        self,
        cameras: int | Sequence[Device] = 4,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        first_sample: int = 0,
    ) -> None:
        devices = default_devices(cameras) if isinstance(cameras, int) else tuple(cameras)
        gstreamer.require(_ELEMENTS)
        self._http = HttpServer(host, port)
        self._events = EventHub()
        self._rig = Rig(
            devices,
            lambda plug, device: self._events.announce(event_json(plug, device)),
            address=self._http.address,
            first_sample=first_sample,
            clock=SystemClock(),
        )
        answers = AnswerFaults()
        self.faults = Faults(self._rig, self._events, answers, up=self._up, down=self._http.down)
        app = make_app(self._rig, self._events)
        app.include_router(make_router(self._rig, self.faults))
        self._app = _Front(BrokenAnswers(app, answers))
        self._closing = threading.Event()
        self._artist = threading.Thread(
            target=self._draw_ahead, name="simulator pictures", daemon=True
        )

    def __enter__(self) -> Self:
        self._artist.start()
        self._up()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End everything; its callers are told. Twice is safe."""
        self._closing.set()
        self.faults.close()
        self._http.down()
        self._rig.close()
        if self._artist.is_alive():
            self._artist.join()

    def _up(self) -> None:
        self._http.up(self._app)

    def _draw_ahead(self) -> None:
        """Draw the most usual pictures, so that a first stream need not wait for them."""
        for camera in self._rig.cameras():
            if self._closing.is_set():
                return
            camera.footage(_USUAL).pictures()

    @property
    def host(self) -> str:
        """Where clients on this machine find it."""
        return "127.0.0.1" if self._http.address == _ANY_ADDRESS else self._http.address

    @property
    def port(self) -> int:
        return self._http.port

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def devices(self) -> tuple[Device, ...]:
        """What is plugged in, by id."""
        return self._rig.devices()

    @property
    def was_called(self) -> bool:
        """Whether any call or WebSocket has ever come, whatever became of it."""
        return self._app.was_called

    @property
    def event_clients(self) -> int:
        """How many clients listen for hot-plug events."""
        return self._events.client_count

    def stream(self, device_id: int) -> Stream | None:
        """Return a camera's stream, None if it does not stream. Raises `NoSuchDevice`."""
        return self._rig.camera(device_id).stream

    def truth(self, device_id: int) -> tuple[SentFrame, ...]:
        """Return the frames that a camera has really sent. Raises `NoSuchDevice`."""
        return self._rig.camera(device_id).truth.frames()

    def log_text(self) -> str:
        """Return the server's log, as clients read it."""
        return self._rig.log_text()
