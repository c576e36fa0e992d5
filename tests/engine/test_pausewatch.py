"""What is asked for is heard of, whatever stands in the file, and goes along to another root."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.clocks import FakeClock
from tests.support.pauses import asked
from tests.support.values import NOON
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.catalogue.entries import Ending, Pause
from thorsched.catalogue.pausefile import asked_below, pause_file, rewrite
from thorsched.catalogue.pauses import active
from thorsched.engine.pausewatch import PauseWatch


class House:
    """A watch over one of two roots."""

    def __init__(self, directory: Path) -> None:
        self.first, self.second = directory / "first", directory / "second"
        for root in (self.first, self.second):
            (root / ".thorsched").mkdir(parents=True)
        self.root = self.first
        self.pokes = 0
        self.watch = PauseWatch(lambda: self.root, clock=FakeClock(NOON), changed=self._poke)

    def _poke(self) -> None:
        self.pokes += 1

    def ask(self, *pauses: Pause) -> None:
        rewrite(self.root, lambda _: pauses, now=NOON)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_it_is_known_when_the_watch_has_begun_and_a_change_is_told_within_a_moment(
    house: House,
) -> None:
    first, second = asked(), asked("top")
    house.ask(first)
    house.watch.start(patience_s=PATIENCE_S)
    try:
        assert house.watch.asked == (first,)
        house.ask(first, second)
        assert eventually(lambda: house.watch.asked == (first, second))
        assert house.pokes == 2
    finally:
        house.watch.close()


@pytest.mark.parametrize("text", ["garbage", None])
def test_what_cannot_be_read_or_is_gone_ends_no_pause_and_is_told_once(
    house: House, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    pause = asked()
    house.ask(pause)
    house.watch.look()
    pause_file(house.first).unlink()
    if text is not None:
        pause_file(house.first).write_text(text)
    for _ in range(3):
        house.watch.look()
    assert house.watch.asked == (pause,)
    assert caplog.text.count("cannot be read") == (text is not None)


def test_what_goes_on_is_known_below_the_root_that_an_edit_names(house: House) -> None:
    pause, over = asked(), asked("top", at_s=-100, for_s=50)
    house.ask(pause, over)
    house.watch.look()
    house.root = house.second
    house.watch.look()
    assert asked_below(house.second) == (pause,)
    assert set(house.watch.asked) == {pause, over}


def test_the_next_run_knows_what_was_over_though_its_clock_is_behind(house: House) -> None:
    pause, other = asked(), asked("top")
    house.ask(pause, other)
    house.watch.look()
    house.watch.over([replace(pause, end=NOON - timedelta(days=20_000), how=Ending.OVER)])
    house.watch.look()
    assert asked_below(house.first) == (replace(pause, end=pause.asked, how=Ending.OVER), other)
    later = PauseWatch(lambda: house.first, clock=FakeClock(NOON), changed=lambda: None)
    later.look()
    assert active(later.asked, now=NOON) == {"top": other}
