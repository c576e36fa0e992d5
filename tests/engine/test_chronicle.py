"""What a loop's passes leave in the journal: gaps with causes, and what has happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engine.test_loop import FILE, House
from tests.support.revisions import look
from tests.support.values import NOON, recording
from thorsched.cameras.roster import Roster
from thorsched.catalogue.applied import RevisionApplied
from thorsched.catalogue.entries import (
    CameraPast,
    Gap,
    Past,
    Run,
    Stretch,
    Stretches,
)
from thorsched.engine.cuts import CUT_SHORT
from thorsched.engine.sources import View
from thorsched.recording.history import AttemptEnded
from thorsched.recording.lifecycle import Exited, Grew, Phase
from thorsched.recording.segments import Described, Segment
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window

STALLED = Trouble(Cause.STALLED, "no new frame for 3.0 s")
KILLED = Run(pid=42, version="0.1.0", began=NOON - timedelta(hours=1), last_pass=NOON)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "recordings.yaml")


def passes(house: House, seconds: float) -> None:
    """Let passes come every half second meanwhile; what records grows."""
    for _ in range(round(2 * seconds)):
        for camera, recorder in house.recorders.recorders.items():
            if recorder.phase is Phase.RECORDING:
                grown = Grew(recorder.size_bytes + 1, recorder.open_segment)
                house.recorders.happened(camera, grown)
        house.after(0.5)


def stretches(house: House, camera: str) -> list[Stretch]:
    """Return what the journal knows of a camera's wants."""
    told = [
        e
        for entry in house.journal.entries
        if isinstance(entry, Stretches)
        for e in entry.stretches
    ]
    rows = {one.start: one for one in told if one.camera == camera}
    return [one for one in rows.values() if not one.is_empty]


def gap_of(house: House, camera: str) -> Gap:
    (gap,) = house.journal.gaps(camera)
    return gap


def described(house: House, camera: str, start_s: float, end_s: float, name: str) -> None:
    wanted = recording(camera)
    span = Window(NOON + timedelta(seconds=start_s), NOON + timedelta(seconds=end_s))
    segment = Segment(Path(name), wanted, NOON, ())
    house.loop.described(Described(segment, 1000, 100, span, finalised=True))


def test_a_camera_that_records_from_the_windows_start_has_no_gap(house: House) -> None:
    house.after(0)
    passes(house, 15)
    assert house.journal.gaps("side") == []
    assert house.journal.last_pass == NOON + timedelta(seconds=15)


def test_since_when_frames_come_is_known_over_segments_and_gone_with_a_break(house: House) -> None:
    house.after(0)
    passes(house, 15)
    described(house, "side", 0, 10, "side_1-00000.mkv")
    passes(house, 5)
    now = house.clock.now()
    since = house.chronicle.recorded_since(["side", "top", "nobody"], at=now)
    assert since.keys() == {"side", "top"}
    assert all(abs(one - NOON) < timedelta(seconds=1) for one in since.values())
    house.recorders.happened("side", Exited(STALLED))
    house.recorders.broken = {"side"}
    passes(house, 3)
    assert house.chronicle.recorded_since(["side"], at=house.clock.now()) == {}
    house.recorders.broken = set()
    passes(house, 30)
    again = house.chronicle.recorded_since(["side"], at=house.clock.now())["side"]
    assert again > now


def test_a_refusal_leaves_one_gap_with_its_words_however_often_it_is_tried(house: House) -> None:
    house.recorders.broken = {"side"}
    house.after(0)
    passes(house, 100)
    gap = gap_of(house, "side")
    assert (gap.start, gap.end) == (NOON, None)
    assert gap.trouble == Trouble(Cause.SERVER_REFUSED, "busy")
    assert house.journal.gaps("top") == []
    assert house.journal.happened().count("trouble") == 1


@pytest.mark.fault(48)
def test_begun_inside_a_window_the_gap_is_from_the_windows_start(house: House) -> None:
    house.clock.advance(600)
    house.after(1)
    passes(house, 3)
    gap = gap_of(house, "side")
    assert gap.start == NOON
    assert gap.end is not None
    assert abs(gap.end - (NOON + timedelta(seconds=601))) < timedelta(seconds=1)
    assert gap.trouble.cause is Cause.BEGAN_LATER


