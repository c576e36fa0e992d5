"""What two files say differently of a camera, in the words of the file. Pure.

Called by `reload/edits/difference.py`, which adds what follows from it. Each line is a key, what it
was and what it becomes: `segment.time: 10min -> 5min`. What is left out is what counts by
default.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from thorsched.config.models import Config

# Of those another set is another kind of rule.
_OF_RULES: Final = frozenset({"always", "from", "to", "daily", "zt", "cron", "every", "for"})
# A moment is written with its seconds; people write it without.
_NO_SECONDS: Final = re.compile(r"(?<=\dT)(\d\d:\d\d):00(?![.\d])")
_UNSET: Final = "not set"
# What is told of each camera, as it concerns it alone or decides how its files are kept.
_OF_CAMERAS: Final = frozenset(
    {
        "version",
        "servers",
        "storage",
        "segment",
        "about",
        "lead",
        "defaults",
        "cameras",
        "schedules",
    }
)
_OF_NO_RECORDER: Final = frozenset({"keep", "offload"})
# Which cameras and whether at all is asked of each camera; the zone may be the file's.
_OF_MEMBERSHIP: Final = frozenset({"cameras", "enabled", "timezone"})


def file_changes(before: Config, after: Config) -> tuple[str, ...]:
    """Return what changes and is of no one camera: hooks, how long files are kept, copies."""
    return tuple(_changes(_of_file(before), _of_file(after)))


def camera_changes(before: Config, after: Config, camera: str) -> tuple[str, ...]:
    """Return what changes of a camera that both have, but for where its frames come from."""
    old, new = _of_camera(before, camera), _of_camera(after, camera)
    if before.keep_of(camera).age == after.keep_of(camera).age:
        old, new = ({**one, "keep.age": ""} for one in (old, new))  # by whose word, is no change
    return tuple(_changes(old, new))


def schedule_changes(before: Config, after: Config, camera: str) -> tuple[str, ...]:
    """Return what changes of when a camera that both have is recorded."""
    return tuple(_schedule_changes(before, after, camera))


def rule_text(config: Config, schedule: str) -> str:
    """Return what a schedule says of time, e.g. `daily 20:00-08:00, days mon,tue`."""
    return _said(_of_schedule(config, schedule))


def _of_file(config: Config) -> dict[str, str]:
    written = config.model_dump(mode="json", by_alias=True, exclude=set(_OF_CAMERAS))
    storage = config.storage.model_dump(mode="json", by_alias=True, include=set(_OF_NO_RECORDER))
    return _flat(written) | _flat(storage, "storage.")


def _of_camera(config: Config, camera: str) -> dict[str, str]:
    own = {"server", "device", "capability", "segment", "keep", "about"}
    spec = config.cameras[camera].model_dump(mode="json", by_alias=True, exclude=own)
    storage = config.storage.model_dump(mode="json", by_alias=True, exclude=set(_OF_NO_RECORDER))
    server = config.server_of(camera).model_dump(mode="json", by_alias=True, exclude={"url"})
    segment = config.segment_of(camera).model_dump(mode="json", by_alias=True)
    keep = config.own_keep_of(camera).model_dump(mode="json", by_alias=True)
    lead = config.model_dump(mode="json", include={"lead"})
    return {
        **_flat(segment, "segment."),
        **_flat(storage, "storage."),
        **_flat(server),
        **_flat(lead),
        **_flat(keep, "keep."),
        **_flat(spec),
        **_flat(config.about_of(camera), "about."),
    }


def _of_schedule(config: Config, name: str) -> dict[str, str]:
    return _flat(
        config.schedules[name].model_dump(
            mode="json", by_alias=True, exclude=set(_OF_MEMBERSHIP), exclude_defaults=True
        )
    )


def _schedule_changes(before: Config, after: Config, camera: str) -> Iterator[str]:
    old, new = before.schedules_of(camera), after.schedules_of(camera)
    for name in new:
        if name in old:
            yield from _rule_changes(before, after, name)
        else:
            yield f"schedule {name} ({rule_text(after, name)}) {_entered(before, name)}"
    for name in old:
        if name not in new:
            yield f"schedule {name} ({rule_text(before, name)}) {_left(after, name)}"


def _rule_changes(before: Config, after: Config, name: str) -> Iterator[str]:
    said = [*_own_changes(before, after, name)]
    if not said and before.rule_of(name) != after.rule_of(name):
        shared = (_flat(_experiment(config), "experiment.") for config in (before, after))
        said = [*_changes(*shared)]
    yield from (f"schedule {name}: {words}" for words in said)


def _own_changes(before: Config, after: Config, name: str) -> Iterator[str]:
    old, new = _of_schedule(before, name), _of_schedule(after, name)
    rules = [{key: one[key] for key in one if key in _OF_RULES} for one in (old, new)]
    if rules[0].keys() != rules[1].keys():
        yield f"{_said(rules[0])} -> {_said(rules[1])}"
        old, new = ({k: v for k, v in one.items() if k not in _OF_RULES} for one in (old, new))
    for key in dict.fromkeys([*old, *new]):
        was, becomes = old.get(key, _UNSET), new.get(key, _UNSET)
        if was != becomes:
            yield f"{key} {was} -> {becomes}"
    zones = before.zone_of(name), after.zone_of(name)
    if zones[0] != zones[1]:
        was, becomes = (zone.key if zone else "the machine's" for zone in zones)
        yield f"timezone {was} -> {becomes}"


def _experiment(config: Config) -> dict[str, Any]:
    """Return what the file says for all schedules that count its days or are by its lights."""
    return config.experiment.model_dump(mode="json", by_alias=True) if config.experiment else {}


def _entered(before: Config, name: str) -> str:
    if name not in before.schedules:
        return "is new"
    return "has it now" if before.schedules[name].enabled else "is enabled"


def _left(after: Config, name: str) -> str:
    if name not in after.schedules:
        return "is removed"
    return "has it no longer" if after.schedules[name].enabled else "is disabled"


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for key in dict.fromkeys([*old, *new]):
        was, becomes = old.get(key, _UNSET), new.get(key, _UNSET)
        if was != becomes:
            yield f"{key}: {was} -> {becomes}"


def _said(rule: Mapping[str, str]) -> str:
    return ", ".join(key if value == "true" else f"{key} {value}" for key, value in rule.items())


def _flat(block: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return what is set in a block, by keys with dots, as text."""
    found: dict[str, str] = {}
    for key, value in block.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        elif value is not None:
            found[f"{prefix}{key}"] = _text(value)
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return _NO_SECONDS.sub(r"\1", str(value))
