"""What the journal tells of cameras over a stretch of time, for the ledger.

Called by `cli/report.py`. The journal says what was wanted until the last pass of the last run;
what the file has wanted since, when nobody was there to note it, is for the caller to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from thorsched.catalogue.entries import Run, Stretch
from thorsched.catalogue.ledger import Evidence
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import ALWAYS, Window, clip, union

# A run notes each few seconds that it passes; one that has not for longer is taken for dead.
_ALIVE_WITHIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Known:
    """Until when a journal tells all, and whether its last run goes on."""

    until: datetime
    run: Run | None
    is_on: bool


def known(journal: JournalReader, *, now: datetime, pipe: timedelta) -> Known:
    """Return until when all is known; frames may take as long as `pipe` to be on disk."""
    run = journal.last_run()
    if run is None:
        return Known(ALWAYS.start, None, is_on=False)
    is_on = run.ended is None and abs(now - run.last_pass) < _ALIVE_WITHIN
    return Known(run.last_pass - pipe if is_on else run.last_pass, run, is_on)


def gather(
    journal: JournalReader,
    cameras: Iterable[str],
    between: Window,
    *,
    of: Known,
    later: Mapping[str, Sequence[Window]],
) -> tuple[Evidence, ...]:
    """Return what is known of each camera `between` two moments; `later` was wanted after that."""
    absence = Trouble(Cause.NOT_RUNNING, of.run.words if of.run else "it has never run here")
    told = Window(ALWAYS.start, of.until) if of.run else None
    live = journal.recording_now() if of.is_on else []
    return tuple(
        Evidence(
            camera=camera,
            wanted=clip(
                union(
                    [
                        *(_told(journal.recordings_of(camera, between), told)),
                        *later.get(camera, ()),
                    ]
                ),
                between,
            ),
            segments=journal.segments_of(camera, between),
            gaps=journal.gaps_of(camera, between),
            attempts=[attempt for attempt in live if attempt.camera == camera],
            audits=journal.audits_of(camera, between),
            known=of.until,
            later=absence,
        )
        for camera in cameras
    )


def _told(stretches: Iterable[Stretch], until: Window | None) -> tuple[Window, ...]:
    return clip((one.span for one in stretches), until) if until else ()
