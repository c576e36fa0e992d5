"""A place that never answers holds no command: one limit, one clear word, and no second wait."""

import errno
import threading
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.config.files import RIGHT, loaded
from tests.support.values import NOON
from tests.support.waiting import PATIENCE_S
from thorsched.foresight.disk.departures import A_DAY, keeping
from thorsched.foresight.disk.state import look
from thorsched.foresight.findings import Verdict
from thorsched.foresight.patience import Patience, Silent
from thorsched.foresight.places import places
from thorsched.foresight.running import running_in

UTC = ZoneInfo("UTC")


class Share:
    """A disk elsewhere, whose server may be gone."""

    def __init__(self) -> None:
        self.asked: list[Path] = []
        self.is_back = threading.Event()

    def answers(self, place: Path) -> None:
        self.asked.append(place)
        self.is_back.wait(PATIENCE_S)


@pytest.fixture(name="share")
def _share() -> Iterator[Share]:
    share = Share()
    yield share
    share.is_back.set()


def test_a_look_may_take_long_while_its_place_answers(tmp_path: Path) -> None:
    answered = threading.Event()
    patience, asked = Patience(limit_s=0.5, answers=lambda _: answered.set()), []

    def look() -> int:
        asked.append(answered.wait(PATIENCE_S))
        answered.clear()
        asked.append(answered.wait(PATIENCE_S))
        return 7

    assert patience.ask(look, tmp_path) == 7
    assert asked == [True, True], "it was asked again while the look went on"


def test_what_a_look_raises_is_raised_and_a_place_that_is_not_there_answers(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="timed out"):
        Patience().ask(fail, tmp_path / "gone")


def fail() -> None:
    raise TimeoutError(errno.ETIMEDOUT, "Connection timed out")


def test_a_share_that_goes_away_during_a_look_ends_it(tmp_path: Path, share: Share) -> None:
    heard = [True, False]

    def answers(_: Path) -> None:
        if not heard.pop(0):
            share.is_back.wait(PATIENCE_S)

    patience = Patience(limit_s=0.2, answers=answers)
    with pytest.raises(Silent, match="does not answer"):
        patience.ask(lambda: share.is_back.wait(PATIENCE_S), tmp_path)


def test_a_root_that_does_not_answer_is_a_problem_and_is_asked_once(
    tmp_path: Path, share: Share
) -> None:
    root = tmp_path / "data"
    storage = f"storage: {{root: {root}, keep: {{age: 1d}}, offload: {{to: {tmp_path}/nas}}}}\n"
    config = loaded(RIGHT + storage).config
    patience = Patience(limit_s=0.2, answers=share.answers)
    silent = f"{root} does not answer: nothing was heard of it for 0 s"
    assert running_in(root, patience=patience).why_not == silent
    assert look(config, patience=patience).why_not == silent
    kept = keeping(config, now=NOON, ahead=A_DAY, patience=patience)
    assert kept is not None
    assert kept.why_not == silent
    found = places(
        config, now=NOON, zone=UTC, holder="", kept=kept, filling=None, patience=patience
    )
    told = {one.subject: (one.verdict, one.detail) for one in found}
    assert told == {
        "storage.root": (Verdict.PROBLEM, silent),
        "storage.offload": (Verdict.WARNING, f"{silent}; nothing is copied until it does"),
    }
    assert share.asked == [root]
