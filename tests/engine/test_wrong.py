"""What is wrong with a file, as a value: who must act, since when, and what is told of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.config.files import RIGHT
from tests.support.revisions import applied_text
from tests.support.values import NOON
from thorsched.base.errors import ConfigError, MachineError
from thorsched.config.load import ConfigErrors, load_bytes, revision_of
from thorsched.config.yaml.source import read_file
from thorsched.engine.filenews import Answer, Looked, Verdict, answer_in, event_of
from thorsched.engine.wrong import Kind, Wrong, few, wrong_by
from thorsched.recording.history import Happened

HOSTILE = RIGHT + 'about: {"x\\e[2J": [}\n'


def of(text: str) -> Wrong:
    content = text.encode()
    with pytest.raises(ConfigErrors) as caught:
        load_bytes(content, Path("recordings.yaml"))
    return wrong_by(caught.value, file=Path("recordings.yaml"), since=NOON)


def test_mistakes_come_with_their_places_and_the_hash_of_their_text() -> None:
    text = RIGHT.replace("1280x720", "1280by720") + "nonsense: 1\n"
    wrong = of(text)
    assert (wrong.kind, wrong.content) == (Kind.MISTAKES, revision_of(text.encode()))
    assert [(one.line, one.path) for one in wrong.mistakes] == [
        (5, "cameras.side.capability"),
        (8, "nonsense"),
    ]
    assert wrong.lines[0].startswith("recordings.yaml:5:22: cameras.side.capability: ")


def test_what_is_no_mistake_in_the_text_says_who_must_act(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as absent:
        read_file(tmp_path / "gone.yaml")
    with pytest.raises(ConfigError) as unreadable:
        read_file(tmp_path)
    missing = MachineError("this GStreamer has no srtsrc")
    missing.__cause__ = FileNotFoundError("gst-inspect-1.0")
    kinds = [
        wrong_by(error, file=Path("x.yaml"), since=NOON).kind
        for error in (absent.value, unreadable.value, missing)
    ]
    assert kinds == [Kind.GONE, Kind.UNREADABLE, Kind.MACHINE]


def test_the_same_mistakes_of_another_text_or_time_are_no_news_and_others_are() -> None:
    wrong = of(RIGHT + "nonsense: 1\n")
    later = replace(wrong, since=NOON + timedelta(hours=1), content="0" * 64)
    assert later.says_the_same(wrong)
    assert not of(RIGHT + "rubbish: 1\n").says_the_same(wrong)
    assert not wrong.says_the_same(None)
    assert not replace(wrong, kind=Kind.GONE).says_the_same(wrong)


def test_what_is_told_is_bounded_and_moves_no_cursor() -> None:
    assert few(["a", "b", "c"], 3, rest="check") == ("a", "b", "c")
    assert few(["a", "b", "c", "d"], 3, rest="check") == ("a", "b", "... and 2 more: check")
    wrong = Wrong(Kind.MACHINE, Path("x.yaml"), NOON, why="no \x1b[2J\n" + "x" * 5000)
    assert all(
        line.isprintable() and len(line) <= 1000 for line in (*wrong.lines, *of(HOSTILE).lines)
    )


@pytest.mark.parametrize("verdict", Verdict)
def test_what_the_journal_is_told_of_a_look_by_hand_is_read_back_from_it(verdict: Verdict) -> None:
    wrong = of(RIGHT + "nonsense: 1\n") if verdict is Verdict.NOT_APPLIED else None
    applied = applied_text(RIGHT, at=NOON)
    answer = answer_in(event_of(Looked(NOON, applied, verdict, wrong)))
    assert answer is not None
    assert answer.verdict is verdict
    assert answer.revision == (wrong.content if wrong else applied.revision)
    assert answer.why == ("; ".join(wrong.lines) if wrong else "")


def test_a_file_without_a_text_has_no_revision_to_tell() -> None:
    gone = Wrong(Kind.GONE, Path("x.yaml"), NOON, why="x.yaml: the file is gone")
    event = event_of(Looked(NOON, applied_text(RIGHT, at=NOON), Verdict.NOT_APPLIED, gone))
    assert answer_in(event) == Answer(Verdict.NOT_APPLIED, "", "x.yaml: the file is gone")


@pytest.mark.parametrize("detail", ["", "applied", "nonsense: revision 0", "\x00"])
def test_what_no_scheduler_has_told_is_no_answer(detail: str) -> None:
    assert answer_in(Happened(NOON, "run ended", "applied: revision 0")) is None
    forged = answer_in(Happened(NOON, "file looked at by hand", detail))
    assert forged is None or forged == Answer(Verdict.APPLIED, "", "")
