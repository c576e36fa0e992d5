"""A plan's picture, read as a person reads it: its lanes, bars, days and words."""

import functools
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from resvg_py import svg_to_bytes

from thorsched.base.errors import MachineError
from thorsched.foresight.calendar import Calendar, Entry
from thorsched.foresight.rates import Rate
from thorsched.picture.nights import nights_of
from thorsched.picture.pieces import Wanted
from thorsched.picture.rendering import png_of, svg_of
from thorsched.picture.timeline import About, Drawing, drawing
from thorsched.schedule.intervals import ALWAYS, Window

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 10, 23, 10, tzinfo=UTC)
"""Noon of a Friday; clocks go back on Sunday."""
HOUR = timedelta(hours=1)
USUAL, FAST = "jpeg @30fps", "jpeg 640x480 @120fps"
MEASURED = Rate(1e6, is_measured=True, why="measured")
ESTIMATED = Rate(1e6, is_measured=False, why="estimated")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<b>\"&\x1b[2J\u202e\n'</text><script>alert(1)</script>" + "x" * 300


def entry(
    camera: str,
    start_h: float,
    length_h: float,
    by: Sequence[str] = ("nights",),
    *,
    selector: str = USUAL,
    rate: Rate | None = MEASURED,
) -> Entry:
    start = START + start_h * HOUR
    return Entry(camera, Window(start, start + length_h * HOUR), tuple(by), selector, None, rate)


def drawn(
    entries: Sequence[Entry],
    cameras: Sequence[str] = ("top",),
    *,
    days: int = 7,
    full: datetime | None = None,
    title: str = "lab.yaml",
    alone: Wanted | None = None,
    paused: Window | None = None,
) -> Drawing:
    between = Window(START, START + timedelta(days=days))
    ordered = sorted(entries, key=lambda one: one.window.start)
    calendar = Calendar(between, BERLIN, tuple(cameras), tuple(ordered))
    nights = nights_of(between, BERLIN, None)
    alone = alone or {}
    holes = {"top": (paused,)} if paused else {}
    about = About(title, "3f2a91c0", alone, START + HOUR, nights, full, holes)
    return drawing(calendar, about)


def read(picture: Drawing) -> ET.Element:
    return ET.fromstring(svg_of(picture))


def texts(root: ET.Element) -> list[str]:
    return [" ".join("".join(one.itertext()).split()) for one in root.iter(f"{SVG}text")]


def titles(root: ET.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}title")]


def lanes(root: ET.Element) -> list[ET.Element]:
    return [one for one in root.iter(f"{SVG}g") if one.get("class") == "lane"]


def bars(lane: ET.Element) -> list[ET.Element]:
    return [one for one in lane.iter(f"{SVG}rect") if one.get("class") == "bar"]


def fills(root: ET.Element) -> list[str]:
    return [one.get("fill", "") for one in root.iter(f"{SVG}rect")]


def test_each_camera_has_a_lane_and_each_window_a_bar_with_its_times_in_both_clocks() -> None:
    nights = [entry("top", 8 + 24 * n, 12) for n in range(3)]
    root = read(drawn([*nights, entry("side", 1, 3, ["bursts"])], ("top", "side", "idle")))
    assert [len(bars(lane)) for lane in lanes(root)] == [3, 1, 0]
    assert {"lab.yaml", "top", "side", "idle", "never", "nights", "bursts"} <= set(texts(root))
    assert titles(lanes(root)[0])[0].splitlines() == [
        "nights",
        "Fri 2026-10-23 20:00 to Sat 2026-10-24 08:00",
        "Fri 2026-10-23 18:00 to Sat 2026-10-24 06:00 UTC",
        USUAL,
        "43.2 GB",
    ]


