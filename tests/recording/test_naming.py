"""Names sort by time, stay below the root, and mean nothing to gst-launch."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.base.names import LONGEST_FILE
from thorsched.recording.naming import Naming, attempt_path, name_and_number, slug, too_long_below

TEMPLATE = "{camera}/{date}/{camera}_{start}"
NAMING = Naming(TEMPLATE, logs=Path("logs"))
NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)

cameras = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True)
moments = st.builds(
    datetime.fromtimestamp, st.integers(0, 200_000_000_000), st.just(UTC)
) | st.sampled_from([NINE, NINE + timedelta(seconds=0.9), NINE + timedelta(seconds=1)])
numbers = st.integers(1, 9)
indexes = st.integers(0, 99_999)


def test_the_default_name_is_camera_day_and_start() -> None:
    path = attempt_path(TEMPLATE, camera="overhead", started=NINE)
    assert path == PurePosixPath("overhead/2026-03-01/overhead_20260301T090000Z")
    assert NAMING.segment_name(path.name, 0) == "overhead_20260301T090000Z-00000.mkv"
    assert NAMING.segment_name(path.name, 123_456) == "overhead_20260301T090000Z-123456.mkv"


def test_a_second_attempt_of_the_same_second_is_told_apart() -> None:
    path = attempt_path(TEMPLATE, camera="overhead", started=NINE, number=2)
    assert path.name == "overhead_20260301T090000Z.2"


def test_the_second_attempt_of_one_camera_is_never_the_first_of_another() -> None:
    second = attempt_path("{start}/{camera}", camera="side", started=NINE, number=2)
    assert second != attempt_path("{start}/{camera}", camera="side_2", started=NINE)


@given(cameras, st.tuples(moments, numbers, indexes), st.tuples(moments, numbers, indexes))
def test_names_of_a_camera_sort_by_time(
    camera: str, one: tuple[datetime, int, int], other: tuple[datetime, int, int]
) -> None:
    def named(started: datetime, number: int, index: int) -> str:
        path = attempt_path(TEMPLATE, camera=camera, started=started, number=number)
        return str(path.parent / NAMING.segment_name(path.name, index))

    def when(started: datetime, number: int, index: int) -> tuple[datetime, int, int]:
        return started.replace(microsecond=0), number, index

    assert (named(*one) < named(*other)) == (when(*one) < when(*other))


@pytest.mark.fault(57)
@given(
    st.text(max_size=40) | st.text('ab./-_%\\ "', max_size=8),
    cameras | st.text(max_size=10),
    moments,
    numbers,
)
def test_whatever_is_asked_for_is_safe_or_refused(
    text: str, camera: str, started: datetime, number: int
) -> None:
    template = text.replace("{", "").replace("}", "") + "/{camera}_{start}"
    try:
        path = attempt_path(template, camera=camera, started=started, number=number)
    except ValueError:
        return
    root = Path("/root/of/all")
    assert (root / path).is_relative_to(root)
    assert ".." not in path.parts
    assert re.fullmatch(r"[A-Za-z0-9_./-]+", str(path), re.ASCII)
    # What splitmuxsink makes of it: one number, nothing else is a format.
    assert NAMING.segment_name(path.name, 7).endswith("-00007.mkv")


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    ("template", "camera"),
    [
        ("../{camera}_{start}", "side"),
        ("/etc/{camera}_{start}", "side"),
        ("{camera}/../../{start}", "side"),
        ("{camera}_{start}/", "side"),
        ("{camera}_{start}", "x%n"),
        ("{camera}_{start}", 'x" ! fakesink name="y'),
        ("{camera}_{start}", "x\\y"),
        ("{camera}_{start}", "x\ny"),
        ("{camera}_{start}", "übersicht"),
        ("{camera}_{start}", "../../x"),
        ("{camera} {start}", "side"),
        ("{camera}1/{start}", "com"),
        ("{camera}/{start}", "NUL"),
        ("{camera}./{start}", "side"),
    ],
)
def test_what_could_leave_the_root_or_speak_to_gst_launch_is_refused(
    template: str, camera: str
) -> None:
    with pytest.raises(ValueError, match="unsafe path"):
        attempt_path(template, camera=camera, started=NINE)


def test_an_attempt_is_too_long_from_where_its_sidecars_draft_is() -> None:
    attempt = attempt_path(TEMPLATE, camera="side", started=NINE)
    beside = len(f"/{attempt}-00000.json.part")
    root = Path("/" + "r" * (LONGEST_FILE - beside - 1))
    assert too_long_below(root, attempt, NAMING, platform="win32") == ""
    longer = Path(f"{root}r")
    assert "260 characters" in too_long_below(longer, attempt, NAMING, platform="win32")
    assert too_long_below(longer, attempt, NAMING, platform="linux") == ""


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("HD USB Camera", "HD_USB_Camera"),
        ("../../etc", "______etc"),
        ('x" ! fakesink', "x____fakesink"),
        ("%n\n", "_n_"),
        ("Kamera für Mäuse", "Kamera_f_r_M_use"),
        ("x" * 300, "x" * 64),
        ("", ""),
    ],
)
def test_hostile_names_become_letters_and_digits(name: str, safe: str) -> None:
    assert slug(name) == safe


def test_a_segments_name_and_number_are_the_attempts_and_its_digits() -> None:
    segment = NAMING.segment_name("side-2_20260301T090000Z.2", 7)
    assert name_and_number(Path("/data") / segment) == ("side-2_20260301T090000Z.2", "00007")
    assert name_and_number(Path("notes.txt")) == ("", "notes")
