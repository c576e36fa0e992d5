"""Hooks are told what happened; recording goes on whatever they do."""

import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.catalogue.told import described, ended, records
from tests.config.files import RIGHT, loaded
from tests.engine.plain import PlainJournal
from tests.support.clocks import FakeClock
from tests.support.values import NOON, window
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.base.clock import SystemClock
from thorsched.catalogue.applied import Change, Difference, Effect, How, RevisionApplied
from thorsched.catalogue.entries import Gap, Gaps
from thorsched.config.load import Mistake
from thorsched.config.models import Config
from thorsched.engine.filenews import FileNews, State
from thorsched.engine.hooks import MOST_WAITING, Hooked, Hooks
from thorsched.engine.tidings import news, of_entry, of_file, of_gap
from thorsched.engine.wrong import Kind, Wrong
from thorsched.recording.history import Happened
from thorsched.recording.trouble import Cause, Trouble

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "hooks.schema.json").read_text("utf-8")
)
STALLED = Trouble(Cause.STALLED, "no new frame for 3.0 s")
MINUTE = timedelta(minutes=1)


def gap(start_min: float, end_min: float | None, trouble: Trouble = STALLED) -> Gap:
    end = None if end_min is None else NOON + end_min * MINUTE
    return Gap("side", NOON + start_min * MINUTE, end, trouble)


