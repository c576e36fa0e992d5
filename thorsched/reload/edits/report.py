"""What the log says of an edit that was applied: what is lost, loudly, and then what changes.

Called by `reload/revisions.py` once the file runs; how it is said is `words.py`'s.
"""

import logging
from zoneinfo import ZoneInfo

from thorsched.catalogue.applied import Effect, RevisionApplied
from thorsched.engine.cuts import warn_of_cut
from thorsched.reload.edits.words import losses, told, undo

log = logging.getLogger(__name__)

MOST_NAMED = 20
"""Cameras that a line names, of those that an edit changes alike."""
_UTC = ZoneInfo("UTC")


def report_edit(applied: RevisionApplied) -> None:
    """Log a warning for each recording that is cut short, and a line for all that change alike."""
    lost = losses(applied.difference)
    for one in lost:
        warn_of_cut(
            one.camera,
            effect=one.effect,
            since=one.since,
            until=one.window.bounds[1] if one.window else None,
            why="; ".join(one.reasons),
            undo=undo(applied),
        )
    for group in told(applied.difference, _UTC, at=applied.at, is_applied=True):
        if group.change in lost or group.change.effect is Effect.UNTOUCHED:
            continue
        names = group.cameras[:MOST_NAMED]
        log.info(
            "an edit changes cameras",
            extra={
                "cameras": ", ".join(names),
                "more": len(group.cameras) - len(names) or None,
                "effect": group.change.effect.value,
                "from": group.change.window.bounds[0]
                if group.change.window and not group.change.is_now
                else None,
                "why": "; ".join(group.change.reasons),
            },
        )
