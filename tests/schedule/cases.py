"""Rules, each said twice: for thorsched, and for the oracle."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from tests.schedule import oracle
from tests.schedule.oracle import DAY, ORDINAL_1970, Almanac, Crontab, Days, Marks
from thorsched.config.rules import Cron, Daily, Every, Lasting, Mode, Rule, Zeitgeber
from thorsched.config.times import Dates, WallTime, WallTimes
from thorsched.config.zeitgeber import Lights, LightsOn, ZeitgeberTimes

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EVERY = frozenset(range(7))
WORKDAYS = frozenset(range(5))


@dataclass(frozen=True)
class Case:
    """A rule for thorsched, and the same for the oracle, which is told the days that count."""

    rule: Rule
    text: str
    said: Callable[[Almanac, Days], Marks]

    def __str__(self) -> str:
        return self.text

    def marks(
        self, book: Almanac, exceptions: Dates = (), mode: Mode = "clip", only: Dates = ()
    ) -> Marks:
        """The minutes that are wanted, in the words of the oracle."""
        excepted, left = oracle.days_of(exceptions), oracle.days_of(only)
        if mode == "skip_starts":
            return self.said(book, lambda day: day not in excepted and (not only or day in left))
        marks = oracle.without_dates(book, self.said(book, lambda _: True), excepted)
        return oracle.within_dates(book, marks, left) if only else marks


def daily(*times: tuple[int, int], days: Iterable[int] = EVERY) -> Case:
    """From minute to minute of a day, on some days of the week."""
    walls = tuple(WallTimes(wall_time(start), wall_time(end)) for start, end in times)
    week = frozenset(days)

    def said(book: Almanac, counts: Days) -> Marks:
        return oracle.daily(book, times, lambda day: oracle.weekday(day) in week and counts(day))

    return Case(Daily(walls, week), ", ".join(map(str, walls)), said)


def cron(tab: Crontab, length: int) -> Case:
    return Case(
        Cron(tab.expression, length * MINUTE),
        f"{tab.expression} for {length}min",
        lambda book, counts: oracle.cron(book, tab, length, counts),
    )


def every(period: int, length: int, days: Iterable[int] = EVERY) -> Case:
    """From each midnight on, in minutes of elapsed time."""
    week = frozenset(days)
    return Case(
        Every(period * MINUTE, length * MINUTE, days=week),
        f"every {period}min for {length}min",
        lambda book, counts: oracle.every(
            book, period, length, lambda day: oracle.weekday(day) in week and counts(day)
        ),
    )


def every_from(period: int, length: int, start: datetime, end: datetime | None = None) -> Case:
    """From a moment on, aware, until another."""
    return Case(
        Every(period * MINUTE, length * MINUTE, start, end),
        f"every {period}min for {length}min from {start:%m-%d}",
        lambda book, counts: oracle.every_from(book, period, length, (start, end), counts),
    )


def lasting(start: datetime, length: int) -> Case:
    """Once, from a naive moment."""
    return Case(
        Lasting(start, length * MINUTE),
        f"{start:%m-%d %H:%M} for {length}min",
        lambda book, counts: oracle.lasting(book, _wall(start), length, counts),
    )


def zeitgeber(
    *times: tuple[float, float], lights_on: int = 7 * 60, lights: Lights | None = None
) -> Case:
    """Hours since lights-on, at a minute of the day of the lights' own clock."""
    own = tuple(ZeitgeberTimes(start * HOUR, end * HOUR) for start, end in times)
    clock = replace(lights or Lights(LightsOn(WallTime(0))), on=LightsOn(wall_time(lights_on)))
    pairs = [
        (int(lights_on + start * 60) % DAY, round((end - start) % 24 * 60)) for start, end in times
    ]

    def said(book: Almanac, counts: Days) -> Marks:
        if clock.clock == "wall_clock":
            walls = [(start, (start + length) % DAY) for start, length in pairs]
            return oracle.daily(book, walls, counts)
        offset = book.offset_on(_wall_day(clock.since), lights_on) if clock.since else None
        return oracle.on_fixed_clock(book, pairs, offset, counts)

    return Case(Zeitgeber(own, clock), f"zt {', '.join(map(str, own))} {clock.clock}", said)