class Told:
    """A file with hooks that write down what they read, one line each."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lines = directory / "told.jsonl"
        (directory / ".thorsched").mkdir()
        self.log = directory / ".thorsched" / "logs" / "hooks.log"
        self.config = self.with_hooks(f"open({str(self.lines)!r}, 'a').write(sys.stdin.read())")

    def with_hooks(self, code: str, *, limit: str = "30s") -> Config:
        command = json.dumps([sys.executable, "-c", f"import sys; {code}"])
        hooks = "".join(
            f"on_{what}: {command}, " for what in ("segment", "gap", "recording", "file")
        )
        hooks = f"{{{hooks}limit: {limit}}}"
        text = f"{RIGHT}hooks: {hooks}\nstorage: {{root: {self.directory}}}\n"
        self.config = loaded(text).config
        return self.config

    def read(self) -> list[dict[str, Any]]:
        if not self.lines.exists():
            return []
        return [json.loads(line) for line in self.lines.read_text().splitlines()]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def change(camera: str, effect: Effect, *reasons: str) -> Change:
    return Change(camera, effect, is_now=True, window=window(), reasons=reasons)


EDIT = Difference(
    (
        change("side", Effect.STOPPED, "is not in the file any more"),
        change("top", Effect.IN_PLACE, "about.note: not set -> \x1b[2J"),
        change("nest", Effect.UNTOUCHED),
    ),
    ("hooks.limit: 30s -> 60s",),
)
APPLIED = RevisionApplied(NOON, "b" * 64, Path("/r.yaml"), "", How.EDIT, EDIT, "a" * 64)
MISTAKE = Mistake("r.yaml", 4, 44, "cameras.side", "no \x1b[2J")
WRONG = Wrong(Kind.MISTAKES, Path("r.yaml"), NOON, "c" * 64, (MISTAKE,) * 150)
GONE = Wrong(Kind.GONE, Path("r.yaml"), NOON, why="r.yaml: the file is gone")


def hooks_of(told: Told, *, root: Path | None = None) -> Hooks:
    return Hooks(clock=FakeClock(NOON), config=lambda: told.config, root_of=lambda _: root)


def test_every_tiding_has_the_documented_shape(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for entry in (described(tmp_path), records(tmp_path), ended(tmp_path)):
        found = of_entry(entry, root=tmp_path)
        assert found is not None
        validator.validate(json.loads(json.dumps(found[1])))
    for one in (gap(0, None), gap(0, 1)):
        validator.validate(json.loads(json.dumps(of_gap(one, at=NOON, root=tmp_path))))
    for state, wrong in ((State.APPLIED, None), (State.WRONG, WRONG), (State.MENDED, GONE)):
        news = FileNews(state, NOON, APPLIED, wrong)
        validator.validate(json.loads(json.dumps(of_file(news, root=tmp_path))))
    assert not validator.is_valid({"version": 1, "event": "gap"})


def test_a_hook_reads_what_happened_from_its_stdin(told: Told) -> None:
    hooks = hooks_of(told)
    journal = PlainJournal()
    hooks.start()
    hooked = Hooked(journal, hooks)
    hooked.tell(described(told.directory))
    hooked.tell(Happened(NOON, "file applied"))
    hooked.keep_gaps(Gaps("side", (gap(1, None),)))
    hooked.passed(NOON)
    hooks.close(patience_s=PATIENCE_S)
    segment, began = told.read()
    assert (segment["event"], segment["segment"]["frames"]) == ("segment", 300)
    assert (began["event"], began["gap"]["state"]) == ("gap", "began")
    assert len(journal.entries) == 2, "the journal is told in any case"
    assert journal.last_pass == NOON


def test_a_hook_reads_what_an_edit_changes_and_what_it_stops_inside_a_window(told: Told) -> None:
    hooks = hooks_of(told)
    hooks.start()
    hooks.heard_of_file(FileNews(State.APPLIED, NOON, APPLIED))
    hooks.close(patience_s=PATIENCE_S)
    (tiding,) = told.read()
    assert (tiding["event"], tiding["camera"]) == ("file", None)
    file = tiding["file"]
    assert (file["state"], file["revision"], file["was"]) == ("applied", "b" * 64, "a" * 64)
    assert [one["camera"] for one in file["cameras"]] == ["side", "top"], "one is untouched"
    assert file["stopped"] == ["side"]
    assert file["cameras"][0]["window"]["end"] == "2026-03-01T13:00:00.000Z"
    assert file["cameras"][1]["reasons"] == ["about.note: not set -> \\x1b[2J"]
    assert file["other"] == ["hooks.limit: 30s -> 60s"]


def test_a_hook_reads_what_is_wrong_with_the_file_and_what_runs_on(told: Told) -> None:
    hooks = hooks_of(told)
    hooks.start()
    for state in (State.WRONG, State.MENDED):
        hooks.heard_of_file(FileNews(state, NOON, APPLIED, WRONG))
    hooks.close(patience_s=PATIENCE_S)
    wrong, mended = (one["file"] for one in told.read())
    assert (wrong["state"], mended["state"]) == ("wrong", "mended")
    assert (wrong["revision"], wrong["applied"]) == ("b" * 64, "2026-03-01T12:00:00.000Z")
    assert (wrong["was"], wrong["cameras"]) == (None, []), "nothing was changed"
    assert wrong["wrong"]["lines"] == ["r.yaml:4:44: cameras.side: no \\x1b[2J"] * 100
    assert wrong["wrong"]["more"] == 50
    assert mended["wrong"] == wrong["wrong"]


def test_after_an_edit_of_the_root_a_recording_is_told_with_the_root_that_it_is_in(
    told: Told,
) -> None:
    older = told.directory / "older"
    hooks = hooks_of(told, root=older)
    hooks.start()
    hooks.heard(ended(older))
    hooks.close(patience_s=PATIENCE_S)
    [tiding] = told.read()
    assert tiding["root"] == str(older)
    assert tiding["recording"]["state"] == "ended"


def test_a_gap_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    fresh, known = news((), [gap(1, None)], since=NOON)
    assert fresh == (gap(1, None),)
    fresh, known = news(known, [gap(1.01, None)], since=NOON)
    assert fresh == (), "it was put right"
    fresh, known = news(known, [gap(1.01, 2)], since=NOON)
    assert fresh == (gap(1.01, 2),)
    fresh, known = news(known, [gap(1.01, 2.01), gap(5, 6)], since=NOON)
    assert fresh == (gap(5, 6),)
    assert news(known, [gap(1, 2), gap(5, 6)], since=NOON)[0] == ()


def test_what_was_over_before_the_program_and_what_only_starts_is_no_news() -> None:
    starting = replace(gap(1, None), trouble=Trouble(Cause.STARTING, ""))
    assert news((), [gap(-2, -1), starting], since=NOON)[0] == ()
    changed = replace(gap(1, 2), trouble=Trouble(Cause.CAPABILITY_CHANGED, "by schedule bursts"))
    assert news((), [changed], since=NOON)[0] == (), "a page for each of 48 changes a day"
    refused = replace(gap(1, None), trouble=Trouble(Cause.SERVER_REFUSED, "busy"))
    assert news((), [refused], since=NOON)[0] == (refused,)


def test_a_hook_that_fails_is_told_once_and_what_it_says_is_logged(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    told.with_hooks("print('no disk'); sys.exit(3)")
    hooks = hooks_of(told)
    hooks.start()
    for _ in range(3):
        hooks.heard(described(told.directory))
    assert eventually(lambda: told.log.exists() and told.log.read_text().count("no disk") == 3)
    told.with_hooks("pass")
    hooks.heard(described(told.directory))
    hooks.close(patience_s=PATIENCE_S)
    said = [one.message for one in caplog.records]
    assert said == ["a hook fails", "a hook works again"]


def test_what_a_hook_prints_forges_no_line_of_the_log_and_harms_no_terminal(told: Told) -> None:
    code = r"sys.stdout.buffer.write(b'\x1b[2Jgone\n2026-03-01T12:00:00Z on_gap side: done\r\xff')"
    told.with_hooks(f"{code}; sys.stderr.write('x' * 50_000); sys.exit(3)")
    hooks = hooks_of(told)
    hooks.start()
    hooks.heard(described(told.directory))
    hooks.close(patience_s=PATIENCE_S)
    lines = told.log.read_text().splitlines()
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < 1100
    assert [line for line in lines if not line.startswith(" ")] == lines[:1]
    assert lines[0].endswith("on_segment side: exit code 3")
    assert "\\x1b[2Jgone" in lines[1]
    assert lines[3].strip().startswith("\ufffdxxx")


def test_one_that_hangs_is_killed_and_one_that_never_ends_holds_up_nobody(told: Told) -> None:
    told.with_hooks("import time; time.sleep(600)", limit="1s")
    hooks = hooks_of(told)
    hooks.start()
    began_s = SystemClock().monotonic_s()
    for _ in range(MOST_WAITING + 50):
        hooks.heard(described(told.directory))
    assert SystemClock().monotonic_s() - began_s < PATIENCE_S / 3
    assert eventually(lambda: told.log.exists() and "longer than 1 s" in told.log.read_text())
    hooks.close(patience_s=0.1)
    assert eventually(lambda: not hooks._thread.is_alive())


def test_without_hooks_nothing_is_kept(told: Told) -> None:
    told.config = loaded(RIGHT).config
    hooks = hooks_of(told)
    hooks.heard(described(told.directory))
    hooks.heard_gaps(Gaps("side", (gap(1, None),)))
    assert not hooks._waiting


def test_a_program_that_is_not_there_costs_nothing(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    told.config = loaded(RIGHT + "hooks: {on_segment: [/nowhere/at-all]}\n").config
    hooks = hooks_of(told)
    hooks.start()
    hooks.heard(described(told.directory))
    hooks.close(patience_s=PATIENCE_S)
    assert "a hook fails" in caplog.text
