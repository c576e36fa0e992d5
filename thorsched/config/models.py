"""What the whole file says, as one value: its blocks, and what holds for a camera or a schedule.

Built by `load.py` from a file, or in Python by `Config.model_validate({...})` from the same shape;
read by the engine, which asks the methods of `Config` for what holds for a camera or a schedule.
Frozen; knows no clock, device or directory. Its blocks are in `blocks.py` and `blocks_time.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from thorsched.base.text import nearest
from thorsched.base.units import parse_duration
from thorsched.cameras.selector import Encoding
from thorsched.config import references
from thorsched.config.blocks import (
    DEFAULT_URL,
    Camera,
    CameraSegmentLimits,
    Defaults,
    SegmentLimits,
    Server,
)
from thorsched.config.blocks_storage import Hooks, Keep, Storage
from thorsched.config.blocks_time import Experiment, Schedule
from thorsched.config.defaults import filled_in
from thorsched.config.fields import ALL, VERSION, CameraName, Lead, Name, Version
from thorsched.config.fields_rig import About
from thorsched.config.fields_time import Zone
from thorsched.config.problems import FileModel, Problem
from thorsched.config.readers import blocks_by_name
from thorsched.config.rules import Rule
from thorsched.config.wording import KeyPath

# What stands in the file by name, and the keys that tell one from anything else.
_KINDS: Final = (
    (
        "schedules",
        "schedule",
        frozenset({"always", "daily", "from", "to", "zt", "cron", "every", "for", "only"}),
    ),
    ("cameras", "camera", frozenset({"device", "capability"})),
)
_UNSAID: Final = CameraSegmentLimits()
_INDENT: Final = "indent it and all that belongs to it two spaces"


def _has_short_server(written: Mapping[str, Any]) -> bool:
    return "server" in written and "servers" not in written


class Config(FileModel):
    """The whole file."""

    example = "cameras: and schedules:"
    misnomers: ClassVar = {
        "output": "storage: {root: ./recordings}",
        "output_dir": "storage: {root: ./recordings}",
        "directory": "storage: {root: ./recordings}",
        "root": "storage: {root: ./recordings}",
        "url": "server: http://192.168.177.100:8000",
        "segments": "segment: {time: 10min}",
        "days": "it below a schedule, or experiment: {start: 2026-11-24, days: 14}",
        "lights_on": "experiment: {start: 2026-11-24, lights_on: 07:00}",
    }

    version: Version = Field(VERSION, description="The version of this file's shape.")
    timezone: Zone | None = Field(
        None,
        description="The IANA zone of all local times in the file, such as America/New_York. "
        "Without it the machine's zone counts.",
    )
    servers: Annotated[dict[Name, Server], blocks_by_name("rig-a: http://192.168.177.100:8000")] = (
        Field(
            default_factory=lambda: {"server": Server(url=DEFAULT_URL)},
            description="The ThorVision servers by name. A single one may be written as `server: URL`.",
        )
    )
    storage: Storage = Field(default_factory=Storage, description="Where recordings are kept.")
    hooks: Hooks | None = Field(
        None, description="Commands that are run when something has happened."
    )
    segment: SegmentLimits = Field(
        default_factory=SegmentLimits, description="When a recording goes on in a new file."
    )
    about: About = Field(
        default_factory=dict,
        description="Keys of your own, copied into the sidecar of every file.",
    )
    experiment: Experiment | None = Field(
        None,
        description="The experiment's first day, for schedules that count its days, and the "
        "animals' lights, for those in zeitgeber time.",
    )
    lead: Lead = Field(
        parse_duration("3s"),
        description="How long before a window its recorder starts, so that the window's first "
        "frame is on disk.",
    )
    defaults: Defaults = Field(
        default_factory=Defaults,
        description="What counts for each camera that does not say it itself; every key of a "
        "camera but `device`.",
    )
    cameras: Annotated[
        dict[CameraName, Camera],
        blocks_by_name("overhead: {device: {id: 0}, capability: jpeg 1280x720 @30fps}", Camera),
    ] = Field(
        description="The cameras by name; the name becomes a directory.",
        examples=[{"overhead": {"device": {"id": 0}, "capability": "jpeg 1280x720 @30fps"}}],
    )
    schedules: Annotated[
        dict[Name, Schedule],
        blocks_by_name("nights: {cameras: all, daily: 20:00-08:00}", Schedule),
    ] = Field(
        description="When which cameras record, by name. A camera in several records when any "
        "of them says so.",
        examples=[{"nights": {"cameras": "all", "daily": "20:00-08:00"}}],
    )

    @classmethod
    def expanded(cls, written: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        if not isinstance(written, Mapping):
            return written
        # The default root is below the file's directory, too: it is read like a written one.
        block = {"storage": {}, **written}
        if _has_short_server(written):
            block["servers"] = {references.ONLY_SERVER: block.pop("server")}
        return block

    @classmethod
    def completed(cls, block: Mapping[str, Any]) -> Mapping[str, Any]:
        return filled_in(block)

    @classmethod
    def located(cls, path: KeyPath, written: Any) -> KeyPath:  # noqa: ANN401
        is_short = path[:1] == ("servers",) and _has_short_server(written)
        return ("server", *path[2:]) if is_short else path

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        return references.misfits(written)

    @classmethod
    def place_of(cls, key: str, value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        if nearest(key, ["defaults"]) and not (isinstance(value, Mapping) and "device" in value):
            return ""
        for block, kind, telling in _KINDS:
            if isinstance(value, Mapping) and telling & set(value):
                return f"is a {kind}, but stands outside of `{block}:`; {_INDENT} below `{block}:`"
            if key in telling:
                return f"belongs to a {kind}; {_INDENT} more than that {kind}'s name"
        return ""

    def server_name_of(self, camera: str) -> str:
        """Return the name of the server of `camera`; raises `KeyError` for an unknown camera."""
        return self.cameras[camera].server or next(iter(self.servers))

    def server_of(self, camera: str) -> Server:
        """Return the server of `camera`; raises `KeyError` for an unknown camera."""
        return self.servers[self.server_name_of(camera)]

    def segment_of(self, camera: str) -> SegmentLimits:
        """Return when the files of `camera` end: its own settings, `defaults`, then the file's."""
        own, shared = self.cameras[camera].segment or _UNSAID, self.defaults.segment or _UNSAID
        return SegmentLimits.model_construct(
            time=own.time or shared.time or self.segment.time,
            size=own.size or shared.size or self.segment.size,
        )

    def keep_of(self, camera: str) -> Keep:
        """Return when files of `camera`, which the file may not know, are deleted."""
        own, shared = self.own_keep_of(camera), self.storage.keep or Keep.model_construct()
        return Keep.model_construct(age=own.age or shared.age, size=own.size or shared.size)

    def own_keep_of(self, camera: str) -> Keep:
        """Return what of that `camera` and `defaults` say; nothing if the file knows no such."""
        nothing = Keep.model_construct()
        if camera not in self.cameras:
            return nothing
        own, shared = self.cameras[camera].keep or nothing, self.defaults.keep or nothing
        return Keep.model_construct(age=own.age or shared.age, size=own.size or shared.size)

    def about_of(self, camera: str) -> dict[str, str | int | float | bool]:
        """Return what the sidecars of `camera` say: its own keys, `defaults`, then the file's."""
        return self.about | self.defaults.about | self.cameras[camera].about

    def schedules_of(self, camera: str) -> dict[str, Schedule]:
        """Return the enabled schedules that name `camera`, by name, in the file's order."""
        names = self._schedules_of_cameras.get(camera, self._schedules_of_all)
        return {name: self.schedules[name] for name in names}

    @property
    def _schedules_of_all(self) -> list[str]:
        """Those that name whatever camera there is."""
        return [n for n, one in self.schedules.items() if one.enabled and one.cameras == ALL]

    @cached_property
    def _schedules_of_cameras(self) -> Mapping[str, Sequence[str]]:
        """By the cameras, each of a list of a thousand looked at once."""
        found: dict[str, list[str]] = {camera: [] for camera in self.cameras}
        for name, schedule in self.schedules.items():
            if schedule.enabled:
                for camera in self.cameras if schedule.cameras == ALL else schedule.cameras:
                    found[camera].append(name)
        return found

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("_schedules_of_cameras", None)
        return copied

    def zone_of(self, schedule: str) -> ZoneInfo | None:
        """Return the zone of the times of `schedule`; None means the machine's."""
        name = self.schedules[schedule].timezone or self.timezone
        return ZoneInfo(name) if name else None

    def rule_of(self, schedule: str) -> Rule:
        """Return what `schedule` says of time, with what the file's `experiment` says to that."""
        return self.schedules[schedule].rule_in(self.experiment)

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of the file's times; None means the machine's."""
        return ZoneInfo(self.timezone) if self.timezone else None

    @property
    def encodings(self) -> frozenset[Encoding]:
        """Every encoding that some camera may be recorded in."""
        enabled = [schedule for schedule in self.schedules.values() if schedule.enabled]
        lists = [camera.capability for camera in self.cameras.values()]
        lists += [schedule.capability for schedule in enabled if schedule.capability]
        return frozenset(selector.codec.encoding for one in lists for selector in one)