def test_sizes_stand_under_their_days_and_say_what_is_estimated_and_what_nobody_knows() -> None:
    known = [entry("top", 8, 12), entry("side", 8, 12, rate=ESTIMATED)]
    root = read(drawn([*known, entry("dark", 8, 4, rate=None)], ("top", "side", "dark")))
    first, second, third = (texts(lane) for lane in lanes(root))
    assert {"14.4 GB", "28.8 GB", "43.2 GB"} <= set(first)
    assert {"~14.4 GB", "~28.8 GB", "~43.2 GB"} <= set(second)
    assert third.count("?") == 2
    assert "~86.4 GB + ?" in texts(root)
    assert any(text.startswith("?: of dark nobody knows") for text in texts(root))


def test_a_day_of_25_hours_is_as_much_wider_and_says_so() -> None:
    picture = drawn([entry("top", 8, 12)])
    widths = {head.date: head.width for head in picture.heads}
    assert round(widths["25 Oct"] / widths["26 Oct"], 3) == round(25 / 24, 3)
    assert [head.pill for head in picture.heads if head.pill] == ["25 h"]
    said = "Sun 2026-10-25 has 25 h: at 03:00 clocks go back to 02:00"
    assert said in texts(read(picture))
    assert said in titles(read(picture))


def test_a_night_of_a_change_of_clocks_is_an_hour_longer() -> None:
    lengths = {night.length for night in drawn([]).nights[1:-1]}
    assert lengths == {12 * HOUR, 13 * HOUR}


def test_short_windows_stay_visible_and_many_are_a_comb_not_a_bar() -> None:
    hourly = [entry("top", n, 1 / 60, ["bursts"]) for n in range(7 * 24)]
    picture = drawn(hourly)
    (strokes,) = picture.rows[0].lane.strokes  # type: ignore[union-attr]
    assert len(strokes) == 7 * 24
    assert min(bar.width for bar in strokes) >= 1.5
    often = [entry("top", n / 6, 10 / 3600, ["bursts"]) for n in range(7 * 144)]
    root = read(drawn(often))
    assert len(bars(lanes(root)[0])) == 1
    assert "url(#comb)" in fills(lanes(root)[0])
    assert "many short windows" in texts(root)
    assert titles(lanes(root)[0])[0].startswith("1008 windows, bursts\n")


def test_what_a_burst_takes_out_of_a_long_window_is_not_drawn_as_a_gap() -> None:
    base = [entry("top", n + 1 / 6, 5 / 6) for n in range(7 * 24)]
    bursts = [entry("top", n, 1 / 6, ["bursts"], selector=FAST) for n in range(7 * 24)]
    root = read(drawn([*base, *bursts]))
    assert len(bars(lanes(root)[0])) == 1
    assert "url(#comb)" not in fills(lanes(root)[0])
    assert [one.get("class") for one in lanes(root)[0].iter(f"{SVG}path")][1:] == ["strokes"]


def test_another_capability_than_usual_is_taller_hatched_and_named() -> None:
    root = read(drawn([entry("top", 0, 48), entry("top", 50, 8, ["bursts"], selector=FAST)]))
    usual, special = bars(lanes(root)[0])
    assert float(special.get("height", 0)) > float(usual.get("height", 0))
    assert fills(lanes(root)[0]).count("url(#hatch)") == 1
    assert {USUAL, FAST} <= set(texts(lanes(root)[0]))
    assert "taller: another capability than usual" in texts(root)


def test_a_window_of_two_schedules_shows_each_where_it_wants_the_time() -> None:
    both = entry("top", 0, 48, ["pilot", "nights"])
    pilot = Window(START + 30 * HOUR, both.window.end)
    alone = {"nights": (Window(START, START + 40 * HOUR),), "pilot": (pilot,)}
    root = read(drawn([both], alone=alone))
    nights, over = bars(lanes(root)[0])
    assert float(nights.get("width", 0)) / float(over.get("width", 0)) == pytest.approx(
        40 / 18, 0.01
    )
    assert [text for text in texts(lanes(root)[0]) if text in alone] == ["nights", "pilot"]
    assert texts(root).index("nights") < texts(root).index("pilot"), "in the file's order"
    assert all(title.startswith("pilot, nights\n") for title in titles(lanes(root)[0]))


