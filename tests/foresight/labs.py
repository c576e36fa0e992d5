"""Two cameras of one server, edited: files for what is told of an edit before it is made."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.values import FULL_HD, HD
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import Roster
from thorsched.catalogue.applied import Change, Difference
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon
from thorsched.engine.sources import View
from thorsched.recording.trouble import Cause, Trouble
from thorsched.reload.edits.difference import Situation, difference

URL = "http://rig:8000"
SELECTOR = "jpeg 1280x720 @30fps"
DEVICES = (Device(0, "left", (HD, FULL_HD)), Device(1, "right", (HD, FULL_HD)))
VIEWS = {URL: View(Roster.unknown().fold(DEVICES, now_s=0.0))}
DEAF = {URL: View(Roster.unknown(), Trouble(Cause.SERVER_UNREACHABLE, "connection refused"))}
HORIZON = Horizon(ZoneInfo("UTC"))
# In Berlin, 23:00 and 12:00.
NIGHT = datetime(2026, 11, 24, 22, tzinfo=UTC)
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)

Written = dict[str, Any]


def camera(number: int = 0, **more: object) -> Written:
    return {"device": {"id": number}, "capability": SELECTOR, **more}


def lab(side: Written | None = None, nights: Written | None = None, **more: object) -> Config:
    """Return a file with the cameras `side` and `top`, and the schedule `nights` for both."""
    return Config.model_validate(
        {
            "server": URL,
            "timezone": "Europe/Berlin",
            "cameras": {"side": side or camera(), "top": camera(1)},
            "schedules": {"nights": {"cameras": "all", "daily": "20:00-08:00", **(nights or {})}},
            **more,
        }
    )


def edited(
    new: Config,
    *,
    old: Config | None = None,
    now: datetime = NIGHT,
    views: dict[str, View] = VIEWS,
) -> Difference:
    """Return what an edit does where recorders do as the file before it wants."""
    return difference(old or lab(), new, Situation(views, now, HORIZON))


def of_side(seen: Difference) -> Change:
    """Return what becomes of the camera `side`."""
    (change,) = [one for one in seen.cameras if one.camera == "side"]
    return change
