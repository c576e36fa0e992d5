"""The blocks of the file that say when: the experiment, and schedules.

A part of `models.py`, which says how it is built and by whom it is read; what `blocks.py` says of
its models holds here, too. Knows no clock, and no zone but the name of one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from thorsched.config import keys_time
from thorsched.config.blocks import PARTS_OF_A_SELECTOR, CameraSegmentLimits
from thorsched.config.blocks_storage import ScheduleStorage
from thorsched.config.days import EVERY_DAY, ExperimentDays
from thorsched.config.fields import Period, Priority, Truth, WindowTime
from thorsched.config.fields_rig import Selectors
from thorsched.config.fields_time import (
    Cameras,
    CronText,
    DailyTimes,
    DayCount,
    Days,
    Exceptions,
    ExperimentDate,
    LightsClock,
    LightsTime,
    Mode,
    Moment,
    OnlyDates,
    Zone,
    ZtTimes,
)
from thorsched.config.problems import FileModel, Problem
from thorsched.config.rules import Always, Cron, Daily, Every, Lasting, Rule, Span, Zeitgeber
from thorsched.config.rules import Days as StartDays
from thorsched.config.zeitgeber import Lights

_LIGHTS_OFF = "lights_on alone; a schedule of the dark is zt: 12-24"


class Experiment(FileModel):
    """The experiment that the file is for: its first day, and the animals' lights."""

    example = "{start: 2026-11-24, days: 14}"
    misnomers = (
        dict.fromkeys(("from", "begin", "first"), "start: 2026-11-24")
        | dict.fromkeys(("for", "duration", "length"), "days: 14")
        | dict.fromkeys(
            ("name", "title", "subject"), "it below about, such as about: {subject: m042}"
        )
        | {"lights_off": _LIGHTS_OFF}
    )

    start: ExperimentDate = Field(description="The local date of day 1.", examples=["2026-11-24"])
    days: DayCount | None = Field(
        None,
        description="How many days it has; a schedule that names a later one is a mistake.",
        examples=[14],
    )
    lights_on: LightsTime | None = Field(
        None,
        description="When the animals' lights go on, ZT0 of `zt`: 07:00, or with its offset from "
        "UTC, 07:00-05:00.",
        examples=["07:00"],
    )
    lights: LightsClock = Field(
        "fixed",
        description="fixed: lights ignore daylight saving time, and go on at the offset of "
        "lights_on, or at the zone's on the first day. wall_clock: they follow the zone's clocks.",
    )

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        return keys_time.misfits_of_lights(written)


