"""What a file would do, for programs: JSON, whose form is `schemas/plan.schema.json`."""

from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from thorsched.base.units import format_utc
from thorsched.catalogue.applied import change_dict
from thorsched.catalogue.entries import Pause
from thorsched.cli.plan.text import verdict
from thorsched.foresight.calendar import Amount, Calendar, Entry, amount
from thorsched.foresight.disk import fullness
from thorsched.foresight.disk.departures import Keeping, departures, in_json
from thorsched.foresight.disk.fullness import Filling
from thorsched.foresight.foreseen import Foresight, Running
from thorsched.schedule.days import days
from thorsched.schedule.intervals import Window, clip, window_dict

_VERSION = 1


def as_object(seen: Foresight, kept: Keeping, disk: Filling) -> dict[str, Any]:
    """Return what is printed as JSON; times are ISO 8601 in UTC unless a key says `local`."""
    calendar, running = seen.calendar, seen.found.running
    return {
        "version": _VERSION,
        "file": str(seen.loaded.path),
        "revision": seen.loaded.revision,
        "zone": calendar.zone.key,
        "made": format_utc(seen.now),
        "changes": seen.changes,
        "verdict": verdict(seen),
        "running": _running(running) if running else None,
        "why_not": seen.found.why_not or None,
        "cameras": [change_dict(one) for one in seen.difference.cameras],
        "settings": list(seen.difference.file),
        "paused": [_pause(one) for one in seen.paused.values()],
        "servers": {url: str(trouble) for url, trouble in seen.unasked.items()},
        "calendar": _calendar(calendar),
        "disk": fullness.in_json(disk),
        "keep": _keep(kept, calendar.zone),
    }


def _running(running: Running) -> dict[str, Any]:
    return {
        "revision": running.loaded.revision,
        "file": str(running.loaded.path),
        "applied": format_utc(running.applied),
        "pid": int(running.pid) if running.pid.isdecimal() else None,
        "runs": bool(running.pid),
    }


def _pause(pause: Pause) -> dict[str, Any]:
    return {"camera": pause.camera, "until": format_utc(pause.until), "why": pause.why}


def _calendar(calendar: Calendar) -> dict[str, Any]:
    between = calendar.between
    own = {c: [e for e in calendar.entries if e.camera == c] for c in calendar.cameras}
    return {
        **window_dict(between),
        "entries": [_entry(entry, calendar) for entry in calendar.entries],
        "cameras": [
            {"camera": camera, "windows": len(entries), **_summed(entries, between)}
            for camera, entries in own.items()
        ],
        "days": [
            {"day": day.isoformat(), **window_dict(window), **_summed(calendar.entries, window)}
            for day, window in days(between, calendar.zone)
        ],
    }


def _entry(entry: Entry, calendar: Calendar) -> dict[str, Any]:
    zone = entry.zone or calendar.zone
    start, end = (one.astimezone(zone).isoformat() if one else None for one in entry.window.bounds)
    return {
        "camera": entry.camera,
        **window_dict(entry.window),
        "zone": zone.key,
        "local_start": start,
        "local_end": end,
        "schedules": list(entry.schedules),
        "selector": entry.selector,
        "capability": entry.capability.caps if entry.capability else None,
        "why_not": str(entry.trouble) if entry.trouble else entry.unmatched or None,
        "rate": asdict(entry.rate) if entry.rate else None,
        "size_bytes": entry.size_bytes,
    }


def _summed(entries: list[Entry] | tuple[Entry, ...], within: Window) -> dict[str, Any]:
    inside = [entry for entry in entries if entry.window.meets(within)]
    parts = clip([entry.window for entry in inside], within)
    return {
        "recorded_s": round(sum(part.length.total_seconds() for part in parts), 3),
        **_amount(amount(inside, within)),
    }


def _amount(one: Amount) -> dict[str, Any]:
    return {
        "size_bytes": one.size_bytes,
        "is_measured": one.is_measured,
        "is_whole": one.is_whole,
    }


def _keep(kept: Keeping, zone: ZoneInfo) -> dict[str, object]:
    """Return what `check --json` tells of it, and what goes on which day."""
    leaving = departures(kept.forecast, zone) if kept.forecast else []
    told = [{**asdict(one), "day": one.day.isoformat()} for one in leaving]
    return {**in_json(kept), "days": told}
