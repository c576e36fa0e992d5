"""What is told of the file: what runs, what is wrong and since when, and that it is over, once."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.config.files import RIGHT
from tests.support.clocks import FakeClock
from tests.support.revisions import look, revisions_of
from tests.support.values import NOON
from thorsched.base.errors import ConfigError, MachineError
from thorsched.catalogue.applied import Difference, How, RevisionApplied
from thorsched.config.load import Loaded, load
from thorsched.engine.filenews import FileNews, Looked, State, Verdict
from thorsched.engine.wrong import Kind, Restless
from thorsched.reload.past.beginning import Beginning
from thorsched.reload.revisions import MOST_LOGGED, Revisions

OTHER = RIGHT.replace("1280x720", "640x480")
WRONG = RIGHT + "nonsense: 1\n"


class Desk:
    """A file that somebody edits, and what is told of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = FakeClock()
        self.refused = ""
        self.news: list[FileNews] = []
        self.looks: list[Looked] = []
        self.changes = 0
        path.write_text(RIGHT)
        self.revisions = revisions_of(
            load(path),
            clock=self.clock,
            accept=self._accept,
            announce=self._announce,
            changed=self._changed,
        )

    def _accept(self, _: Loaded) -> None:
        if self.refused:
            raise MachineError(self.refused)

    def _announce(self, news: FileNews | Looked) -> None:
        if isinstance(news, Looked):
            self.looks.append(news)
        else:
            self.news.append(news)

    def _changed(self) -> None:
        self.changes += 1

    def edit(self, text: str | None, *, how: How = How.EDIT) -> list[State]:
        """Write the file, or remove it, and have it looked at a minute later; return the news."""
        self.path.unlink(missing_ok=True)
        if text is not None:
            self.path.write_text(text)
        return self.look(how=how)

    def look(self, *, how: How = How.EDIT) -> list[State]:
        self.clock.advance(60)
        known = len(self.news)
        look(self.revisions, how=how)
        return [one.state for one in self.news[known:]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "recordings.yaml")


def test_a_wrong_file_is_told_once_with_what_runs_and_its_end_with_what_was_wrong(
    desk: Desk,
) -> None:
    first = desk.revisions.standing.applied
    assert desk.edit(WRONG) == [State.WRONG]
    assert desk.look() == []
    (news,) = desk.news
    assert news.applied is first
    assert news.wrong == desk.revisions.standing.wrong
    assert news.wrong is not None
    assert news.wrong.since == NOON + timedelta(minutes=1)
    assert desk.edit(RIGHT) == [State.MENDED]
    assert desk.revisions.standing.wrong is None
    assert desk.news[-1].wrong == news.wrong
    assert desk.revisions.standing.applied is first
    assert desk.look() == []
    assert desk.changes == 2


def test_a_mistake_that_changes_is_told_anew_and_is_wrong_since_the_first(desk: Desk) -> None:
    assert desk.edit(WRONG) == [State.WRONG]
    assert desk.edit(f"# a remark\n{WRONG}") == [State.WRONG], "it stands in another line"
    assert desk.edit(f"# a remark\n{WRONG}# another\n") == [], "the mistake is the same"
    wrong = desk.revisions.standing.wrong
    assert wrong is not None
    assert wrong.since == NOON + timedelta(minutes=1)
    assert wrong.content == load_hash(desk), "which text it is in, is known all the same"


def load_hash(desk: Desk) -> str:
    desk.look(how=How.BY_HAND)
    wrong = desk.looks[-1].wrong
    assert wrong is not None
    return wrong.content


def test_one_that_is_replaced_by_a_right_one_is_over_by_that(desk: Desk) -> None:
    was = desk.revisions.current.revision
    desk.edit(WRONG)
    assert desk.edit(OTHER) == [State.APPLIED, State.MENDED]
    applied = desk.revisions.standing.applied
    assert (applied.how, applied.was) == (How.EDIT, was)
    assert all(one.applied is applied for one in desk.news[-2:])
    assert desk.revisions.current.revision == applied.revision


def test_a_machine_that_cannot_do_it_is_told_and_asked_again_until_it_can(desk: Desk) -> None:
    desk.refused = "another thorsched records to /data (process 7)"
    assert desk.edit(OTHER) == [State.WRONG]
    wrong = desk.revisions.standing.wrong
    assert wrong is not None
    assert (wrong.kind, wrong.lines) == (Kind.MACHINE, (desk.refused,))
    assert wrong.content
    assert desk.look() == []
    desk.refused = ""
    assert desk.look() == [State.APPLIED, State.MENDED]


