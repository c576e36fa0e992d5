"""The ThorVision server's HTTP and WebSocket calls, over the simulated rig.

`server.py` serves it; nothing else needs it. What the real server does with a wrong call is not
known: here an unknown id is 404, a call that cannot be 400, a stream that does not start 500, and
a body of the wrong shape FastAPI's own 422.
"""

import json
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from thorsched.base.errors import ThorschedError
from thorsched.base.version import __version__
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.selector import Encoding
from thorsched.simulator.events import EventHub
from thorsched.simulator.rig import TEST_PATTERN_IDS, NoSuchDevice, NotPossible, Plug, Rig

LOG_NAME = "simulator.log"


class JsonLine(JSONResponse):
    """JSON on a line of its own, for people with curl; of a call that answers nothing, "done"."""

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - as its base has it
        return super().render("done" if content is None else content) + b"\n"


class StreamRequest(BaseModel):
    """What to stream; `capability` is GStreamer caps text."""

    id: int
    port: Annotated[int, Field(ge=1, le=65535)]
    capability: Annotated[str, Field(max_length=200)]


class StopRequest(BaseModel):
    """Which camera to stop."""

    id: int


def device_json(device: Device) -> dict[str, Any]:
    """Return a device as the server lists it.

    The `format` of JPEG is an empty string, null or missing, by turns: all three are seen.
    """
    caps = []
    for capability in device.capabilities:
        numerator, denominator = capability.rate_numerator, capability.rate_denominator
        entry = {
            "media_type": capability.media_type,
            "format": capability.format or ("" if device.id % 3 == 0 else None),
            "width": capability.width,
            "height": capability.height,
            "framerate": f"{numerator}/{denominator}",
        }
        if device.id % 3 == 2 and capability.format is None:  # noqa: PLR2004 - the third of three
            del entry["format"]
        caps.append(entry)
    return {"id": device.id, "name": device.name, "caps": caps}


def event_json(plug: Plug, device: Device) -> str:
    """Return the text of a hot-plug event."""
    return json.dumps({"event_type": plug.value, "camera": device_json(device)})


def make_app(rig: Rig, events: EventHub) -> FastAPI:
    """Return the application without its faults."""
    app = FastAPI(title="Simulated ThorVision server", version=__version__)
    _add_errors(app, rig)
    _add_streaming(app, rig)
    _add_logs(app, rig)

    @app.get("/cameras")
    def cameras() -> list[dict[str, Any]]:
        """List what is plugged in."""
        return [device_json(device) for device in rig.devices()]

    @app.websocket("/ws")
    async def hot_plugs(socket: WebSocket) -> None:
        await events.serve(socket)

    return app


def _add_errors(app: FastAPI, rig: Rig) -> None:
    @app.exception_handler(NotPossible)
    def refused(request: Request, error: NotPossible) -> JSONResponse:
        status = 404 if isinstance(error, NoSuchDevice) else 400
        rig.log(f"refused {request.url.path}: {error}")
        return JsonLine({"detail": str(error)}, status)

    @app.exception_handler(ThorschedError)
    def failed(request: Request, error: ThorschedError) -> JSONResponse:
        rig.log(f"failed {request.url.path}: {error}")
        return JsonLine({"detail": str(error)}, 500)


def _add_streaming(app: FastAPI, rig: Rig) -> None:
    def start(request: StreamRequest, encoding: Encoding) -> dict[str, Any]:
        try:
            capability = Capability.parse(request.capability)
        except ValueError as error:
            raise NotPossible(str(error)) from error
        rig.start(request.id, request.port, capability, encoding)
        return {"id": request.id, "port": request.port}

    @app.post("/jpeg")
    def jpeg(request: StreamRequest) -> dict[str, Any]:
        """Stream MJPEG; the port listens for SRT callers when the answer comes."""
        return start(request, Encoding.JPEG)

    @app.post("/h265")
    def h265(request: StreamRequest) -> dict[str, Any]:
        """Stream a raw capability as H.265."""
        return start(request, Encoding.H265)

    @app.post("/test")
    def test_pattern(request: StreamRequest) -> dict[str, Any]:
        """Stream a test pattern, id -1 to -10, in any capability."""
        if request.id not in TEST_PATTERN_IDS:
            raise NoSuchDevice(f"no test pattern with id {request.id}; there are -1 to -10")
        return start(request, Encoding.JPEG)

    @app.post("/stop")
    def stop(request: StopRequest) -> dict[str, Any]:
        """End a stream."""
        rig.stop(request.id)
        return {"id": request.id}


def _add_logs(app: FastAPI, rig: Rig) -> None:
    @app.get("/logs")
    def logs() -> list[str]:
        """List the log files."""
        return [LOG_NAME]

    @app.get("/logs/{name}", response_class=PlainTextResponse)
    def log(name: str) -> str:
        """Return a log file."""
        if name != LOG_NAME:
            raise HTTPException(404, f"no log {name}")
        return rig.log_text()
