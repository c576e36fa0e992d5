"""`thorsched pause FILE` and `thorsched resume FILE`: cameras are not wanted for a while.

What is asked for is written below the storage root, where the running scheduler, or the next one,
finds it; these commands then wait for what the scheduler makes of it, and say so.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tzlocal import get_localzone

from thorsched.base.clock import SystemClock
from thorsched.base.errors import ConfigError, MachineError
from thorsched.base.text import did_you_mean, printable, printable_path
from thorsched.base.units import format_seconds
from thorsched.catalogue.entries import Ending, Pause
from thorsched.catalogue.pausefile import asked_below, pause_file, rewrite
from thorsched.catalogue.pauses import LONGEST, BadPauses, active, ended, together
from thorsched.cli.beginning import what_counts
from thorsched.cli.exits import ExitCode
from thorsched.cli.pause.answer import Heard, await_answer, heard, scheduler_of
from thorsched.cli.pause.words import Desk, Outcome, listed, not_paused, paused, resumed
from thorsched.engine.desired import Horizon, wanted_between
from thorsched.recording.spec import tail
from thorsched.report.period import moment
from thorsched.schedule.intervals import Window

USUAL = timedelta(minutes=30)
"""How long a pause is if nobody says: one that is forgotten must not cost the night."""
_DAY = timedelta(days=1)
# So long the scheduler may take to hear of it.
_NOTICED = timedelta(seconds=1)
_NOBODY = Outcome("no camera is paused", {})


def pause(
    path: Path,
    names: Sequence[str],
    *,
    length: timedelta | None,
    until: str | None,
    why: str,
    as_json: bool,
) -> int:
    """Pause cameras, all if none is named; return the exit code.

    Raises `ConfigError` for what was mistyped, `MachineError` if it cannot be asked for.
    """
    desk = _desk(path)
    cameras, now = _named(names, desk), desk.clock.now()
    planned = now + (length or USUAL) if until is None else end_of(until, desk.zone, now)
    _refuse_short(planned - now, desk)
    was_open, why = heard(desk.root).open, _unicode(why)
    asked = [Pause(secrets.token_hex(8), name, now, now, planned, why) for name in cameras]
    before: dict[str, Pause] = {}

    def add(asked_for: tuple[Pause, ...]) -> tuple[Pause, ...]:
        there = _with_held(asked_for, desk, now)
        before.update(active(there, now=now))
        return (*ended(there, cameras, now=now, how=Ending.REPLACED), *asked)

    rewrite(desk.root, add, now=now)
    answer = _answer(
        desk,
        lambda told: all(one.id in told.pauses and one.camera not in told.open for one in asked),
    )
    outcomes = [
        paused(one, before.get(one.camera), answer, desk, was_open=one.camera in was_open)
        for one in asked
    ]
    is_usual = length is None and until is None
    _print(desk, outcomes, as_json=as_json, note=_USUALLY if is_usual else "")
    return _code(outcomes)


_USUALLY = "30 min is the usual time: --for or --until says another, thorsched resume ends it"


def resume(path: Path, names: Sequence[str], *, as_json: bool) -> int:
    """End pauses now; return the exit code. Raises as `pause`."""
    desk = _desk(path)
    cameras, now = _named(names, desk), desk.clock.now()
    before: dict[str, Pause] = {}

    def end(asked_for: tuple[Pause, ...]) -> tuple[Pause, ...]:
        there = _with_held(asked_for, desk, now)
        before.update(active(there, now=now))
        return ended(there, cameras, now=now, how=Ending.RESUMED)

    rewrite(desk.root, end, now=now)
    ending = {camera: before[camera] for camera in cameras if camera in before}
    wanted = {camera for camera in ending if _is_wanted(desk, camera, now)}
    answer: Heard | None = Heard()
    if ending:
        answer = _answer(
            desk,
            lambda told: all(map(told.has_ended, ending.values())) and wanted <= told.recording,
        )
    outcomes = [
        resumed(ending[camera], answer, desk, now=now, is_wanted=camera in wanted)
        if camera in ending
        else not_paused(camera)
        for camera in cameras
        if camera in ending or names
    ]
    _print(desk, outcomes or [_NOBODY], as_json=as_json)
    return _code(outcomes)


def list_pauses(path: Path, names: Sequence[str], *, as_json: bool) -> int:
    """Print which cameras are paused, and until when; return the exit code. Raises as `pause`."""
    desk = _desk(path)
    cameras, now = _named(names, desk), desk.clock.now()
    try:
        asked = asked_below(desk.root)
    except (BadPauses, OSError) as error:
        shown = printable_path(pause_file(desk.root))
        raise MachineError(f"{shown} cannot be read: {printable(str(error))}") from error
    known = active(together(heard(desk.root).pauses.values(), asked), now=now)
    outcomes = [
        listed(one, desk, now=now) for one in known.values() if one.camera in cameras or not names
    ]
    _print(desk, outcomes or [_NOBODY], as_json=as_json)
    return ExitCode.DONE


def _with_held(there: tuple[Pause, ...], desk: Desk, now: datetime) -> tuple[Pause, ...]:
    """Return `there` with what the scheduler holds to though its file was removed or mended."""
    held = heard(desk.root).pauses.values() if desk.scheduler else ()
    known = {one.id for one in there}
    lost = [one for one in held if one.id not in known and one.end is None and one.planned > now]
    # After a step back of the clock it goes on from another moment than the one it was asked for.
    return (*(replace(one, asked=one.start) for one in lost), *there)


def _desk(path: Path) -> Desk:
    loaded = what_counts(path)
    zone = loaded.config.zone or get_localzone()
    scheduler = scheduler_of(loaded.config.storage.root, loaded.path)
    return Desk(loaded, zone, SystemClock(), scheduler)


def _named(names: Sequence[str], desk: Desk) -> tuple[str, ...]:
    there = tuple(desk.loaded.config.cameras)
    for name in names:
        if name not in there:
            raise ConfigError(
                f"--camera: no camera '{printable(name)}' is in the file{did_you_mean(name, there)}"
            )
    return tuple(dict.fromkeys(names)) or there


def end_of(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the moment that `--until` says; a time of day that is past is tomorrow's.

    Raises `ConfigError`.
    """
    shown = printable(text)
    try:
        at = moment(text, zone, now, is_end=True)
        if at <= now and ":" in text and "-" not in text:
            at = moment(text, zone, now + _DAY, is_end=True)
    except ValueError as error:
        raise ConfigError(f"--until: {error}") from error
    if at <= now:
        raise ConfigError(f"--until: '{shown}' is past")
    if at - now > LONGEST:
        raise ConfigError(f"--until: '{shown}' is {too_long()}")
    return at


