"""What to do now, from what should be true and what is true."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recording.scripted import Script
from tests.support.clocks import FakeClock
from tests.support.values import FULL_HD, HD, NOON, SPAWNED, recording, source, window
from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import DROP_AFTER_S, Roster
from thorsched.config.blocks import Camera
from thorsched.engine import plan as planning
from thorsched.engine.desired import Unready, Wanted
from thorsched.engine.plan import DEVICE_LOOK_S, SERVER_LOOK_S, awaited, next_retry_s
from thorsched.engine.sources import View
from thorsched.engine.upgrades import is_same_device, labelled_for
from thorsched.recording.lifecycle import (
    Action,
    Ending,
    Phase,
    Recorder,
    Start,
    Stop,
    Update,
)
from thorsched.recording.relay import Relay
from thorsched.recording.spec import Recording, tail
from thorsched.recording.trouble import Cause, Trouble

GONE = Trouble(Cause.NO_DEVICE, "no device with id 3")
REFUSED = Trouble(Cause.SERVER_REFUSED, "busy")


def unready(camera: str = "side", *, device_id: int = 0) -> Unready:
    return Unready(camera, window(), GONE, source().server, DeviceRule(id=device_id))


UNREADY = unready()


def plan(
    wanted: Mapping[str, Wanted],
    observed: Mapping[str, Recorder],
    *,
    now_s: float,
    now: datetime = NOON,
    views: Mapping[str, View] = MappingProxyType({}),
    revision: str = "",
    cameras: Mapping[str, Camera] = MappingProxyType({}),
) -> tuple[Action, ...]:
    """Plan at the start of the usual window."""
    return planning.plan(
        wanted, observed, now=now, now_s=now_s, views=views, revision=revision, cameras=cameras
    )


def reached(at_s: float) -> View:
    return View(Roster.unknown(), reached_at_s=at_s)


def running(phase: Phase = Phase.RECORDING) -> Recorder:
    return Recorder("side", phase=phase, recording=recording(), port=SPAWNED.port)


TAIL_S = tail(recording().latency).total_seconds()
ENDING = replace(running(), ending=Ending(TAIL_S, "no longer wanted"))


def test_a_camera_that_is_wanted_and_idle_is_started() -> None:
    assert plan({"side": recording()}, {}, now_s=0) == (Start("side", recording()),)


def test_a_camera_that_records_as_wanted_is_left_alone() -> None:
    assert plan({"side": recording()}, {"side": running()}, now_s=0) == ()


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.RECORDING, Phase.BACKING_OFF])
def test_a_camera_that_is_no_longer_wanted_is_stopped(phase: Phase) -> None:
    assert plan({}, {"side": running(phase)}, now_s=0) == (
        Stop("side", "no longer wanted", linger_s=TAIL_S),
    )


@pytest.mark.parametrize(
    ("since_end_s", "linger_s"),
    [(-60.0, TAIL_S), (0.0, TAIL_S), (0.25, TAIL_S - 0.25), (TAIL_S, 0.0), (86400.0, 0.0)],
)
def test_a_stop_waits_for_what_the_window_has_filmed_and_no_longer(
    since_end_s: float, linger_s: float
) -> None:
    now = window().end + timedelta(seconds=since_end_s)
    (stop,) = plan({}, {"side": running()}, now_s=0, now=now)
    assert isinstance(stop, Stop)
    assert stop.linger_s == pytest.approx(linger_s)


@pytest.mark.parametrize(
    ("labelled", "since"), [("c0ffee00" * 8, ""), ("0ddba11", " since revision c0ffee00")]
)
def test_who_ends_by_an_edit_is_told_by_which(labelled: str, since: str) -> None:
    by, revision = replace(recording(), provenance={"revision": labelled}), "c0ffee00" * 8
    recorder = {"side": replace(running(), recording=by)}
    other = recording(of=source(device_id=7))
    wanted: list[dict[str, Wanted]] = [
        {},
        {"side": unready(device_id=7)},
        {"side": replace(other, provenance={"revision": revision})},
    ]
    stops = [
        (stop.why, stop.cause)
        for one in wanted
        for stop in plan(one, recorder, now_s=0, revision=revision)
        if isinstance(stop, Stop)
    ]
    cause = Cause.EDITED if since else Cause.STOPPED
    assert stops == [
        (f"no longer wanted{since}", cause),
        (f"the file names another device{since}", cause),
        (f"replaced{since}: device 0 -> 7", cause),
    ]


def test_who_ends_with_its_window_is_told_so_whatever_was_edited_meanwhile() -> None:
    over = window().end + timedelta(seconds=1)
    (stop,) = plan({}, {"side": running()}, now_s=0, now=over, revision="c0ffee00")
    assert isinstance(stop, Stop)
    assert stop.why == "the window is over"


def test_a_recorder_that_has_not_been_spawned_has_nothing_to_wait_for() -> None:
    asking = replace(running(Phase.STARTING), port=None)
    assert plan({}, {"side": asking}, now_s=0) == (Stop("side", "no longer wanted"),)


def test_an_end_is_asked_for_once() -> None:
    assert plan({}, {"side": ENDING}, now_s=0) == ()
    other = recording(of=source(capability=FULL_HD))
    assert plan({"side": other}, {"side": ENDING}, now_s=0) == ()
    assert plan({"side": unready(device_id=7)}, {"side": ENDING}, now_s=0) == ()


@pytest.mark.parametrize("wanted", [recording(), UNREADY])
def test_an_edit_that_is_undone_in_time_takes_the_end_back(wanted: Wanted) -> None:
    assert plan({"side": wanted}, {"side": ENDING}, now_s=0) == (Update("side", recording()),)


@pytest.mark.parametrize("phase", list(Phase))
def test_a_camera_whose_device_is_gone_keeps_the_recorder_it_has(phase: Phase) -> None:
    assert plan({"side": UNREADY}, {"side": running(phase)}, now_s=1e9) == ()


def test_another_capability_stops_the_recorder_and_the_next_pass_starts_the_new_one() -> None:
    wanted = {"side": recording(of=source(capability=FULL_HD))}
    (stop,) = plan(wanted, {"side": running()}, now_s=0)
    assert isinstance(stop, Stop)
    assert stop.why == "replaced: capability jpeg 1280x720 @30fps -> jpeg 1920x1080 @30fps"
    assert plan(wanted, {"side": running(Phase.STOPPING)}, now_s=0) == ()
    assert plan(wanted, {"side": Recorder("side")}, now_s=0) == (Start("side", wanted["side"]),)


def test_another_device_says_so() -> None:
    (stop,) = plan({"side": recording(of=source(device_id=7))}, {"side": running()}, now_s=0)
    assert stop == Stop("side", "replaced: device 0 -> 7", linger_s=TAIL_S)


def test_a_longer_window_leaves_the_recorder_alone_and_updates_its_labels() -> None:
    longer = recording(over=window(0, 120))
    assert plan({"side": longer}, {"side": running()}, now_s=0) == (Update("side", longer),)


def test_other_ports_and_room_wait_for_the_next_attempt() -> None:
    usual = recording()
    edited = replace(usual, output=replace(usual.output, min_free_bytes=10**9), ports=range(1, 2))
    assert plan({"side": edited}, {"side": running()}, now_s=0) == ()
    assert plan({"side": edited}, {"side": Recorder("side")}, now_s=0) == (Start("side", edited),)


def test_a_retry_waits_for_its_time() -> None:
    waiting = replace(running(Phase.BACKING_OFF), retry_at_s=10.0)
    assert plan({"side": recording()}, {"side": waiting}, now_s=9.9) == ()
    assert plan({"side": recording()}, {"side": waiting}, now_s=10.0) == (
        Start("side", recording()),
    )
    assert next_retry_s({"side": recording()}, {"side": waiting, "top": running()}) == 10.0


def test_a_device_that_has_another_id_by_now_is_not_made_to_wait_for_the_old_one() -> None:
    waiting = replace(running(Phase.BACKING_OFF), failures=6, retry_at_s=15.0)
    moved = recording(of=source(device_id=3))
    assert plan({"side": moved}, {"side": waiting}, now_s=0) == (Start("side", moved),)


def test_a_camera_that_cannot_be_recorded_is_not_retried() -> None:
    waiting = replace(running(Phase.BACKING_OFF), retry_at_s=10.0)
    assert next_retry_s({"side": UNREADY}, {"side": waiting}) is None


def test_a_camera_whose_file_names_another_device_gives_its_device_back() -> None:
    edited = unready(device_id=7)
    assert plan({"side": edited}, {"side": running()}, now_s=0) == (
        Stop("side", "the file names another device", linger_s=TAIL_S),
    )


def test_stops_come_before_starts() -> None:
    actions = plan({"a": recording("a")}, {"z": replace(running(), camera="z")}, now_s=0)
    assert [type(action) for action in actions] == [Stop, Start]


def test_a_server_that_is_back_is_waited_for_no_longer() -> None:
    wanted, server = {"side": recording()}, source().server
    waiting = replace(running(Phase.BACKING_OFF), since_s=5.0, retry_at_s=20.0)
    at_once = (Start("side", recording(), at_once=True),)
    assert plan(wanted, {"side": waiting}, now_s=6, views={server: reached(5.5)}) == at_once
    # It was back before the last attempt failed: that is no news.
    assert plan(wanted, {"side": waiting}, now_s=6, views={server: reached(4.5)}) == ()
    assert plan(wanted, {"side": waiting}, now_s=6, views={"http://other": reached(5.5)}) == ()


UNREACHABLE = Trouble(Cause.SERVER_UNREACHABLE, "connection refused")
IN_VAIN = replace(running(Phase.BACKING_OFF), since_s=5.0, retry_at_s=20.0, trouble=UNREACHABLE)


def test_a_server_that_came_back_while_an_attempt_was_failing_is_not_waited_for() -> None:
    wanted, server = {"side": recording()}, source().server
    unasked = replace(IN_VAIN, port=None)
    at_once = (Start("side", recording(), at_once=True),)
    assert plan(wanted, {"side": unasked}, now_s=6, views={server: reached(4.5)}) == at_once
    assert plan(wanted, {"side": unasked}, now_s=6, views={server: reached(3.5)}) == ()
    assert plan(wanted, {"side": IN_VAIN}, now_s=6, views={server: reached(4.5)}) == ()


def test_a_server_is_awaited_while_it_is_why_nothing_is_recorded() -> None:
    wanted, server = {"side": recording()}, source().server
    unasked = replace(IN_VAIN, port=None)
    assert awaited(wanted, {"side": unasked}) == {server: SERVER_LOOK_S}
    assert awaited({"side": replace(UNREADY, trouble=UNREACHABLE)}, {}) == {server: SERVER_LOOK_S}
    for not_waiting in (IN_VAIN, running(), replace(unasked, trouble=REFUSED), Recorder("side")):
        assert awaited(wanted, {"side": not_waiting}) == {}
    assert awaited({}, {"side": unasked}) == {}


def test_a_server_is_asked_every_second_for_a_device_that_a_recording_waits_for() -> None:
    wanted, server = {"side": recording()}, source().server
    gone = replace(IN_VAIN, port=None, trouble=GONE)
    assert awaited(wanted, {"side": gone}) == {server: DEVICE_LOOK_S}
    assert awaited({"side": replace(UNREADY, trouble=GONE)}, {}) == {server: DEVICE_LOOK_S}
    unasked = replace(IN_VAIN, camera="top", port=None)
    both = {"side": recording(), "top": recording("top")}
    assert awaited(both, {"side": gone, "top": unasked}) == {server: SERVER_LOOK_S}


def test_a_device_that_is_listed_again_is_waited_for_no_longer() -> None:
    wanted, server, id_ = {"side": recording()}, source().server, source().device_id
    gone = replace(IN_VAIN, port=None, trouble=GONE)
    at_once = (Start("side", recording(), at_once=True),)

    def listed(at_s: float, device_id: int = id_) -> Mapping[str, View]:
        return {server: View(Roster(known=True, listed_since_s={device_id: at_s}))}

    for waiting in (gone, IN_VAIN):
        assert plan(wanted, {"side": waiting}, now_s=6, views=listed(5.5)) == at_once
        # It was listed before the last attempt failed: that is no news.
        assert plan(wanted, {"side": waiting}, now_s=6, views=listed(4.5)) == ()
        assert plan(wanted, {"side": waiting}, now_s=6, views=listed(5.5, id_ + 1)) == ()
    # It came while the attempt was failing that had not found it.
    assert plan(wanted, {"side": gone}, now_s=6, views=listed(4.9)) == at_once


def test_after_the_end_of_a_window_what_runs_is_kept_and_nothing_is_begun() -> None:
    wanted, end = {"side": recording()}, window().end
    assert plan(wanted, {"side": running()}, now_s=0, now=end) == ()
    assert plan(wanted, {}, now_s=0, now=end) == ()
    waiting = replace(running(Phase.BACKING_OFF), retry_at_s=0.0)
    assert plan(wanted, {"side": waiting}, now_s=0, now=end) == (
        Stop("side", "the window is over"),
    )


cameras = st.sampled_from(["a", "b", "c", "d"])
# A start, the first frames, what is beside, the first frames of that, its tail, the end of the old.
PASSES_OF_AN_OVERLAP = 7
RANKED = (FULL_HD, HD)
sources = st.builds(source, device_id=st.integers(0, 2), capability=st.sampled_from(RANKED))


def ranked(usual: Recording) -> Recording:
    """Return it as one of a camera that asks for the larger capability before the smaller one."""
    labels = {"requested": str(usual.source.capability), "selectors": [str(c) for c in RANKED]}
    return replace(usual, provenance=labels)


def segmented(usual: Recording, *, minutes: int) -> Recording:
    output = replace(usual.output, segment_time=timedelta(minutes=minutes))
    return replace(usual, output=output)


wanted_sets = cameras.flatmap(
    lambda _: st.dictionaries(
        cameras,
        st.tuples(sources, st.integers(1, 9), st.booleans(), st.integers(1, 2)),
        max_size=4,
    )
).map(
    lambda chosen: {
        camera: segmented(ranked(recording(camera, of=of, over=window(0, end))), minutes=minutes)
        if ready
        else unready(camera, device_id=of.device_id)
        for camera, (of, end, ready, minutes) in chosen.items()
    }
)


class CalmWorld:
    """Recorders that do as they are told; between two passes they grow for a tail's time."""

    def __init__(self, cameras: Mapping[str, Camera]) -> None:
        self.cameras = cameras
        self.clock = FakeClock()
        self.script = Script()
        self.relays: dict[str, Relay] = {}

    @property
    def recorders(self) -> dict[str, Recorder]:
        return {camera: relay.recorder for camera, relay in self.relays.items()}

    def carry_out(self, wanted: Mapping[str, Wanted]) -> int:
        self.clock.advance(TAIL_S)
        for relay in self.relays.values():
            relay.look(is_urgent=lambda: False)
        now_s = self.clock.monotonic_s()
        actions = plan(wanted, self.recorders, now_s=now_s, cameras=self.cameras)
        for action in actions:
            self._relay(action.camera).do(action)
        return len(actions)

    def _relay(self, camera: str) -> Relay:
        if camera not in self.relays:
            self.relays[camera] = Relay(
                camera,
                attempt=self.script.attempt,
                clock=self.clock,
                changed=lambda: None,
                noted=lambda _: None,
            )
        return self.relays[camera]


