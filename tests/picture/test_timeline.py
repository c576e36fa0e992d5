"""A plan's picture, read as a person reads it: its lanes, bars, days and words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from thorsched.engine.calendar import Calendar, Entry
from thorsched.engine.rates import Rate
from thorsched.picture.nights import nights_of
from thorsched.picture.rendering import svg_of
from thorsched.picture.timeline import About, Drawing, drawing
from thorsched.schedule.intervals import Window

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 10, 23, 10, tzinfo=UTC)  # noon, and clocks go back on the 25th
HOUR = timedelta(hours=1)
RATE = Rate(1e6, is_measured=False, why="estimated")
SVG = "{http://www.w3.org/2000/svg}"


def entry(camera: str, start_h: float, length_h: float, *, by: str = "nights") -> Entry:
    start = START + start_h * HOUR
    return Entry(camera, Window(start, start + length_h * HOUR), (by,), "jpeg", None, RATE)


def drawn(
    entries: Sequence[Entry], cameras: Sequence[str] = ("top",), *, days: int = 7, **more: object
) -> Drawing:
    between = Window(START, START + timedelta(days=days))
    calendar = Calendar(between, BERLIN, tuple(cameras), tuple(entries))
    values = {"title": "lab.yaml", "revision": "3f2a", "schedules": ("nights", "bursts")}
    about = {"now": START, "nights": nights_of(between, BERLIN, None), **values, **more}
    return drawing(calendar, About(**about))  # type: ignore[arg-type]


def read(picture: Drawing) -> ET.Element:
    return ET.fromstring(svg_of(picture))


def texts(root: ET.Element) -> list[str]:
    return [" ".join("".join(one.itertext()).split()) for one in root.iter(f"{SVG}text")]


def lanes(root: ET.Element) -> list[ET.Element]:
    return [one for one in root.iter(f"{SVG}g") if one.get("class") == "lane"]


def bars(lane: ET.Element) -> list[ET.Element]:
    return [one for one in lane.iter(f"{SVG}rect") if one.get("class") == "bar"]


def test_each_camera_has_a_lane_and_each_window_a_bar_with_its_times_in_both_clocks() -> None:
    nights = [entry("top", 8 + 24 * n, 12) for n in range(3)]
    root = read(drawn([*nights, entry("side", 1, 2, by="bursts")], ("top", "side", "idle")))
    assert [len(bars(lane)) for lane in lanes(root)] == [3, 1, 0]
    assert {"lab.yaml", "top", "side", "idle", "never", "nights", "bursts"} <= set(texts(root))
    title = next(lanes(root)[0].iter(f"{SVG}title")).text or ""
    assert title.splitlines()[:3] == [
        "nights",
        "Fri 2026-10-23 20:00 to Sat 2026-10-24 08:00",
        "Fri 2026-10-23 18:00 to Sat 2026-10-24 06:00 UTC",
    ]
    assert {"14.4 GB", "43.2 GB", "137 GB"} <= set(texts(root))
