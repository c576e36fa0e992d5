"""Pauses as they are asked for: JSON below the storage root, to values and back. Pure.

A command writes it, `pausefile.py` reads it for the running scheduler, for `report` and `rebuild`.
It lies where anybody may write, so whatever is read is validated: one that would go on for ever is
none. Pauses that are over are kept for as long as a journal may want to know of them.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
)

from thorsched.base.units import format_utc
from thorsched.catalogue.entries import Ending, Pause
from thorsched.schedule.intervals import Window, union

VERSION = 1
LONGEST = timedelta(days=7)
"""Of a pause: a camera that is not wanted for longer is not wanted by the file."""
MOST_WHY = 200
"""Characters of what a pause is for."""
_KEPT = timedelta(days=60)
_MOST = 1000
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class BadPauses(Exception):
    """The text is none that this version has written, and why."""


def _countable(moment: datetime) -> datetime:
    utc = moment.astimezone(UTC)
    if not _EARLIEST <= utc <= _LATEST:
        raise ValueError(f"nothing is paused at {utc}")
    return utc


_Moment = Annotated[AwareDatetime, AfterValidator(_countable)]


class _PauseText(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    camera: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    asked: _Moment
    until: _Moment
    why: Annotated[str, StringConstraints(max_length=MOST_WHY)]
    ended: _Moment | None = None
    how: Ending | None = None

    def pause(self) -> Pause:
        """Return the value. Raises `ValueError`."""
        if not timedelta(0) < self.until - self.asked <= LONGEST:
            raise ValueError(f"a pause goes on for {LONGEST.days} days at most")
        if (self.ended is None) != (self.how is None):
            raise ValueError("what has ended is ended by something")
        ended = None if self.ended is None else max(self.ended, self.asked)
        return Pause(
            self.id, self.camera, self.asked, self.asked, self.until, self.why, ended, self.how
        )


def pauses_in(text: str) -> tuple[Pause, ...]:
    """Return what the text asks for. Raises `BadPauses`; then all that is in it is suspect."""
    try:
        told = json.loads(text)
        if not isinstance(told, dict) or not isinstance(told.get("pauses"), list):
            raise BadPauses("it lists no pauses")
        if told.get("version") != VERSION:
            raise BadPauses(f"version {told.get('version')!r:.20}, this thorsched knows {VERSION}")
        return tuple(_PauseText.model_validate(one).pause() for one in told["pauses"])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadPauses(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise BadPauses(str(error)) from None


def text_of(pauses: Iterable[Pause], *, now: datetime) -> str:
    """Return what asks for `pauses`, without those that were over long before `now`."""
    kept = [one for one in pauses if one.until > now - _KEPT][-_MOST:]
    return json.dumps({"version": VERSION, "pauses": list(map(_told, kept))}, indent=1) + "\n"


def _told(pause: Pause) -> Mapping[str, Any]:
    return {
        "id": pause.id,
        "camera": pause.camera,
        "asked": format_utc(pause.asked),
        "until": format_utc(pause.planned),
        "why": pause.why,
        "ended": format_utc(pause.end),
        "how": pause.how,
    }


def active(pauses: Iterable[Pause], *, now: datetime) -> dict[str, Pause]:
    """Return the pause that goes on at `now`, by camera; of several the one asked for last."""
    goes_on = [one for one in pauses if one.end is None and one.planned > now]
    return {one.camera: one for one in sorted(goes_on, key=lambda one: one.asked)}


def ended(
    pauses: Iterable[Pause], cameras: Iterable[str], *, now: datetime, how: Ending
) -> tuple[Pause, ...]:
    """Return all pauses, those of `cameras` that go on ended at `now`."""
    named = set(cameras)
    return tuple(
        replace(one, end=max(now, one.asked), how=how)
        if one.camera in named and one.end is None and one.planned > now
        else one
        for one in pauses
    )


def settled(pauses: Iterable[Pause], over: Iterable[Pause]) -> tuple[Pause, ...]:
    """Return all pauses, those that are `over` with how they ended, unless they had before."""
    ends = {one.id: one for one in over}
    return tuple(
        replace(one, end=max(ends[one.id].until, one.asked), how=ends[one.id].how)
        if one.id in ends and one.end is None
        else one
        for one in pauses
    )


def together(known: Iterable[Pause], asked: Iterable[Pause]) -> tuple[Pause, ...]:
    """Return what two tell: of the same pause `known` says when it was, either how it ended."""
    found = {one.id: one for one in asked}
    for one in known:
        other = found.get(one.id, one)
        end = max(other.end, one.start) if other.end is not None else None
        found[one.id] = one if one.end is not None else replace(one, end=end, how=other.how)
    return tuple(sorted(found.values(), key=lambda one: (one.asked, one.camera)))


def holes_of(pauses: Iterable[Pause]) -> dict[str, tuple[Window, ...]]:
    """Return the time in which cameras are paused, by camera."""
    spans: dict[str, list[Window]] = defaultdict(list)
    for pause in pauses:
        spans[pause.camera] += pause.spans
    return {camera: union(found) for camera, found in spans.items()}
