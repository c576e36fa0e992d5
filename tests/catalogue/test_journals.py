"""A file may be edited to name another root: each has a journal of what was recorded there."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.told import RUN, STALLED, began, described, ended
from tests.support.values import NOON
from tests.support.waiting import PATIENCE_S
from thorsched.catalogue.applied import Kept, RevisionApplied
from thorsched.catalogue.entries import Gap, Gaps
from thorsched.catalogue.journal import Journal
from thorsched.catalogue.journals import Journals
from thorsched.catalogue.kept import kept_revisions
from thorsched.recording.history import Happened

HOUR = timedelta(hours=1)


def root_at(path: Path) -> Root:
    (path / ".thorsched").mkdir(parents=True)
    return Root(path)


def test_what_was_recorded_to_a_root_is_in_its_journal_and_all_else_in_the_newest(
    tmp_path: Path,
) -> None:
    first, second = root_at(tmp_path / "a"), root_at(tmp_path / "a" / "b")
    journals = Journals(partial(Journal, run=RUN, clock=first.clock))
    journals.hold(first.path)
    journals.tell(began(first.path))
    journals.hold(second.path)
    journals.tell(began(second.path))
    journals.tell(described(first.path))
    journals.tell(ended(first.path))
    journals.tell(Happened(NOON, "file applied"))
    journals.keep_gaps(Gaps("side", (Gap("side", NOON, None, STALLED),)))
    journals.passed(NOON)
    journals.close(how="Ctrl-C", patience_s=PATIENCE_S)
    with first.read() as old, second.read() as new:
        assert [attempt.ended is None for attempt in old.attempts()] == [False]
        assert [attempt.ended is None for attempt in new.attempts()] == [True]
        assert (len(old.segments()), len(new.segments())) == (1, 0)
        assert (len(old.gaps()), len(new.gaps())) == (0, 1)
        assert "file applied" not in [event.what for event in old.events()]
        assert "file applied" in [event.what for event in new.events()]
        assert old.runs() == [replace(RUN, ended=NOON, how="an edit of storage.root")]
        assert new.runs() == [replace(RUN, ended=NOON, how="Ctrl-C")]


def test_an_entry_is_about_the_root_that_its_files_are_in(tmp_path: Path) -> None:
    first, second = root_at(tmp_path / "a"), root_at(tmp_path / "b")
    journals = Journals(partial(Journal, run=RUN, clock=first.clock))
    assert journals.root_of(ended(first.path)) is None
    journals.hold(first.path)
    journals.hold(second.path)
    assert journals.root_of(ended(first.path)) == first.path
    assert journals.root_of(Happened(NOON, "file applied")) == second.path
    journals.close(how="Ctrl-C", patience_s=PATIENCE_S)


@pytest.mark.parametrize(
    ("roots", "in_the_first", "in_the_second"),
    [("aabba", "01234", "1234"), ("aba", "012", "012"), ("aaa", "012", "")],
)
def test_a_revision_that_names_another_root_is_in_both_with_the_one_before_it(
    tmp_path: Path, roots: str, in_the_first: str, in_the_second: str
) -> None:
    first, second = root_at(tmp_path / "a"), root_at(tmp_path / "b")
    journals = Journals(partial(Journal, run=RUN, clock=first.clock))
    file = tmp_path / "recordings.yaml"
    for number, name in enumerate(roots):
        journals.hold(tmp_path / name)
        journals.tell(RevisionApplied(NOON, f"{number}" * 64, file, ""))
    journals.close(how="Ctrl-C", patience_s=PATIENCE_S)
    assert _revisions(first) == in_the_first
    assert second.journal.exists() == bool(in_the_second)
    assert not in_the_second or _revisions(second) == in_the_second


def _revisions(root: Root) -> str:
    with root.read() as journal:
        kept = [one for one in kept_revisions(journal) if isinstance(one, Kept)]
    return "".join(one.applied.revision[0] for one in reversed(kept))


def test_a_root_that_is_named_again_goes_on_with_its_journal(tmp_path: Path) -> None:
    first, second = root_at(tmp_path / "a"), root_at(tmp_path / "b")
    journals = Journals(partial(Journal, run=RUN, clock=first.clock))
    for root in (first, second, first):
        journals.hold(root.path)
    journals.tell(Happened(NOON, "file applied"))
    journals.close(how="Ctrl-C", patience_s=PATIENCE_S)
    with first.read() as read:
        assert "file applied" in [event.what for event in read.events()]
        assert [run.how for run in read.runs()] == ["Ctrl-C"]


def test_a_gap_that_an_earlier_run_has_left_in_a_root_is_ended_when_an_edit_names_it(
    tmp_path: Path,
) -> None:
    first, second = root_at(tmp_path / "a"), root_at(tmp_path / "b")
    left = Gap("side", NOON, None, STALLED)
    with second.written() as journal:
        journal.keep_gaps(Gaps("side", (left,)))
        journal.passed(NOON + HOUR)
    first.clock.advance(7200)
    today = replace(RUN, pid=43, began=NOON + 2 * HOUR, last_pass=NOON + 2 * HOUR)
    journals = Journals(partial(Journal, run=today, clock=first.clock))
    journals.hold(first.path)
    journals.hold(second.path)
    journals.close(how="Ctrl-C", patience_s=PATIENCE_S)
    with second.read() as read:
        assert read.gaps() == [replace(left, end=NOON + HOUR)]
        assert [run.pid for run in read.runs()] == [42, 43]


def test_before_there_is_a_root_nothing_is_written_and_nothing_fails() -> None:
    journals = Journals(partial(Journal, run=RUN, clock=Root(Path()).clock))
    journals.tell(Happened(NOON, "file applied"))
    journals.passed(NOON)
    journals.close(how="Ctrl-C", patience_s=PATIENCE_S)
