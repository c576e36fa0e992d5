"""The names of time zones, as people write them.

Called by `fields_time.py`. Asks nothing but the machine's time zone database.
"""

import functools
import re
import zoneinfo

from thorsched.base.text import did_you_mean
from thorsched.config.wording import shown

_ZONE_HINT = "write an IANA name such as Europe/Berlin or America/New_York"

_OFFSET = re.compile(
    r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>0?[1-9]|1[0-2])(?::?00)?", re.ASCII | re.IGNORECASE
)
# What people call a zone by its season or its standard; some are IANA names that never change.
_ABBREVIATIONS = {
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "BST": "Europe/London",
    "CEST": "Europe/Berlin",
    "MEZ": "Europe/Berlin",
    "MESZ": "Europe/Berlin",
    "JST": "Asia/Tokyo",
}


def parse_zone(text: str) -> zoneinfo.ZoneInfo:
    """Return the zone of an IANA name; case does not matter, a space may stand for `_`."""
    name = text.strip().replace(" ", "_")
    if name.upper() in _ABBREVIATIONS:
        place = _ABBREVIATIONS[name.upper()]
        raise ValueError(
            f"{shown(text)} names an offset, not a place and its clock changes; "
            f"did you mean {place!r}?"
        )
    offset = _OFFSET.fullmatch(name)
    if offset:
        other = "-" if offset["sign"] == "+" else "+"
        raise ValueError(
            f"{shown(text)} is an offset, not a time zone; write the place, such as Europe/Berlin, "
            f"or Etc/GMT{other}{int(offset['hours'])}, whose sign is the other way round"
        )
    known = _known_zones()
    if name.lower() in known:
        return zoneinfo.ZoneInfo(known[name.lower()])
    places = [key for key in known.values() if key.lower().endswith("/" + name.lower())]
    near = did_you_mean(places[0] if places else name, known.values()) if len(name) > 1 else ""
    raise ValueError(f"{shown(text)} is not a time zone{near or '; ' + _ZONE_HINT}")


@functools.cache
def _known_zones() -> dict[str, str]:
    known = {key.lower(): key for key in sorted(zoneinfo.available_timezones())}
    if not known:
        raise ValueError("this machine has no time zone database; install it: pip install tzdata")
    return known
