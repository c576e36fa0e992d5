"""The live table: drawn on a healthy terminal, and in nobody's way on a stuck one."""

import logging
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.drawing import NOON, SOON_S, Terminal, camera, drawn, status, view, wrong_file
from tests.reload.edits import AT, EDIT, applied, change
from tests.support.pauses import asked
from tests.support.revisions import applied_text
from tests.support.values import window
from tests.support.waiting import eventually
from thorsched.base import logs
from thorsched.base.clock import SystemClock
from thorsched.catalogue.applied import Difference, Effect
from thorsched.cli.console import Screen
from thorsched.cli.run.live import LiveView
from thorsched.config.load import Mistake
from thorsched.engine.filenews import Looked, Verdict
from thorsched.engine.status import Edge
from thorsched.engine.tally import Tally
from thorsched.engine.wrong import Kind, Wrong
from thorsched.recording.lifecycle import Phase
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window

log = logging.getLogger("thorsched.tests")


def test_a_status_is_drawn_and_log_lines_pass_above_it(terminal: Terminal) -> None:
    terminal.is_open.set()
    logs.set_up(sys.stderr)
    with view(terminal) as live:
        live.show(status(0))
        assert terminal.shows("revision 01234567")
        log.info("recorder exited")
        assert logs.flush(SOON_S)
        live.say("finalising")
        live.show(status(1))
        assert terminal.shows("finalising")
    assert not live.is_stuck
    shown = terminal.getvalue()
    line, table = shown.index("recorder exited"), shown.rindex("revision 01234567")
    assert shown.index("revision 01234567") < line < table
    assert shown.endswith("\x1b[2K"), "the table is taken away"


def test_text_from_outside_is_shown_as_it_is_and_moves_no_cursor(terminal: Terminal) -> None:
    terminal.is_open.set()
    with view(terminal) as live:
        trouble = Trouble(Cause.MACHINE, "[red]no[/y] \x1b[9A")
        wrong = wrong_file("line 1: [/x]\nline 2: \x1b[2J")
        live.show(status(0, camera(trouble=trouble), wrong=wrong))
        assert terminal.shows("line 1: [/x]")
        assert terminal.shows("line 2: \\x1b[2J")
        assert terminal.shows("[red]no[/y] \\x1b[9A")


def test_a_paused_terminal_stops_neither_who_shows_nor_the_end(terminal: Terminal) -> None:
    streams, clock = (sys.stdout, sys.stderr), SystemClock()
    logs.set_up(sys.stderr)
    began_s = clock.monotonic_s()
    with view(terminal) as live:
        assert terminal.is_entered.wait(SOON_S)
        for second in range(1000):
            live.show(status(second))
            log.info("second %d", second)
    assert clock.monotonic_s() - began_s < SOON_S
    assert live.is_stuck
    assert (sys.stdout, sys.stderr) == streams


def test_a_terminal_that_comes_back_shows_the_latest_status(terminal: Terminal) -> None:
    with view(terminal) as live:
        assert terminal.is_entered.wait(SOON_S)
        for second in range(10):
            live.show(status(second, wrong=wrong_file(f"mistake {second}.")))
        terminal.is_open.set()
        assert terminal.shows("mistake 9.")
    assert "mistake 5." not in terminal.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_a_long_name_gives_way_and_no_number_does(terminal: Terminal, width: int) -> None:
    name = "the-overhead-camera-of-the-second-cage-in-room-4"
    one = camera(name, phase=Phase.BACKING_OFF, missed_s=123456.0, kept_bytes=123 * 10**9)
    wanted = Tally().want([Window(NOON, NOON + timedelta(hours=192, minutes=59))])
    one = replace(one, tally=wanted)
    lines = drawn(terminal, status(0, one), width=width)
    (row,) = [line for line in lines if "backing off" in line]
    assert "the-overhead-camera" in row
    assert "192 h 59 min  34 h 17 min" in row
    assert "123 GB" in row
    assert max(map(len, lines)) <= width


