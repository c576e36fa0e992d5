"""Pauses as they are asked for, and as the journal has them."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.stock import Stock
from tests.support.films import Film
from tests.support.pauses import asked
from tests.support.privileges import without_privileges
from tests.support.values import NOON
from thorsched.base import host
from thorsched.base.errors import MachineError
from thorsched.base.units import format_utc
from thorsched.catalogue.entries import Ending, Pause
from thorsched.catalogue.pausefile import asked_below, pause_file, rewrite
from thorsched.catalogue.pauses import (
    MOST_WHY,
    BadPauses,
    active,
    ended,
    holes_of,
    pauses_in,
    text_of,
    together,
)
from thorsched.catalogue.rebuilding.renewal import renew
from thorsched.recording.sidecars import write_sidecar
from thorsched.schedule.intervals import Window

HOSTILE = 'x\x1b[2J\u202e"</script>\n{{7*7}}'
RESUMED = NOON + timedelta(seconds=30)


def test_what_is_written_is_read_again() -> None:
    pauses = (asked(why=HOSTILE), replace(asked("top"), end=RESUMED, how=Ending.RESUMED))
    text = text_of(pauses, now=NOON)
    assert pauses_in(text) == pauses
    assert text.isascii(), "a person may look at it on any terminal"
    assert "\x1b" not in text


def test_what_was_over_long_ago_is_forgotten_and_what_goes_on_is_not() -> None:
    old, on = asked(at_s=-100 * 86_400), asked("top")
    assert pauses_in(text_of((old, on), now=NOON)) == (on,)


GOOD = json.loads(text_of((asked(),), now=NOON))


def spoilt(**changes: object) -> str:
    return json.dumps({**GOOD, "pauses": [GOOD["pauses"][0] | changes]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "[]",
        '{"pauses": []}',
        json.dumps({**GOOD, "version": 2}),
        json.dumps({**GOOD, "pauses": {}}),
        json.dumps({**GOOD, "pauses": [None]}),
        spoilt(id="../../x"),
        spoilt(camera=""),
        spoilt(camera="x" * 300),
        spoilt(why="x" * 201),
        spoilt(why=7),
        spoilt(asked="2026-03-01T12:00"),
        spoilt(asked="0001-01-01T00:00:00+23:00"),
        spoilt(until="9999-12-31T23:59:59Z"),
        spoilt(until="2026-03-01T12:00:00.000Z"),
        spoilt(until="2027-03-01T12:00:00.000Z"),
        spoilt(ended="2026-03-01T12:00:10.000Z"),
        spoilt(how="magic", ended="2026-03-01T12:00:10.000Z"),
        spoilt(more=1),
    ],
)
def test_what_no_command_writes_is_refused(text: str) -> None:
    with pytest.raises(BadPauses):
        pauses_in(text)


def test_as_many_as_are_kept_can_be_read_whatever_script_explains_them(root: Root) -> None:
    many = tuple(asked(why="\U0001f9f9" * MOST_WHY, at_s=number) for number in range(1000))
    rewrite(root.path, lambda there: (*there, *many), now=NOON)
    assert asked_below(root.path) == many


def test_of_several_of_a_camera_the_one_that_was_asked_for_last_goes_on() -> None:
    first, second, over = asked(), asked(at_s=10), asked("top", for_s=10)
    assert active((second, first, over), now=NOON + timedelta(seconds=20)) == {"side": second}
    assert active((first,), now=first.planned) == {}


def test_those_of_the_named_cameras_are_ended_and_no_others() -> None:
    side, top = asked(), asked("top")
    found = ended((side, top), ["side"], now=RESUMED, how=Ending.RESUMED)
    assert found == (replace(side, end=RESUMED, how=Ending.RESUMED), top)
    assert ended(found, ["side"], now=side.planned, how=Ending.REPLACED) == found


def test_when_it_began_is_known_from_the_journal_and_how_it_ended_from_either() -> None:
    there = asked()
    began = replace(there, start=NOON + timedelta(seconds=1))
    resumed = replace(there, end=RESUMED, how=Ending.RESUMED)
    assert together([began], [resumed]) == (replace(began, end=RESUMED, how=Ending.RESUMED),)
    done = replace(began, end=RESUMED, how=Ending.OVER)
    assert together([done], [there]) == (done,)
    assert together([], [there]) == together([there], []) == (there,)


def test_its_hole_is_no_longer_than_it_lasted() -> None:
    resumed = replace(asked(), end=RESUMED, how=Ending.RESUMED)
    never = replace(asked("top"), end=NOON, how=Ending.REPLACED)
    assert holes_of([resumed, never]) == {"side": (Window(NOON, RESUMED),), "top": ()}


def test_two_commands_at_once_do_not_undo_each_other(root: Root) -> None:
    pauses = [asked() for _ in range(16)]

    def ask(pause: Pause) -> None:
        rewrite(root.path, lambda there: (*there, pause), now=NOON)

    with ThreadPoolExecutor(4) as commands:
        list(commands.map(ask, pauses))
    assert sorted(one.id for one in asked_below(root.path)) == [one.id for one in pauses]


def test_a_command_says_that_another_has_the_file(
    root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("thorsched.catalogue.pausefile._TRIES", 1)
    lock = pause_file(root.path).with_suffix(".lock")
    with host.open_regular(lock, "a") as other:
        assert host.lock_exclusively(other)
        with pytest.raises(MachineError, match="another program changes"):
            rewrite(root.path, lambda there: (*there, asked()), now=NOON)
    assert asked_below(root.path) == ()


def test_what_stands_in_its_place_is_neither_followed_nor_overwritten(
    root: Root, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("mine")
    pause_file(root.path).symlink_to(tmp_path / "mine")
    with pytest.raises(MachineError, match="nothing was changed"):
        rewrite(root.path, lambda there: (*there, asked()), now=NOON)
    assert (tmp_path / "mine").read_text() == "mine"
    pause_file(root.path).unlink()
    pause_file(root.path).write_text("garbage")
    with pytest.raises(MachineError, match="mend or remove it"):
        rewrite(root.path, lambda there: (*there, asked()), now=NOON)
    assert pause_file(root.path).read_text() == "garbage"


def test_below_a_root_that_is_read_only_it_says_so(root: Root) -> None:
    (root.path / ".thorsched").chmod(0o500)
    with (
        without_privileges(),
        pytest.raises(MachineError, match=r"cannot be written: .*; nothing was changed"),
    ):
        rewrite(root.path, lambda there: (*there, asked()), now=NOON)
    (root.path / ".thorsched").chmod(0o700)


def test_the_journal_has_a_row_for_it_that_is_final_once_it_has_ended(root: Root) -> None:
    pause = asked(why=HOSTILE)
    over = replace(pause, end=pause.planned, how=Ending.OVER)
    with root.written() as journal:
        journal.tell(pause)
        journal.tell(over)
        journal.tell(pause)
    with root.read() as read:
        (row,) = read.pauses()
    assert replace(row, why="") == replace(over, why="")
    assert row.why == 'x\\x1b[2J\\u202e"</script>\\n{{7*7}}'


def test_a_journal_made_anew_has_it_from_the_old_one_and_from_what_was_asked_for(
    root: Root,
) -> None:
    told, untold = asked(), asked("top", at_s=5)
    with root.written() as journal:
        journal.tell(told)
    rewrite(root.path, lambda there: (*there, told, untold), now=NOON)
    renewed = renew(root.path, now=root.clock.now(), advance=lambda: None)
    assert rows(root) == [told, untold]
    assert renewed.rows["pauses", "salvaged"] == renewed.rows["pauses", "asked for"] == 1
    root.journal.unlink()
    pause_file(root.path).write_text("garbage")
    renewed = renew(root.path, now=root.clock.now(), advance=lambda: None)
    assert "pauses.json" in " ".join(renewed.unread)


def rows(root: Root) -> list[Pause]:
    with root.read() as read:
        return read.pauses()


def test_of_recordings_alone_no_gap_is_reckoned_in_it(root: Root, film: Film) -> None:
    stock = Stock(root, film)
    pause = asked(at_s=600, for_s=1200)
    rewrite(root.path, lambda there: (*there, pause), now=NOON)
    assert stock.wrong() == [], "verify knows the file"
    root.journal.unlink()
    told = json.loads(stock.sidecar(0).read_text())
    assert told["windows"][0]["end"] > format_utc(pause.planned)
    later = stock.describe(360)  # an hour later, so that all before is missing
    write_sidecar(later)
    renew(root.path, now=root.clock.now(), advance=lambda: None)
    with root.read() as read:
        gaps = [Window(gap.start, gap.end) for gap in read.gaps() if gap.end]
        wanted = [one.span for one in read.recordings()]
    (hole,) = pause.spans
    assert gaps
    assert [one for one in (*gaps, *wanted) if one.meets(hole)] == []
