"""What a platform can do, and where programs meet on it."""

import os
from pathlib import Path

import pytest

from thorsched.base.host import can_simulate, meeting_place


def test_programs_meet_where_their_user_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(meeting_place("linux")) == f"/tmp/thorsched-{os.getuid()}"
    monkeypatch.setenv("LOCALAPPDATA", "/users/me/local")
    assert str(meeting_place("win32")) == "/users/me/local/thorsched"
    monkeypatch.delenv("LOCALAPPDATA")
    assert meeting_place("win32") == Path.home() / "AppData" / "Local" / "thorsched"


@pytest.mark.parametrize(("platform", "can"), [("linux", True), ("darwin", True), ("win32", False)])
def test_the_simulator_runs_where_there_are_posix_pipes(platform: str, *, can: bool) -> None:
    assert can_simulate(platform) is can
