"""What should be true now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.values import NOON, recording, source
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, Unready, desired, wanted_between
from thorsched.engine.sources import Chosen
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window

UTC_ZONE = ZoneInfo("UTC")
BOND = Chosen(source(), "jpeg 1280x720 @30fps", 0)
GONE = Trouble(Cause.NO_DEVICE, "no device with id 0")
LEAD_S, TAIL_S = 3.0, 1.0


def config(schedules: dict[str, object], **more: object) -> Config:
    return Config.model_validate(
        {
            "version": 1,
            "timezone": "UTC",
            "cameras": {"side": {"device": {"id": 0}, "capability": "jpeg 1280x720 @30fps"}},
            "schedules": schedules,
            **more,
        }
    )


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def text(seconds: float) -> str:
    return f"{at(seconds):%Y-%m-%dT%H:%M:%S}Z"


def span(start_s: int, end_s: int) -> dict[str, object]:
    return {"cameras": "all", "from": text(start_s), "to": text(end_s)}


MINUTE = config({"pilot": span(0, 60)})


def wanted(
    file: Config, seconds: float, *, until: datetime | None = None
) -> Recording | Unready | None:
    horizon = Horizon(UTC_ZONE, until)
    return desired(
        file, {"side": BOND}, now=at(seconds), horizon=horizon, latencies={}, revision=""
    ).wanted.get("side")


@pytest.mark.parametrize(
    ("seconds", "is_wanted"),
    [
        (-3.001, False),
        (-3.0, True),  # the lead: the first frame of the window must be on disk
        (0, True),
        (59.999, True),
        (60.0, True),  # the tail: the last frame still sits in SRT's buffer
        (60.999, True),
        (61.0, False),
    ],
)
def test_a_camera_is_wanted_from_lead_before_its_window_to_tail_after_it(
    seconds: float, *, is_wanted: bool
) -> None:
    assert (wanted(MINUTE, seconds) is not None) == is_wanted


def test_a_recording_says_what_was_asked_for_and_why() -> None:
    file = config(
        {"pilot": span(0, 60), "other": span(30, 90), "off": {**span(0, 999), "enabled": False}},
        about={"subject": "m042"},
        segment={"time": "5min"},
    )
    recording = wanted(file, 10)
    assert isinstance(recording, Recording)
    assert recording.source == BOND.source
    assert recording.window == Window(at(0), at(90))
    assert recording.output.segment_time == timedelta(minutes=5)
    assert recording.provenance["schedules"] == ["pilot", "other"]
    assert recording.provenance["about"] == {"subject": "m042"}


def test_a_camera_without_a_source_is_unready_with_its_trouble() -> None:
    state = desired(
        MINUTE, {"side": GONE}, now=at(1), horizon=Horizon(UTC_ZONE), latencies={}, revision=""
    )
    (unready,) = state.wanted.values()
    assert isinstance(unready, Unready)
    assert (unready.window, unready.trouble) == (Window(at(0), at(60)), GONE)
    assert unready.allows(recording(of=replace(source(), server="http://192.168.177.100:8000")))
    assert not unready.allows(recording(of=source(device_id=1)))


def test_an_edit_does_not_shorten_the_tail_of_a_recorder_that_runs() -> None:
    running = {"side": timedelta(seconds=3)}
    state = desired(
        MINUTE,
        {"side": BOND},
        now=at(63.1),
        horizon=Horizon(UTC_ZONE),
        latencies=running,
        revision="",
    )
    assert "side" in state.wanted
    assert wanted(MINUTE, 63.1) is None


def test_windows_that_close_together_are_one_uninterrupted_recording() -> None:
    file = config({"one": span(0, 60), "two": span(62, 120)})
    assert all(wanted(file, seconds / 10) is not None for seconds in range(1200))
    during_the_seam = wanted(file, 61)
    assert isinstance(during_the_seam, Recording)
    assert during_the_seam.window == Window(at(62), at(120))


def test_the_horizon_cuts_every_window_and_keeps_its_tail() -> None:
    ever = config({"ever": {"cameras": "all", "always": True}})
    assert wanted(ever, 10, until=at(20)) is not None
    assert wanted(ever, 20.6, until=at(20)) is not None
    assert wanted(ever, 21.1, until=at(20)) is None
    state = desired(
        ever,
        {"side": BOND},
        now=at(10),
        horizon=Horizon(UTC_ZONE, at(20)),
        latencies={},
        revision="",
    )
    assert state.next_edge == at(21)


def test_always_has_no_next_edge() -> None:
    ever = config({"ever": {"cameras": "all", "always": True}})
    state = desired(
        ever, {"side": BOND}, now=at(10), horizon=Horizon(UTC_ZONE), latencies={}, revision=""
    )
    assert state.next_edge is None


def test_the_zone_of_the_machine_is_for_files_without_one() -> None:
    file = Config.model_validate(
        {
            "version": 1,
            "cameras": {"side": {"device": {"id": 0}, "capability": "jpeg 720p"}},
            "schedules": {"noon": {"cameras": "all", "daily": "12:00-13:00"}},
        }
    )
    half_past_noon_utc = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    for zone, is_wanted in (("UTC", True), ("America/New_York", False)):
        horizon = Horizon(ZoneInfo(zone))
        state = desired(
            file, {"side": BOND}, now=half_past_noon_utc, horizon=horizon, latencies={}, revision=""
        )
        assert bool(state.wanted) == is_wanted


spans = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 60)).map(lambda s: (s[0], s[0] + s[1])),
    min_size=1,
    max_size=5,
)
moments = st.integers(-100, 4000).map(lambda tenths: tenths / 10)


@given(spans, moments)
def test_wanted_agrees_with_the_windows_and_nothing_changes_before_the_next_edge(
    chosen: list[tuple[int, int]], seconds: float
) -> None:
    file = config({f"s{n}": span(start, end) for n, (start, end) in enumerate(chosen)})

    def is_wanted(moment_s: float) -> bool:
        return any(start - LEAD_S <= moment_s < end + TAIL_S for start, end in chosen)

    state = desired(
        file, {"side": BOND}, now=at(seconds), horizon=Horizon(UTC_ZONE), latencies={}, revision=""
    )
    assert ("side" in state.wanted) == is_wanted(seconds)
    edge_s = (state.next_edge - NOON).total_seconds() if state.next_edge else 1000.0
    assert edge_s > seconds
    probes = [s / 10 for s in range(round(seconds * 10), min(round(edge_s * 10), 4500))]
    assert all(is_wanted(s) == is_wanted(seconds) for s in probes)


@given(spans, moments, moments)
def test_wanted_time_is_the_union_of_the_windows_without_lead_and_tail(
    chosen: list[tuple[int, int]], one_s: float, other_s: float
) -> None:
    start_s, end_s = min(one_s, other_s), max(one_s, other_s) + 1
    file = config({f"s{n}": span(start, end) for n, (start, end) in enumerate(chosen)})
    windows = wanted_between(
        file, "side", between=Window(at(start_s), at(end_s)), horizon=Horizon(UTC_ZONE)
    )
    tenths = {t for start, end in chosen for t in range(start * 10, end * 10)}
    inside = {t for t in tenths if round(start_s * 10) <= t < round(end_s * 10)}
    assert round(sum(w.length.total_seconds() for w in windows) * 10) == len(inside)