def test_a_wide_terminal_shows_how_fast_the_files_grow(terminal: Terminal) -> None:
    slow = camera(phase=Phase.RECORDING, kept_bytes=10**9)
    fast = camera(phase=Phase.RECORDING, kept_bytes=10**9 + 4 * 10**6)
    lines = drawn(terminal, status(0, slow), status(2, fast), width=120)
    (row,) = [line for line in lines if "recording" in line]
    assert row.endswith("2 MB")


def test_a_file_that_is_gone_is_told_with_the_revision_that_runs_on(terminal: Terminal) -> None:
    gone = wrong_file("recordings.yaml: the file is gone", Kind.GONE)
    lines = drawn(terminal, status(0, wrong=gone))
    now, earlier = NOON.astimezone(), f"{NOON.astimezone():%H:%M}"
    words = f"recordings.yaml is gone since {now:%H:%M:%S}; revision 01234567 of {earlier} runs on:"
    assert words in lines
    assert "recordings.yaml: the file is gone" in lines
    assert "to undo: thorsched history recordings.yaml --restore current" in lines
    title = f"thorsched  revision 01234567 of {earlier}"
    assert lines[0] == f"{title}; file not applied", "whole, however narrow the table is"
    assert drawn(terminal, status(0, wrong=gone), status(1))[0] == title


def test_what_an_edit_cuts_short_is_shown_for_some_minutes_with_the_way_back(
    terminal: Terminal,
) -> None:
    edit = applied(EDIT, at=NOON)
    recorded = f"{(AT - timedelta(minutes=83)).astimezone():%a %d %b %H:%M:%S}"
    words = (
        f"revision c0ffee00 of {NOON.astimezone():%H:%M:%S}"
        f" STOPPED side, recorded since {recorded}: is not in the file any more;"
        f" REPLACED wheel, recorded since {recorded}: device: id 0 -> id 1"
        " to undo: thorsched history '/lab/my night.yaml' --restore 3f2a91ab"
    )
    lines = drawn(terminal, status(299, edit=edit))
    assert words in " ".join(lines)
    assert any(line.startswith("to undo: ") for line in lines), "it can be copied from there"
    assert "c0ffee00" not in " ".join(drawn(terminal, status(1), status(300, edit=edit)))


def test_an_edit_that_cuts_nothing_short_is_summed_up_and_a_start_is_no_edit(
    terminal: Terminal,
) -> None:
    harmless = applied(Difference((change("side", Effect.UNTOUCHED),), ("hooks: 1 -> 2",)), at=NOON)
    head = f"revision c0ffee00 of {NOON.astimezone():%H:%M:%S}"
    words = f"{head}: 1 untouched, and settings of the whole file"
    assert words in drawn(terminal, status(0, edit=harmless))
    start = replace(harmless, was="")
    assert head not in " ".join(drawn(terminal, status(1), status(2, edit=start)))


def test_mistakes_are_shown_up_to_some_and_gone_when_they_are_mended(terminal: Terminal) -> None:
    mistakes = tuple(Mistake("night.yaml", n, 3, "cameras.side", f"no {n}") for n in range(1, 12))
    wrong = Wrong(Kind.MISTAKES, Path("night.yaml"), NOON, "0" * 64, mistakes)
    lines = drawn(terminal, status(0, wrong=wrong))
    assert "night.yaml is wrong since" in " ".join(lines)
    assert "night.yaml:4:3: cameras.side: no 4" in lines
    assert "night.yaml:5:3: cameras.side: no 5" not in lines
    assert "... and 7 more: thorsched check night.yaml" in lines
    assert "wrong" not in " ".join(drawn(terminal, status(0, wrong=wrong), status(1)))


def test_a_wrong_file_stands_above_what_cameras_suffer_as_a_small_screen_cuts_the_end(
    terminal: Terminal,
) -> None:
    gone = wrong_file("recordings.yaml: the file is gone", Kind.GONE)
    suffering = camera(trouble=Trouble(Cause.NO_DEVICE, "none"))
    lines = drawn(terminal, status(0, suffering, wrong=gone))
    wrong = lines.index("recordings.yaml: the file is gone")
    assert wrong < lines.index("side: no such device: none")


