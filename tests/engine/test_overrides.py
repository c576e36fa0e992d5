"""Schedules that override what their cameras record, and how it is kept."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tests.support.effort import within_cpu_s
from tests.support.values import HD, NOON, SPAWNED
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.roster import Roster
from thorsched.cameras.selector import Selector
from thorsched.config.models import Config
from thorsched.engine.desired import Desired, Horizon, asked, desired
from thorsched.engine.drift import drifts
from thorsched.engine.gaps import Book
from thorsched.engine.odds import odds
from thorsched.engine.plan import plan
from thorsched.engine.reports import Reports
from thorsched.engine.sources import View, resolve
from thorsched.recording.history import AttemptEnded, Note, Story
from thorsched.recording.lifecycle import Exited, Phase, Recorder, Start, Stop, Tick, Update
from thorsched.recording.spec import Recording
from thorsched.recording.transitions import step
from thorsched.recording.trouble import Blame, Cause, Trouble, blame_of
from thorsched.schedule.intervals import Window

UTC_ZONE = ZoneInfo("UTC")
FAST = Capability.parse("image/jpeg,width=640,height=480,framerate=120/1")
SLOW = Capability.parse("image/jpeg,width=1280,height=720,framerate=5/1")
LEAD_S, TAIL_S = 3.0, 1.0
EARLY_S = LEAD_S + TAIL_S
LOW = {"cameras": "all", "always": True, "capability": "jpeg 1280x720 @5fps"}
BURST_CAPABILITY = "jpeg 640x480 @120fps"
BURST = (Selector.parse(BURST_CAPABILITY),)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def span(start_s: int, end_s: int, **more: object) -> dict[str, object]:
    ends = {"from": f"{at(start_s):%Y-%m-%dT%H:%M:%SZ}", "to": f"{at(end_s):%Y-%m-%dT%H:%M:%SZ}"}
    return {"cameras": "all", **ends, **more}


def file(**schedules: object) -> Config:
    return Config.model_validate(
        {
            "timezone": "UTC",
            "server": "http://rig:8000",
            "cameras": {"side": {"device": {"id": 0}, "capability": "jpeg 1280x720 @30fps"}},
            "schedules": schedules,
        }
    )


def looked(*capabilities: Capability) -> dict[str, View]:
    devices = (Device(0, "HD USB Camera", capabilities or (HD, FAST, SLOW)),)
    return {"http://rig:8000": View(Roster.unknown().fold(devices, now_s=-1000.0))}


def at_once(
    config: Config, seconds: float, *capabilities: Capability, until_s: float | None = None
) -> Desired:
    """What is desired at that moment, with the sources that belong to it."""
    horizon = Horizon(UTC_ZONE, None if until_s is None else at(until_s))
    now = at(seconds)
    resolved = resolve(
        config, looked(*capabilities), asked(config, now=now, horizon=horizon, latencies={})
    )
    return desired(config, resolved, now=now, horizon=horizon, latencies={}, revision="r")


def wanted(
    config: Config, seconds: float, *capabilities: Capability, until_s: float | None = None
) -> Recording:
    one = at_once(config, seconds, *capabilities, until_s=until_s).wanted["side"]
    assert isinstance(one, Recording)
    return one


BURSTS = file(low=LOW, bursts=span(60, 90, priority=10, capability=BURST_CAPABILITY))


@pytest.mark.parametrize(
    ("seconds", "capability"),
    [
        (0, SLOW),
        (60 - EARLY_S - 0.001, SLOW),
        (60 - EARLY_S, FAST),  # what runs ends with its tail, and the burst has its lead
        (60, FAST),
        (89.999, FAST),
        (90, SLOW),  # the plan lets the burst's recorder have its tail
        (1000, SLOW),
    ],
)
def test_a_burst_has_its_whole_time_and_the_changeover_is_in_that_of_the_lower_rank(
    seconds: float, capability: Capability
) -> None:
    assert wanted(BURSTS, seconds).source.capability == capability


def test_a_burst_needs_no_priority_over_schedules_that_say_nothing() -> None:
    config = file(
        ever={"cameras": "all", "always": True}, bursts=span(60, 90, capability=BURST_CAPABILITY)
    )
    assert wanted(config, 60 - EARLY_S).source.capability == FAST
    assert wanted(config, 90).source.capability == HD


def test_of_equal_rank_each_has_its_time_and_the_later_begins_late() -> None:
    config = file(
        one=span(0, 60, capability=BURST_CAPABILITY),
        two=span(60, 90, capability="jpeg 1280x720 @5fps"),
    )
    assert wanted(config, 59.999).source.capability == FAST
    assert wanted(config, 60).source.capability == SLOW


def test_the_window_is_the_whole_one_and_the_sidecar_tells_of_the_part() -> None:
    low, burst = wanted(BURSTS, 30), wanted(BURSTS, 70)
    assert low.window == burst.window
    assert low.window.bounds == (None, None)
    assert low.provenance["schedules"] == ["low"]
    assert low.provenance["override"] == {
        "by": {"capability": "low"},
        "start": None,
        "end": "2026-03-01T12:01:00.000Z",
    }
    assert (burst.provenance["schedules"], burst.provenance["requested"]) == (
        ["low", "bursts"],
        BURST_CAPABILITY,
    )
    assert burst.provenance["override"] == {
        "by": {"capability": "bursts"},
        "start": "2026-03-01T12:01:00.000Z",
        "end": "2026-03-01T12:01:30.000Z",
    }


def test_the_horizon_cuts_parts_too() -> None:
    assert wanted(BURSTS, 59, until_s=60).source.capability == SLOW
    last = wanted(BURSTS, 70, until_s=80)
    assert last.window.end == at(80)
    assert last.provenance["override"] == {
        "by": {"capability": "bursts"},
        "start": "2026-03-01T12:01:00.000Z",
        "end": "2026-03-01T12:01:20.000Z",
    }
    assert wanted(BURSTS, 80.5, until_s=80).source.capability == FAST


def test_other_segments_and_templates_keep_the_source() -> None:
    own = {"segment": {"time": "1min"}, "storage": {"template": "x/{camera}_{start}"}}
    config = file(low=LOW, short=span(60, 90, **own))
    before, during = wanted(config, 30), wanted(config, 70)
    assert before.source == during.source
    assert during.output.segment_time == timedelta(minutes=1)
    assert during.output.segment_bytes == before.output.segment_bytes
    assert during.output.naming.attempt == "x/{camera}_{start}"
    assert during.output.naming.logs == before.output.naming.logs
    assert wanted(config, 100).output == before.output


def test_each_change_is_an_edge_and_told_at_its_own_time() -> None:
    moments = [-100.0, 30, 58, 70, 100]
    states = [at_once(BURSTS, seconds) for seconds in moments]
    assert [state.next_edge for state in states] == [
        at(60 - EARLY_S), at(60 - EARLY_S), at(60), at(90 - EARLY_S), None
    ]  # fmt: skip
    assert [state.next_change for state in states] == [at(60), at(60), at(60), at(90), None]
    assert all(state.next_window is None for state in states)


def test_between_two_edges_nothing_changes() -> None:
    config = file(
        night=span(10, 200),
        bursts=span(60, 90, priority=10, capability=BURST_CAPABILITY),
        short=span(80, 95, segment={"time": "1s"}),
        later=span(203, 230, capability="jpeg 1280x720 @5fps"),
    )
    edges = [at(-50)]
    while (edge := at_once(config, (edges[-1] - NOON).total_seconds()).next_edge) is not None:
        edges.append(edge)
    assert len(edges) > 10
    for start, end in pairwise(edges):
        first = at_once(config, (start - NOON).total_seconds()).wanted
        last = at_once(config, (end - NOON).total_seconds() - 0.001).wanted
        assert first == last, start


def test_what_a_device_has_not_is_not_obeyed_and_said() -> None:
    one = wanted(BURSTS, 70, HD)
    assert one.source.capability == HD
    assert one.provenance["requested"] == "jpeg 1280x720 @30fps"
    assert "no capability matches jpeg 640x480 @120fps" in str(one.provenance["unmatched"])
    assert at_once(BURSTS, 70, SLOW).wanted["side"].trouble.cause is Cause.NO_CAPABILITY  # type: ignore[union-attr]


def recorder(recording: Recording) -> Recorder:
    return Recorder("side", phase=Phase.RECORDING, recording=recording, port=9001)


def test_a_changeover_waits_for_what_was_filmed_and_blames_nobody() -> None:
    low, burst = wanted(BURSTS, 30), wanted(BURSTS, 60 - EARLY_S)
    (stop,) = plan({"side": burst}, {"side": recorder(low)}, now=at(56), now_s=0, views=looked())
    assert stop == Stop(
        "side",
        "by schedule bursts: jpeg 1280x720 @5fps -> jpeg 640x480 @120fps",
        linger_s=TAIL_S,
        cause=Cause.CAPABILITY_CHANGED,
    )
    (back,) = plan({"side": low}, {"side": recorder(burst)}, now=at(90), now_s=0, views=looked())
    assert isinstance(back, Stop)
    assert back.why.startswith("by schedule low: jpeg")
    assert blame_of(stop.cause) is Blame.NOBODY
    assert plan({"side": burst}, {}, now=at(57), now_s=0, views={}) == (Start("side", burst),)


def test_a_list_that_is_new_does_not_hold_a_schedule_back() -> None:
    low, burst = wanted(BURSTS, 30), wanted(BURSTS, 60)
    fresh = {"http://rig:8000": View(Roster.unknown().fold((Device(0, "x", (FAST,)),), now_s=0.0))}
    (stop,) = plan({"side": burst}, {"side": recorder(low)}, now=at(60), now_s=0, views=fresh)
    assert isinstance(stop, Stop)


def test_the_same_capability_by_another_selector_leaves_the_recorder_alone() -> None:
    config = file(
        ever={"cameras": "all", "always": True},
        other=span(60, 90, capability="jpeg >=720p @30fps"),
    )
    before, during = wanted(config, 30), wanted(config, 70)
    assert before.source == during.source
    assert plan({"side": during}, {"side": recorder(before)}, now=at(70), now_s=0, views={}) == (
        Update("side", during),
    )


def test_how_an_attempt_was_told_to_end_is_kept_until_it_has() -> None:
    order = Stop("side", "by schedule bursts", linger_s=1.0, cause=Cause.CAPABILITY_CHANGED)
    before = Recorder(
        "side", phase=Phase.RECORDING, recording=wanted(BURSTS, 30), port=9001,
        location=SPAWNED.location,
    )  # fmt: skip
    story, notes = Story(), list[Note]()
    for event, now_s in ((order, 0.0), (Tick(), 1.0), (Exited(STARTING), 1.1)):
        after, _ = step(before, event, now_s=now_s)
        story, told = story.after(before, after, event, at=at(now_s))
        notes += told
        before = after
    (ended,) = notes
    assert isinstance(ended, AttemptEnded)
    assert (ended.cause, ended.why, ended.trouble) == (
        Cause.CAPABILITY_CHANGED, "by schedule bursts", None
    )  # fmt: skip


CHANGED = Trouble(Cause.CAPABILITY_CHANGED, "by schedule bursts")
STARTING = Trouble(Cause.STARTING, "the first frame was waited for")


def cause_of(*troubles: tuple[float, Trouble]) -> Cause:
    """Return the cause of a gap from 10 s to 11 s."""
    book = Book("side", at(0)).want([Window(at(0), at(60))])
    book = book.recorded_before([Window(at(0), at(10)), Window(at(11), at(60))])
    for seconds, trouble in troubles:
        book = book.suffered(trouble, since=at(seconds), until=at(seconds + 0.1))
    (gap,) = book.gaps(at=at(60), pipe=timedelta(0))
    return gap.trouble.cause


def test_a_changeovers_gap_is_by_the_change_unless_something_went_wrong() -> None:
    refused = Trouble(Cause.SERVER_REFUSED, "busy")
    over = Trouble(Cause.STOPPED, "no longer wanted")
    assert cause_of((10.5, CHANGED), (10.6, STARTING)) is Cause.CAPABILITY_CHANGED
    assert cause_of((10.4, STARTING), (10.5, CHANGED)) is Cause.CAPABILITY_CHANGED
    assert cause_of((10.5, CHANGED), (10.7, refused)) is Cause.SERVER_REFUSED
    assert cause_of((10.5, CHANGED), (12.5, over)) is Cause.CAPABILITY_CHANGED


def test_who_is_at_odds_is_told_once_with_what_would_be_right() -> None:
    config = file(low=LOW, bursts=span(60, 90, capability=BURST_CAPABILITY))
    (one,) = odds(config, between=Window(at(0), at(999)), zone=UTC_ZONE)
    assert one.conflict.window == Window(at(60), at(90))
    assert str(one) == (
        "bursts differs on `capability` of side, and has the same priority (0): low is obeyed, "
        "as it stands first; write priority: 1 in the one that is to be"
    )
    assert odds(BURSTS, between=Window(at(0), at(999)), zone=UTC_ZONE) == ()
    assert wanted(config, 70).source.capability == SLOW


def test_cameras_that_share_their_schedules_are_judged_once() -> None:
    every = {"cameras": "all", "every": "2min", "for": "30s"}
    config = file(
        low={**every, "capability": LOW["capability"]},
        bursts={**every, "capability": BURST_CAPABILITY},
    )
    cameras = {f"c{number}": config.cameras["side"] for number in range(16)}
    config = config.model_copy(update={"cameras": cameras})
    with within_cpu_s(1.0):
        (one,) = odds(config, between=Window(at(0), at(14 * 86400)), zone=UTC_ZONE)
    assert one.cameras == tuple(cameras)


def test_a_run_says_once_that_schedules_are_at_odds(caplog: pytest.LogCaptureFixture) -> None:
    config = file(low=LOW, bursts=span(60, 90, capability=BURST_CAPABILITY))
    reports, horizon = Reports(), Horizon(UTC_ZONE)
    reports.odds(config, horizon, at(0))
    reports.odds(config, horizon, at(1))
    assert [record.message for record in caplog.records] == ["schedules are at odds"]
    reports.odds(file(low=LOW), horizon, at(3))
    assert len(caplog.records) == 1


def test_what_a_schedule_asks_for_in_vain_is_drift(caplog: pytest.LogCaptureFixture) -> None:
    config, horizon = BURSTS, Horizon(UTC_ZONE)
    burst = {"side": wanted(BURSTS, 70, HD)}
    resolved = resolve(config, looked(HD), {"side": BURST})
    observed = {"side": replace(recorder(burst["side"]), began=at(56))}
    found = drifts(config, burst, resolved, observed, horizon)
    drift = found["side"]
    assert drift.words == (
        "wanted jpeg 640x480 @120fps, recording jpeg 1280x720 @30fps, the camera's own capability"
    )
    assert drift.unmet.startswith("no capability matches jpeg 640x480 @120fps")
    reports = Reports()
    (told,) = reports.drifts(found, observed, burst, now=at(57))
    assert (told.what, told.camera) == ("drift", "side")
    assert drift.words in told.detail
    assert reports.drifts(found, observed, burst, now=at(58)) == ()
    own = {"side": replace(recorder(wanted(BURSTS, 30)), began=at(56))}
    later = {"side": wanted(BURSTS, 100)}
    assert drifts(config, later, resolve(config, looked()), own, horizon) == {}
    (over,) = reports.drifts({}, own, later, now=at(91))
    assert over.what == "drift over"
    assert [record.message for record in caplog.records] == ["drift"]
