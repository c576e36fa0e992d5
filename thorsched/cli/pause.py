"""`thorsched pause FILE` and `thorsched resume FILE`: cameras are not wanted for a while.

What is asked for is written below the storage root, where the running scheduler, or the next one,
finds it; these commands then wait for what the scheduler makes of it, and say so.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tzlocal import get_localzone

from thorsched.base.clock import Clock, SystemClock
from thorsched.base.errors import ConfigError, MachineError
from thorsched.base.text import did_you_mean, printable
from thorsched.base.units import format_seconds, format_utc
from thorsched.catalogue.entries import Ending, Pause
from thorsched.catalogue.pausefile import asked_below, pause_file, rewrite
from thorsched.catalogue.pauses import LONGEST, BadPauses, active, ended, together
from thorsched.cli.exits import ExitCode
from thorsched.cli.pause_answer import PATIENCE_S, Heard, await_answer, heard, scheduler_of
from thorsched.config.load import Loaded, load
from thorsched.engine.desired import Horizon, wanted_between
from thorsched.report.period import moment
from thorsched.report.words import until_words
from thorsched.schedule.intervals import Window

USUAL = timedelta(minutes=30)
"""How long a pause is if nobody says: one that is forgotten must not cost the night."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has come of it for one camera: in words, and for programs."""

    words: str
    told: dict[str, Any]
    is_done: bool = True


@dataclass(frozen=True, slots=True)
class _Desk:
    """A file whose cameras a person wants to pause, and who records by it."""

    loaded: Loaded
    zone: ZoneInfo
    clock: Clock
    scheduler: str

    @property
    def root(self) -> Path:
        return self.loaded.config.storage.root

    @property
    def nobody(self) -> str:
        path = printable(str(self.loaded.path), longest=400)
        return f"no scheduler runs: it holds for the next `thorsched run {path}`"

    def until(self, at: datetime, length: timedelta) -> str:
        """Return e.g. `until 14:32 (30 min)`."""
        words = until_words(
            at, self.clock.now(), self.zone, is_exact=length < timedelta(minutes=10)
        )
        return f"until {words} ({format_seconds(length.total_seconds())})"


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
    planned = now + (length or USUAL) if until is None else _end(until, desk.zone, now)
    was_open = heard(desk.root).open
    asked = [
        Pause(secrets.token_hex(8), camera, now, now, planned, _storable(why)) for camera in cameras
    ]
    before: dict[str, Pause] = {}

    def add(there: tuple[Pause, ...]) -> tuple[Pause, ...]:
        before.update(active(there, now=now))
        return (*ended(there, cameras, now=now, how=Ending.REPLACED), *asked)

    rewrite(desk.root, add, now=now)

    def has_taken(told: Heard) -> bool:
        return all(one.id in told.pauses and one.camera not in told.open for one in asked)

    answer = _answer(desk, has_taken)
    is_guess = length is None and until is None
    outcomes = [
        _paused(one, desk, answer, was_open=was_open, before=before.get(one.camera), guess=is_guess)
        for one in asked
    ]
    return _print(desk, outcomes, as_json=as_json)


def _paused(
    one: Pause,
    desk: _Desk,
    answer: Heard | None,
    *,
    was_open: frozenset[str],
    before: Pause | None,
    guess: bool,
) -> Outcome:
    length = one.planned - one.asked
    words = f"{one.camera}: paused {desk.until(one.planned, length)}"
    words += f": {printable(one.why)}" if one.why else ""
    if before is not None:
        words += (
            f"; instead of the pause {desk.until(before.planned, before.planned - before.asked)}"
        )
    if guess:
        words += "; the usual time, as neither --for nor --until says another"
    is_taken = answer is not None and one.id in answer.pauses
    is_open = answer is not None and one.camera in answer.open
    if answer is None:
        words += f"; {desk.nobody}"
    elif not is_taken:
        words += f"; process {desk.scheduler} has not answered within {PATIENCE_S:.0f} s"
    elif is_open:
        words += f"; its recorder has not ended within {PATIENCE_S:.0f} s: the log says why"
    elif one.camera in was_open:
        words += "; segments closed"
    else:
        words += "; nothing was being recorded"
    told = {
        **_told(one),
        "replaced": before.id if before else None,
        "taken": is_taken,
        "closed": None if answer is None else is_taken and not is_open,
    }
    return Outcome(words, told, is_done=answer is None or (is_taken and not is_open))


def resume(path: Path, names: Sequence[str], *, as_json: bool) -> int:
    """End pauses now; return the exit code. Raises as `pause`."""
    desk = _desk(path)
    cameras, now = _named(names, desk), desk.clock.now()
    before: dict[str, Pause] = {}

    def end(there: tuple[Pause, ...]) -> tuple[Pause, ...]:
        before.update(active(there, now=now))
        return ended(there, cameras, now=now, how=Ending.RESUMED)

    rewrite(desk.root, end, now=now)
    ending = [before[camera] for camera in cameras if camera in before]
    wanted = frozenset(one.camera for one in ending if _is_wanted(desk, one.camera, now))

    def has_ended(told: Heard) -> bool:
        is_over = all(_is_over(told, one) for one in ending)
        return is_over and wanted <= told.recording

    answer = _answer(desk, has_ended) if ending else Heard()
    outcomes = [
        _resumed(camera, before.get(camera), desk, answer, is_wanted=camera in wanted)
        for camera in cameras
        if camera in before or names
    ]
    return _print(desk, outcomes or [Outcome("no camera is paused", {})], as_json=as_json)


