"""The protocol's calls in their barest form: what a client sends, and the answer as it comes."""

from typing import Any

import requests

from tests.support.ports import free_port

SMALL = "image/jpeg,width=320,height=240,framerate=30/1"
COMMON = "image/jpeg,width=640,height=480,framerate=30/1"
USUAL = "image/jpeg,width=1280,height=720,framerate=30/1"
RAW = "video/x-raw,format=YUY2,width=320,height=240,framerate=30/1"

_TIMEOUT_S = 20.0


class Client:
    """A client of the server at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, *, timeout_s: float = _TIMEOUT_S) -> requests.Response:
        return requests.get(self.url + path, timeout=timeout_s)

    def post(
        self, path: str, body: dict[str, Any], *, timeout_s: float = _TIMEOUT_S
    ) -> requests.Response:
        return requests.post(self.url + path, json=body, timeout=timeout_s)

    def start(
        self,
        device_id: int,
        capability: str = SMALL,
        *,
        port: int | None = None,
        call: str = "/jpeg",
    ) -> int:
        """Start a stream, on a free port unless one is given; return the port."""
        if port is None:
            port = free_port()
        body = {"id": device_id, "port": port, "capability": capability}
        self.post(call, body).raise_for_status()
        return port

    def stop(self, device_id: int) -> requests.Response:
        return self.post("/stop", {"id": device_id})
