"""Revisions of a file, and what they changed, as tests have them."""

from datetime import timedelta

from tests.support.values import NOON
from thorsched.catalogue.applied import Change, Difference, Effect
from thorsched.schedule.intervals import ALWAYS, Window

_REPLACED = Change(
    "side",
    Effect.REPLACED,
    is_now=True,
    window=Window(NOON, NOON + timedelta(hours=1)),
    reasons=("capability: jpeg -> jpeg >=1280x720 \N{SNOWMAN}",) * 100,  # thousands of characters
    since=NOON + timedelta(minutes=2),
)
_STOPPED = Change("top", Effect.STOPPED, is_now=False, window=None, reasons=())
_STARTED = Change("new", Effect.STARTED, is_now=True, window=ALWAYS, reasons=("is new",))
CHANGED = Difference((_REPLACED, _STOPPED, _STARTED), ("segment.time: 10min -> 5min",))