def _refuse_short(length: timedelta, desk: Desk) -> None:
    """Raise `ConfigError` for a pause in which no recorder could end and another begin."""
    config = desk.loaded.config
    after = tail(max(server.latency for server in config.servers.values()))
    if length < config.lead + after + _NOTICED:
        early, late = (format_seconds(one.total_seconds()) for one in (config.lead, after))
        raise ConfigError(
            f"too short a pause: recorders go on for {late} and start {early} early (`lead`), "
            "so that nothing would be left out"
        )


def too_long() -> str:
    """Return what is wrong with a pause that is longer than any may be, and what is right."""
    return (
        f"more than {LONGEST.days} days; for so long, have the file say it: "
        "`except:` days or `enabled: false` of a schedule"
    )


def _unicode(why: str) -> str:
    """Return text that can be written: an argument may be anything."""
    return why.encode("utf-8", "backslashreplace").decode().strip()


def _is_wanted(desk: Desk, camera: str, now: datetime) -> bool:
    instant = Window(now, now + timedelta.resolution)
    config = desk.loaded.config
    return bool(wanted_between(config, camera, between=instant, horizon=Horizon(desk.zone)))


def _answer(desk: Desk, holds: Callable[[Heard], bool]) -> Heard | None:
    """Return what the scheduler makes of it; None if there is none."""
    if not desk.scheduler:
        return None
    return await_answer(desk.root, desk.scheduler, holds, desk.clock)


def _print(desk: Desk, outcomes: Sequence[Outcome], *, as_json: bool, note: str = "") -> None:
    if not as_json:
        for words in (*(one.words for one in outcomes), *([note] if note else [])):
            print(words)
        return
    said = {
        "root": str(desk.root),
        "scheduler": int(desk.scheduler) if desk.scheduler.isdecimal() else None,
        "cameras": [one.told for one in outcomes if one.told],
    }
    print(json.dumps(said, indent=2))


def _code(outcomes: Sequence[Outcome]) -> int:
    return ExitCode.DONE if all(one.is_done for one in outcomes) else ExitCode.NOT_READY