def test_after_a_run_that_was_killed_the_time_between_is_a_gap(house: House) -> None:
    house.chronicle.remember(Past(KILLED, {}))
    house.clock.advance(600)
    house.after(1)
    passes(house, 3)
    gap = gap_of(house, "side")
    assert gap.start == NOON
    assert gap.end is not None
    assert gap.trouble.cause is Cause.NOT_RUNNING
    assert gap.trouble.detail.startswith("process 42 was killed, or its machine stopped; last at")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("Ctrl-C", "thorsched was ended: by Ctrl-C (process 42), last at work "),
        ("--for", "thorsched was ended: by --for (process 42), last at work "),
        ("hung", "thorsched did not run: process 42 made no pass any more; last at work "),
    ],
)
def test_the_gap_after_a_run_that_was_ended_says_by_what(
    house: House, how: str, words: str
) -> None:
    ended = replace(KILLED, ended=NOON, how=how)
    house.chronicle.remember(Past(ended, {}))
    house.clock.advance(600)
    house.after(1)
    passes(house, 3)
    gap = gap_of(house, "side")
    assert str(gap.trouble).startswith(words)
    assert gap.end is not None
    assert gap.end - gap.start >= timedelta(seconds=600), "all of the time between"


def test_time_that_the_present_file_does_not_want_is_no_gap(house: House) -> None:
    house.chronicle.remember(Past(replace(KILLED, last_pass=NOON - timedelta(hours=30)), {}))
    house.after(0)
    passes(house, 3)
    (gap,) = house.journal.gaps("side")
    assert (gap.start, gap.end) == (NOON - timedelta(hours=24), NOON - timedelta(hours=23))


def test_what_was_recorded_meanwhile_is_no_gap_though_it_is_described_before_the_first_pass(
    house: House,
) -> None:
    house.chronicle.remember(Past(KILLED, {}))
    house.clock.advance(600)
    described(house, "side", 0, 600, "side_a-00000.mkv")
    house.after(1)
    passes(house, 3)
    side, top = house.journal.gaps("side"), house.journal.gaps("top")
    assert all(gap.start >= NOON + timedelta(seconds=600) for gap in side)
    assert top[0].start == NOON


def test_a_gap_of_a_camera_that_left_the_file_while_it_was_not_read_is_ended(house: House) -> None:
    left = Gap("gone", NOON - timedelta(minutes=5), None, STALLED)
    house.chronicle.remember(Past(KILLED, {"gone": CameraPast(gaps=(left,))}))
    house.clock.advance(600)
    house.after(0)
    gap = gap_of(house, "gone")
    assert (gap.start, gap.end, gap.trouble.cause) == (left.start, NOON, Cause.STALLED)


@pytest.mark.fault(45, 47)
def test_a_clock_that_is_set_forward_is_the_cause_of_what_is_not_there(house: House) -> None:
    house.after(0)
    passes(house, 3)
    house.clock.step_wall(1200.0)
    passes(house, 1)
    house.recorders.happened("side", Exited(STALLED))
    described(house, "side", 0, 4, "side_1-00000.mkv")
    passes(house, 3)
    gap = gap_of(house, "side")
    assert gap.trouble.cause is Cause.CLOCK
    assert gap.start == NOON + timedelta(seconds=4)
    assert gap.end is not None
    assert gap.end - gap.start > timedelta(seconds=1199)
    assert "clock jumped" in house.journal.happened()


@pytest.mark.fault(45, 49)
@pytest.mark.parametrize("back", [timedelta(hours=1), NOON - datetime(1970, 1, 1, tzinfo=UTC)])
def test_a_clock_that_is_behind_the_journal_takes_no_gap_back_and_ends_what_went_on(
    house: House, back: timedelta
) -> None:
    settled = Gap("side", NOON - timedelta(minutes=5), NOON - timedelta(minutes=4), STALLED)
    went_on = Gap("side", NOON - timedelta(minutes=2), None, STALLED)
    house.journal.kept["side"] = {gap.start: gap for gap in (settled, went_on)}
    house.chronicle.remember(Past(KILLED, {"side": CameraPast(gaps=(settled, went_on))}))
    house.clock.step_wall(-back.total_seconds())
    house.after(0)
    passes(house, 3)
    house.clock.step_wall(back.total_seconds())
    passes(house, 3)
    told = house.journal.gaps("side")
    assert settled in told
    assert replace(went_on, end=NOON) in told


