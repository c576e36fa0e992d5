"""The years in which clocks do what they rarely do."""

from zoneinfo import ZoneInfo

import pytest

from tests.schedule.oracle import Almanac, almanac

# An hour in spring and autumn; half an hour; a whole day left out, with DST; midnight itself.
PLACES = {
    "New York": ("America/New_York", 2026),
    "Berlin": ("Europe/Berlin", 2026),
    "Lord Howe": ("Australia/Lord_Howe", 2026),
    "Apia": ("Pacific/Apia", 2011),
    "Havana": ("America/Havana", 2026),
    "UTC": ("UTC", 2026),
}


@pytest.fixture(params=list(PLACES.values()), ids=list(PLACES))
def place(request: pytest.FixtureRequest) -> tuple[ZoneInfo, int, Almanac]:
    """A zone, a year, and what clocks show there in that year."""
    name, year = request.param
    zone = ZoneInfo(name)
    return zone, year, almanac(zone, year)
