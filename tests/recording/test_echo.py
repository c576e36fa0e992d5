"""What recorders print is printed once, a whole line at a time."""

import sys
from pathlib import Path

import pytest

from tests.support.waiting import eventually
from thorsched.recording.echo import Echo


def test_words_are_printed_once_in_whole_lines_and_the_rest_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, echo, said = tmp_path / "side.log", Echo(), ""
    log.write_text("of an earlier recording\n")

    def says(words: str) -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return said == words

    echo.add(log)
    with log.open("a", buffering=1) as recorder:
        recorder.write("Setting pipeline\nto PLA")
        recorder.flush()
        echo.look()
        assert eventually(lambda: says("Setting pipeline\n"))
        echo.add(log)
        recorder.write("YING\n")
        echo.look()
        assert eventually(lambda: says("Setting pipeline\nto PLAYING\n"))
        recorder.truncate(0)
        recorder.write("anew")
        recorder.flush()
        echo.look()
    echo.close()
    assert says("Setting pipeline\nto PLAYING\nanew\n")


def test_what_a_stream_has_a_recorder_print_moves_no_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, echo = tmp_path / "side.log", Echo()
    echo.add(log)
    log.write_text("\x1b[2Jtag\r\u202e\n" + "x" * 100_000)
    echo.close()
    first, second = capsys.readouterr().err.splitlines()
    assert first == "\\x1b[2Jtag\\r\\u202e"
    assert len(second) == 4000


def test_a_program_without_stderr_prints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    log, echo = tmp_path / "side.log", Echo()
    echo.add(log)
    log.write_text("words\n")
    echo.close()
