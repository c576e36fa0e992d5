"""What the loop does about a camera's recorder, and what an edit makes of that. Pure.

Called by `difference.py` twice a camera: for what the old revision wants at a moment, and for what
the new one wants. Only where the two differ has the edit done something.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from thorsched.catalogue.applied import Effect
from thorsched.engine.desired import Unready, Wanted
from thorsched.engine.upgrades import is_same_device
from thorsched.recording.lifecycle import Action, Overlap, Phase, Recorder, Stop, Update
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause


class Fate(Enum):
    """What comes of a camera's recorder; the comment says of what kind of one."""

    GOES_ON = auto()  # it runs
    FOLLOWED = auto()  # it runs: another begins before it ends, once it has frames
    REPLACED = auto()  # it runs, ends, and another begins
    BEGINS = auto()  # none runs, or it ends anyway: one begins, at once or when it is due
    WAITS = auto()  # none runs, and none can begin
    ENDS = auto()  # it ends if it runs, and that is all


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fate, and what is wanted of the camera at that moment."""

    fate: Fate
    wanted: Wanted | None

    def is_same(self, other: "Outcome") -> bool:
        """Return whether it comes to the same, whatever labels and windows are."""
        if self.fate is not other.fate:
            return False
        match self.wanted, other.wanted:
            case Recording() as one, Recording() as another:
                kept = one.is_kept_as(another) and one.ports == another.ports
                return kept and one.source == another.source
            case _:
                return True


def outcome(
    recorder: Recorder, wanted: Wanted | None, action: Action | None, *, now: datetime
) -> Outcome:
    """Return what comes of a recorder when `action` is what the loop plans for it."""
    if recorder.phase not in (Phase.STARTING, Phase.RECORDING):
        return Outcome(_of_rest(wanted, now), wanted)
    if recorder.ending is not None and not isinstance(action, Update | Overlap):
        return Outcome(_of_rest(wanted, now), wanted)
    return Outcome(_of_running(recorder, wanted, action, now), wanted)


def _of_rest(wanted: Wanted | None, now: datetime) -> Fate:
    if wanted is None or now >= wanted.window.end:
        return Fate.ENDS
    return Fate.BEGINS if isinstance(wanted, Recording) else Fate.WAITS


def _of_running(
    recorder: Recorder, wanted: Wanted | None, action: Action | None, now: datetime
) -> Fate:
    match action:
        case _ if wanted is None or now >= wanted.window.end:
            return Fate.ENDS
        case Stop():
            return Fate.REPLACED if _comes(wanted) else Fate.ENDS
        case _ if _is_kept_otherwise(recorder, wanted):
            return Fate.FOLLOWED
        case _:
            return Fate.GOES_ON


def _is_kept_otherwise(recorder: Recorder, wanted: Wanted | None) -> bool:
    """Return whether another recorder takes its place, be that once it has frames, or begun."""
    running = recorder.recording
    if running is None or not isinstance(wanted, Recording):
        return False
    return is_same_device(running, wanted) and not wanted.is_kept_as(running)


def _comes(wanted: Wanted | None) -> bool:
    """Return whether another recorder begins: as far as is known of a server that is new, it does.

    It has not been asked yet, and is as soon as the file is applied.
    """
    return isinstance(wanted, Recording) or is_unasked(wanted)


def is_unasked(wanted: Wanted | None) -> bool:
    """Return whether all that is in its way is that nobody has asked its server as yet."""
    return isinstance(wanted, Unready) and wanted.trouble.cause is Cause.ASKING


def effect_of(recorder: Recorder, before: Outcome, after: Outcome) -> Effect | None:
    """Return what an edit does that makes `after` of `before`; None if that is of later windows.

    In place is also what it does not change.
    """
    if before.is_same(after):
        return None if after.fate in (Fate.WAITS, Fate.ENDS) else Effect.IN_PLACE
    match before.fate, after.fate:
        case _, Fate.REPLACED:
            return Effect.REPLACED
        case _, Fate.FOLLOWED:
            return Effect.FOLLOWED
        case _, Fate.GOES_ON:
            return Effect.IN_PLACE
        case Fate.BEGINS, Fate.BEGINS:
            is_tried_at_once = recorder.phase is Phase.BACKING_OFF
            return Effect.STARTED if is_tried_at_once else Effect.IN_PLACE
        case Fate.GOES_ON | Fate.FOLLOWED, Fate.BEGINS:  # it was about to end, and now it does
            return Effect.REPLACED
        case _, Fate.BEGINS:
            return Effect.STARTED
        case Fate.BEGINS, Fate.WAITS if is_unasked(after.wanted):
            return Effect.IN_PLACE
        case Fate.WAITS | Fate.ENDS, _:
            return None
        case _:
            return Effect.STOPPED
