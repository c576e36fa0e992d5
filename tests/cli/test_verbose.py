"""What `thorsched run -v` tells an engineer, and spares everybody else."""

from pathlib import Path

import pytest

from tests.support.program import thorsched

pytestmark = pytest.mark.real


def lines(text: str, message: str) -> list[str]:
    return [line for line in text.splitlines() if f" DEBUG   {message} " in line]


def test_verbose_tells_commands_answers_and_the_passes_that_changed_something(
    directory: Path,
) -> None:
    log = thorsched("run", "recordings.yaml", "--for", "2s", "-v", cwd=directory).stderr
    (command,) = lines(log, "recorder spawned")
    assert "gst-launch-1.0 -e" in command
    assert "%05d.mkv" in command, "the command is there to its end"
    answers = lines(log, "server answered")
    assert [answer for answer in answers if "/jpeg" in answer and " status=200 ms=" in answer]
    passes = lines(log, "pass")
    assert [one for one in passes if 'actions="start side"' in one]
    assert len(passes) < 8, "a pass that changes nothing says nothing"


def test_without_it_none_of_that_is_told(directory: Path) -> None:
    log = thorsched("run", "recordings.yaml", "--for", "1s", cwd=directory).stderr
    assert "recorder recording" in log
    assert "DEBUG" not in log
