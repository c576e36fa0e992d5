"""Which schedules of a file ask for other things of a camera at once, none before the other. Pure.

Asked by `foresight/lint.py`, for those who look before they leave, and by `engine/reports.py`, when
such a file is run all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from thorsched.config.models import Config
from thorsched.engine.desired import all_timetables
from thorsched.schedule.intervals import Window
from thorsched.schedule.parts import Conflict, conflicts


@dataclass(frozen=True, slots=True)
class Odds:
    """Schedules of one priority that differ on a key, of the `cameras` that they share."""

    conflict: Conflict
    priority: int
    cameras: tuple[str, ...]

    def __str__(self) -> str:
        """Return what is wrong and what would be right, in one line."""
        first, *others = self.conflict.names
        verb = "differ" if others[1:] else "differs"
        return (
            f"{', '.join(others)} {verb} on `{self.conflict.key}` of {', '.join(self.cameras)}, and "
            f"has the same priority ({self.priority}): {first} is obeyed, as it stands first; "
            f"write priority: {self.priority + 1} in the one that is to be"
        )


def odds(config: Config, *, between: Window, zone: ZoneInfo) -> tuple[Odds, ...]:
    """Return who is at odds with whom `between`; `zone` is for schedules without one."""
    found: dict[Conflict, list[str]] = {}
    for camera, conflict in _by_camera(config, between, zone):
        found.setdefault(conflict, []).append(camera)
    return tuple(
        Odds(conflict, config.schedules[conflict.names[0]].priority, tuple(cameras))
        for conflict, cameras in found.items()
    )


def _by_camera(config: Config, between: Window, zone: ZoneInfo) -> Iterator[tuple[str, Conflict]]:
    by_tables: dict[int, tuple[Conflict, ...]] = {}
    for camera, tables in all_timetables(config, zone).items():
        if id(tables) not in by_tables:  # most cameras share theirs with others
            by_tables[id(tables)] = conflicts(tables, between=between)
        for conflict in by_tables[id(tables)]:
            yield camera, conflict
