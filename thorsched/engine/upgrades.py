"""By which of its selectors a camera records, and what becomes of it when another could. Pure.

Servers list other capabilities from one look to the next. Frames that arrive are worth more than a
list: a recorder is never ended because there is less to choose from, and for something better only
where its camera's `upgrade` says so. `plan.py` asks; `drift.py` tells of what is not as wanted.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto

from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.capability import Device
from thorsched.recording.spec import REQUESTED, SELECTORS, UNMATCHED, Recording


class Verdict(Enum):
    """What becomes of a recorder when another source would be chosen now."""

    KEEP = auto()  # it goes on
    REPLACE = auto()  # the file asks for something else, or the device is another one
    UPGRADE = auto()  # a better selector can be had, and is wanted at once


def judge(
    running: Recording,
    wanted: Recording,
    *,
    rule: DeviceRule | None,
    is_at_once: bool,
    is_believed: bool,
) -> Verdict:
    """Return what becomes of `running` where `wanted` is another source.

    `is_believed` says that the server has listed what it lists for a while; `rule` is the file's.
    """
    if not is_same_device(running, wanted):
        is_hearsay = _is_allowed(running, wanted, rule) and not is_believed
        return Verdict.KEEP if is_hearsay else Verdict.REPLACE
    if not _is_same_ask(running, wanted):
        return Verdict.REPLACE
    asked = tried(wanted)
    is_better = place(requested(wanted), asked) < place(requested(running), asked)
    return Verdict.UPGRADE if is_better and is_at_once and is_believed else Verdict.KEEP


def _is_allowed(running: Recording, wanted: Recording, rule: DeviceRule | None) -> bool:
    """Return whether the file still allows the device that is recorded: a list alone has changed.

    Unless the rule is known, it does.
    """
    source = running.source
    device = Device(source.device_id, source.device_name, (source.capability,))
    return source.server == wanted.source.server and (rule is None or rule.fits(device))


def labelled_for(running: Recording, wanted: Recording) -> Recording:
    """Return `wanted` as it is recorded by a recorder of another capability, which goes on."""
    own = {k: v for k, v in running.provenance.items() if k in (REQUESTED, UNMATCHED)}
    rest = {k: v for k, v in wanted.provenance.items() if k not in (REQUESTED, UNMATCHED)}
    return replace(wanted, source=running.source, provenance=rest | own)


def asked_by(recording: Recording) -> str:
    """Return the schedule that asks for a recording's capability; '' if its camera does."""
    match recording.provenance:
        case {"override": {"by": {"capability": str(schedule)}}}:
            return schedule
        case _:
            return ""


def place(selector: str, tried: Sequence[str]) -> int:
    """Return which of those `tried` it is, 0 the most wanted."""
    return tried.index(selector) if selector in tried else 0


def is_by_a_later_one(recording: Recording) -> bool:
    """Return whether another selector than the first chose, as far as that is known."""
    all_tried, chose = recording.provenance.get(SELECTORS), recording.provenance.get(REQUESTED)
    # Asked of each camera in each pass, and most of them have one selector.
    if not isinstance(all_tried, list) or len(all_tried) == 1 or all_tried[:1] == [chose]:
        return False
    return chose in all_tried


def is_same_device(running: Recording, wanted: Recording) -> bool:
    """Return whether their sources differ by no more than a capability."""
    before, after = running.source, wanted.source
    return replace(before, capability=after.capability, encoding=after.encoding) == after


def _is_same_ask(running: Recording, wanted: Recording) -> bool:
    """Return whether both are by the same selectors.

    What an earlier version began says only by which it was chosen.
    """
    if SELECTORS in running.provenance:
        return tried(running) == tried(wanted)
    is_same_schedule = asked_by(running) == asked_by(wanted)
    return is_same_schedule and requested(running) in (*tried(wanted), requested(wanted))


def tried(recording: Recording) -> tuple[str, ...]:
    """Return all selectors that were tried for it; none if an earlier version began it."""
    tried = recording.provenance.get(SELECTORS)
    return tuple(map(str, tried)) if isinstance(tried, list) else ()


def requested(recording: Recording) -> str:
    """Return the selector that chose; '' if nobody says."""
    return str(recording.provenance.get(REQUESTED, ""))
