"""The file is valid NWB, says what the frames say, and leaves nothing odd unsaid."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pynwb
import pytest

from tests.export.filmed import ABOUT, NOON, filmed
from tests.support.films import TIMING
from thorsched.base.version import __version__
from thorsched.export import nwb
from thorsched.export.about import SeveralSubjects
from thorsched.export.apart import Bounds
from thorsched.export.counters import Counter
from thorsched.export.segments import NotExportable
from thorsched.export.session import Session, gather

FIRST = [*range(20), *range(23, 60)]
SECOND = range(60, 100)
BARE = frozenset({30, 31})
OVERHEAD = range(2, 92)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of a camera, with a drop and frames without metadata, and one of another."""
    root = tmp_path_factory.mktemp("root")
    side, overhead = root / "side" / "side_a-00000.mkv", root / "overhead" / "overhead_a-00000.mkv"
    filmed(side, FIRST, bare=BARE)
    filmed(side.with_name("side_a-00001.mkv"), SECOND, sha256="ab")
    filmed(overhead, OVERHEAD, camera="overhead", device={"id": 1, "name": "Wide"})
    return root


def session(*paths: Path, skip: bool = False, counter: Counter = Counter.XDAQ) -> Session:
    return gather(
        paths, counter=counter, rate_hz=None, bounds=Bounds(), skip=skip, advance=lambda *_: None
    )


def write(target: Path, *paths: Path, counter: Counter = Counter.XDAQ) -> None:
    made = nwb.content(session(*paths, counter=counter), beside=target.parent)
    target.write_bytes(made)


@pytest.fixture(scope="module")
def written(root: Path) -> Path:
    target = root / "out" / "session.nwb"
    target.parent.mkdir()
    write(target, root)
    return target


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        yield io.read()


@pytest.fixture
def file(written: Path) -> Iterator[Any]:
    with opened(written) as file:
        yield file


def seconds(numbers: Any) -> Any:
    """Return the times of a film's frames; frame 0 is the first of all."""
    return pytest.approx(np.asarray(numbers) / 30, abs=1e-4)