def test_what_came_of_a_look_by_hand_is_the_bottom_line_for_a_minute(terminal: Terminal) -> None:
    terminal.is_open.set()
    looked = Looked(NOON, applied_text("", at=NOON), Verdict.APPLIED)
    at = f"{NOON.astimezone():%H:%M:%S}"
    with view(terminal) as live:
        runs = looked.applied.revision
        live.show(replace(status(1, looked=looked), revision=runs))
        assert terminal.shows(f"file looked at {at}: applied revision e3b0c442")
        nothing = replace(looked, at=NOON + timedelta(seconds=2), verdict=Verdict.NOTHING_NEW)
        live.show(replace(status(2, looked=nothing), revision=runs))
        assert terminal.shows("nothing new, revision e3b0c442 runs since")
        gone = wrong_file("recordings.yaml: the file is gone", Kind.GONE)
        live.show(replace(status(3, looked=nothing), revision=runs, wrong=gone))
        assert terminal.shows("Ctrl-C finalises every file and ends"), "it is not so any more"
    lines = drawn(terminal, replace(status(63, looked=nothing), revision=runs))
    assert not [line for line in lines if "looked at" in line]


@pytest.mark.parametrize(
    ("edge", "words"),
    [
        (Edge(NOON + timedelta(hours=1), is_start=False), "next end at {:%H:%M:%S}; Ctrl-C"),
        (
            Edge(NOON + timedelta(hours=1), is_start=True, is_change=True),
            "next change of settings at {:%H:%M:%S}; Ctrl-C",
        ),
        (
            Edge(NOON + timedelta(minutes=1), is_start=True),
            "next start at {:%H:%M:%S} (recorders start 3 s early); Ctrl-C",
        ),
        (Edge(NOON + timedelta(days=2), is_start=False), "next end at {:%a %d %b %H:%M:%S};"),
        (None, "Ctrl-C finalises every file and ends"),
    ],
)
def test_the_next_change_is_the_windows_own_in_local_time(
    terminal: Terminal, edge: Edge | None, words: str
) -> None:
    terminal.is_open.set()
    with view(terminal) as live:
        live.show(status(0, next_edge=edge))
        assert terminal.shows(words.format(edge.at.astimezone() if edge else NOON))
    assert ("next" in terminal.getvalue()) is (edge is not None)


@pytest.mark.parametrize(
    ("edge", "words"),
    [
        (Edge(NOON + timedelta(hours=4), is_start=True), "ends at {:%H:%M:%S}; Ctrl-C"),
        (Edge(NOON + timedelta(hours=3), is_start=False), "ends at {:%H:%M:%S}; Ctrl-C"),
        (None, "ends at {:%H:%M:%S}; Ctrl-C"),
        (Edge(NOON + timedelta(hours=1), is_start=True), "next start at "),
    ],
)
def test_no_change_is_announced_that_lies_beyond_the_end_that_was_asked_for(
    terminal: Terminal, edge: Edge | None, words: str
) -> None:
    terminal.is_open.set()
    until = NOON + timedelta(hours=3)
    with view(terminal) as live:
        live.show(status(0, next_edge=edge, until=until))
        assert terminal.shows(words.format(until.astimezone()))
    assert ("next" in terminal.getvalue()) is words.startswith("next")


