"""The block of the file that says when: schedules.

A part of `models.py`, which says how it is built and by whom it is read; what `blocks.py` says of
its models holds here, too. Knows no clock, and no zone but the name of one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from thorsched.config import references
from thorsched.config.days import EVERY_DAY
from thorsched.config.fields import Truth, WindowTime
from thorsched.config.fields_time import (
    Cameras,
    CronText,
    DailyTimes,
    Days,
    Exceptions,
    Mode,
    Moment,
    Zone,
)
from thorsched.config.problems import FileModel, Problem
from thorsched.config.rules import Always, Cron, Daily, Rule, Span


class Schedule(FileModel):
    """When some cameras record: one of `always`, `from` with `to`, `daily`, `cron` with `for`."""

    example = "{cameras: all, daily: 20:00-08:00}"
    misnomers = (
        dict.fromkeys(("start", "begin"), "from: 2026-11-24T09:00")
        | dict.fromkeys(("end", "until", "stop"), "to: 2026-11-24T17:30")
        | dict.fromkeys(("time", "times", "hours"), "daily: 20:00-08:00")
        | {
            "duration": "for: 10min",
            "disabled": "enabled: false",
            "tz": "timezone: Europe/Berlin",
            "weekdays": "days: mon-fri",
            "exceptions": "except: [2026-12-24]",
        }
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
        description="From one wall time to another, every day; past midnight where the second is "
        "not later. 24:00 is the end of a day.",
        examples=["20:00-08:00"],
    )
    days: Days | None = Field(
        None,
        description="The days on which `daily` starts, if not every day: mon-fri, or mon,wed, or a "
        "list of these.",
        examples=["mon-fri"],
    )
    cron: CronText | None = Field(
        None,
        description="Starts, in cron's five fields: minute hour day-of-month month day-of-week "
        "(0 is Sunday).",
        examples=["0 * * * *"],
    )
    duration: WindowTime | None = Field(
        None,
        alias="for",
        description="How long each window of `cron` is, in elapsed time.",
        examples=["10min"],
    )
    exceptions: Exceptions = Field(
        (),
        alias="except",
        description="Local dates, or ranges of them, on which nothing is recorded: 2026-12-24, "
        "2026-12-24..2026-12-26. Both ends are included.",
        examples=[["2026-12-24..2026-12-26"]],
    )
    mode: Mode = Field(
        "clip",
        description="What `except` takes away: clip is the time from 00:00 to 24:00 of its dates, "
        "skip_starts the whole windows that start on them.",
    )
    timezone: Zone | None = Field(
        None, description="The zone of this schedule's times, where it is not the file's."
    )
    enabled: Truth = Field(
        default=True, description="Whether it counts; false is as if it were not there."
    )

    @property
    def rule(self) -> Rule:
        """What it says of time, by whichever of its keys."""
        if self.always:
            return Always()
        if self.daily:
            return Daily(*self.daily, self.days or EVERY_DAY)
        if self.start and self.end:
            return Span(self.start, self.end)
        if self.cron and self.duration:
            return Cron(self.cron, self.duration)
        raise AssertionError("`misfits` lets no schedule without a rule pass")

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        return references.rule_misfits(written)