def test_the_file_is_valid_nwb(written: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(pynwb.validate(path=str(written))) == []


def test_every_frame_has_its_time_and_every_file_its_first_frame(file: Any) -> None:
    side, overhead = file.acquisition["side"], file.acquisition["overhead"]
    assert side.timestamps[:] == seconds([*FIRST, *SECOND])
    assert overhead.timestamps[:] == seconds(OVERHEAD)
    assert side.starting_frame[:].tolist() == [0, len(FIRST)]
    assert side.dimension[:].tolist() == [64, 48]
    assert side.format == "external"
    assert file.session_start_time == NOON


def test_videos_are_named_as_seen_from_the_file(file: Any, written: Path) -> None:
    paths = list(file.acquisition["side"].external_file[:])
    assert paths == ["../side/side_a-00000.mkv", "../side/side_a-00001.mkv"]
    assert all((written.parent / path).is_file() for path in paths)


def test_times_that_are_interpolated_are_marked(file: Any) -> None:
    side = file.acquisition["side"]
    places = [FIRST.index(number) for number in sorted(BARE)]
    assert np.flatnonzero(side.control[:]).tolist() == places
    assert list(side.control_description[:]) == ["time read from the frame", "time interpolated"]
    assert "2 frames have none" in side.description
    assert file.acquisition["overhead"].control is None


def test_the_xdaqs_counters_stand_beside_the_frames(file: Any) -> None:
    samples = file.acquisition["overhead_sample_index"]
    expected = [TIMING.metadata(number) for number in OVERHEAD]
    assert (samples.data[:] % 2**32).tolist() == [one.sample_index for one in expected]
    assert samples.timestamps[:] == seconds(OVERHEAD)
    ticks = file.acquisition["overhead_xdaq_timestamp"].data[:]
    assert ticks.tolist() == [one.xdaq_timestamp for one in expected]
    unread = file.acquisition["side_sample_index"].data[:] == -1
    assert unread.sum() == len(BARE)
    zero, hz = TIMING.first_sample, 30_000
    assert f"(s - {zero}) / {hz} s" in file.data_collection
    assert (samples.data[:] - zero) / hz == pytest.approx(samples.timestamps[:])


def test_ttl_edges_are_where_the_frames_show_them(file: Any) -> None:
    edges = file.acquisition["overhead_ttl_in_0"]
    assert edges.data[:].tolist() == [1, -1, 1]
    assert edges.timestamps[:] == seconds([30, 60, 90])
    assert not any(name.endswith("ttl_in_5") for name in file.acquisition)
    assert "ttl_in 0x00000002, ttl_out 0x00000001" in file.acquisition["side"].comments


def test_gaps_are_a_table(file: Any) -> None:
    gaps = file.intervals["gaps"].to_dataframe()
    assert gaps["kind"].tolist() == ["drop", "unreadable"]
    assert gaps["series"].tolist() == ["side", "side"]
    assert gaps["start_time"].to_numpy() == seconds([19, 30])
    assert gaps["stop_time"].to_numpy() == seconds([23, 31])
    assert gaps["frames"].tolist() == [3, 2]
    assert gaps["frame"].tolist() == [20, 27]


def test_each_file_tells_where_it_is_from(file: Any) -> None:
    segments = file.intervals["segments"].to_dataframe()
    last = segments[segments["file"] == "side_a-00001.mkv"].iloc[0]
    assert (last["frames"], last["sha256"], last["revision"]) == (40, "ab", "f0f7")
    assert (last["requested"], last["software"]) == ("jpeg 64x48 @30fps", "0.1.0")
    assert last["first_frame"] == "2026-03-01T12:00:02.000Z"
    assert file.was_generated_by[:].tolist() == [["thorsched", __version__]]
    assert "Wide, id 1 on http://rig:8000" in file.acquisition["overhead"].device.description


def test_the_operators_keys_are_subject_session_and_notes(file: Any) -> None:
    assert file.subject.subject_id == "m042"
    assert file.experiment_description == "circadian-3"
    assert json.loads(file.notes) == {"about": {"overhead": ABOUT, "side": ABOUT}}


def test_the_identifier_is_the_recordings_own(root: Path, file: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.nwb", root / "side", root / "overhead")
    write(tmp_path / "b.nwb", root / "side")
    with opened(tmp_path / "a.nwb") as again, opened(tmp_path / "b.nwb") as other:
        assert again.identifier == file.identifier
        assert other.identifier != file.identifier
        assert "overhead" not in other.acquisition


def test_times_by_the_servers_clock_say_so(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "server.nwb"
    write(target, root, counter=Counter.SERVER)
    with opened(target) as file:
        assert file.acquisition["overhead"].timestamps[:] == seconds(OVERHEAD)
        assert "seconds of the server's clock" in file.data_collection
        raw = file.acquisition["overhead_sample_index"].data[:]
        assert raw.max() < 2**32
    assert list(pynwb.validate(path=str(target))) == []


def test_without_gaps_and_keys_there_is_nothing_of_them(tmp_path: Path) -> None:
    filmed(tmp_path / "side-00000.mkv", range(5), about={}, clock={"trusted": False})
    write(tmp_path / "a.nwb", tmp_path)
    with opened(tmp_path / "a.nwb") as file:
        assert list(file.intervals) == ["segments"]
        assert file.subject is None
        assert "the date is not to be trusted" in file.data_collection
    assert list(pynwb.validate(path=str(tmp_path / "a.nwb"))) == []


def test_a_pause_between_two_films_of_a_camera_is_a_gap(tmp_path: Path) -> None:
    filmed(tmp_path / "side_a-0.mkv", range(60))
    filmed(tmp_path / "side_b-0.mkv", range(50, 90))
    filmed(tmp_path / "side_c-0.mkv", range(150, 200), device={"id": 3, "name": "New"})
    filmed(tmp_path / "overhead-0.mkv", range(200), camera="overhead")
    write(tmp_path / "a.nwb", tmp_path)
    with opened(tmp_path / "a.nwb") as file:
        (gap,) = file.intervals["gaps"].to_dataframe().to_dict("records")
    assert (gap["series"], gap["kind"]) == ("side_3", "pause")
    assert [gap["start_time"], gap["stop_time"]] == seconds([89, 150])


def test_hostile_text_is_escaped(tmp_path: Path) -> None:
    odd = "x\0\x1b[2J\n/../ü"
    keys = {"subject": odd, "experiment": odd, odd: odd}
    told: dict[str, Any] = {
        "requested": odd,
        "revision": odd,
        "schedules": [odd],
        "capability": odd,
    }
    device = {"id": 0, "name": odd}
    filmed(
        tmp_path / "a-0.mkv", range(5), camera=odd, server=odd, about=keys, device=device, **told
    )
    write(tmp_path / "a.nwb", tmp_path)
    with opened(tmp_path / "a.nwb") as file:
        shown = "x\\x00\\x1b[2J\\n/../ü"
        assert file.subject.subject_id == shown
        assert file.intervals["segments"]["requested"][0] == shown
        assert json.loads(file.notes)["about"][odd] == keys
    assert list(pynwb.validate(path=str(tmp_path / "a.nwb"))) == []


def test_every_file_that_cannot_be_exported_is_told_or_left_out(tmp_path: Path) -> None:
    good = filmed(tmp_path / "side_a-00000.mkv", range(30))
    filmed(tmp_path / "side_a-00001.mkv", range(30, 60), frames=31)
    filmed(tmp_path / "side_a-00002.mkv", range(60, 90), bare=frozenset(range(60, 90)))
    hit = filmed(tmp_path / "side_a-00003.mkv", range(90, 120))
    content = bytearray(hit.content)
    middle = content.index(hit.frames[15])
    content[middle - 40 : middle] = bytes(40)
    hit.path.write_bytes(content)
    with pytest.raises(NotExportable, match="sidecar says 31") as refused:
        session(tmp_path)
    *told, advice = str(refused.value).split("\n")
    assert len(told) == 3
    assert advice == "nothing is written; --skip leaves those files out"
    assert "side_a-00002.mkv" in told[1]
    assert "is damaged in 1 place" in told[2]
    left = session(tmp_path, skip=True)
    assert [one.path for one in left.segments] == [good.path]
    assert list(left.left_out) == told
    with pytest.raises(NotExportable, match="without XDAQ metadata"):
        session(tmp_path / "side_a-00002.mkv", skip=True)


def test_two_animals_are_refused_before_anything_is_read(root: Path, tmp_path: Path) -> None:
    filmed(tmp_path / "wheel-00000.mkv", range(5), camera="wheel", about={"subject": "m043"})
    with pytest.raises(SeveralSubjects, match="m042, m043"):
        gather(
            [root, tmp_path],
            counter=Counter.XDAQ,
            rate_hz=None,
            bounds=Bounds(),
            skip=True,
            advance=lambda *_: pytest.fail("it was read"),
        )