def test_a_window_without_beginning_and_end_has_arrows() -> None:
    ever = Entry("top", ALWAYS, ("ever",), USUAL, None, MEASURED)
    (lane,) = lanes(read(drawn([ever])))
    assert "no beginning to no end" in titles(lane)[0]
    assert sum((path.get("d") or "").endswith("z") for path in lane.iter(f"{SVG}path")) == 2
    (lane,) = lanes(read(drawn([entry("top", -5, 500)])))
    assert not any((path.get("d") or "").endswith("z") for path in lane.iter(f"{SVG}path"))


def test_now_and_the_day_on_which_the_disk_is_full_are_marked() -> None:
    root = read(drawn([entry("top", 8, 12)], full=START + 40.001 * HOUR))
    assert {"now", "disk full", "the disk is full on Sun 2026-10-25 03:00"} <= set(texts(root))
    later = texts(read(drawn([entry("top", 8, 12)], full=START + timedelta(days=9))))
    assert "disk full" not in later
    assert "the disk is full on Sun 2026-11-01 11:00" in later


def test_a_pause_by_hand_is_seen_where_nothing_is_recorded_for_it() -> None:
    pause = Window(START + 8 * HOUR, START + 10 * HOUR)
    root = read(drawn([entry("top", 10, 10), entry("side", 8, 12)], ("top", "side"), paused=pause))
    holes = [[one for one in lane if one.get("class") == "hole"] for lane in lanes(root)]
    assert [len(own) for own in holes] == [1, 0]
    assert titles(holes[0][0]) == ["paused by hand\nFri 2026-10-23 20:00 to 22:00"]
    assert "paused by hand" in texts(root)
    assert "paused by hand" not in texts(read(drawn([entry("top", 8, 12)])))


def test_names_from_outside_are_text_and_stand_in_their_room() -> None:
    name = HOSTILE
    picture = drawn([entry(name, 8, 12, [name], selector=name)], (name,), title=name)
    svg = svg_of(picture)
    assert "<script" not in svg
    assert {"\x1b", "\u202e"}.isdisjoint(svg)
    root = ET.fromstring(svg)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        *("svg", "title", "style", "defs", "pattern", "circle"),
        *("g", "rect", "path", "text", "tspan"),
    }
    label = next(text for text in texts(lanes(root)[0]) if text.startswith("<b>"))
    assert label.endswith("…")
    assert len(label) < 30


def test_64_cameras_and_60_days_of_bursts_are_a_picture_of_moderate_size() -> None:
    cameras = [f"cam{n:02}" for n in range(64)]
    often = [entry(camera, 24 * n, 0.5) for camera in cameras for n in range(60)]
    picture = drawn(often, cameras, days=60)
    svg = svg_of(picture)
    assert len(lanes(ET.fromstring(svg))) == 64
    assert len(svg) < 1_000_000
    assert picture.height < 1500
    assert [head.date for head in picture.heads[1:4]] == ["24", "25", "26"]
    assert [head.letter for head in picture.heads[1:4]] == ["S", "S", "M"]
    years = drawn(often[:5], cameras[:1], days=800)
    assert [head.date for head in years.heads if head.date][:2] == ["1 Nov", "1 Dec"]
    assert years.nights == ()


def test_the_same_plan_is_the_same_bytes_in_both_forms() -> None:
    entries = [entry("top", 8 + 24 * n, 12) for n in range(7)]
    picture = drawn(entries)
    svg = svg_of(picture)
    assert svg == svg_of(drawn(entries))
    png = png_of(svg, svg_to_bytes)
    assert png == png_of(svg, svg_to_bytes)
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert image.size == (round(picture.width * 2), round(picture.height * 2))
        assert len(set(image.convert("RGB").crop((0, 0, 400, 130)).get_flattened_data())) > 10


def test_a_machine_without_fonts_is_told_what_helps_instead_of_a_picture_without_words() -> None:
    fontless = functools.partial(svg_to_bytes, skip_system_fonts=True)
    with pytest.raises(MachineError, match=r"fonts-dejavu-core, or ask for a name in \.svg"):
        png_of(svg_of(drawn([])), fontless)