def test_one_that_is_gone_or_never_at_rest_is_told_as_that(desk: Desk) -> None:
    assert desk.edit(None) == [State.WRONG]
    assert desk.revisions.standing.wrong is not None
    assert desk.revisions.standing.wrong.kind is Kind.GONE
    desk.revisions.judge(Restless("it is being written again and again"))
    assert [one.wrong.kind for one in desk.news if one.wrong] == [Kind.GONE, Kind.RESTLESS]
    assert desk.edit(RIGHT) == [State.MENDED]


def test_a_look_by_hand_says_what_it_has_come_to_each_time(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "thorsched")
    verdicts, said = [], []
    for text in (RIGHT, OTHER, OTHER, WRONG, WRONG, None, OTHER):
        caplog.clear()
        desk.edit(text, how=How.BY_HAND)
        verdicts.append(desk.looks[-1].verdict)
        said.append([one.message for one in caplog.records])
    new, same, bad = Verdict.APPLIED, Verdict.NOTHING_NEW, Verdict.NOT_APPLIED
    assert verdicts == [same, new, same, bad, bad, bad, same]
    wrong = ["the edited file is not applied", "a mistake in the file"]
    assert said == [
        ["looked at the file: it is as it runs"],
        ["applied the edited file"],
        ["looked at the file: it is as it runs"],
        wrong,
        wrong,
        ["the file cannot be read"],
        ["the file is back at the running revision"],
    ]
    assert desk.revisions.standing.applied.how is How.BY_HAND
    assert desk.revisions.standing.looked is desk.looks[-1]


def test_the_log_has_a_line_for_each_mistake_up_to_some(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.edit(RIGHT + "".join(f"nonsense{number}: 1\n" for number in range(MOST_LOGGED + 7)))
    (head, *places, rest) = caplog.records
    fields = vars(head)
    assert fields["runs_on"] == desk.revisions.current.revision[:8]
    assert (fields["applied"], fields["mistakes"]) == (NOON, MOST_LOGGED + 7)
    assert len(places) == MOST_LOGGED
    assert str(vars(places[0])["place"]).endswith("recordings.yaml:8:1")
    assert vars(rest)["more"] == 7


class LateDesk(Desk):
    """One whose program began while the file was wrong, by the last good revision."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        good = load(path)
        path.write_text(WRONG)
        with pytest.raises(ConfigError) as wrong:
            load(path)
        self.told: list[RevisionApplied] = []
        self.revisions = Revisions(
            Beginning(good, How.LAST_GOOD, wrong.value),
            clock=self.clock,
            accept=self._accept,
            compare=lambda _old, _new: Difference(),
            tell=self.told.append,
            announce=self._announce,
            changed=self._changed,
        )


def test_a_program_that_begins_with_the_last_good_one_knows_at_once_what_is_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = LateDesk(tmp_path / "recordings.yaml")
    assert desk.revisions.standing.wrong is not None, "before anything starts"
    desk.revisions.start()
    assert [(one.how, one.text) for one in desk.told] == [(How.LAST_GOOD, RIGHT)]
    assert [one.state for one in desk.news] == [State.APPLIED, State.WRONG]
    assert "a mistake in the file" in caplog.text
    assert desk.look() == [], "it was told already"
    assert desk.edit(OTHER) == [State.APPLIED, State.MENDED]
    assert desk.told[-1].how is How.EDIT


def test_a_file_that_is_mended_as_it_was_goes_on(tmp_path: Path) -> None:
    desk = LateDesk(tmp_path / "recordings.yaml")
    desk.revisions.start()
    assert desk.edit(RIGHT) == [State.MENDED]
    assert desk.revisions.standing.applied.how is How.LAST_GOOD


def test_an_edit_is_applied_though_it_cannot_be_told_what_it_does(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "recordings.yaml"
    path.write_text(RIGHT)

    def stumbles(*_: object) -> Difference:
        raise ZeroDivisionError

    revisions = revisions_of(load(path), compare=stumbles)
    path.write_text(OTHER)
    look(revisions)
    assert revisions.current.revision == load(path).revision
    assert (revisions.standing.applied.difference, revisions.standing.wrong) == (Difference(), None)
    assert [one.message for one in caplog.records if one.exc_info] == [
        "it is not known what the edit does"
    ]
