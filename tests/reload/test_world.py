"""Any edit of any file, whatever its recorders are at: what is told of it is what the loop does."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.foresight.labs import NOON, SELECTOR, URL, VIEWS, Written, camera, edited, lab
from tests.reload.world import PASSES, World, unlabelled
from tests.support.values import FULL_HD as LARGE
from tests.support.values import HD, SPAWNED
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import Roster
from thorsched.catalogue.applied import Change, Effect
from thorsched.config.models import Config
from thorsched.engine.sources import View, resolve
from thorsched.recording.lifecycle import Event, Exited, Grew, Lost, Phase, Recorder, Stop
from thorsched.recording.transitions import step
from thorsched.recording.trouble import Cause, Trouble

FULL_HD = "jpeg 1920x1080 @30fps"
STALLED = Trouble(Cause.STALLED, "no new frame for 3.0 s")
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
MOMENTS = st.integers(0, 24 * 60).map(lambda n: NOON + timedelta(minutes=n * 7 % 1440, seconds=30))
_SLOW = Path("begun-before-the-edit-00000.mkv")
RUNNING = (Phase.STARTING, Phase.RECORDING)


@st.composite
def files(draw: st.DrawFn) -> Config:
    side, nights = draw(st.sampled_from(SIDES)), draw(st.sampled_from(NIGHTS))
    cameras = {"top": camera(1)} | ({"side": side} if side else {})
    more = draw(st.sampled_from(OTHERS))
    return lab(nights=nights, cameras=cameras, **more)


class Plight(Enum):
    """What a camera that records may have come to as an edit comes."""

    NONE = auto()
    BACKS_OFF = auto()
    BEGINS = auto()
    STALLED = auto()  # it is being ended, and tried again
    ENDS = auto()  # it was not wanted for a moment


def befall(world: World, old: Config, plights: Mapping[str, Plight]) -> None:
    """Have them come to that, as `old` is held to."""
    held = world.recorders
    plights = {name: one for name, one in plights.items() if name in world.recording()}
    held.broken = {name for name, one in plights.items() if one is Plight.BACKS_OFF}
    held.hung = {name for name, one in plights.items() if one is Plight.BEGINS}
    for name in held.broken | held.hung:
        held.happened(name, Exited(STALLED))
    world.holds_to(old, "old", passes=2)
    happens: dict[Plight, Event] = {
        Plight.STALLED: Lost(STALLED),
        Plight.ENDS: Stop("", "no longer wanted", linger_s=0.7),
    }
    world.pass_by(old, "old")
    for name, one in plights.items():
        if one in happens:
            now_s, recorder = world.clock.monotonic_s(), held.recorders[name]
            held.recorders[name] = step(recorder, happens[one], now_s=now_s)[0]


def mend(world: World) -> None:
    """Let what hangs come to an end, and all go well from now on."""
    held = world.recorders
    held.broken, held.hung = set(), set()
    for name, recorder in held.recorders.items():
        if recorder.phase is Phase.STARTING:
            held.happened(name, SPAWNED)
            held.happened(name, Grew(1, _SLOW))
        elif recorder.phase is Phase.STOPPING:
            held.happened(name, Exited(STALLED))


def is_true(change: Change, was: Recorder, now: Recorder, otherwise: Recorder) -> bool:
    """Return whether what is told of a camera has come true; `otherwise` is without the edit."""
    is_same_attempt = _is_same_attempt(was, now)
    match change.effect:
        case Effect.UNTOUCHED:
            is_same_fate = is_same_attempt == _is_same_attempt(was, otherwise)
            return is_same_fate and unlabelled(now) == unlabelled(otherwise)
        case Effect.IN_PLACE:
            return is_same_attempt or not change.is_now
        case Effect.STOPPED:
            return now.phase not in RUNNING
        case Effect.REPLACED:
            return now.phase is Phase.RECORDING and not is_same_attempt
        case Effect.FOLLOWED:
            return is_same_attempt and not _is_kept_alike(now, was)
        case Effect.STARTED:
            return now.phase is Phase.RECORDING or not change.is_now


def _is_same_attempt(was: Recorder, now: Recorder) -> bool:
    if was.phase is Phase.STARTING:
        return now.open_segment == _SLOW
    return (was.open_segment, was.since_s) == (now.open_segment, now.since_s)


def _is_kept_alike(one: Recorder, other: Recorder) -> bool:
    return bool(one.recording and other.recording and one.recording.is_kept_as(other.recording))


def listing(*devices: Device, believed: bool) -> Mapping[str, View]:
    """Return what the server lists, for a moment or for long."""
    roster = Roster.unknown().fold(devices, now_s=0.0)
    return {URL: View(roster.fold(devices, now_s=900.0) if believed else roster)}


LISTS: tuple[Mapping[str, View], ...] = (
    VIEWS,
    *(
        listing(*devices, believed=believed)
        for believed in (True, False)
        for devices in (
            (Device(0, "left", (HD,)), Device(1, "right", (HD,))),
            (Device(0, "left", (LARGE,)), Device(1, "right", (HD, LARGE))),
            (Device(0, "right", (HD, LARGE)), Device(1, "left", (HD, LARGE))),
            (Device(1, "right", (HD, LARGE)), Device(2, "left", (HD, LARGE))),
        )
    ),
)
PLIGHTED = st.fixed_dictionaries({"side": st.sampled_from(Plight), "top": st.sampled_from(Plight)})


@settings(max_examples=150)
@given(
    old=files(),
    new=files(),
    moment=MOMENTS,
    plights=PLIGHTED,
    listed=st.sampled_from(LISTS),
)
def test_what_is_told_of_an_edit_is_what_the_loop_does_whatever_recorders_are_at(
    old: Config,
    new: Config,
    moment: datetime,
    plights: dict[str, Plight],
    listed: Mapping[str, View],
) -> None:
    held = World(moment - timedelta(seconds=8), VIEWS)
    held.holds_to(old, "old")
    befall(held, old, plights)
    held.views = listed
    left, before = held.again(), dict(held.recorders.recorders)
    told = held.told(old, new)
    for world, file, revision in ((held, new, "new"), (left, old, "old")):
        world.pass_by(file, revision)
        mend(world)
        world.holds_to(file, revision)
    for one in told.cameras:
        was, now, otherwise = (
            recorders.get(one.camera, Recorder(one.camera))
            for recorders in (before, held.recorders.observe(), left.recorders.observe())
        )
        assert is_true(one, was, now, otherwise), (one, was, now, otherwise)


@settings(max_examples=60)
@given(old=files(), new=files(), moment=MOMENTS)
def test_what_is_presumed_of_recorders_is_what_they_are_at_if_all_goes_well(
    old: Config, new: Config, moment: datetime
) -> None:
    world = World(moment - timedelta(seconds=PASSES), VIEWS)
    world.holds_to(old, "old")
    assert world.told(old, new) == edited(new, old=old, now=moment)


@settings(max_examples=60)
@given(
    old=files(),
    new=files(),
    moment=MOMENTS,
    plights=PLIGHTED,
    passes=st.sampled_from([1, PASSES]),
)
def test_an_edit_that_is_undone_leaves_everything_as_it_would_have_been(
    old: Config, new: Config, moment: datetime, plights: dict[str, Plight], passes: int
) -> None:
    held = World(moment - timedelta(seconds=9), VIEWS)
    held.holds_to(old, "old")
    befall(held, old, plights)
    left, before, there = held.again(), dict(held.recorders.recorders), held.told(old, new)
    held.holds_to(new, "new", passes=passes)
    left.holds_to(old, "old", passes=passes)
    back = held.told(new, old)
    for world in (held, left):
        mend(world)
        world.holds_to(old, "old", passes=4 * PASSES)
    after, otherwise = held.recording(), left.recording()
    # What cannot be had again is not given up for nothing: frames are worth more than a list.
    kept = {c for c, found in resolve(old, VIEWS).items() if isinstance(found, Trouble)}
    assert after.keys() - otherwise.keys() <= kept
    assert {c: after[c].recording for c in otherwise} == {
        c: one.recording for c, one in otherwise.items()
    }
    for one in there.cameras:
        if one.camera in otherwise and one.effect is Effect.UNTOUCHED:
            attempts = before[one.camera], after[one.camera], otherwise[one.camera]
            assert _is_same_attempt(*attempts[:2]) == _is_same_attempt(attempts[0], attempts[2])
            assert unlabelled(attempts[1]) == unlabelled(attempts[2])
        elif one.is_now and one.effect is Effect.IN_PLACE:
            assert _is_same_attempt(before[one.camera], after[one.camera])
    untouched = [
        {c.camera for c in seen.cameras if c.effect is Effect.UNTOUCHED} for seen in (there, back)
    ]
    assert there.is_empty == back.is_empty
    assert untouched[0] == untouched[1] or any(p is not Plight.NONE for p in plights.values())


@settings(max_examples=25)
@given(one=files(), other=files())
def test_only_what_differs_is_told(one: Config, other: Config) -> None:
    assert edited(one, old=one).is_empty
    assert edited(other, old=one).is_empty == edited(one, old=other).is_empty
