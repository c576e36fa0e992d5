"""The picture that the README shows is of the file beside it, and drawn as today's code draws."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.roster import Roster
from thorsched.config.load import load
from thorsched.engine.desired import Horizon
from thorsched.engine.sources import Selectors, View
from thorsched.foresight.calendar import calendar
from thorsched.foresight.rates import Rate
from thorsched.picture.nights import lights_of, nights_of
from thorsched.picture.pieces import wanted_alone
from thorsched.picture.rendering import svg_of
from thorsched.picture.timeline import About, drawing
from thorsched.recording.spec import Source
from thorsched.schedule.intervals import Window

CHECKOUT = Path(__file__).parents[2]
EXAMPLE, SHOWN = CHECKOUT / "configs" / "light_cycle.yaml", CHECKOUT / "docs" / "plan.svg"
ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 23, 10, tzinfo=UTC)
FULL = datetime(2026, 10, 29, 2, 10, tzinfo=UTC)
DEVICES = [
    Device(number, "HD USB Camera", tuple(map(Capability.parse, capabilities)))
    for number, capabilities in enumerate(
        (
            ["image/jpeg,width=640,height=480,framerate=15/1"],
            ["image/jpeg,width=1280,height=720,framerate=30/1"],
            [
                "image/jpeg,width=640,height=480,framerate=30/1",
                "image/jpeg,width=640,height=480,framerate=120/1",
            ],
            ["image/jpeg,width=640,height=480,framerate=30/1"],
        )
    )
]


def rate(camera: str, source: Source | Selectors) -> Rate | None:
    if not isinstance(source, Source):
        return None
    pixels = source.capability.width * source.capability.height
    per_s = pixels * float(source.capability.rate_fps) * 0.08
    return Rate(per_s, is_measured=camera in {"nest", "arena"}, why="")


def made() -> str:
    loaded = load(EXAMPLE)
    between = Window(NOW, NOW + timedelta(days=7))
    view = View(Roster.unknown().fold(DEVICES, now_s=0))
    url = loaded.config.server_of("nest").url
    horizon = Horizon(ZONE)
    seen = calendar(loaded.config, {url: view}, between=between, horizon=horizon, rate_of=rate)
    nights = nights_of(between, ZONE, lights_of(loaded.config))
    alone = wanted_alone(loaded.config, seen)
    about = About(EXAMPLE.name, loaded.revision[:8], alone, NOW, nights, FULL)
    return svg_of(drawing(seen, about))


def test_the_readmes_picture_is_the_one_that_is_drawn() -> None:
    """Write it anew with `python -m tests.picture.test_example`, and look at it."""
    assert SHOWN.read_text(encoding="utf-8") == made()


if __name__ == "__main__":
    SHOWN.write_text(made(), encoding="utf-8")
