"""The process that reads segments: `python -m thorsched.catalogue.auditing.auditor`.

Started by `examiner.py`. A line of JSON on its input is the path of a segment,
`"/data/side/x-00000.mkv"`. It answers each with lines of JSON on its output: `{"read": 100000000}`,
how many bytes it has read by now, about every second, and in the end `{"found": {...}}`, or
`{"why": "..."}` if it could not be read. It gives way to everybody else, never reads faster than
its rate, writes nothing, and ends when its input does, whatever it is at.
"""

import json
import queue
import signal
import sys
import threading
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import IO

from thorsched.base import host
from thorsched.base.clock import Clock, SystemClock
from thorsched.video.examination import examine

RATE_BYTES_S = 100_000_000
"""Sixteen cameras of 1080p30 at 50 Mbit/s write as much, a hard disk gives twice that."""
_TELLS_EVERY_S = 1.0


class Pace:
    """Holds who reads to a rate; what was not used of it is not made up for."""

    def __init__(self, out: IO[str], *, clock: Clock) -> None:
        self._out = out
        self._clock = clock
        self._read_bytes = 0
        self._due_s = self._told_s = clock.monotonic_s()
        self._waiting = threading.Event()

    def read(self, count: int) -> None:
        """Take note that `count` bytes were read; wait until more may be."""
        now_s = self._clock.monotonic_s()
        self._read_bytes += count
        self._due_s = max(self._due_s, now_s) + count / RATE_BYTES_S
        if now_s - self._told_s >= _TELLS_EVERY_S:
            self._told_s = now_s
            say(self._out, {"read": self._read_bytes})
        self._waiting.wait(self._due_s - now_s)


def say(out: IO[str], answer: object) -> None:
    """Write an answer, or a part of it, at once."""
    out.write(json.dumps(answer) + "\n")
    out.flush()


def answer_of(path: str, out: IO[str], *, clock: Clock) -> dict[str, object]:
    """Return the answer for the segment at `path`."""
    try:
        return {"found": asdict(examine(Path(path), read=Pace(out, clock=clock).read))}
    except OSError as error:
        return {"why": str(error)}
    except Exception:  # noqa: BLE001 - told to who asked, who logs it
        return {"why": f"a bug of ours: {traceback.format_exc(limit=-3)}"}


def _work(paths: "queue.SimpleQueue[str]", out: IO[str]) -> None:
    clock = SystemClock()
    while True:
        say(out, answer_of(paths.get(), out, clock=clock))


def main() -> int:
    """Answer what is asked until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    host.be_modest()
    paths = queue.SimpleQueue[str]()
    threading.Thread(target=_work, args=(paths, sys.stdout), daemon=True).start()
    for line in sys.stdin:
        paths.put(json.loads(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
