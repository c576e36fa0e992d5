"""What may surprise whoever wrote a file: a case a line, with what stands in it and what is said.

It is 2026-03-01, 7 o'clock in New York, where clocks go forward on 2026-03-08 and back on
2026-11-01.
"""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from thorsched.config.load import load_bytes
from thorsched.foresight.lint import lint

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILE = """
version: 1
timezone: America/New_York
server: http://127.0.0.1:1
storage: {{root: recordings}}
{more}
cameras: {{side: {{device: {{id: 0}}, capability: jpeg 720p}}}}
schedules:
  night: {{cameras: [side], {schedule}}}
"""
SHORT = "segment: {time: 1s}"  # shorter than every window

CASES: tuple[tuple[str, str, str, list[str]], ...] = (
    ("a night that clocks shorten and stretch", "daily: 20:00-08:00", SHORT, [
        ("information: schedules.night: clocks in America/New_York change within its "
        "window: that of Sat 2026-03-07 is 11h, not 12h, that of Sat 2026-10-31 is "
        "13h, not 12h"),
    ]),
    ("a night whose dates end before clocks change", "daily: 20:00-08:00, only: 2026-03-01..2026-03-05", SHORT, []),
    ("a night that a date takes away when clocks change", "daily: 20:00-08:00, except: [2026-03-08, 2026-11-01]", SHORT, []),
    ("a night that is not begun when clocks change", ("daily: 20:00-08:00, mode: skip_starts, "
     "except: [2026-03-07, 2026-10-31]"), SHORT, []),
    ("a window that clocks skip on a date that is taken away", "daily: 02:10-02:50, except: 2026-03-08", SHORT, []),
    ("a cron at a time that clocks skip on a date that is taken away", 'cron: "30 2 * * *", for: 10min, except: 2026-03-08', SHORT, []),
    ("lights that change when nothing is recorded any more", "zt: 12-14, lights_on: 07:00, only: 2026-03-01..2026-03-05", SHORT, []),
    ("a window that clocks skip", "daily: 02:10-02:50", SHORT, [
        ("warning: schedules.night: clocks in America/New_York skip its time on Sun "
        "2026-03-08: nothing is recorded then"),
    ]),
    ("one of two windows that clocks skip", "daily: [02:10-02:50, 04:00-05:00]", SHORT, [
        ("warning: schedules.night: clocks in America/New_York skip its time on Sun "
        "2026-03-08: nothing is recorded then"),
    ]),
    ("a window that begins where clocks skip", "daily: 02:30-05:00", SHORT, [
        ("information: schedules.night: clocks in America/New_York change within its "
        "window: that of Sun 2026-03-08 is 2h, not 2h 30min"),
    ]),
    ("a window in the hour that comes twice", "daily: 01:30-01:45", SHORT, [
        ("information: schedules.night: clocks in America/New_York change within its "
        "window: that of Sun 2026-11-01 is 1h 15min, not 15min"),
    ]),
    ("a day without a change of clocks", "daily: 09:00-17:00", SHORT, []),
    ("a cron at a time that clocks skip", 'cron: "30 2 * * *", for: 10min', SHORT, [
        ("information: schedules.night: clocks in America/New_York skip 02:30 on Sun "
        "2026-03-08 (it starts at 03:00)"),
    ]),
    ("a cron at all hours", 'cron: "0 * * * *", for: 10min', SHORT, []),
    ("a span over a change of clocks", "from: 2026-03-07T20:00, to: 2026-03-08T20:00", SHORT, [
        ("information: schedules.night: clocks in America/New_York change within its "
        "window: that of Sat 2026-03-07 is 23h, not 1d"),
    ]),
    ("a span with offsets", "from: 2026-03-07T20:00Z, to: 2026-03-08T20:00Z", SHORT, []),
    ("lights that keep to standard time", "zt: 12-14, lights_on: 07:00", SHORT, [
        ("information: schedules.night.lights_on: lights keep to one offset from UTC: in "
        "America/New_York they go on at 07:00, from Sun 2026-03-08 on 08:00, from Sun"
        " 2026-11-01 on 07:00; lights: wall_clock lets them follow"),
    ]),
    ("lights that follow the clocks", "zt: 12-14, lights_on: 07:00, lights: wall_clock", SHORT, []),
    ("lights that follow the clocks, at night", "zt: 16-22, lights_on: 07:00, lights: wall_clock", SHORT, [
        ("information: schedules.night: clocks in America/New_York change within its "
        "window: that of Sat 2026-03-07 is 5h, not 6h, that of Sat 2026-10-31 is 7h, "
        "not 6h"),
    ]),
    ("lights in a zone without a change", "zt: 12-14, lights_on: 07:00, timezone: UTC", SHORT, []),
    ("over", "from: 2026-02-01T09:00, to: 2026-02-02T09:00", SHORT, [
        ("warning: schedules.night: is over since Mon 2026-02-02 09:00 "
        "(America/New_York)"),
    ]),
    ("over for", "from: 2026-02-01T09:00, for: 48h", SHORT, [
        ("warning: schedules.night: is over since Tue 2026-02-03 09:00 "
        "(America/New_York)"),
    ]),
    ("over every", "every: 2h, for: 10min, from: 2026-02-01T09:00, to: 2026-02-10T09:00", SHORT, [
        ("warning: schedules.night: is over since Tue 2026-02-10 07:10 "
        "(America/New_York)"),
    ]),
    ("over only", "always: true, only: 2026-02-01", SHORT, [
        ("warning: schedules.night: is over since Mon 2026-02-02 00:00 "
        "(America/New_York)"),
    ]),
    ("begun", "from: 2026-02-01T09:00, to: 2026-03-02T09:00", SHORT, [
        ("information: schedules.night: began Sun 2026-02-01 09:00: what is past of it"
        " is not made up"),
    ]),
    ("begun for", "from: 2026-02-28T09:00, for: 48h", SHORT, [
        ("information: schedules.night: began Sat 2026-02-28 09:00: what is past of it"
        " is not made up"),
    ]),
    ("a mistyped year of an exception", "daily: 09:00-17:00, except: [2025-12-24..2025-12-26]", SHORT, [
        ("warning: schedules.night: all dates of `except` are past, the last is Fri "
        "2025-12-26: nothing is left out"),
    ]),
    ("exceptions of which one is to come", "daily: 09:00-17:00, except: [2025-12-24, 2026-12-24]", SHORT, []),
    ("only in the past", "daily: 09:00-17:00, only: 2026-01-01..2026-01-31", SHORT, [
        ("warning: schedules.night: is over since Sat 2026-01-31 17:00 "
        "(America/New_York)"),
    ]),
    ("days of the experiment that are over", "daily: 09:00-17:00, days: day 1-3", SHORT + "\nexperiment: {start: 2026-02-20, days: 14}", [
        "information: experiment: today is day 10 of 14",
        ("warning: schedules.night: is over since Sun 2026-02-22 17:00 "
        "(America/New_York)"),
    ]),
    ("a schedule that goes on after the experiment", "daily: 09:00-17:00", SHORT + "\nexperiment: {start: 2026-02-20, days: 14}", [
        "information: experiment: today is day 10 of 14",
        ("information: experiment: goes on after its last day, Thu 2026-03-05: night; "
        "only: 2026-02-20..2026-03-05 would end that"),
    ]),
    ("an experiment to come", "daily: 09:00-17:00, days: day 1", SHORT + "\nexperiment: {start: 2026-03-20}", [
        "information: experiment: begins in 19 days, on Fri 2026-03-20",
    ]),
    ("an experiment that is over", "daily: 09:00-17:00, only: 2026-03-02", SHORT + "\nexperiment: {start: 2026-02-01, days: 14}", [
        "information: experiment: is over: day 14 was Sat 2026-02-14",
        ("information: experiment: goes on after its last day, Sat 2026-02-14: night; "
        "only: 2026-02-01..2026-02-14 would end that"),
    ]),
    ("every, never", "every: 2h, for: 10min, only: 2026-01-02", SHORT, [
        ("warning: schedules.night: is over since Fri 2026-01-02 22:10 "
        "(America/New_York)"),
    ]),
    ("a segment longer than every window", "every: 2h, for: 10min", "segment: {time: 1h}", [
        ("information: cameras.side: segment.time, 1h, is longer than its longest "
        "window, 10min: there is one file a window"),
    ]),
    ("a schedule's own segment, longer than its windows", ("always: true}\n"
     "  burst: {cameras: all, cron: '0 * * * *', for: 10min, segment: {time: 20min}"), SHORT, [
        ("information: schedules.burst: segment.time, 20min, is longer than its longest window, "
        "10min: there is one file a window"),
    ]),
    ("a segment as long as every window", "every: 2h, for: 10min", "segment: {time: 10min}", []),
    ("two capabilities at once", ("always: true, capability: jpeg @5fps}\n"
     "  burst: {cameras: all, daily: 08:00-09:00, capability: jpeg @60fps"), SHORT, [
        ("problem: schedules.burst: from Sun 2026-03-01 08:00 on: burst differs on "
        "`capability` of side, and has the same priority (0): night is obeyed, as it stands "
        "first; write priority: 1 in the one that is to be"),
    ]),
    ("two capabilities by priority", ("always: true, capability: jpeg @5fps}\n"
     "  burst: {cameras: all, daily: 08:00-09:00, priority: 1, capability: jpeg @60fps"),
     SHORT, []),
    ("two capabilities one after the other", ("daily: 09:00-10:00, capability: jpeg @5fps}\n"
     "  burst: {cameras: all, daily: 08:00-09:00, capability: jpeg @60fps"), SHORT, []),
    ("a priority over nothing", "daily: 09:00-17:00, priority: 10", SHORT, [
        ("warning: schedules.night: its priority decides nothing: it has no capability, segment "
        "or storage"),
    ]),
    ("always", "always: true", "", []),
    ("off", "always: true, enabled: false", "", [
        "information: schedules.night: is switched off: enabled is false",
    ]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("schedule", "more", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_surprises_is_said(schedule: str, more: str, said: list[str]) -> None:
    content = FILE.format(schedule=schedule, more=more).encode()
    config = load_bytes(content, Path("recordings.yaml")).config
    found = lint(config, now=NOW, zone=ZoneInfo("UTC"))
    assert [f"{one.verdict.value}: {one.subject}: {one.detail}" for one in found] == said


TWO, ONE = "[jpeg 1080p, jpeg 720p]", "jpeg 720p"
BURSTS = 'bursts: {cameras: [side], cron: "0 * * * *", for: 10min, capability: jpeg 480p}'
SECONDS_APART = "daily: [00:00:00-11:59:59, 12:00:01-23:59:59]"


@pytest.mark.parametrize(
    ("schedule", "capability", "more", "is_said"),
    [
        ("always: true", TWO, "", True),
        ("always: true", ONE, "", False),
        ("always: true", f"{TWO}, upgrade: at_once", "", False),
        ("daily: 00:00-24:00", TWO, "", True),
        (SECONDS_APART, TWO, "", True),
        ("daily: 00:00-23:59", TWO, "", False),
        ("daily: 20:00-08:00", TWO, "", False),
        ("from: 2020-01-01T00:00, to: 2026-04-01T00:00", TWO, "", True),
        ("from: 2026-03-02T00:00, to: 2026-03-03T00:00", TWO, "", False),
        ("always: true", TWO, BURSTS, False),  # its recorder ends with each of them
        ("always: true", ONE, f"day: {{cameras: [side], always: true, capability: {TWO}}}", True),
        ("always: true, enabled: false", TWO, "", False),
    ],
)
def test_a_better_selector_that_would_wait_for_ever_is_told(
    schedule: str,
    capability: str,
    more: str,
    is_said: bool,  # noqa: FBT001 - a row of the table
) -> None:
    text = FILE.format(schedule=schedule, more=SHORT).replace("jpeg 720p", capability, 1)
    config = load_bytes(f"{text}  {more}\n".encode(), Path("recordings.yaml")).config
    found = lint(config, now=NOW, zone=ZoneInfo("UTC"))
    said = [one.detail for one in found if one.subject == "cameras.side.upgrade"]
    assert len(said) == is_said
    assert all("upgrade: at_once" in one for one in said)