@pytest.mark.fault(49)
@pytest.mark.parametrize(
    ("last_s", "begun_s"), [(None, -1.0), (-300.0, -300.0), (-8 * 86_400.0, -7 * 86_400.0)]
)
def test_a_clock_that_stood_in_1970_tells_nothing_of_what_was_wanted_before(
    house: House, last_s: float | None, begun_s: float
) -> None:
    house.path.write_text(FILE.replace('daily: "12:00-13:00"', "always: true"))
    look(house.revisions)
    if last_s is not None:
        last = replace(KILLED, last_pass=NOON + timedelta(seconds=last_s))
        house.chronicle.remember(Past(last, {}))
    behind_s = NOON.timestamp() - 20.0
    house.clock.step_wall(-behind_s)
    house.after(0)
    passes(house, 3)
    house.clock.step_wall(behind_s)
    house.clock.advance(1)
    right = house.clock.now()
    passes(house, 3)
    told = [one for one in stretches(house, "side") if one.start.year > 1970]
    wanted_s = (told[0].start - right).total_seconds()
    assert wanted_s == pytest.approx(begun_s, abs=10)
    assert len(told) == 1


@pytest.mark.fault(45)
def test_a_gap_is_kept_while_the_clock_is_behind_it_and_there_once_afterwards(
    house: House,
) -> None:
    house.recorders.broken = {"side"}
    house.after(0)
    passes(house, 3)
    gap = gap_of(house, "side")
    house.clock.step_wall(-60.0)
    passes(house, 3)
    assert gap_of(house, "side") == gap
    passes(house, 120)
    assert gap_of(house, "side").start == gap.start


def test_an_edit_that_replaces_a_recorder_says_so(house: House) -> None:
    house.after(0)
    passes(house, 10)
    why = "replaced: capability jpeg 1280x720 @30fps -> jpeg 640x480 @30fps"
    at = house.clock.now()
    house.chronicle.note(AttemptEnded(at, Path("side"), "side", None, why))
    described(house, "side", 0, 10, "side_20260301T120000Z-00000.mkv")
    house.recorders.recorders.pop("side")
    house.recorders.hung = {"side"}
    house.after(2)
    gap = gap_of(house, "side")
    assert gap.start == at
    assert gap.trouble == Trouble(Cause.STOPPED, why)


def test_a_successor_that_an_edit_ends_is_no_reason_for_a_gap(house: House) -> None:
    house.recorders.hung = {"side"}
    house.after(0)
    passes(house, 2)
    ended = AttemptEnded(
        house.clock.now(), Path("side"), "side", None, "the edit was undone", is_beside=True
    )
    house.chronicle.note(ended)
    passes(house, 2)
    assert gap_of(house, "side").trouble.cause is Cause.STARTING
    house.chronicle.note(replace(ended, is_beside=False))
    passes(house, 2)
    assert gap_of(house, "side").trouble.cause is Cause.STOPPED


def test_an_edit_in_the_middle_of_a_pass_is_told_as_applied_and_nothing_else(house: House) -> None:
    house.after(0)
    house.path.write_text(FILE + "nonsense: 1\n")
    look(house.revisions)
    house.after(1)
    house.path.write_text(FILE.replace("cameras: all", "cameras: [top]"))
    house.servers.meanwhile = lambda: look(house.revisions)
    house.after(1)
    house.after(1)
    what = [one for one in house.journal.happened() if one.startswith("file")]
    assert what == ["file not applied", "file applied"]


