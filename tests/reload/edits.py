"""An edit as it was applied, for whoever tells of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from thorsched.catalogue.applied import Change, Difference, Effect, How, RevisionApplied
from thorsched.schedule.intervals import Window

AT = datetime(2026, 11, 24, 22, tzinfo=UTC)
NIGHT = Window(AT - timedelta(hours=3), AT + timedelta(hours=9))
TOMORROW = Window(AT + timedelta(days=1), AT + timedelta(days=2))


def change(camera: str, effect: Effect, *reasons: str, is_now: bool = True) -> Change:
    window = NIGHT if is_now else TOMORROW
    since = AT - timedelta(minutes=83) if effect in (Effect.STOPPED, Effect.REPLACED) else None
    return Change(camera, effect, is_now, window, reasons, since if is_now else None)


EDIT = Difference(
    (
        change("top", Effect.UNTOUCHED),
        change("side", Effect.STOPPED, "is not in the file any more"),
        change("wheel", Effect.REPLACED, "device: id 0 -> id 1"),
        change("door", Effect.STOPPED, "schedule nights is removed", is_now=False),
        change("nest", Effect.IN_PLACE, "lead: 3s -> 5s"),
        change("run", Effect.IN_PLACE, "lead: 3s -> 5s"),
        change("out", Effect.UNTOUCHED),
    ),
    ("hooks.on_gap: not set -> page",),
)


def applied(
    difference: Difference, *, was: str = "3f2a91ab" * 8, at: datetime = AT
) -> RevisionApplied:
    path = Path("/lab/my night.yaml")
    return RevisionApplied(at, "c0ffee00" * 8, path, "", How.EDIT, difference, was)
