"""The loop remembers what grew: between an attempt's end and its description nothing else tells."""

from pathlib import Path

from tests.engine.test_loop import House
from thorsched.recording.lifecycle import Grew, Phase

SEGMENT = Path("recordings/side/2026-03-01/side_20260301T120000Z-00000.mkv")


def test_what_an_attempt_has_left_is_kept_before_it_is_described(tmp_path: Path) -> None:
    house = House(tmp_path / "recordings.yaml")
    house.after(0)
    house.clock.advance(3600)
    house.recorders.happened("side", Grew(5000, SEGMENT))
    house.after(0)
    house.after(1.1)
    house.after(0)
    assert house.recorders.phases()["side"] is Phase.IDLE
    side = house.loop.status().cameras[0]
    assert (side.name, side.kept_bytes) == ("side", 5000)
    assert side.missed_s < 1.0