class Schedule(FileModel):
    """When some cameras record, by one rule: always, from, daily, zt, cron or every."""

    example = "{cameras: all, daily: 20:00-08:00}"
    misnomers = (
        dict.fromkeys(("start", "begin"), "from: 2026-11-24T09:00")
        | dict.fromkeys(("end", "until", "stop"), "to: 2026-11-24T17:30")
        | dict.fromkeys(("time", "times", "hours"), "daily: 20:00-08:00")
        | dict.fromkeys(("interval", "period", "repeat"), "every: 2h")
        | dict.fromkeys(
            ("exceptions", "exclude", "without", "holidays", "not"), "except: [2026-12-24]"
        )
        | dict.fromkeys(("dates", "date", "include"), "only: 2026-11-24..2026-12-07")
        | {"lights_off": _LIGHTS_OFF}
        | {
            "duration": "for: 10min",
            "disabled": "enabled: false",
            "tz": "timezone: Europe/Berlin",
            "weekdays": "days: mon-fri",
            "zeitgeber": "zt: 12-14",
            "prio": "priority: 10",
            "segments": "segment: {time: 1min}",
            "template": 'storage: {template: "{camera}/bursts/{date}/{camera}_{start}"}',
        }
        | PARTS_OF_A_SELECTOR
    )

    cameras: Cameras = Field(
        description="The names of the cameras, or all.", examples=["all", ["overhead", "side"]]
    )
    always: Truth = Field(default=False, description="Record without beginning and end.")
    start: Moment | None = Field(
        None,
        alias="from",
        description="The beginning of one window, in local time (2026-11-24T09:00) or with an "
        "offset (2026-11-24T09:00+01:00).",
        examples=["2026-11-24T09:00"],
    )
    end: Moment | None = Field(
        None, alias="to", description="The end of that window.", examples=["2026-11-24T17:30"]
    )
    daily: DailyTimes | None = Field(
        None,
        description="From one wall time to another, every day, or a list of such; past midnight "
        "where the second is not later. 24:00 is the end of a day.",
        examples=["20:00-08:00", ["06:00-07:00", "20:00-24:00"]],
    )
    days: Days | None = Field(
        None,
        description="The days on which windows of daily, zt, cron or every start, if not every "
        "day: mon-fri, or mon,wed, or day 1-3 of the experiment, or a list of these.",
        examples=["mon-fri", ["day 1-3", "day 8"]],
    )
    zt: ZtTimes | None = Field(
        None,
        description="From one zeitgeber time to another, in hours since lights_on, every day, or a "
        "list of such.",
        examples=["12-14", ["23.5-1", "11-13"]],
    )
    lights_on: LightsTime | None = Field(
        None,
        description="When the lights of `zt` go on, where not as the file's `experiment` says: "
        "07:00, or with its offset from UTC, 07:00-05:00.",
        examples=["07:00"],
    )
    lights: LightsClock | None = Field(
        None,
        description="Whether they go on at a fixed offset from UTC or by the wall_clock, where not "
        "as the file's `experiment` says.",
    )
    cron: CronText | None = Field(
        None,
        description="Starts, in cron's five fields: minute hour day-of-month month day-of-week "
        "(0 is Sunday).",
        examples=["0 * * * *"],
    )
    every: Period | None = Field(
        None,
        description="From one start to the next, in elapsed time: counted from `from`, up to `to`, "
        "or else from each midnight.",
        examples=["2h"],
    )
    duration: WindowTime | None = Field(
        None,
        alias="for",
        description="How long each window of from, cron or every is, in elapsed time.",
        examples=["10min"],
    )
    exceptions: Exceptions = Field(
        (),
        alias="except",
        description="Local dates, or ranges of them, on which nothing is recorded: 2026-12-24, "
        "2026-12-24..2026-12-26. Both ends are included.",
        examples=[["2026-12-24..2026-12-26"]],
    )
    only: OnlyDates | None = Field(
        None,
        description="Local dates, or ranges of them, outside of which nothing is recorded: "
        "2026-11-24..2026-12-07. Both ends are included.",
        examples=["2026-11-24..2026-12-07"],
    )
    mode: Mode = Field(
        "clip",
        description="What `except` takes away, and `only` leaves: clip is the time from 00:00 to "
        "24:00 of its dates, skip_starts the whole windows that start on them.",
    )
    timezone: Zone | None = Field(
        None, description="The zone of this schedule's times, where it is not the file's."
    )
    enabled: Truth = Field(
        default=True, description="Whether it counts; false is as if it were not there."
    )
    priority: Priority = Field(
        0,
        description="Whose `capability`, `segment` and `storage` hold where schedules of a camera "
        "want the same time: the highest that says something, each key by itself.",
        examples=[10],
    )
    capability: Selectors | None = Field(
        None,
        description="What its cameras record in its windows, instead of their own `capability`; "
        "where a device has none that matches, their own is recorded.",
        examples=["jpeg 1280x720 @120fps"],
    )
    segment: CameraSegmentLimits | None = Field(
        None, description="What differs from the cameras' `segment` in its windows."
    )
    storage: ScheduleStorage | None = Field(
        None, description="What differs from the file's `storage` in its windows."
    )

    def rule_in(self, experiment: Experiment | None) -> Rule:
        """Return what it says of time, by whichever of its keys, in the file's `experiment`."""
        days = self._days_in(experiment)
        if self.always:
            return Always()
        if self.daily:
            return Daily(self.daily, days)
        if self.zt:
            return Zeitgeber(self.zt, self._lights_in(experiment), days)
        if self.every and self.duration:
            return Every(self.every, self.duration, self.start, self.end, days)
        if self.cron and self.duration:
            return Cron(self.cron, self.duration, days)
        if self.start and self.end:
            return Span(self.start, self.end)
        if self.start and self.duration:
            return Lasting(self.start, self.duration)
        raise AssertionError("`misfits` lets no schedule without a rule pass")

    def _days_in(self, experiment: Experiment | None) -> StartDays:
        if not isinstance(self.days, ExperimentDays):
            return self.days or EVERY_DAY
        if experiment is None:
            raise AssertionError("`misfits` lets no days of an experiment pass without one")
        return self.days.dates(experiment.start)

    def _lights_in(self, experiment: Experiment | None) -> Lights:
        lights_on = self.lights_on or (experiment.lights_on if experiment else None)
        if lights_on is None:
            raise AssertionError("`misfits` lets no `zt` pass without `lights_on`")
        clock = self.lights or (experiment.lights if experiment else "fixed")
        return Lights(lights_on, clock, since=experiment.start if experiment else None)

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        return keys_time.misfits(written)
