"""`thorsched history`, by journals that were made for it: what it lists, shows and puts back."""

import json
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from tests.catalogue.revised import CHANGED
from tests.config.files import RIGHT
from tests.support.kept import MadeJournal
from tests.support.values import NOON
from tests.support.waiting import eventually
from thorsched.catalogue.applied import How
from thorsched.cli.history.command import names_of
from thorsched.cli.main import main
from thorsched.recording.root import RootLock

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "history.schema.json").read_text("utf-8")
)
HOUR = timedelta(hours=1)
ZONED = f"timezone: Europe/Berlin\n{RIGHT}"
EDITED = f"{ZONED}lead: 5s\n"
HOSTILE = f"{ZONED}# \x1b[2J\x1b]0;owned\x07 \u202e \r forged\n"


@dataclass(frozen=True)
class Done:
    """What a command has come to."""

    code: int
    out: str
    err: str


class Lab:
    """A file, and the journal of its root: a start, an edit, three starts, an edit."""

    def __init__(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.chdir(directory)
        self.directory = directory
        self.file = directory / "recordings.yaml"
        self.file.write_text(ZONED)
        self.journal = MadeJournal(directory / "recordings")
        apply = self.journal.apply
        self.journal.run(NOON)
        self.first = apply(self.file, ZONED, NOON, how=How.START)
        self.second = apply(self.file, EDITED, NOON + HOUR, difference=CHANGED)
        for number in range(3):
            at = NOON + (2 + number) * HOUR
            self.journal.run(at, pid=100 + number)
            apply(self.file, EDITED, at, how=How.START)
        apply(self.file, ZONED, NOON + 5 * HOUR, how=How.BY_HAND, difference=CHANGED)
        self.journal.segment("side", NOON + HOUR / 2, HOUR)
        self.journal.segment("top", NOON + 2 * HOUR, HOUR / 4)

    def run(self, *arguments: str, file: str = "recordings.yaml") -> Done:
        """Do what the shell does, but for the process: that would cost most of the time."""
        self._monkeypatch.setattr("sys.argv", ["thorsched", "history", file, *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert isinstance(code, int)
        return Done(code, *self._capsys.readouterr())

    def history(self, *arguments: str) -> str:
        """Return what the command prints; it must be well."""
        done = self.run(*arguments)
        assert (done.code, done.err) == (0, "")
        return done.out

    def refusal(self, *arguments: str, code: int = 1) -> str:
        done = self.run(*arguments)
        assert (done.code, done.out) == (code, "")
        return done.err


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lab:
    return Lab(tmp_path, monkeypatch, capsys)


def test_revisions_are_listed_newest_first_and_starts_with_the_same_text_are_none(lab: Lab) -> None:
    lines = lab.history().splitlines()
    assert "3 revisions" in lines[0]
    newest, second, first = (" ".join(line.split()) for line in lines[3:6])
    assert newest.startswith(f"* {lab.first[:8]} Sun 2026-03-01 18:00 by hand 102 1 stopped")
    again = "; again at 3 starts, the last Sun 2026-03-01 17:00"
    assert second.startswith(f"{lab.second[:8]} Sun 2026-03-01 14:00 edit 42 1 stopped")
    assert again in second
    assert second.endswith("2 cameras, 2 files, 45 min")
    assert first.startswith(
        f"{lab.first[:8]} Sun 2026-03-01 13:00 start 42 the first that is known"
    )
    assert first.endswith("1 camera, 1 file, 30 min")
    assert lines[-1] == "* ran last: no scheduler runs now"


def test_with_all_nothing_is_folded(lab: Lab) -> None:
    lines = lab.history("--all").splitlines()
    assert [line.split()[0] for line in lines[4:8]] == [lab.second[:8]] * 4
    assert [line for line in lines if "nothing: the same text" in line] == lines[4:7]


def test_the_one_that_runs_is_marked_with_its_process(lab: Lab) -> None:
    with closing(RootLock(lab.journal.root)):
        assert lab.history().splitlines()[-1].startswith("* runs now: process ")
        told = json.loads(lab.history("--json"))["running"]
    assert (told["revision"], told["runs"]) == (lab.first, True)


def test_a_patch_is_of_the_text_before(lab: Lab) -> None:
    shown = lab.history("-p")
    assert shown.count("\n-lead: 5s\n") == 1
    assert shown.count("\n+lead: 5s\n") == 1
    assert "\n+timezone: Europe/Berlin\n" in shown, "the first one is all new"


def test_of_one_revision_all_is_told(lab: Lab) -> None:
    shown = lab.history(lab.second[:6])
    assert shown.startswith(f"revision {lab.second}\n")
    assert "applied  Sun 2026-03-01 14:00 (Europe/Berlin), by an edit, process 42\n" in shown
    assert "again    Sun 2026-03-01 17:00, at a start, process 102\n" in shown
    assert "is new" in shown, "a reason of a change"
    assert "segment.time: 10min -> 5min" in shown
    assert "recorded top: 1 file, 15 min, Sun 2026-03-01 15:00 to" in shown
    assert shown.endswith("+lead: 5s\n")
    assert lab.history("-1") == lab.history("previous") == shown


def test_of_an_edit_while_nothing_ran_the_texts_say_what_changed(lab: Lab) -> None:
    lab.journal.run(NOON + 6 * HOUR, pid=200)
    lab.journal.apply(lab.file, EDITED, NOON + 6 * HOUR, how=How.START)
    assert "edited while nothing ran: 1 changed in place" in lab.history()
    assert "lead: 3s -> 5s" in lab.history("current")
    newest, noted, *_ = json.loads(lab.history("--json"))["revisions"]
    assert (newest["is_noted"], noted["is_noted"]) == (False, True)
    assert [one["effect"] for one in newest["changed"]["cameras"]] == ["changed in place"]
    lab.journal.apply(lab.file, "cameras: 3\n", NOON + 7 * HOUR, how=How.START)
    assert "edited while nothing ran: not known" in lab.history(), "this version cannot read it"


def test_the_text_of_a_revision_is_printed_to_the_byte(lab: Lab) -> None:
    text = RIGHT.replace("\n", "\r\n") + "# \N{SNOWMAN}"
    lab.journal.apply(lab.file, text, NOON + 6 * HOUR)
    assert lab.history("current", "--text") == text


def test_json_has_the_form_that_is_promised(lab: Lab) -> None:
    found = [
        json.loads(lab.history(*arguments, "--json"))
        for arguments in ((), ("--all",), ("-p",), ("-1",))
    ]
    for told in found:
        jsonschema.Draft202012Validator(SCHEMA).validate(told)
    (one,) = found[-1]["revisions"]
    assert (one["revision"], one["text"], len(one["again"])) == (lab.second, EDITED, 3)
    assert [change["effect"] for change in one["changed"]["cameras"]] == [
        "replaced", "stopped", "started",
    ]  # fmt: skip


def test_a_wrong_file_and_one_that_is_gone_have_their_history_all_the_same(lab: Lab) -> None:
    before = lab.history()
    lab.file.write_text("cameras: [\n")
    assert lab.history() == before
    assert lab.history("--root", "recordings") == before, "one root is told twice"
    lab.file.unlink()
    assert lab.history() == before
    moved = lab.journal.root.rename(lab.directory / "moved")
    assert "there is no journal" in lab.refusal(code=2)
    assert lab.history("--root", str(moved)) == before.replace("/recordings,", "/moved,")


def test_hostile_text_does_a_terminal_no_harm(lab: Lab) -> None:
    lab.journal.apply(lab.file, HOSTILE, NOON + 6 * HOUR, difference=CHANGED)
    lab.journal.execute(
        "UPDATE revisions SET difference = replace(difference, 'is new', '\\u001b[2J') WHERE id = 6"
    )
    shown = "".join(lab.history(*arguments) for arguments in ((), ("-p",), ("current",)))
    assert {char for char in shown if not char.isprintable()} == {"\n"}
    assert r"+# \x1b[2J\x1b]0;owned\x07 \u202e \r forged" in shown


def test_a_damaged_row_is_told_and_costs_no_other(lab: Lab) -> None:
    lab.journal.execute("UPDATE revisions SET applied = x'1b5b324a' WHERE id = 2")
    lab.journal.execute("UPDATE revisions SET difference = '{torn' WHERE id = 6")
    lab.journal.execute("UPDATE revisions SET text = 'lead: 1s' WHERE id = 1")
    done = lab.run()
    assert done.code == 0
    assert done.err.startswith("a revision is not told: ")
    assert done.err[:-1].isprintable()
    assert "not noted, by its text: 1 changed in place" in done.out
    assert "damaged" in lab.run("-p").out
    assert "damaged" not in lab.run(lab.first[:8]).out, "the newest text of that hash is well"


def test_what_cannot_be_had_is_told(lab: Lab) -> None:
    assert "there is no revision -3: 3 texts are known" in lab.refusal("-3")
    assert "no revision of this file begins with 'zzzz'" in lab.refusal("zzzz")
    digit = lab.first[0]
    assert f"'{digit}' names no revision" in lab.refusal("--restore", digit), "-2 may be meant"
    assert "name it" in lab.refusal("--text", code=2)
    refused = lab.run(file=str(lab.directory))
    assert refused.code == 2
    assert refused.err.startswith(f"{lab.directory}: is a directory; name a YAML file")
    other = lab.directory / "other.yaml"
    lab.file.rename(other)
    done = lab.run(file=other.name)
    assert done.code == 2
    assert f"of {lab.file}: name that file" in done.err
    assert f"thorsched history {lab.file} --root {lab.journal.root}" in done.err
    told = json.loads(lab.run("--json", file=other.name).out)
    assert "name that file" in told["error"]["message"]


def test_a_text_is_put_back_and_what_never_ran_is_kept(lab: Lab) -> None:
    lab.file.write_text("cameras: [\n")
    said = lab.history("--restore", "previous")
    assert lab.file.read_text() == EDITED
    (backup,) = lab.directory.glob("*.bak")
    assert backup.read_text() == "cameras: [\n"
    assert f"recordings.yaml is revision {lab.second[:8]} again" in said
    assert backup.name in said
    assert "no scheduler runs: thorsched run recordings.yaml begins with it" in said


def test_what_ran_needs_no_copy_and_the_way_back_is_told(lab: Lab) -> None:
    said = lab.history("--restore", lab.second[:4])
    assert f"to undo: thorsched history recordings.yaml --restore {lab.first[:8]}" in said
    assert [*lab.directory.glob("*.bak")] == []
    told = json.loads(lab.history("--restore", lab.first[:4], "--json"))
    jsonschema.Draft202012Validator(
        {**SCHEMA["$defs"]["restored"], "$defs": SCHEMA["$defs"]}
    ).validate(told)
    assert (told["restored"], told["was"], told["pid"]) == (lab.first, lab.second, None)
    assert "nothing was changed" in lab.history("--restore", lab.first[:4])


def test_what_this_version_does_not_read_is_not_put_back(lab: Lab) -> None:
    lab.journal.apply(lab.file, "cameras: 3\n", NOON + 6 * HOUR)
    said = lab.refusal("--restore", "current")
    assert "nothing was changed: thorsched history recordings.yaml" in said
    assert lab.file.read_text() == ZONED
    lab.journal.execute("UPDATE revisions SET text = 'lead: 1s'")
    assert "is not the one that its hash is of" in lab.refusal("--restore", "current", code=2)


def test_a_shell_completes_revisions(lab: Lab) -> None:
    assert names_of(Path("recordings.yaml")) == [lab.first[:8], lab.second[:8]]


def test_what_came_of_a_restore_is_known_though_the_clock_was_set_back_before(lab: Lab) -> None:
    def apply() -> None:
        assert eventually(lambda: lab.file.read_text() == EDITED)
        lab.journal.apply(lab.file, EDITED, NOON - HOUR)

    scheduler = threading.Thread(target=apply)
    with closing(RootLock(lab.journal.root)):
        scheduler.start()
        said = lab.history("--restore", lab.second[:8])
        scheduler.join()
    assert "has applied it: " in said
