"""What an edit did to cameras, in words: what is lost stands first, and how to undo it last."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.reload.edits import EDIT, applied, change
from thorsched.catalogue.applied import Difference, Effect
from thorsched.engine.cuts import CUT_SHORT
from thorsched.reload.edits.words import events, lines, losses, summary

BERLIN = ZoneInfo("Europe/Berlin")


def test_what_ends_inside_of_its_window_is_a_loss_and_what_would_not_have_begun_is_none() -> None:
    assert [one.camera for one in losses(EDIT)] == ["side", "wheel"]


def test_an_edit_is_summed_up_by_how_many_cameras_meet_with_what() -> None:
    assert summary(EDIT) == (
        "2 stopped, 1 replaced, 2 changed in place, 2 untouched, and settings of the whole file"
    )
    assert summary(Difference((change("top", Effect.UNTOUCHED),))) == (
        "cameras and settings stay as they are"
    )


def test_each_camera_has_its_line_alike_ones_share_one_and_the_way_back_is_the_last() -> None:
    assert lines(applied(EDIT), BERLIN) == (
        (
            "STOP       side: recorded since Tue 2026-11-24 21:37; would have been recorded until"
            " Wed 2026-11-25 08:00; is not in the file any more"
        ),
        (
            "stop       door: not recorded any more; next would have been Wed 2026-11-25 23:00;"
            " schedule nights is removed"
        ),
        (
            "REPLACE    wheel: recorded since Tue 2026-11-24 21:37; its recorder ends and another"
            " begins, with a gap of seconds; device: id 0 -> id 1"
        ),
        "change     nest, run: its recorder goes on, until Wed 2026-11-25 08:00; lead: 3s -> 5s",
        "untouched  top, out",
        "file       hooks.on_gap: not set -> page",
        "to undo: thorsched history '/lab/my night.yaml' --restore 3f2a91ab",
    )


def test_cameras_of_which_the_same_is_said_share_a_line_though_their_windows_began_apart() -> None:
    first = change("nest", Effect.IN_PLACE, "lead: 3s -> 5s")
    assert first.window is not None
    began = replace(first.window, start=first.window.start + timedelta(minutes=5))
    (line,) = lines(
        applied(Difference((first, replace(first, camera="run", window=began)))), BERLIN
    )
    assert line.startswith("change     nest, run: its recorder goes on, until ")


def test_where_nothing_is_lost_or_nothing_was_before_there_is_no_way_back_to_tell() -> None:
    later = Difference((change("door", Effect.STOPPED, "is removed", is_now=False),))
    assert not any("undo" in line for line in lines(applied(later), BERLIN))
    assert not any("undo" in line for line in lines(applied(EDIT, was=""), BERLIN))


def test_text_of_the_file_cannot_forge_a_line() -> None:
    forged = change("side", Effect.IN_PLACE, "about.note: not set -> \x1b[2J\nSTOP  top")
    (line,) = lines(applied(Difference((forged,))), BERLIN)
    assert "\n" not in line
    assert "\x1b" not in line


def test_the_journal_hears_of_each_recording_that_is_cut_short_with_the_way_back() -> None:
    told = events(applied(EDIT))
    assert [(one.what, one.camera) for one in told] == [(CUT_SHORT, "side"), (CUT_SHORT, "wheel")]
    assert told[0].detail == (
        "stopped by revision c0ffee00: is not in the file any more; recorded since"
        " 2026-11-24T20:37:00.000Z; would have been until 2026-11-25T07:00:00.000Z; to undo:"
        " thorsched history '/lab/my night.yaml' --restore 3f2a91ab"
    )
