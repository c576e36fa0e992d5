"""What an edit does to each camera, told before it is made: it is what the loop does."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.plain import PlainRecorders
from tests.foresight.labs import (
    DEAF,
    HORIZON,
    NIGHT,
    NOON,
    SELECTOR,
    VIEWS,
    Written,
    camera,
    edited,
    lab,
    of_side,
)
from tests.support.clocks import FakeClock
from thorsched.catalogue.applied import Effect
from thorsched.config.models import Config
from thorsched.engine.desired import asked, desired
from thorsched.engine.plan import plan
from thorsched.engine.sources import View, resolve
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.reload.difference import Situation, difference

FULL_HD = "jpeg 1920x1080 @30fps"
NOT_THERE = "cannot be recorded as things are: no such device: no device fits id 7"


@pytest.mark.parametrize(
    ("new", "effect", "reason"),
    [
        (
            lab(camera(capability=FULL_HD)),
            Effect.REPLACED,
            f"capability: {SELECTOR} -> {FULL_HD}",
        ),
        (
            lab(camera(capability="jpeg <=1280x720 @30fps")),
            Effect.IN_PLACE,
            f"capability: {SELECTOR} -> jpeg <=1280x720 @30fps, which chooses the same",
        ),
        (
            lab({"device": {"name": "left"}, "capability": SELECTOR}),
            Effect.IN_PLACE,
            "device: id 0 -> name 'left', the same device",
        ),
        (
            lab(cameras={"side": camera(1), "top": camera(0)}),
            Effect.REPLACED,
            "device: id 0 -> id 1",
        ),
        (lab(camera(7)), Effect.STOPPED, f"{NOT_THERE}; the server offers 0 'left', 1 'right'"),
        (lab(segment={"time": "5min"}), Effect.FOLLOWED, "segment.time: 10min -> 5min"),
        (
            lab(camera(segment={"size": "1GB"})),
            Effect.FOLLOWED,
            "segment.size: 2GB -> 1GB",
        ),
        (lab(lead="5s"), Effect.IN_PLACE, "lead: 3s -> 5s"),
        (lab(about={"subject": "m1"}), Effect.IN_PLACE, "about.subject: not set -> m1"),
        (lab(camera(hold=True)), Effect.IN_PLACE, "hold: false -> true"),
        (
            lab(nights={"daily": "21:00-08:00"}),
            Effect.IN_PLACE,
            "schedule nights: daily 20:00-08:00 -> 21:00-08:00",
        ),
        (
            lab(nights={"except": ["2026-12-24"]}),
            Effect.IN_PLACE,
            "schedule nights: except not set -> 2026-12-24",
        ),
        (
            lab(nights={"cameras": ["top"]}),
            Effect.STOPPED,
            "schedule nights (daily 20:00-08:00) has it no longer",
        ),
        (
            lab(nights={"capability": FULL_HD}),
            Effect.REPLACED,
            f"schedule nights: capability not set -> {FULL_HD}",
        ),
        (
            lab(nights={"segment": {"time": "5min"}}),
            Effect.FOLLOWED,
            "schedule nights: segment.time not set -> 5min",
        ),
        (
            lab(nights={"enabled": False}),
            Effect.STOPPED,
            "schedule nights (daily 20:00-08:00) is disabled",
        ),
        (
            lab(nights={"timezone": "America/New_York"}),
            Effect.STOPPED,
            "schedule nights: timezone Europe/Berlin -> America/New_York",
        ),
        (lab(cameras={"top": camera(1)}), Effect.STOPPED, "is not in the file any more"),
        (lab(), Effect.UNTOUCHED, None),
        (lab(hooks={"on_gap": ["page"]}), Effect.UNTOUCHED, None),
    ],
)
def test_of_a_camera_that_records_it_is_told_what_becomes_of_its_recorder_and_why(
    new: Config, effect: Effect, reason: str | None
) -> None:
    change = of_side(edited(new))
    assert (change.effect, change.is_now) == (effect, True)
    assert change.reasons[-1:] == ((reason,) if reason else ())


@pytest.mark.parametrize(
    ("new", "effect", "reasons"),
    [
        (
            lab(camera(capability=FULL_HD)),
            Effect.IN_PLACE,
            (f"capability: {SELECTOR} -> {FULL_HD}",),
        ),
        (
            lab(nights={"cameras": ["top"]}),
            Effect.STOPPED,
            ("schedule nights (daily 20:00-08:00) has it no longer",),
        ),
        (lab(cameras={"top": camera(1)}), Effect.STOPPED, ("is not in the file any more",)),
        (lab(), Effect.UNTOUCHED, ()),
    ],
)
def test_of_a_camera_that_does_not_record_it_is_told_what_becomes_of_its_next_window(
    new: Config, effect: Effect, reasons: tuple[str, ...]
) -> None:
    change = of_side(edited(new, now=NOON))
    assert (change.effect, change.is_now, change.reasons) == (effect, False, reasons)
    assert change.window is not None
    assert change.window.start == NOON + timedelta(hours=8)


def test_a_recorder_that_goes_on_a_moment_after_its_window_is_not_said_to_go_on() -> None:
    over, full_hd = lab(nights={"daily": "20:00-23:00"}), camera(capability=FULL_HD)
    assert of_side(edited(lab(full_hd), old=over)).effect is Effect.REPLACED
    assert of_side(edited(lab(camera(7)), old=over)).is_now is False


def test_a_new_camera_and_a_new_schedule_start_at_once_inside_their_window_and_else_later() -> None:
    alone = lab(cameras={"top": camera(1)})
    new = of_side(edited(lab(), old=alone))
    assert (new.effect, new.is_now) == (Effect.STARTED, True)
    assert new.reasons == ("is new", "schedule nights: daily 20:00-08:00")
    later = of_side(edited(lab(), old=alone, now=NOON))
    assert (later.effect, later.is_now) == (Effect.STARTED, False)
    by_day = lab(nights={"cameras": ["top"]})
    entered = of_side(edited(lab(), old=by_day))
    assert entered.reasons == ("schedule nights (daily 20:00-08:00) has it now",)


def test_where_nothing_has_run_every_camera_starts_by_its_schedules() -> None:
    seen = difference(None, lab(), Situation(VIEWS, NIGHT, HORIZON))
    assert [(one.effect, one.is_now) for one in seen.cameras] == [(Effect.STARTED, True)] * 2
    assert {one.reasons for one in seen.cameras} == {("schedule nights: daily 20:00-08:00",)}


def test_what_is_of_no_camera_is_told_beside_them() -> None:
    seen = edited(lab(hooks={"on_gap": ["page", "me"]}, storage={"keep": {"age": "30d"}}))
    assert seen.file == (
        "hooks.on_gap: not set -> page, me",
        "hooks.limit: not set -> 30s",
        "storage.keep.age: not set -> 30d",
    )
    assert not seen.is_empty


def test_a_first_day_that_moves_is_told_of_the_schedules_that_count_from_it() -> None:
    early = {"daily": "20:00-08:00", "days": "day 1-3"}
    old, new = (
        lab(nights=early, experiment={"start": day, "days": 14})
        for day in ("2026-11-24", "2026-11-26")
    )
    change = of_side(edited(new, old=old))
    assert change.effect is Effect.STOPPED
    assert change.reasons == ("schedule nights: experiment.start: 2026-11-24 -> 2026-11-26",)


@pytest.mark.parametrize(
    ("new", "effect"),
    [
        (lab(), Effect.UNTOUCHED),
        (lab(camera(capability=FULL_HD)), Effect.REPLACED),
        (lab(camera(7)), Effect.REPLACED),
        (lab(segment={"time": "5min"}), Effect.FOLLOWED),
        (lab(lead="5s"), Effect.IN_PLACE),
        (lab(nights={"cameras": ["top"]}), Effect.STOPPED),
    ],
)
def test_where_the_server_does_not_answer_it_is_told_by_what_the_files_ask_for(
    new: Config, effect: Effect
) -> None:
    assert of_side(edited(new, views=DEAF)).effect is effect


# What the loop makes of it

SIDES: tuple[Written | None, ...] = (
    None,
    camera(),
    camera(capability=FULL_HD),
    camera(capability="jpeg 640x480 @30fps"),
    camera(2),
    camera(segment={"time": "5min"}),
    camera(about={"subject": "m1"}),
    {"device": {"name": "left"}, "capability": SELECTOR},
)
NIGHTS: tuple[Written, ...] = (
    {},
    {"cameras": ["top"]},
    {"daily": "23:30-08:00"},
    {"daily": "19:00-09:00"},
    {"daily": ["20:00-21:00", "22:00-07:00"]},
    {"capability": FULL_HD},
    {"cameras": ["top"], "capability": "jpeg 640x480 @30fps"},
    {"segment": {"time": "2min"}},
)

OTHERS: tuple[Written, ...] = ({}, {"segment": {"size": "1GB"}}, {"lead": "4s"})


@st.composite
def files(draw: st.DrawFn) -> Config:
    side, nights = draw(st.sampled_from(SIDES)), draw(st.sampled_from(NIGHTS))
    cameras = {"top": camera(1)} | ({"side": side} if side else {})
    more = draw(st.sampled_from(OTHERS))
    return lab(nights=nights, cameras=cameras, **more)


class World:
    """Plain recorders that are held to one file after the other, by the loop's own plan."""

    def __init__(self, now: datetime) -> None:
        self.clock = FakeClock(now)
        self.recorders = PlainRecorders(self.clock)

    def holds_to(self, file: Config, views: Mapping[str, View], revision: str) -> None:
        """Make passes until there is nothing left to do."""
        for _ in range(6):
            observed, now = self.recorders.observe(), self.clock.now()
            latencies = {c: r.recording.latency for c, r in observed.items() if r.recording}
            by_schedules = asked(file, now=now, horizon=HORIZON, latencies=latencies)
            wanted = desired(
                file,
                resolve(file, views, by_schedules),
                now=now,
                horizon=HORIZON,
                latencies=latencies,
                revision=revision,
            ).wanted
            now_s = self.clock.monotonic_s()
            self.recorders.carry_out(plan(wanted, observed, now=now, now_s=now_s, views=views))
            self.clock.advance(1)

    def recording(self) -> dict[str, Recorder]:
        return {c: r for c, r in self.recorders.observe().items() if r.phase is Phase.RECORDING}


