"""Every form of a schedule, right and wrong, with the exact messages: the table is `forms.txt`.

Of each form stand there the keys, and below them what is said of it, in the file that the section
names, without the path of the schedule.
"""

from pathlib import Path

import pytest

from tests.config.files import RIGHT, complaints, with_schedule

EXPERIMENT = "experiment: {start: 2026-11-24, days: 14}\n"
TABLE = Path(__file__).with_name("forms.txt").read_text("utf-8")


def rows(section: int) -> list[tuple[str, list[str]]]:
    """The keys of each row of a section, and what is said of them."""
    found: list[tuple[str, list[str]]] = []
    for line in TABLE.split("# ")[section].splitlines()[1:]:
        if line.startswith(" "):
            found[-1][1].append(line.strip())
        elif line:
            found.append((line, []))
    return found


def said(text: str) -> list[str]:
    return [line.replace("schedules.nights.", "") for line in complaints(text)] or ["right"]


def keys_of(row: object) -> str:
    return row if isinstance(row, str) else ""


@pytest.mark.parametrize(("keys", "mistakes"), rows(1), ids=keys_of)
def test_a_schedule_is_right_or_every_mistake_in_it_is_told(keys: str, mistakes: list[str]) -> None:
    assert said(with_schedule(f"{{cameras: all, {keys}}}")) == mistakes


@pytest.mark.parametrize(("keys", "mistakes"), rows(2), ids=keys_of)
def test_what_a_schedule_asks_of_the_experiment_must_be_there(
    keys: str, mistakes: list[str]
) -> None:
    assert said(with_schedule(f"{{cameras: all, {keys}}}") + EXPERIMENT) == mistakes


@pytest.mark.parametrize(("line", "mistakes"), rows(3), ids=keys_of)
def test_an_experiment_is_right_or_every_mistake_in_it_is_told(
    line: str, mistakes: list[str]
) -> None:
    assert said(f"{RIGHT}{line}\n") == mistakes


def test_lights_are_not_said_twice_in_contradiction() -> None:
    offset = "experiment: {start: 2026-11-24, lights_on: 07:00-05:00}\n"
    wall = "experiment: {start: 2026-11-24, lights: wall_clock}\n"
    two = "lights by the wall_clock have no fixed offset; delete wall_clock, or the offset"
    for keys, more, mistake in (
        ("zt: 12-14, lights: wall_clock", offset, f"8:45: lights: {two}"),
        ("zt: 12-14, lights_on: 07:00-05:00", wall, f"8:48: lights_on: {two}"),
        ("zt: 12-14, lights_on: 07:00, lights: wall_clock", offset, "right"),
        ("zt: 12-14, lights_on: 07:00-05:00, lights: fixed", wall, "right"),
    ):
        assert said(with_schedule(f"{{cameras: all, {keys}}}") + more) == [mistake], keys


def test_all_mistakes_of_all_schedules_come_at_once() -> None:
    text = with_schedule("{cameras: all, every: 2h, for: 3h, except: 2026-02-30, timezone: X}")
    text += "  days: {cameras: [sid], daily: [9-5, 10:00-11:00], days: day 20}\n"
    places = [mistake.partition(" ")[0] for mistake in complaints(text + EXPERIMENT)]
    assert places == ["8:42:", "8:54:", "8:76:", "9:20:", "9:34:", "9:59:"]
