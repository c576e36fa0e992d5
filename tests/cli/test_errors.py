"""An error of a command that prints JSON is JSON, with the exit code that it has without."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import FILE
from tests.support.program import thorsched


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (("report", "recordings.yaml"), 2, "there is no journal"),
        (("report", "nope.yaml"), 1, "nope.yaml"),
        (("plan", "nope.yaml"), 1, "nope.yaml"),
        (("verify", "nope"), 1, "nope is no directory"),
        (("verify", "recordings.yaml", "--repair"), 1, "is no directory"),
        (("rebuild", "nope"), 1, "nope is no directory"),
        (("cameras", "http://127.0.0.1:1"), 2, "refused"),
    ],
)
def test_an_error_is_one_object_with_the_words_that_a_person_reads(
    tmp_path: Path, command: tuple[str, ...], code: int, words: str
) -> None:
    text = FILE.format(url="http://127.0.0.1:1", first=9000, last=9001)
    (tmp_path / "recordings.yaml").write_text(text)
    ended = thorsched(*command, "--json", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (code, "")
    message = json.loads(ended.stdout)["error"]["message"]
    assert words in message
    spoken = thorsched(*command, cwd=tmp_path)
    assert (spoken.returncode, spoken.stdout) == (code, "")
    assert spoken.stderr.strip() == message


@pytest.mark.parametrize("command", ["report", "plan"])
def test_mistakes_in_the_file_are_told_as_check_tells_them(tmp_path: Path, command: str) -> None:
    (tmp_path / "recordings.yaml").write_text("server: 7\nnonsense: 1\n")
    ended = thorsched(command, "recordings.yaml", "--json", cwd=tmp_path)
    checked = thorsched("check", "recordings.yaml", "--json", cwd=tmp_path)
    assert ended.returncode == checked.returncode == 1
    mistakes = json.loads(ended.stdout)["error"]["mistakes"]
    assert len(mistakes) > 1
    assert mistakes == json.loads(checked.stdout)["mistakes"]
