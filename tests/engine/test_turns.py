"""What schedules want of a camera around a moment, and for how long that holds."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.values import NOON
from thorsched.config.models import Config
from thorsched.engine.desired import timetables
from thorsched.engine.turns import Sight, Timetables, turn_of
from thorsched.schedule.intervals import Window, union

ZONE = ZoneInfo("UTC")


def at_s(seconds: float) -> Any:
    return NOON + timedelta(seconds=seconds)


def text(seconds: int) -> str:
    return f"{at_s(seconds):%Y-%m-%dT%H:%M:%S}Z"


def tables(*rules: dict[str, Any]) -> Timetables:
    config = Config.model_validate(
        {
            "cameras": {"side": {"device": {"id": 0}, "capability": "jpeg 720p"}},
            "schedules": {f"s{n}": {"cameras": "all"} | rule for n, rule in enumerate(rules)},
        }
    )
    return timetables(config, "side", ZONE)


spans = st.tuples(st.integers(0, 20), st.integers(1, 6)).map(
    lambda s: {"from": text(s[0]), "to": text(s[0] + s[1])}
)
settings_of = st.sampled_from(
    [{}, {"capability": "jpeg 1080p", "priority": 1}, {"segment": {"time": "2min"}, "priority": 2}]
)
rules = st.lists(st.tuples(spans, settings_of).map(lambda r: r[0] | r[1]), min_size=1, max_size=4)
holes = st.lists(
    st.tuples(st.integers(0, 25), st.integers(1, 6)).map(
        lambda s: Window(at_s(s[0]), at_s(s[0] + s[1]))
    ),
    max_size=2,
).map(union)
sights = st.builds(
    Sight,
    before=st.sampled_from([0, 3, 7]).map(lambda s: timedelta(seconds=s)),
    after=st.sampled_from([0.75, 1, 4]).map(lambda s: timedelta(seconds=s)),
    holes=holes,
    until=st.none() | st.integers(0, 30).map(at_s),
)
moments = st.integers(-40, 120).map(lambda quarters: quarters / 4)


SEAM = [{"from": text(0), "to": text(10)}, {"from": text(12), "to": text(20)}]
USUAL = Sight(timedelta(seconds=3), timedelta(seconds=1))


@settings(max_examples=60)
@given(rules, sights, moments)
@example(SEAM, USUAL, 9.5)
def test_a_turn_is_what_is_wanted_at_every_moment_that_it_holds(
    written: list[dict[str, Any]], sight: Sight, seconds: float
) -> None:
    own = tables(*written)
    turn = turn_of(own, sight, now=at_s(seconds))
    assert turn.holds(at_s(seconds))
    for later in (seconds + quarters / 4 for quarters in range(60)):
        found = turn_of(own, sight, now=at_s(later))
        alike = (found.window, found.part) == (turn.window, turn.part)
        assert alike or not turn.holds(at_s(later)), f"{later} s: {turn} {found}"


@given(rules, sights, moments)
def test_nothing_that_is_to_come_holds_up_a_turn(
    written: list[dict[str, Any]], sight: Sight, seconds: float
) -> None:
    turn = turn_of(tables(*written), sight, now=at_s(seconds))
    if turn.next_edge is not None:
        assert turn.until is not None
        assert turn.since < turn.until <= turn.next_edge
    assert (turn.part is None) == (turn.window is None)


def test_a_turn_does_not_hold_before_it_was_looked_at() -> None:
    turn = turn_of(tables({"always": True}), Sight(timedelta(0), timedelta(0)), now=NOON)
    assert turn.until is None
    assert turn.holds(NOON)
    assert not turn.holds(NOON - timedelta.resolution)
