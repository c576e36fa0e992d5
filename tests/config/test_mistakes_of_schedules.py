"""What is said, word by word, about times that are written in ways of their own."""

import pytest

from tests.config.files import RIGHT, complaints, with_schedule


@pytest.mark.parametrize(
    ("daily", "message"),
    [
        ("[]", "nothing stands here; write for instance 20:00-08:00"),
        ("[20:00, 08:00]", "a list stands here; write 20:00-08:00"),
        ("{from: 20:00, to: 08:00}", "a block of keys stands here; write 20:00-08:00"),
        (
            '"20:00-08:00, 09:00-10:00"',
            ("'20:00-08:00, 09:00-10:00' is not a daily time; write [20:00-08:00, 09:00-10:00]"),
        ),
        (
            "20:00",
            (
                "'20:00' is not a daily time; write when it starts and when it ends, "
                "such as 20:00-08:00"
            ),
        ),
        ("8pm-8am", "'8pm-8am' is not a daily time; write 20:00-08:00"),
        ("12am to 12 pm", "'12am to 12 pm' is not a daily time; write 00:00-12:00"),
        ("20.00-08.00", "'20.00-08.00' is not a daily time; write 20:00-08:00"),
        ("2000-0800", "'2000-0800' is not a daily time; write 20:00-08:00"),
        ("20:00..08:00", "'20:00..08:00' is not a daily time; write 20:00-08:00"),
        ("0-24", "'0-24' is not a daily time; write 00:00-24:00"),
        (
            "mon-fri 20:00-08:00",
            "'mon-fri 20:00-08:00' is not a daily time; write daily: 20:00-08:00 and days: mon-fri",
        ),
        ("20:00-25:00", "no clock shows 25:00; it goes from 00:00 to 23:59, and 24:00 ends a day"),
        (
            "true",
            (
                "'true' is not a daily time; write wall times on the 24-hour clock, "
                "such as 20:00-08:00 or 09:30-24:00"
            ),
        ),
    ],
)
def test_a_daily_time_in_other_words_is_shown_as_it_is_written(daily: str, message: str) -> None:
    assert complaints(with_schedule(f"{{cameras: all, daily: {daily}}}")) == [
        f"8:33: schedules.nights.daily: {message}"
    ]


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        (
            "segment: {time: 0s}",
            "8:17: segment.time: 0s is no time at all; write one from 1s to 1d",
        ),
        (
            "segment: {time: 0min}",
            "8:17: segment.time: 0min is no time at all; write one from 1s to 1d",
        ),
        ("segment: {time: 48h}", "8:17: segment.time: 48h is not from 1s to 1d"),
        ("segment: {time: 0}", "8:17: segment.time: 0 has no unit; write 1s or more"),
        ("lead: 0", "8:7: lead: 0 has no unit; write 0s or more"),
        ("lead: 60min", "8:7: lead: 60min is not from 0s to 10min"),
        ("segment: {size: 0GB}", "8:17: segment.size: 0GB is less than 1MB; write 1MB or more"),
    ],
)
def test_a_wrong_duration_or_size_is_repeated_as_it_is_written(line: str, mistake: str) -> None:
    assert complaints(f"{RIGHT}{line}\n") == [mistake]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("0s", "0s is no time at all; write one from 1s to 366d"),
        ("0", "0 has no unit; write 1s or more"),
    ],
)
def test_a_window_of_no_length_is_not_taken_for_a_missing_one(written: str, message: str) -> None:
    text = with_schedule(f'{{cameras: all, cron: "0 * * * *", for: {written}}}')
    assert complaints(text) == [f"8:50: schedules.nights.for: {message}"]


_MOMENT = "write 2026-11-24T09:00 (local time), or with Z or an offset such as +01:00"


@pytest.mark.parametrize(
    ("start", "end", "mistakes"),
    [
        (
            "2026-11-24T17:30",
            "2026-11-24 9:00",
            [
                (
                    "8:54: schedules.nights.to: `to` (2026-11-24 9:00) comes before "
                    "`from` (2026-11-24T17:30); swap them"
                )
            ],
        ),
        (
            "2026-11-24T09:00Z",
            "2026-11-24T09:00+01:00",
            [
                (
                    "8:55: schedules.nights.to: `to` (2026-11-24T09:00+01:00) comes before "
                    "`from` (2026-11-24T09:00Z); swap them"
                )
            ],
        ),
        (
            "2026-11-24T24:00",
            "2026-11-25T00:00",
            [
                (
                    "8:54: schedules.nights.to: `from` and `to` are the same moment; "
                    "to record without an end say `always: true`"
                )
            ],
        ),
        (
            "20261124T0900",
            "2026-11-25T09:00",
            [f"8:32: schedules.nights.from: '20261124T0900' is not a moment; {_MOMENT}"],
        ),
        (
            "2026-11-24T25:00",
            "2026-11-25T09:00",
            [
                (
                    "8:32: schedules.nights.from: no clock shows 25:00; "
                    "it goes from 00:00 to 23:59, and 24:00 ends a day"
                )
            ],
        ),
    ],
)
def test_a_wrong_moment_is_repeated_as_it_is_written(
    start: str, end: str, mistakes: list[str]
) -> None:
    assert complaints(with_schedule(f"{{cameras: all, from: {start}, to: {end}}}")) == mistakes


