"""The WebSocket `/ws`: tells every client of cameras that come and go; reliably only if let.

Served by `api.py`; `Rig` announces, from any thread.
"""

import asyncio
import threading
from enum import Enum

from fastapi import WebSocket, WebSocketDisconnect


class Delivery(Enum):
    """What happens to events on their way; REORDERED keeps each back until the next has gone."""

    NORMAL = "normal"
    LOST = "lost"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"


class EventHub:
    """All clients of `/ws`. Its `delivery` may be changed at any time."""

    def __init__(self) -> None:
        self.delivery = Delivery.NORMAL
        self._held: list[str] = []
        self._guard = threading.Lock()
        self._clients: dict[asyncio.Queue[str | None], asyncio.AbstractEventLoop] = {}

    @property
    def client_count(self) -> int:
        return len(self._clients)

    def announce(self, text: str) -> None:
        """Send an event to every client, as `delivery` will have it."""
        with self._guard:
            match self.delivery:
                case Delivery.NORMAL:
                    self._put(*self._held, text)
                    self._held.clear()
                case Delivery.LOST:
                    pass
                case Delivery.DUPLICATED:
                    self._put(text, text)
                case Delivery.REORDERED if self._held:
                    self._put(text, self._held.pop())
                case Delivery.REORDERED:
                    self._held.append(text)

    def disconnect(self) -> None:
        """Close every client's connection."""
        with self._guard:
            self._put(None)

    def _put(self, *texts: str | None) -> None:
        for queue, loop in self._clients.items():
            for text in texts:
                loop.call_soon_threadsafe(queue.put_nowait, text)

    async def serve(self, socket: WebSocket) -> None:
        """Serve one client until either side ends it."""
        await socket.accept()
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        with self._guard:
            self._clients[queue] = asyncio.get_running_loop()
        tasks = [asyncio.create_task(_send(socket, queue)), asyncio.create_task(_listen(socket))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            with self._guard:
                del self._clients[queue]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _send(socket: WebSocket, queue: asyncio.Queue[str | None]) -> None:
    while (text := await queue.get()) is not None:
        await socket.send_text(text)
    await socket.close()


async def _listen(socket: WebSocket) -> None:
    """Wait until the client is gone; what it says is ignored."""
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        return