@pytest.mark.parametrize(
    ("cameras", "height"), [(4, 24), (4, 18), (4, 14), (8, 24), (30, 24), (30, 5)]
)
def test_the_view_is_never_taller_than_the_screen_pictures_included(
    terminal: Terminal, tmp_path: Path, cameras: int, height: int
) -> None:
    segment = tmp_path / "side-00000.mkv"
    Image.new("RGB", (1280, 720)).save(segment, "JPEG")
    terminal.is_open.set()
    screen = Screen(
        file=terminal, force_terminal=True, width=80, height=height, legacy_windows=False
    )
    with LiveView(screen, pictures=True) as live:
        live.show(status(0, *(camera(f"cam{n}", open_segment=segment) for n in range(cameras))))
        assert terminal.shows("thorsched  revision")
    # Each line is erased as often as the view is tall: what is taller leaves some of it behind.
    _, _, last = terminal.getvalue().rpartition("thorsched  revision")
    assert last.count("\n") <= height - 1, "the line that rich adds included"
    if (cameras, height) == (4, 24):
        assert all(last.count(f"cam{n}") == 2 for n in range(4)), "in the table and a picture"
        assert last.count("▀") >= 4 * 10 * 3


def cleared(terminal: Terminal) -> str:
    """Return what was drawn after the screen was cleared."""
    return terminal.getvalue().partition("\x1b[2J\x1b[H")[2]


def test_drawing_anew_clears_the_screen_and_shows_the_same_status(terminal: Terminal) -> None:
    terminal.is_open.set()
    with view(terminal) as live:
        live.show(status(0, wrong=wrong_file("a mistake.")))
        assert terminal.shows("a mistake.")
        live.redraw()
        assert eventually(lambda: "a mistake." in cleared(terminal))
        live.say("the end.")
        live.show(status(1, wrong=wrong_file("a mistake.")))
        assert terminal.shows("the end.")
    assert cleared(terminal).partition("the end.")[0].count("a mistake.") == 2


def test_lines_that_come_while_the_table_goes_away_do_not_tear_it(terminal: Terminal) -> None:
    terminal.is_open.set()
    logs.set_up(sys.stderr)
    ended = threading.Event()

    def talk() -> None:
        while not ended.wait(0.0005):
            log.info("recorder idle")

    talker = threading.Thread(target=talk)
    with view(terminal) as live:
        live.show(status(0))
        assert terminal.shows("revision 01234567")
        talker.start()
    ended.set()
    talker.join()
    text = terminal.getvalue()
    drawn_at = text.rindex("Ctrl-C finalises every file and ends")
    taken_away_at = text.rindex("\x1b[2K")
    assert drawn_at < taken_away_at
    # A line that waited meanwhile may follow, on the lines that the table has left.
    assert "recorder idle" not in text[drawn_at:taken_away_at]


def test_the_cursor_is_left_to_be_seen_by_whoever_gets_the_terminal(terminal: Terminal) -> None:
    drawn(terminal, status(0))
    text = terminal.getvalue()
    assert text.index("\x1b[?25h") < text.index("thorsched  revision")
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_when_no_window_is_left_the_table_says_so(terminal: Terminal) -> None:
    terminal.is_open.set()
    with view(terminal) as live:
        live.show(status(0))
        assert terminal.shows("no window is left; Ctrl-C finalises every file and ends")


def test_when_no_window_is_left_of_a_run_that_ends_the_table_says_both(terminal: Terminal) -> None:
    terminal.is_open.set()
    with view(terminal) as live:
        live.show(status(0, until=NOON + timedelta(hours=1)))
        assert terminal.shows("no window is left before it ends at ")


def test_while_a_window_has_no_end_none_is_said_to_be_left(terminal: Terminal) -> None:
    terminal.is_open.set()
    wanted = replace(camera(phase=Phase.RECORDING), window=window())
    with view(terminal) as live:
        live.show(status(0, wanted))
        assert terminal.shows("Ctrl-C finalises every file and ends")
    assert "no window is left" not in terminal.getvalue()


def test_what_is_paused_says_until_when_and_what_for(terminal: Terminal) -> None:
    pause = asked(for_s=1800, why="cleaning \x1b[9A")
    until = f"{pause.planned.astimezone():%H:%M:%S}"
    paused = [replace(camera(name), paused=pause) for name in ("side", "top")]
    lines = drawn(terminal, status(0, *paused, camera("front")))
    assert [line.split()[1] for line in lines if line.startswith(("side ", "top "))] == [
        "paused"
    ] * 2
    assert f"side, top: paused until {until}: cleaning \\x1b[9A" in lines
