"""How a camera records while settings of its schedules hold, over what stands on itself. Pure.

Asked by `desired.py` and by whoever tells what is to come. The keys of a timetable's settings are
made here, and known nowhere else.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from thorsched.config.blocks_time import Schedule
from thorsched.config.models import Config
from thorsched.engine.sources import Selectors, texts
from thorsched.schedule.windows import Settings

CAPABILITY: Final = "capability"
SEGMENT_TIME: Final = "segment.time"
SEGMENT_SIZE: Final = "segment.size"
TEMPLATE: Final = "storage.template"


@dataclass(frozen=True, slots=True)
class Manner:
    """What to record, of what may be had, and how to keep it."""

    selectors: Selectors
    segment_time: timedelta
    segment_bytes: int
    template: str


def settings_of(schedule: Schedule) -> Settings:
    """Return what a schedule says of more than time, by the keys of the file."""
    segment, storage = schedule.segment, schedule.storage
    said: dict[str, Hashable] = {
        CAPABILITY: schedule.capability,
        SEGMENT_TIME: segment.time if segment else None,
        SEGMENT_SIZE: segment.size if segment else None,
        TEMPLATE: storage.template if storage else None,
    }
    return tuple((key, value) for key, value in said.items() if value is not None)


def selectors_in(settings: Settings) -> Selectors:
    """Return what settings ask for; nothing if that is the camera's own capability."""
    found: Selectors = dict[str, Any](settings).get(CAPABILITY, ())
    return found


def manner(config: Config, camera: str, settings: Settings) -> Manner:
    """Return how `camera` records while `settings` hold."""
    own, said = config.segment_of(camera), dict[str, Any](settings)
    return Manner(
        selectors=selectors_in(settings) or config.cameras[camera].capability,
        segment_time=said.get(SEGMENT_TIME, own.time),
        segment_bytes=said.get(SEGMENT_SIZE, own.size),
        template=said.get(TEMPLATE, config.storage.template),
    )


def selectors_of(config: Config, camera: str) -> frozenset[str]:
    """Return every selector by which `camera`, which the file may not know, is ever recorded."""
    if camera not in config.cameras:
        return frozenset()
    lists = [config.cameras[camera].capability, *overrides_of(config, camera).values()]
    return frozenset(text for selectors in lists for text in texts(selectors))


def overrides_of(config: Config, camera: str) -> dict[str, Selectors]:
    """Return what enabled schedules ask of `camera` instead of its own capability, by name."""
    return {
        name: schedule.capability
        for name, schedule in config.schedules_of(camera).items()
        if schedule.capability
    }


def templates_of(config: Config, camera: str) -> tuple[str, ...]:
    """Return the templates by which files of `camera` are ever called, each once."""
    own = [
        schedule.storage.template
        for schedule in config.schedules_of(camera).values()
        if schedule.storage
    ]
    return tuple(dict.fromkeys(filter(None, [config.storage.template, *own])))