def _resumed(
    camera: str, one: Pause | None, desk: _Desk, answer: Heard | None, *, is_wanted: bool
) -> Outcome:
    if one is None:
        return Outcome(f"{camera}: is not paused", {"camera": camera, "was_paused": False})
    early = format_seconds((one.planned - desk.clock.now()).total_seconds())
    words, is_taken = f"{camera}: resumed, {early} early", answer and _is_over(answer, one)
    is_recording = answer is not None and camera in answer.recording
    if answer is None:
        words += f"; {desk.nobody}"
    elif not is_taken:
        words += f"; process {desk.scheduler} has not answered within {PATIENCE_S:.0f} s"
    elif not is_wanted:
        words += "; nothing is wanted of it now"
    elif is_recording:
        words += "; recording"
    else:
        words += f"; no frames within {PATIENCE_S:.0f} s: the log says why"
    told = {
        **_told(one),
        "was_paused": True,
        "taken": bool(is_taken),
        "wanted": is_wanted,
        "recording": None if answer is None else is_recording,
    }
    done = answer is None or (bool(is_taken) and (is_recording or not is_wanted))
    return Outcome(words, told, is_done=done)


def list_pauses(path: Path, names: Sequence[str], *, as_json: bool) -> int:
    """Print which cameras are paused, and until when; return the exit code. Raises as `pause`."""
    desk = _desk(path)
    cameras, now = _named(names, desk), desk.clock.now()
    try:
        asked = asked_below(desk.root)
    except (BadPauses, OSError) as error:
        shown = printable(str(pause_file(desk.root)), longest=400)
        raise MachineError(f"{shown} cannot be read: {printable(str(error))}") from error
    known = active(together(heard(desk.root).pauses.values(), asked), now=now)
    outcomes = []
    for one in known.values():
        if one.camera in cameras or not names:
            words = f"{one.camera}: paused {desk.until(one.planned, one.planned - one.start)}"
            words += f": {printable(one.why)}" if one.why else ""
            left = format_seconds((one.planned - now).total_seconds())
            outcomes.append(Outcome(f"{words}; {left} left", _told(one)))
    return _print(desk, outcomes or [Outcome("no camera is paused", {})], as_json=as_json)


def _desk(path: Path) -> _Desk:
    loaded = load(path)
    named = loaded.config.timezone
    zone = ZoneInfo(named) if named else get_localzone()
    root = loaded.config.storage.root
    return _Desk(loaded, zone, SystemClock(), scheduler_of(root, loaded.path))


def _named(names: Sequence[str], desk: _Desk) -> tuple[str, ...]:
    there = tuple(desk.loaded.config.cameras)
    for name in names:
        if name not in there:
            raise ConfigError(
                f"--camera: no camera '{printable(name)}' is in the file{did_you_mean(name, there)}"
            )
    return tuple(dict.fromkeys(names)) or there


def _end(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the moment that `--until` says; a time of day that is past is tomorrow's."""
    try:
        at = moment(text, zone, now, is_end=True)
        if at <= now and ":" in text and "-" not in text:
            at = moment(text, zone, now + _DAY, is_end=True)
    except ValueError as error:
        raise ConfigError(f"--until: {error}") from error
    if at <= now:
        raise ConfigError(f"--until: '{printable(text)}' is past")
    if at - now > LONGEST:
        raise ConfigError(f"--until: '{printable(text)}' is {too_long()}")
    return at


def too_long() -> str:
    """Return what is wrong with a pause that is longer than any may be, and what is right."""
    return (
        f"more than {LONGEST.days} days away; for so long, have the file say it: "
        "`except:` days or `enabled: false` of a schedule"
    )


def _storable(why: str) -> str:
    """Return text that is Unicode: an argument may be anything."""
    return why.encode("utf-8", "backslashreplace").decode().strip()


def _is_wanted(desk: _Desk, camera: str, now: datetime) -> bool:
    instant = Window(now, now + timedelta.resolution)
    config = desk.loaded.config
    return bool(wanted_between(config, camera, between=instant, horizon=Horizon(desk.zone)))


def _is_over(answer: Heard, one: Pause) -> bool:
    known = answer.pauses.get(one.id)
    return known is not None and known.end is not None


def _answer(desk: _Desk, holds: Callable[[Heard], bool]) -> Heard | None:
    """Return what the scheduler makes of it; None if there is none."""
    if not desk.scheduler:
        return None
    return await_answer(desk.root, desk.scheduler, holds, desk.clock)


def _told(one: Pause) -> dict[str, Any]:
    return {
        "id": one.id,
        "camera": one.camera,
        "asked": format_utc(one.asked),
        "until": format_utc(one.planned),
        "seconds": round((one.planned - one.asked).total_seconds(), 3),
        "why": one.why,
    }


def _print(desk: _Desk, outcomes: Sequence[Outcome], *, as_json: bool) -> int:
    if as_json:
        said = {
            "root": str(desk.root),
            "scheduler": int(desk.scheduler) if desk.scheduler.isdecimal() else None,
            "cameras": [one.told for one in outcomes if one.told],
        }
        print(json.dumps(said, indent=2))
    else:
        for one in outcomes:
            print(one.words)
    is_done = all(one.is_done for one in outcomes)
    return ExitCode.DONE if is_done else ExitCode.NOT_READY
