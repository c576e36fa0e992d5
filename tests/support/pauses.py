"""Pauses as tests ask for them."""

from datetime import datetime, timedelta
from itertools import count

from tests.support.values import NOON
from thorsched.catalogue.entries import Pause

_numbers = count(1)


def asked(
    camera: str = "side",
    *,
    at_s: float = 0,
    for_s: float = 1800,
    why: str = "cleaning",
    since: datetime = NOON,
) -> Pause:
    """Return a pause that is asked for `at_s` after `since`."""
    at = since + timedelta(seconds=at_s)
    number = f"{next(_numbers):016x}"
    return Pause(number, camera, at, at, at + timedelta(seconds=for_s), why)