def wall_time(minute_of_day: int) -> WallTime:
    return WallTime(minute_of_day // 60, minute_of_day % 60)


def _wall_day(day: date) -> int:
    return day.toordinal() - ORDINAL_1970


def _wall(moment: datetime) -> int:
    return _wall_day(moment.date()) * DAY + moment.hour * 60 + moment.minute


@st.composite
def cases(draw: st.DrawFn, year: int) -> Case:
    """Any rule; most near the hours in which clocks change."""
    times = st.one_of(st.integers(0, 240), st.integers(0, DAY - 1))
    pairs = st.tuples(times, st.one_of(times, st.just(DAY))).filter(lambda pair: pair[0] != pair[1])
    week = st.frozensets(st.integers(0, 6), min_size=1)
    match draw(st.integers(0, 5)):
        case 0 | 1:
            return daily(*draw(st.lists(pairs, min_size=1, max_size=3)), days=draw(week))
        case 2:
            return cron(draw(crontabs()), draw(st.integers(1, 2 * DAY)))
        case 3:
            period = draw(st.integers(20, DAY))
            return every(period, draw(st.integers(1, period - 1)), draw(week))
        case 4:
            period = draw(st.integers(20, 3 * DAY))
            start = datetime(year, 1, 1, tzinfo=UTC) + draw(st.integers(0, 300 * DAY)) * MINUTE
            end = start + draw(st.integers(1, 300 * DAY)) * MINUTE
            return every_from(
                period, draw(st.integers(1, period - 1)), start, draw(st.sampled_from([None, end]))
            )
        case _:
            hours = st.integers(0, 47).map(lambda half: half / 2)
            spans = st.tuples(hours, hours).filter(lambda pair: pair[0] != pair[1])
            first = date(year, 1, 1) + timedelta(days=draw(st.integers(0, 364)))
            return zeitgeber(
                *draw(st.lists(spans, min_size=1, max_size=3)),
                lights_on=draw(times),
                lights=Lights(
                    LightsOn(WallTime(0)),
                    draw(st.sampled_from(["fixed", "wall_clock"])),
                    draw(st.sampled_from([None, first])),
                ),
            )


@st.composite
def crontabs(draw: st.DrawFn) -> Crontab:
    minutes, minute_text = draw(fields(range(60)))
    hours, hour_text = draw(fields(range(24)))
    days, day_text = draw(fields(range(1, 32)))
    week, week_text = draw(fields(range(7)))
    return Crontab(
        expression=f"{minute_text} {hour_text} {day_text} * {week_text}",
        minutes=minutes,
        hours=hours,
        days=days,
        weekdays=frozenset((day - 1) % 7 for day in week),
        both_passes=minute_text.startswith("*") or hour_text.startswith("*"),
        either_day=not day_text.startswith("*") and not week_text.startswith("*"),
    )


@st.composite
def fields(draw: st.DrawFn, values: range) -> tuple[frozenset[int], str]:
    step = draw(st.integers(1, 20))
    listed = draw(st.frozensets(st.sampled_from(values), min_size=1, max_size=4))
    return draw(
        st.sampled_from(
            [
                (frozenset(values), "*"),
                (frozenset(values[::step]), f"*/{step}"),
                (listed, ",".join(map(str, sorted(listed)))),
            ]
        )
    )


def dates_in(year: int) -> st.SearchStrategy[Dates]:
    """Ranges of dates: of the days around which clocks change, and of any other."""
    first_day = date(year, 1, 1).toordinal()
    days = st.one_of(*(st.integers(n, n + 10) for n in (62, 84, 90, 276, 294, 303, 358)),
                     st.integers(0, 364))  # fmt: skip
    ranges = st.tuples(days, st.integers(0, 5)).map(
        lambda pair: (
            date.fromordinal(first_day + pair[0]),
            date.fromordinal(first_day + sum(pair)),
        )
    )
    return st.lists(ranges, max_size=4).map(tuple)