def became(was: Recorder | None, now: Recorder | None) -> set[Effect]:
    """Return as what it may be told what has become of a camera's recorder."""
    if was is None or was.recording is None:
        return {Effect.STARTED} if now else set()
    if now is None or now.recording is None:
        return {Effect.STOPPED}
    if now.open_segment != was.open_segment:
        return {Effect.REPLACED}
    if now.recording.output != was.recording.output:
        return {Effect.FOLLOWED}
    return {Effect.IN_PLACE, Effect.UNTOUCHED}


@settings(max_examples=50)
@given(old=files(), new=files(), minutes=st.integers(0, 24 * 60).map(lambda n: n * 7 % 1440))
def test_what_is_told_is_what_the_loop_then_does(old: Config, new: Config, minutes: int) -> None:
    now = NOON + timedelta(minutes=minutes, seconds=30)
    world = World(now - timedelta(seconds=6))
    world.holds_to(old, VIEWS, "old")
    before = world.recording()
    world.holds_to(new, VIEWS, "new")
    after = world.recording()
    told = {one.camera: one for one in edited(new, old=old, now=now).cameras}
    for name in before.keys() | after.keys():
        assert told[name].is_now
        assert told[name].effect in became(before.get(name), after.get(name))
    for name, change in told.items():
        assert change.is_now == (name in before or name in after)


@settings(max_examples=25)
@given(one=files(), other=files())
def test_only_what_differs_is_told(one: Config, other: Config) -> None:
    assert edited(one, old=one).is_empty
    assert edited(other, old=one).is_empty == edited(one, old=other).is_empty
