"""By which revision commands go, and what they say where the file is wrong."""

import logging
from pathlib import Path

import pytest

from tests.config.files import RIGHT
from tests.support.kept import MadeJournal
from tests.support.values import NOON
from thorsched.base.errors import ConfigError
from thorsched.catalogue.applied import How
from thorsched.cli.beginning import begin, what_counts

WRONG = RIGHT.replace("jpeg", "gif")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "recordings.yaml"
    file.write_text(WRONG)
    return file


@pytest.fixture
def revision(file: Path) -> str:
    """The last good one, in the journal."""
    journal = MadeJournal(file.parent / "recordings")
    journal.run(NOON)
    return journal.apply(file, f"timezone: Asia/Tokyo\n{RIGHT}", NOON)


def notes(file: Path, *, last_good: bool) -> list[str]:
    """Return what is said beside the mistakes."""
    with pytest.raises(ConfigError, match="gif") as refused:
        begin(file, last_good=last_good)
    return list(getattr(refused.value, "__notes__", []))


def test_a_wrong_file_is_refused_and_the_way_on_is_named(file: Path, revision: str) -> None:
    (note,) = notes(file, last_good=False)
    assert note == (
        f"until that is mended, thorsched run {file} --last-good records by revision "
        f"{revision[:8]}, applied Sun 2026-03-01 21:00"
    )


def test_with_last_good_it_begins_with_that(file: Path, revision: str) -> None:
    beginning = begin(file, last_good=True)
    assert (beginning.loaded.revision, beginning.how) == (revision, How.LAST_GOOD)
    assert beginning.loaded.path == file
    assert "gif" in str(beginning.wrong)


def test_where_nothing_ran_there_is_no_way_on(file: Path) -> None:
    assert notes(file, last_good=False) == []
    (note,) = notes(file, last_good=True)
    assert note.startswith("and there is no last good revision to record by: there is no journal")
    assert note.endswith(" --root DIR --restore current")


@pytest.mark.usefixtures("revision")
def test_a_right_file_is_used(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.write_text(RIGHT)
    with caplog.at_level(logging.INFO):
        beginning = begin(file, last_good=True)
    assert (beginning.how, beginning.wrong, beginning.loaded.text) == (How.START, None, RIGHT)
    assert "the file is right: it is used" in caplog.text


def test_what_is_about_the_running_program_goes_by_what_ran_and_says_so(
    file: Path, revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert what_counts(file).revision == revision
    told = f"this goes by revision {revision[:8]}, applied Sun 2026-03-01 21:00\n"
    assert capsys.readouterr().err == f"{file} is wrong (thorsched check {file} says what): {told}"
    file.unlink()
    assert what_counts(file).revision == revision
    assert capsys.readouterr().err == f"{file} is gone: {told}"
    file.write_text(RIGHT)
    assert what_counts(file).text == RIGHT
    assert capsys.readouterr().err == ""


def test_where_nothing_ran_the_mistakes_are_told(file: Path) -> None:
    with pytest.raises(ConfigError, match="gif"):
        what_counts(file)
