"""What is remembered from pass to pass is what would be found anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.values import FULL_HD, HD, NOON
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import Roster
from thorsched.config.load import Loaded
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, asked, desired
from thorsched.engine.pauses import Pauses
from thorsched.engine.sources import View, resolve
from thorsched.engine.thinking import Thinking
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window, union

ZONE = ZoneInfo("Europe/Berlin")
RIG_A, RIG_B = "http://127.0.0.1:8000", "http://127.0.0.1:8001"
CAMERAS: dict[str, Any] = {
    "left": {"server": "a", "device": {"id": 0}, "capability": "jpeg 720p"},
    "right": {"server": "a", "device": {"name": "right*"}, "capability": "jpeg 720p"},
    "top": {"server": "b", "device": {"id": 0}, "capability": ["jpeg 1080p", "jpeg"]},
}


def at_s(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def span(start_s: int, end_s: int, *cameras: str, **more: object) -> dict[str, object]:
    start, end = (f"{at_s(seconds):%Y-%m-%dT%H:%M:%S}Z" for seconds in (start_s, end_s))
    return {"cameras": list(cameras) or "all", "from": start, "to": end, **more}


SCHEDULES: dict[str, Any] = {
    "first": span(0, 10),
    "second": span(12, 30, "left", "top"),
    "sharp": span(16, 22, "left", "right", capability="jpeg 1080p", priority=1),
    "ever": {"cameras": ["top"], "every": "1min", "for": "15s"},
}


def file(number: int, **more: Any) -> Loaded:
    servers = {"a": RIG_A, "b": RIG_B}
    blocks = {"servers": servers, "cameras": CAMERAS, "schedules": SCHEDULES} | more
    return Loaded(Config.model_validate(blocks), Path("rig.yaml"), f"{number}", "")


FILES = (
    file(0),
    file(1, about={"subject": "m042"}),
    file(
        2,
        cameras={c: spec for c, spec in CAMERAS.items() if c != "left"},
        schedules={"all": span(5, 25)},
    ),
    file(3, cameras=CAMERAS | {"left": CAMERAS["left"] | {"server": "b", "device": {"id": 1}}}),
    file(4, cameras=CAMERAS | {"left": CAMERAS["left"] | {"device": {"id": 1}}}),
    file(5, schedules=SCHEDULES | {"first": span(3, 11)}),
    file(6, servers={"a": {"url": RIG_A, "latency": "3s"}, "b": RIG_B}, lead="5s"),
    file(
        7,
        timezone="America/New_York",
        schedules=SCHEDULES | {"noon": {"cameras": "all", "daily": "07:00-07:01"}},
    ),
)
LEFT, RIGHT = Device(0, "left", (HD, FULL_HD)), Device(1, "right", (HD,))
VIEWS = (
    View(Roster.unknown()),
    View(Roster.unknown(), Trouble(Cause.SERVER_UNREACHABLE, "no route")),
    View(Roster.unknown().fold([LEFT, RIGHT], now_s=0.0)),
    View(Roster.unknown().fold([LEFT, RIGHT], now_s=0.0), Trouble(Cause.SERVER_UNREACHABLE, "")),
    View(Roster.unknown().fold([LEFT], now_s=0.0)),
    View(Roster.unknown().fold([LEFT, Device(1, "right", (HD, FULL_HD))], now_s=0.0)),
)


@dataclass(frozen=True)
class World:
    """What a pass looks at."""

    loaded: Loaded = FILES[0]
    views: Mapping[str, View] = field(default_factory=dict)
    seconds: float = 0.0
    until: datetime | None = None
    holes: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    latencies: Mapping[str, timedelta] = field(default_factory=dict)

    @property
    def horizon(self) -> Horizon:
        return Horizon(ZONE, self.until, Pauses(holes=self.holes))


cameras = st.sampled_from(list(CAMERAS))
spans = st.tuples(st.integers(0, 40), st.integers(1, 15)).map(
    lambda s: Window(at_s(s[0]), at_s(s[0] + s[1]))
)
news = st.one_of(
    st.fixed_dictionaries({"step_s": st.sampled_from([0.25, 1.0, 3.0, 20.0, -0.5, -7.0])}),
    st.fixed_dictionaries({"loaded": st.sampled_from(FILES)}),
    st.fixed_dictionaries(
        {"views": st.dictionaries(st.sampled_from([RIG_A, RIG_B]), st.sampled_from(VIEWS))}
    ),
    st.fixed_dictionaries({"until": st.none() | st.integers(0, 40).map(at_s)}),
    st.fixed_dictionaries(
        {"holes": st.dictionaries(cameras, st.lists(spans, min_size=1, max_size=2).map(union))}
    ),
    st.fixed_dictionaries(
        {
            "latencies": st.dictionaries(
                cameras, st.sampled_from([0.2, 4.0]).map(lambda s: timedelta(seconds=s))
            )
        }
    ),
)


def after(world: World, step_s: float = 0.0, **changes: Any) -> World:
    return replace(world, seconds=world.seconds + step_s, **changes)


@settings(max_examples=60)
@given(st.lists(news, min_size=5, max_size=30))
@example([{"step_s": 32.0}, {"latencies": {"top": timedelta(seconds=4)}}])  # in its tail again
def test_what_is_remembered_is_what_would_be_found_anew(changes: list[dict[str, Any]]) -> None:
    thinking, world = Thinking(), World(views={RIG_A: VIEWS[2], RIG_B: VIEWS[2]})
    for change in changes:
        world = after(world, **change)
        now, config = at_s(world.seconds), world.loaded.config
        seen: dict[str, Any] = {"now": now, "horizon": world.horizon, "latencies": world.latencies}
        resolved, found = thinking.think(world.loaded, world.views, **seen)
        anew = resolve(config, world.views, asked(config, **seen))
        assert resolved == anew
        assert found.wanted == desired(config, anew, revision=world.loaded.revision, **seen).wanted
        assert list(found.turns) == list(config.cameras)
        assert found.next_edge is None or now < found.next_edge


def test_what_is_as_it_was_is_the_same_object() -> None:
    thinking = Thinking()

    def pass_at(seconds: float, loaded: Loaded, views: Mapping[str, View]) -> Any:
        horizon = Horizon(ZONE)
        return thinking.think(loaded, views, now=at_s(seconds), horizon=horizon, latencies={})

    views = {RIG_A: VIEWS[2], RIG_B: VIEWS[2]}
    resolved, found = pass_at(1, FILES[0], views)
    roster = views[RIG_A].roster.fold([replace(RIGHT), replace(LEFT)], now_s=5.0)
    again = pass_at(2, FILES[0], views | {RIG_A: View(roster)})
    assert again[0] is resolved
    assert again[1] is found
    _, edited = pass_at(3, FILES[5], views)
    assert edited.wanted["left"] is not found.wanted["left"], "its revision is another"
    assert edited.turns["right"] is not found.turns["right"]
    _, unplugged = pass_at(3, FILES[5], views | {RIG_B: VIEWS[0]})
    assert unplugged.wanted["left"] is edited.wanted["left"]
    assert unplugged.wanted["top"] != edited.wanted["top"]
