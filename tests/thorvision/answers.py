"""What a right server answers, and how long the client's tests wait for one that does not."""

import json

from tests.support.waiting import PATIENCE_S
from thorsched.cameras.capability import Capability

CAPABILITY = Capability("image/jpeg", 1280, 720, 30, 1)
LIST = json.dumps(
    [
        {
            "id": 0,
            "name": "HD USB Camera",
            "caps": [
                {
                    "media_type": "image/jpeg",
                    "format": "",
                    "width": 1280,
                    "height": 720,
                    "framerate": "30/1",
                }
            ],
        }
    ]
).encode()
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SHORT_S = 0.3
SOON_S = PATIENCE_S
