"""What has come of a pause, or of its end, for one camera: in words, and for programs.

Called by `command.py`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from thorsched.base.clock import Clock
from thorsched.base.text import printable, typed_path
from thorsched.base.units import format_seconds, format_utc
from thorsched.catalogue.entries import Pause
from thorsched.cli.pause.answer import PATIENCE_S, Heard
from thorsched.config.load import Loaded
from thorsched.report.words import until_words

_EXACT = timedelta(minutes=10)
"""Of a shorter pause the seconds are told, too."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is told; `is_done` says whether it has taken effect, or will when somebody records."""

    words: str
    told: dict[str, Any]
    is_done: bool = True


@dataclass(frozen=True, slots=True)
class Desk:
    """A file whose cameras a person wants to pause, and who records by it."""

    loaded: Loaded
    zone: ZoneInfo
    clock: Clock
    scheduler: str
    """Its process, in digits if it is known; '' if none runs."""

    @property
    def root(self) -> Path:
        return self.loaded.config.storage.root

    def until(self, pause: Pause) -> str:
        """Return e.g. `paused until 14:32 (30 min): cleaning`."""
        length = pause.planned - pause.asked
        end = until_words(pause.planned, self.clock.now(), self.zone, is_exact=length < _EXACT)
        why = f": {printable(pause.why)}" if pause.why else ""
        return f"paused until {end} ({format_seconds(length.total_seconds())}){why}"

    @property
    def silence(self) -> str:
        """What is said where nobody has answered."""
        if self.scheduler:
            return f"process {self.scheduler} has not answered within {PATIENCE_S:.0f} s"
        path = typed_path(self.loaded.path)
        return f"no scheduler runs: it holds for the next `thorsched run {path}`"


def paused(
    pause: Pause, before: Pause | None, answer: Heard | None, desk: Desk, *, was_open: bool
) -> Outcome:
    """Return what has come of a pause that may have taken the place of one `before`.

    `was_open` says whether a recorder ran as it was asked for.
    """
    is_taken = answer is not None and pause.id in answer.pauses
    is_open = answer is not None and pause.camera in answer.open
    if not is_taken:
        effect = desk.silence
    elif is_open:
        effect = f"its recorder has not ended within {PATIENCE_S:.0f} s: the log says why"
    else:
        effect = "segments closed" if was_open else "nothing was being recorded"
    parts = [f"{pause.camera}: {desk.until(pause)}"]
    parts += [f"instead of: {desk.until(before)}"] if before else []
    told = {
        **told_of(pause),
        "replaced": before.id if before else None,
        "taken": is_taken,
        "closed": None if answer is None else is_taken and not is_open,
    }
    is_done = answer is None or (is_taken and not is_open)
    return Outcome("; ".join([*parts, effect]), told, is_done=is_done)


def resumed(
    pause: Pause, answer: Heard | None, desk: Desk, *, now: datetime, is_wanted: bool
) -> Outcome:
    """Return what has come of a pause that was ended at `now`; `is_wanted` is its camera's."""
    is_taken = answer is not None and answer.has_ended(pause)
    is_recording = answer is not None and pause.camera in answer.recording
    if not is_taken:
        effect = desk.silence
    elif not is_wanted:
        effect = "nothing is wanted of it now"
    elif is_recording:
        effect = "recording"
    else:
        effect = f"no frames within {PATIENCE_S:.0f} s: the log says why"
    told = {
        **told_of(pause),
        "was_paused": True,
        "taken": is_taken,
        "wanted": is_wanted,
        "recording": None if answer is None else is_recording,
    }
    is_done = answer is None or (is_taken and (is_recording or not is_wanted))
    early = format_seconds((pause.planned - now).total_seconds())
    words = f"{pause.camera}: resumed, {early} early; {effect}"
    return Outcome(words, told, is_done=is_done)


def not_paused(camera: str) -> Outcome:
    """Return what is told of a camera that there is nothing to resume of."""
    return Outcome(f"{camera}: is not paused", {"camera": camera, "was_paused": False})


def listed(pause: Pause, desk: Desk, *, now: datetime) -> Outcome:
    """Return what is told of a pause that goes on at `now`."""
    left = format_seconds((pause.planned - now).total_seconds())
    return Outcome(f"{pause.camera}: {desk.until(pause)}; {left} left", told_of(pause))


def told_of(pause: Pause) -> dict[str, Any]:
    """Return a pause for programs."""
    return {
        "id": pause.id,
        "camera": pause.camera,
        "asked": format_utc(pause.asked),
        "until": format_utc(pause.planned),
        "seconds": round((pause.planned - pause.asked).total_seconds(), 3),
        "why": pause.why,
    }
