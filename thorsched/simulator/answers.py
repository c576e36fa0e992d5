"""Slow and broken HTTP answers: what stands between the application and its clients.

An ASGI middleware in front of `api.py`; `faults.py` says what shall go wrong. The simulator's own
calls (`/simulator/...`) are always answered properly.
"""

import asyncio
import contextlib
import json
import threading
from dataclasses import dataclass, replace
from enum import Enum

from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN_PATHS = "/simulator"
_DRIP_BYTES = 16
_HUGE_BYTES = 10_000_000


class AnswerTrouble(Enum):
    """What goes wrong with an answer."""

    SLOW = "slow"
    """The call is carried out, the answer comes `pause_s` later."""
    DRIP = "drip"
    """The call is carried out, the answer's body comes 16 bytes at a time, each `pause_s` later."""
    LOST = "lost"
    """The call is carried out, no answer comes."""
    CUT = "cut"
    """The call is carried out, the connection ends in the middle of the answer's body."""
    HANG = "hang"
    """Nothing is done, no answer comes."""
    STATUS = "status"
    """Nothing is done, the answer has the status code `status`."""
    DENIED = "denied"
    """The call is carried out, the answer has the status code `status` all the same."""
    NOT_JSON = "not_json"
    """Nothing is done, the answer is 200 with half a JSON text."""
    HUGE = "huge"
    """Nothing is done, the answer is 200 with 10 MB of JSON."""
    EMPTY = "empty"
    """Nothing is done, the answer is 200 with an empty list."""


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """A trouble for the calls whose path begins with `path`, `times` times or (None) for ever."""

    trouble: AnswerTrouble
    path: str = "/"
    times: int | None = None
    pause_s: float = 1.0
    status: int = 500


class AnswerFaults:
    """The troubles to come, from any thread; the first that fits a call is taken."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._faults: list[AnswerFault] = []

    def add(self, fault: AnswerFault) -> None:
        with self._guard:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._guard:
            self._faults.clear()

    def take(self, path: str) -> AnswerFault | None:
        """Return what shall happen to a call of `path`, and count it."""
        with self._guard:
            for place, fault in enumerate(self._faults):
                if path.startswith(fault.path):
                    if fault.times is not None:
                        left = replace(fault, times=fault.times - 1)
                        self._faults[place : place + 1] = [left] if left.times else []
                    return fault
        return None


class BrokenAnswers:
    """The middleware."""

    def __init__(self, app: ASGIApp, faults: AnswerFaults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = None
        if scope["type"] == "http" and not scope["path"].startswith(OWN_PATHS):
            fault = self._faults.take(scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.trouble is AnswerTrouble.HANG:
            await _client_gone(receive)
        elif (instead := _instead(fault)) is not None:
            await instead(scope, receive, send)
        elif fault.trouble is AnswerTrouble.LOST:
            await self._app(scope, receive, _swallow)
            await _client_gone(receive)
        elif fault.trouble is AnswerTrouble.DENIED:
            await self._app(scope, receive, _swallow)
            await _failure(fault)(scope, receive, send)
        else:
            await self._app(scope, receive, _hampered(fault, receive, send))


def _instead(fault: AnswerFault) -> Response | None:
    """Return the answer that is given although nothing was done."""
    kind = "application/json"
    match fault.trouble:
        case AnswerTrouble.STATUS:
            return _failure(fault)
        case AnswerTrouble.NOT_JSON:
            return Response('[{"id": 0, "name": "HD USB Cam', media_type=kind)
        case AnswerTrouble.HUGE:
            return Response(json.dumps(["x" * _HUGE_BYTES]), media_type=kind)
        case AnswerTrouble.EMPTY:
            return Response("[]", media_type=kind)
        case _:
            return None


def _failure(fault: AnswerFault) -> Response:
    body = json.dumps({"detail": "this is a simulated failure"})
    return Response(body, fault.status, media_type="application/json")


async def _swallow(message: Message) -> None:
    del message


async def _client_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _hampered(fault: AnswerFault, receive: Receive, send: Send) -> Send:
    """Return a `send` under which an answer comes late, in drips or in half."""

    async def pause() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_client_gone(receive), fault.pause_s)

    async def hampered(message: Message) -> None:
        body = message.get("body", b"")
        if fault.trouble is AnswerTrouble.SLOW and message["type"] == "http.response.start":
            await pause()
        elif fault.trouble is AnswerTrouble.CUT and body:
            # Less than the announced length: the server closes the connection.
            message = {**message, "body": body[: len(body) // 2]}
        elif fault.trouble is AnswerTrouble.DRIP:
            for start in range(0, len(body), _DRIP_BYTES):
                await pause()
                drop = body[start : start + _DRIP_BYTES]
                await send({"type": "http.response.body", "body": drop, "more_body": True})
            message = {**message, "body": b""} if body else message
        await send(message)

    return hampered