def listed(*answers_at_s: float) -> Mapping[str, View]:
    """Return a server that has listed the device 0 as it stands at these times."""
    roster = Roster.unknown()
    for at_s in answers_at_s:
        roster = roster.fold([Device(0, "HD USB Camera", (FULL_HD,))], now_s=at_s)
    return {source().server: View(roster)}


@pytest.mark.fault(12)
def test_one_odd_list_replaces_no_recorder_that_lists_the_same_for_a_while_does() -> None:
    other = replace(source(), device_name="Infrared Camera")
    wanted = {"side": replace(recording(), source=other)}
    observed = {"side": running()}
    assert plan(wanted, observed, now_s=0, views=listed(0)) == ()
    assert plan(wanted, observed, now_s=0, views=listed(0, DROP_AFTER_S - 0.1)) == ()
    (stop,) = plan(wanted, observed, now_s=0, views=listed(0, 2, DROP_AFTER_S))
    assert isinstance(stop, Stop)


def test_an_edit_replaces_a_recorder_at_once() -> None:
    edited = replace(recording(of=source(capability=FULL_HD)), provenance={"revision": "other"})
    (stop,) = plan({"side": edited}, {"side": running()}, now_s=0, views=listed(0))
    assert isinstance(stop, Stop)


def test_a_device_that_is_called_otherwise_is_named_with_both_names() -> None:
    other = recording(of=replace(source(), device_name="Infrared\x1b"))
    (stop,) = plan({"side": other}, {"side": running()}, now_s=0)
    assert isinstance(stop, Stop)
    assert stop.why == "replaced: device 0, 'HD USB Camera' -> 'Infrared\\x1b'"


def file(upgrade: str) -> dict[str, Camera]:
    said = {"device": {"name": "*"}, "capability": [*map(str, RANKED)], "upgrade": upgrade}
    return dict.fromkeys("abcd", Camera.model_validate(said))


@given(st.lists(wanted_sets, min_size=1, max_size=5), st.sampled_from(["next_window", "at_once"]))
def test_a_plan_carried_out_leaves_nothing_to_do(
    history: list[dict[str, Wanted]], upgrade: str
) -> None:
    world = CalmWorld(file(upgrade))
    for wanted in history:
        for _ in range(PASSES_OF_AN_OVERLAP):
            world.carry_out(wanted)
        assert world.carry_out(wanted) == 0
        for camera, recorder in world.recorders.items():
            assert recorder.everyone == (recorder,)
            one, recorded = wanted.get(camera), recorder.recording
            if isinstance(one, Unready):
                continue
            if one and recorded and one.source != recorded.source:
                assert is_same_device(recorded, one)
                # It goes on with the better one, or with the smaller one where that is to wait.
                assert upgrade == "next_window" or recorded.source.capability == FULL_HD
                one = labelled_for(recorded, one)
            assert recorded == one
