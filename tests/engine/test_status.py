"""What a status says of the next change: the window's own edge, not the loop's."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.values import recording
from thorsched.catalogue.applied import RevisionApplied
from thorsched.config.load import Loaded, load
from thorsched.engine.desired import Horizon, desired
from thorsched.engine.filenews import Standing
from thorsched.engine.sources import Chosen
from thorsched.engine.status import Edge, Status, Thought, summarise
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.trouble import Cause, Trouble

FILE = """\
version: 1
timezone: UTC
server: http://127.0.0.1:8000
cameras:
  side: {device: {id: 0}, capability: jpeg 720p}
  top: {device: {id: 1}, capability: jpeg 720p}
schedules:
  noon: {cameras: [side], daily: "12:00-13:00"}
  tea: {cameras: [top], daily: "16:00-16:05"}
"""
TROUBLE = Trouble(Cause.ASKING, "")
AMBIGUOUS = Trouble(Cause.AMBIGUOUS_DEVICE, "name 'HD*' fits 2 devices")
NOW_S = 1000.0


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    path = tmp_path / "recordings.yaml"
    path.write_text(FILE)
    return load(path)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-01T{text}").replace(tzinfo=UTC)


def status(
    loaded: Loaded,
    now: datetime,
    *,
    until: datetime | None = None,
    trouble: Trouble | Chosen = TROUBLE,
    recorders: Mapping[str, Recorder] | None = None,
) -> Status:
    resolved = dict.fromkeys(loaded.config.cameras, trouble)
    horizon = Horizon(ZoneInfo("UTC"), until)
    return summarise(
        at=now,
        standing=Standing(loaded, RevisionApplied(now, loaded.revision, loaded.path, loaded.text)),
        thought=Thought(
            resolved,
            desired(loaded.config, resolved, now=now, horizon=horizon, latencies={}, revision=""),
            until,
        ),
        recorders=recorders or {},
        tallies={},
        archivist_at=None,
        now_s=NOW_S,
    )


@pytest.mark.parametrize(
    ("now", "edge"),
    [
        ("09:00:00", Edge(moment("12:00"), is_start=True)),
        ("11:59:56.9", Edge(moment("12:00"), is_start=True)),
        ("11:59:58", Edge(moment("12:00"), is_start=True)),
        ("12:00:01", Edge(moment("13:00"), is_start=False)),
        ("12:59:58", Edge(moment("13:00"), is_start=False)),
        ("12:59:59.999", Edge(moment("13:00"), is_start=False)),
        ("13:00:01", Edge(moment("16:00"), is_start=True)),
        ("16:00:01", Edge(moment("16:05"), is_start=False)),
        ("16:05:01", Edge(moment("12:00") + timedelta(days=1), is_start=True)),
    ],
)
def test_the_next_edge_is_that_of_the_window_whatever_the_lead_and_the_tail(
    loaded: Loaded, now: str, edge: Edge
) -> None:
    assert status(loaded, moment(now)).next_edge == edge


def test_a_change_of_settings_inside_a_window_is_told_at_its_own_time(tmp_path: Path) -> None:
    path = tmp_path / "recordings.yaml"
    burst = '  burst: {cameras: [side], daily: "12:30-12:40", capability: jpeg @60fps}\n'
    path.write_text(FILE + burst)
    burst_file = load(path)
    change = Edge(moment("12:30"), is_start=True, is_change=True)
    assert status(burst_file, moment("12:00:01")).next_edge == change
    assert status(burst_file, moment("12:29:58")).next_edge == change
    assert status(burst_file, moment("12:40:01")).next_edge == Edge(moment("13:00"), is_start=False)


def test_just_after_a_start_no_edge_that_is_past_is_said_to_come(loaded: Loaded) -> None:
    assert status(loaded, moment("12:00:00.3")).next_edge is None


def test_the_end_that_was_asked_for_is_the_next_edge(loaded: Loaded) -> None:
    until = moment("12:30")
    assert status(loaded, moment("12:10"), until=until).next_edge == Edge(until, is_start=False)


def test_the_end_that_was_asked_for_is_told(loaded: Loaded) -> None:
    until = moment("12:30")
    assert status(loaded, moment("09:00"), until=until).until == until
    assert status(loaded, moment("09:00")).until is None


def test_what_stands_in_a_cameras_way_is_told_before_its_window(loaded: Loaded) -> None:
    side, top = status(loaded, moment("09:00"), trouble=AMBIGUOUS).cameras
    assert (side.window, side.trouble, top.trouble) == (None, AMBIGUOUS, AMBIGUOUS)
    asked = status(loaded, moment("09:00")).cameras
    assert [camera.trouble for camera in asked] == [None, None], "asking is no trouble yet"


def test_a_recorder_that_backs_off_says_for_how_long_and_no_other_does(loaded: Loaded) -> None:
    waiting = Recorder("top", phase=Phase.BACKING_OFF, retry_at_s=NOW_S + 6.5)
    side, top = status(loaded, moment("09:00"), recorders={"top": waiting}).cameras
    assert (side.retry_in_s, top.retry_in_s) == (None, 6.5)


def test_an_edit_that_cannot_take_effect_is_told_although_nothing_is_missed(
    loaded: Loaded,
) -> None:
    full = Trouble(Cause.STORAGE, "no room")
    failed = Recorder("top", phase=Phase.BACKING_OFF, retry_at_s=NOW_S + 2, trouble=full)
    going = Recorder("top", phase=Phase.RECORDING, recording=recording("top"), successor=failed)
    _, top = status(loaded, moment("09:00"), recorders={"top": going}).cameras
    assert str(top.trouble) == "storage: goes on as before the edit: no room"
    assert (top.phase, top.retry_in_s) == (Phase.RECORDING, 2)


def test_what_is_recorded_is_told_although_the_file_names_nothing_that_is_there(
    loaded: Loaded,
) -> None:
    running = recording("top")
    nothing = Trouble(Cause.NO_CAPABILITY, "no capability matches jpeg 4k")
    recorders = {
        "side": Recorder("side", recording=running),
        "top": Recorder("top", phase=Phase.RECORDING, recording=running),
    }
    now = moment("16:01:00")
    side, top = status(loaded, now, trouble=nothing, recorders=recorders).cameras
    assert (side.chosen, side.trouble) == (None, nothing)
    assert top.chosen is not None
    assert (top.chosen.source, top.trouble) == (running.source, nothing)


def test_a_list_that_changed_is_told_from_a_file_that_did(loaded: Loaded) -> None:
    selectors = {"side": "jpeg 1280x720", "top": "jpeg 4k"}
    recorders = {
        name: Recorder(
            name,
            phase=Phase.RECORDING,
            recording=replace(recording(name), provenance={"requested": selector}),
        )
        for name, selector in selectors.items()
    }
    nothing = Trouble(Cause.NO_CAPABILITY, "no capability matches")
    side, top = status(loaded, moment("16:01:00"), trouble=nothing, recorders=recorders).cameras
    assert (side.is_in_file, top.is_in_file) == (True, False)
