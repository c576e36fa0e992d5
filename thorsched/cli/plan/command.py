"""`thorsched plan FILE`: what would change, and what is to come, read before leaving.

Asks the servers, reads the journal of the root, and changes nothing.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tzlocal import get_localzone

from thorsched.base.clock import SystemClock
from thorsched.base.errors import ConfigError, MachineError
from thorsched.cli.console import show_table
from thorsched.cli.exits import ExitCode
from thorsched.cli.plan.days import calendar_text
from thorsched.cli.plan.disk import disk_text
from thorsched.cli.plan.forms import as_object
from thorsched.cli.plan.keep import show_keeping
from thorsched.cli.plan.text import show_difference
from thorsched.cli.written import say_written
from thorsched.config.load import Loaded, load
from thorsched.foresight.disk.departures import Keeping, keeping
from thorsched.foresight.disk.filling import filling
from thorsched.foresight.disk.fullness import Filling
from thorsched.foresight.disk.state import look
from thorsched.foresight.foreseen import Foresight, foresee
from thorsched.foresight.patience import Patience
from thorsched.foresight.rates import remembered
from thorsched.foresight.running import running_of
from thorsched.foresight.views import views_of
from thorsched.report.period import ahead
from thorsched.schedule.intervals import Window

NO_RULES = "the file has no `keep` and no `offload` with `then: delete`"


@dataclass(frozen=True, slots=True)
class Typed:
    """Of which time, as it was typed."""

    start: str | None = None
    end: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Prospect:
    """All that is seen of a file and the world, before anything happens."""

    seen: Foresight
    kept: Keeping
    disk: Filling


def plan(path: Path, typed: Typed, *, as_json: bool, one_by_one: bool, picture: Path | None) -> int:
    """Print what a file would do, and draw it; return the exit code.

    Raises `ConfigError` whatever is wrong, as 2 says that something would change.
    """
    try:
        prospect = _look(load(path), typed, SystemClock().now(), get_localzone())
        if picture is not None:
            from thorsched.cli.plan.picture import write_picture  # noqa: PLC0415 - with Jinja2

            course = prospect.disk.course
            write_picture(prospect.seen, course.full if course else None, picture)
    except MachineError as error:
        raise ConfigError(str(error)) from error
    show(prospect, as_json=as_json, one_by_one=one_by_one)
    if picture is not None:
        say_written("picture", picture, beside_data=as_json)
    return ExitCode.CHANGES if prospect.seen.changes else ExitCode.DONE


def show(prospect: Prospect, *, as_json: bool, one_by_one: bool) -> None:
    """Print it on stdout."""
    seen, kept, disk = prospect.seen, prospect.kept, prospect.disk
    if as_json:
        print(json.dumps(as_object(seen, kept, disk), indent=2))
        return
    zone, experiment = seen.calendar.zone, seen.loaded.config.experiment
    show_difference(seen)
    print()
    show_table(calendar_text(seen.calendar, experiment, one_by_one=one_by_one))
    print()
    show_table(disk_text(disk, zone, last=seen.calendar.between.end.astimezone(zone).date()))
    print()
    show_keeping(kept, zone)


def _look(loaded: Loaded, typed: Typed, now: datetime, machine: ZoneInfo) -> Prospect:
    config = loaded.config
    between = _between(typed, config.zone or machine, now)
    patience = Patience()
    found = running_of(loaded, patience=patience)
    looked = look(config, patience=patience)
    old = (found.running.loaded.config,) if found.running else ()
    views = views_of(config, *old)
    ahead_of_now = max(between.end - now, timedelta(0))
    kept = keeping(config, now=now, ahead=ahead_of_now, patience=patience) or Keeping(
        None, NO_RULES
    )
    rate_of = remembered(looked.samples)
    return Prospect(
        foresee(loaded, found, views, now=now, zone=machine, between=between, rate_of=rate_of),
        kept,
        filling(config, views, looked, stock=kept.stock, now=now, zone=machine),
    )


def _between(typed: Typed, zone: ZoneInfo, now: datetime) -> Window:
    try:
        return ahead(typed.start, typed.end, typed.days, zone, now)
    except ValueError as error:
        raise ConfigError(str(error)) from error
