"""What the tests of the journal tell it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.support.values import NOON, recording
from thorsched.catalogue.entries import Run
from thorsched.recording.history import AttemptBegan, AttemptEnded, AttemptRecords
from thorsched.recording.quarantine import directory_of
from thorsched.recording.segments import Described, Quarantined, Segment
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window

RUN = Run(pid=42, version="0.1.0", began=NOON, last_pass=NOON)
STALLED = Trouble(Cause.STALLED, "no new frame for 3.0 s")
SPAN = Window(NOON + timedelta(seconds=2), NOON + timedelta(seconds=12))


def attempt_in(root: Path) -> Path:
    return root / "side" / "2026-03-01" / "side_20260301T120001Z"


def began(root: Path) -> AttemptBegan:
    return AttemptBegan(NOON + timedelta(seconds=1), attempt_in(root), recording(), 9001, 4711)


def records(root: Path) -> AttemptRecords:
    return AttemptRecords(NOON + timedelta(seconds=2), attempt_in(root), "side")


def ended(root: Path) -> AttemptEnded:
    return AttemptEnded(NOON + timedelta(seconds=16), attempt_in(root), "side", STALLED)


def described(root: Path) -> Described:
    path = attempt_in(root)
    path = path.with_name(f"{path.name}-00000.mkv")
    segment = Segment(path, recording(), NOON, ())
    return Described(segment, size_bytes=1000, frames=300, span=SPAN, finalised=True)


def set_apart(root: Path) -> Described:
    """Return the same segment as it is in quarantine."""
    plain = described(root)
    path = directory_of(root) / plain.segment.path.relative_to(root)
    output = replace(plain.segment.recording.output, root=root)
    moved = replace(plain.segment, path=path, recording=replace(recording(), output=output))
    return replace(plain, segment=moved, quarantined=Quarantined("damage", plain.segment.path))