def test_always_false_is_told_how_a_schedule_is_switched_off() -> None:
    assert complaints(with_schedule("{cameras: all, always: false}")) == [
        (
            "8:34: schedules.nights.always: false says no time; "
            "write always: true, or to switch it off enabled: false"
        )
    ]
    beside = "{cameras: all, always: false, daily: 20:00-08:00}"
    assert complaints(with_schedule(beside)) == []


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ("24.12.2026", "'24.12.2026' is not a date or a range of dates; write 2026-12-24"),
        ("12/24/2026", "'12/24/2026' is not a date or a range of dates; write 2026-12-24"),
        ("20261224", "'20261224' is not a date; write 2026-12-24"),
        ("2026-12", "'2026-12' is not a date; write 2026-12-24"),
        (
            "2026-12-24 - 2026-12-26",
            (
                "'2026-12-24 - 2026-12-26' is not a date or a range of dates; "
                "write 2026-12-24..2026-12-26"
            ),
        ),
        (
            "3/4/2026",  # of April or of March
            (
                "'3/4/2026' is not a date or a range of dates; "
                "write 2026-12-24 or 2026-12-24..2026-12-26"
            ),
        ),
    ],
)
def test_a_date_in_another_order_is_shown_in_ours(dates: str, message: str) -> None:
    text = with_schedule(f"{{cameras: all, always: true, except: {dates}}}")
    assert complaints(text) == [f"8:48: schedules.nights.except: {message}"]


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("region: x", "8:1: region: there is no such key here; it takes version, timezone"),
        ("verses: x", "8:1: verses: there is no such key here; it takes version, timezone"),
        ("banana: x", "8:1: banana: there is no such key here; it takes version, timezone"),
        ("stroage: {}", "8:1: stroage: there is no such key here; did you mean 'storage'?"),
    ],
)
def test_a_bogus_key_is_not_taken_for_one_that_it_does_not_resemble(
    line: str, mistake: str
) -> None:
    [only] = complaints(f"{RIGHT}{line}\n")
    assert only.startswith(mistake)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("colour", "it takes cameras, always, from, to, daily, days, zt, lights_on, lights, cron"),
        ("fps", "write it into the selector, such as capability: jpeg 1280x720 @30fps"),
        ("disabled", "write enabled: false"),
        ("tz", "write timezone: Europe/Berlin"),
        ("dayly", "did you mean 'daily'?"),
    ],
)
def test_a_bogus_key_of_a_schedule_is_one_mistake(key: str, hint: str) -> None:
    rule = "20:00-08:00" if key == "dayly" else "x, always: true"
    [only] = complaints(with_schedule(f"{{cameras: all, {key}: {rule}}}"))
    assert only.startswith(f"8:26: schedules.nights.{key}: there is no such key here; {hint}")


@pytest.mark.parametrize(
    ("own", "mistake"),
    [
        (
            "priority: high",
            (
                "36: schedules.nights.priority: 'high' is no priority; "
                "write a whole number such as 10, 0 is usual"
            ),
        ),
        (
            "priority: 1.5",
            (
                "36: schedules.nights.priority: 1.5 is no priority; "
                "write a whole number such as 10, 0 is usual"
            ),
        ),
        ("prio: 10", "26: schedules.nights.prio: there is no such key here; write priority: 10"),
        (
            "capability: 1280by720",
            (
                "38: schedules.nights.capability: '1280by720' is not a term of a selector; "
                "write '1280x720'"
            ),
        ),
        (
            "segment: 1min",
            "35: schedules.nights.segment: '1min' stands here instead of keys; write {time: 5min}",
        ),
        (
            "segment: {time: 0s}",
            "42: schedules.nights.segment.time: 0s is no time at all; write one from 1s to 1d",
        ),
        (
            "storage: {root: ./x}",
            (
                "36: schedules.nights.storage.root: is the whole file's: one root has one journal; of a "
                "schedule's own is the template alone: {template: \"{camera}/bursts/{date}/"
                '{camera}_{start}"}'
            ),
        ),
        (
            'storage: "{camera}/x/{start}"',
            (
                "35: schedules.nights.storage: '{camera}/x/{start}' stands here instead of keys; "
                'write {template: "{camera}/x/{start}"}'
            ),
        ),
        (
            'storage: {template: "{camera}/x"}',
            (
                "46: schedules.nights.storage.template: '{camera}/x' lacks {start}: without it two "
                "recordings have one name"
            ),
        ),
    ],
)
def test_a_mistake_in_what_a_schedule_overrides_is_told_in_its_place(
    own: str, mistake: str
) -> None:
    block = f"{{cameras: all, {own}, always: true}}"
    assert complaints(with_schedule(block)) == [f"8:{mistake}"]


def test_a_schedule_that_stands_outside_is_known_by_its_times_whatever_else_it_has() -> None:
    text = f"{RIGHT}bursts: {{cameras: all, always: true, capability: jpeg}}\n"
    [only] = complaints(text)
    assert "bursts: is a schedule, but stands outside of `schedules:`" in only