def test_file_and_servers_are_told_of_when_they_change_and_once(house: House) -> None:
    house.after(0)
    house.path.write_text(FILE + "nonsense: 1\n")
    look(house.revisions)
    house.after(1)
    house.path.write_text(FILE)
    look(house.revisions)
    house.after(1)
    house.path.write_text(FILE.replace("cameras: all", "cameras: [top]"))
    look(house.revisions)
    house.after(1)
    silent = Trouble(Cause.SERVER_UNREACHABLE, "no route")
    reached = house.servers.view
    for view in (View(Roster.unknown(), problem=silent), reached):
        house.servers.view = view
        house.after(1)
        house.after(1)
    what = [one for one in house.journal.happened() if one != "trouble"]
    assert what == [
        "server reached",
        "file not applied",
        "file as before",
        "file applied",
        CUT_SHORT,
        "server not to be asked",
        "server reached",
    ]


def test_a_file_that_is_wrong_from_the_first_pass_on_is_told_of(house: House) -> None:
    house.path.write_text(FILE + "nonsense: 1\n")
    look(house.revisions)
    house.after(0)
    house.after(1)
    assert house.journal.happened().count("file not applied") == 1


def test_a_program_that_stood_still_says_so(house: House) -> None:
    house.after(0)
    house.after(600)
    assert "program stood still" in house.journal.happened()


def test_at_the_end_every_gap_has_an_end(house: House) -> None:
    house.recorders.broken = {"side"}
    house.after(0)
    passes(house, 5)
    house.loop.end_within(timedelta(0))
    until = house.clock.now()
    house.after(0.1)
    house.after(1)
    house.loop.finish()
    assert gap_of(house, "side").end == until
    assert house.journal.last_pass == until


def test_a_bug_in_the_books_costs_no_recording(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.chronicle.remember(Past(KILLED, {"side": None}))  # type: ignore[dict-item]
    house.after(1)
    house.after(1)
    assert house.recorders.begun == 2
    assert [one.message for one in caplog.records if one.exc_info] == [
        "a bug in the journal's gaps"
    ]


def test_the_journal_of_another_root_is_told_of_the_gaps_that_go_on(house: House) -> None:
    house.recorders.broken = {"side"}
    house.after(0)
    passes(house, 5)
    house.journal.kept.clear()
    passes(house, 1)
    assert house.journal.gaps("side") == [], "it is not told twice"
    house.path.write_text(FILE.replace("cameras:\n", "storage: {root: elsewhere}\ncameras:\n", 1))
    look(house.revisions)
    passes(house, 1)
    assert gap_of(house, "side").start == NOON


def test_with_a_new_journal_what_was_recorded_in_the_window_is_no_gap(house: House) -> None:
    recorded = Window(NOON, NOON + timedelta(seconds=600))
    house.chronicle.remember(Past(None, {"side": CameraPast(recorded=(recorded,))}))
    house.clock.advance(630)
    passes(house, 3)
    gap, top = gap_of(house, "side"), gap_of(house, "top")
    assert (gap.start, top.start) == (recorded.end, NOON)
    assert gap.trouble.cause is Cause.BEGAN_LATER


def test_the_journal_knows_when_a_camera_is_wanted_by_whom_and_until_when(house: House) -> None:
    house.after(0)
    passes(house, 15)
    (stretch,) = stretches(house, "side")
    (window,) = {r.recording.window for r in house.recorders.recorders.values() if r.recording}
    assert (stretch.start, stretch.end) == (NOON, window.end)
    assert stretch.schedules == ("noon",)
    assert stretch.revision == house.revisions.current.revision
    told = [entry for entry in house.journal.entries if isinstance(entry, Stretches)]
    assert len(told) == 2, "once a camera"


def test_each_revision_that_is_taken_is_told_with_its_text(house: House) -> None:
    house.revisions.start()
    house.after(0)
    passes(house, 2)
    edited = house.path.read_text() + "about: {subject: m042}\n"
    house.path.write_text(edited)
    look(house.revisions)
    passes(house, 2)
    applied = [entry for entry in house.journal.entries if isinstance(entry, RevisionApplied)]
    assert [one.text for one in applied][1:] == [edited]
    assert [one.at for one in applied] == [NOON, NOON + timedelta(seconds=2)]
    assert len(stretches(house, "side")) == 1, "an edit of something else is no new stretch"
