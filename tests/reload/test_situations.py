"""What is told of an edit as recorders are found, where it is not all as the file wants it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.foresight.labs import HORIZON, NIGHT, URL, VIEWS, camera, lab, of_side
from tests.reload.world import World
from thorsched.cameras.roster import Roster
from thorsched.catalogue.applied import Change, Effect
from thorsched.catalogue.entries import Pause
from thorsched.config.models import Config
from thorsched.engine.pauses import Pauses
from thorsched.engine.sources import View
from thorsched.recording.lifecycle import Exited, Overlap, Phase, Recorder, Stop
from thorsched.recording.spec import Recording
from thorsched.recording.succession import asked
from thorsched.recording.trouble import Cause, Trouble
from thorsched.reload.edits.difference import Situation, dated, difference
from thorsched.reload.edits.words import losses, told

REFUSED = Trouble(Cause.SERVER_REFUSED, "busy")
OTHER = "http://other:8000"
FULL_HD = "jpeg 1920x1080 @30fps"
SHORT = lab(segment={"time": "5min"})
GONE = lab(cameras={"top": camera(1)})
DEAF = {URL: View(Roster.unknown(), Trouble(Cause.SERVER_UNREACHABLE, "connection refused"))}


@pytest.fixture
def world() -> World:
    """Return two cameras that record, at 23:00 in Berlin."""
    world = World(NIGHT - timedelta(seconds=6), VIEWS)
    world.holds_to(lab(), "old")
    return world


def found(world: World) -> Recorder:
    return world.recorders.recorders["side"]


def begins_another(world: World, new: Config) -> None:
    """Have a second recorder begin beside that of `side`, as the real ones do."""
    recorder = found(world)
    assert isinstance(recorder.recording, Recording)
    output = replace(recorder.recording.output, segment_time=new.segment_of("side").time)
    overlap = Overlap("side", replace(recorder.recording, output=output))
    now_s = world.clock.monotonic_s()
    world.recorders.recorders["side"] = asked(recorder, overlap, now_s=now_s)
    assert found(world).successor is not None


def of(world: World, old: Config, new: Config) -> Change:
    return of_side(world.told(old, new))


def test_an_edit_elsewhere_leaves_a_changeover_alone_and_its_undoing_calls_it_off(
    world: World,
) -> None:
    begins_another(world, SHORT)
    elsewhere = lab(segment={"time": "5min"}, cameras={"side": camera(), "top": camera(2)})
    assert of(world, SHORT, elsewhere).effect is Effect.UNTOUCHED
    undone = of(world, SHORT, lab())
    assert (undone.effect, undone.reasons) == (Effect.IN_PLACE, ("segment.time: 5min -> 10min",))
    again = of(world, SHORT, lab(segment={"time": "2min"}))
    assert again.effect is Effect.FOLLOWED


def test_an_end_that_is_taken_back_in_time_is_no_start_and_one_that_is_not_is_one(
    world: World,
) -> None:
    world.recorders.carry_out([Stop("side", "no longer wanted", linger_s=0.7)])
    back = of(world, GONE, lab())
    assert (back.effect, back.is_now) == (Effect.IN_PLACE, True)
    assert back.reasons[-1] == "its recorder was about to end, and goes on"
    other = of(world, GONE, lab(camera(capability=FULL_HD)))
    assert (other.effect, other.is_now) == (Effect.STARTED, True)


def test_of_one_that_backs_off_it_is_told_that_nothing_was_recorded(world: World) -> None:
    world.recorders.broken = {"side"}
    world.recorders.happened("side", Exited(REFUSED))
    world.holds_to(lab(), "old", passes=3)
    assert found(world).phase is Phase.BACKING_OFF
    stopped = of(world, lab(), GONE)
    assert (stopped.effect, stopped.is_now) == (Effect.STOPPED, True)
    assert stopped.reasons[-1] == "nothing was recorded as it came: server refused: busy"
    assert of(world, lab(), lab(camera(capability=FULL_HD))).effect is Effect.STARTED
    labelled = of(world, lab(), lab(camera(about={"subject": "m1"})))
    assert (labelled.effect, labelled.is_now) == (Effect.IN_PLACE, False)


def test_before_its_window_and_after_it_nothing_is_lost() -> None:
    early = World(NIGHT - timedelta(hours=3, seconds=2), VIEWS)
    early.pass_by(lab(), "old")
    assert found(early).phase is Phase.RECORDING
    replaced = early.told(lab(), lab(camera(capability=FULL_HD)))
    assert (of_side(replaced).effect, of_side(replaced).is_now) == (Effect.REPLACED, False)
    later = early.told(lab(), lab(nights={"daily": "21:00-08:00"}))
    assert (of_side(later).effect, of_side(later).is_now) == (Effect.IN_PLACE, False)
    assert losses(replaced) == losses(later) == losses(early.told(lab(), GONE)) == ()
    late = World(NIGHT + timedelta(hours=9) - timedelta(seconds=6), VIEWS)
    late.holds_to(lab(), "old")
    assert late.recording().keys() == {"side", "top"}
    assert losses(late.told(lab(), GONE)) == ()


def test_a_camera_whose_device_is_gone_is_not_said_to_stop_and_starts_when_it_is_another(
    world: World,
) -> None:
    missing = lab(camera(7))
    world.holds_to(missing, "missing")
    assert found(world).phase is Phase.IDLE
    gone = world.told(missing, GONE)
    assert (of_side(gone).effect, of_side(gone).is_now, losses(gone)) == (Effect.STOPPED, False, ())
    there = of(world, missing, lab())
    assert (there.effect, there.is_now) == (Effect.STARTED, True)
    assert there.reasons[-1].startswith("can be recorded; it could not before: no such device")


def test_a_server_that_is_new_has_not_been_asked_and_is_not_said_to_have_nothing(
    world: World,
) -> None:
    there = of(world, lab(), lab(server=OTHER))
    assert (there.effect, there.is_now) == (Effect.REPLACED, True)
    assert there.reasons == (
        f"server: {URL} -> {OTHER}",
        "what is chosen there is known once the server has answered",
    )
    world.holds_to(GONE, "gone")
    added = of(world, GONE, lab(server=OTHER))
    assert added.effect is Effect.STARTED
    assert added.reasons[-1] == "what is chosen there is known once the server has answered"


def test_while_its_server_does_not_answer_an_adopted_recorder_goes_on_whatever_is_asked_for(
    world: World,
) -> None:
    world.views = DEAF
    other = of(world, lab(), lab(camera(capability=FULL_HD)))
    assert (other.effect, other.is_now) == (Effect.IN_PLACE, True)
    assert other.reasons[-1] == "its recorder goes on as it is (server unreachable)"
    assert of(world, lab(), lab(camera(2))).effect is Effect.STOPPED
    assert of(world, lab(), GONE).effect is Effect.STOPPED


def test_of_a_paused_camera_nothing_stops_and_it_is_said_to_be_paused() -> None:
    until = NIGHT + timedelta(hours=1)
    pause = Pause("1", "side", NIGHT, NIGHT - timedelta(hours=1), until, "cleaning")
    horizon = replace(HORIZON, pauses=Pauses.of([pause]))
    there = Situation(VIEWS, NIGHT, horizon, {}, 0.0)
    change = of_side(difference(lab(), lab(camera(capability=FULL_HD)), there))
    assert (change.effect, change.is_now) == (Effect.IN_PLACE, False)
    assert change.reasons[-1] == "is paused"
    assert change.window is not None
    assert change.window.start == until
    assert losses(difference(lab(), GONE, there)) == ()


def test_a_loss_is_dated_by_when_its_frames_began_but_not_before_its_window(world: World) -> None:
    seen = world.told(lab(), GONE)
    begun = NIGHT - timedelta(minutes=83)
    assert of_side(dated(seen, {"side": begun, "top": begun})).since == begun
    assert of_side(dated(seen, {})).since is None
    (window,) = [one.window for one in losses(seen)]
    assert window is not None
    early = window.start - timedelta(seconds=3)
    assert of_side(dated(seen, {"side": early})).since == window.start


def test_what_cannot_begin_is_told_of_from_the_next_attempt_on(world: World) -> None:
    missing = lab(camera(7))
    world.holds_to(missing, "missing")
    seen = world.told(missing, lab(camera(7, about={"subject": "m1"})))
    (side,) = [
        one for one in told(seen, HORIZON.zone, at=NIGHT, is_applied=True) if "side" in one.cameras
    ]
    assert side.words == "from the next attempt on; about.subject: not set -> m1"
