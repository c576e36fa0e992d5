"""When a recorder's own time began, as GStreamer tells it: PTS 0. Pure.

On a busy machine a pipeline begins to play up to a second after its process was spawned, and its
frames would seem to have arrived that much earlier. Called by `process.py`, which has it told, and
`trail.py`, whose segments' times are counted from it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

# A line of GStreamer's debug words names the moment by the system's monotonic clock, as it is
# Python's on Linux. Where that is another clock, nothing is believed that makes no sense.
_BASE_TIME = re.compile(r"base_time (\d+):(\d\d):(\d\d\.\d+)")
_WORDS = "pipeline:5"
# A recorder without a frame is given up by then.
_LATEST = timedelta(seconds=10)


def with_base_time(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a gst-launch tells it, beside what it is to tell anyway."""
    asked = environment.get("GST_DEBUG")
    words = f"{asked},{_WORDS}" if asked else _WORDS
    return {**environment, "GST_DEBUG": words, "GST_DEBUG_NO_COLOR": "1"}


def zero_of(
    words: str, *, spawned: datetime, latency: timedelta, clock_offset_s: float
) -> datetime | None:
    """Return when a frame arrived whose PTS is 0, aware UTC; None if `words` do not tell.

    The recorder was `spawned` then; the words may tell of others, before and after.
    """
    told = (_wall(base_s, clock_offset_s) for base_s in _base_times_s(words))
    found = [base for base in told if spawned <= base <= spawned + _LATEST]
    return min(found) - latency if found else None


def _base_times_s(words: str) -> Iterable[float]:
    for hours, minutes, seconds in _BASE_TIME.findall(words):
        yield 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def _wall(monotonic_s: float, clock_offset_s: float) -> datetime:
    return datetime.fromtimestamp(monotonic_s + clock_offset_s, UTC)
