"""Segments of a camera that follow each other are one film; what overlaps is another."""

from dataclasses import replace

import pytest

from tests.export.filmed import segment
from thorsched.export.series import Series, SeveralServers, series_of
from thorsched.export.told import Device, Segment


def names(series: tuple[Series, ...]) -> dict[str, list[str]]:
    return {one.name: [each.path.name for each in one.segments] for one in series}


def attempt(start: str, *numbers: range) -> list[Segment]:
    return [segment(f"{start}-{at:05d}.mkv", frames) for at, frames in enumerate(numbers)]


def test_segments_and_attempts_follow_each_other_by_time() -> None:
    first = attempt("side_a", range(60), range(60, 120))
    restarted = attempt("side_b", range(150, 200))
    (one,) = series_of([*restarted, *reversed(first)])
    assert one.segments == (*first, *restarted)
    assert one.name == "side"


def test_each_camera_has_its_own() -> None:
    overhead = segment("overhead-00000.mkv", camera="overhead")
    assert list(names(series_of([segment("side-00000.mkv"), overhead]))) == ["overhead", "side"]


def test_an_attempt_that_overlaps_another_is_another_film_to_its_end() -> None:
    before = attempt("side_a", range(60), range(60, 120))
    after = attempt("side_b", range(50, 100), range(100, 150))
    assert names(series_of([*before, *after])) == {
        "side": [one.path.name for one in before],
        "side_2": [one.path.name for one in after],
    }


def test_after_an_overlap_the_film_goes_on_that_ended_last() -> None:
    before, after = attempt("side_a", range(60)), attempt("side_b", range(50, 100))
    later = attempt("side_c", range(200, 260))
    found = names(series_of([*before, *after, *later]))
    assert found["side_2"] == [one.path.name for one in (*after, *later)]


def test_another_device_capability_or_size_is_another_film() -> None:
    first = segment("side_a-00000.mkv")
    device = replace(
        segment("side_b-00000.mkv", range(60, 120)),
        told=first.told.model_copy(update={"device": Device(id=0, name="Other")}),
    )
    capability = segment("side_c-00000.mkv", range(120, 180), capability="image/jpeg")
    size = segment("side_d-00000.mkv", range(180, 240), picture={})
    assert list(names(series_of([first, device, capability, size]))) == [
        *("side", "side_2", "side_3", "side_4")
    ]


def test_a_device_that_got_another_id_is_the_same() -> None:
    moved = segment("side_b-00000.mkv", range(60, 120), device={"id": 3, "name": "HD USB Camera"})
    assert len(series_of([segment("side_a-00000.mkv"), moved])) == 1


def test_a_name_that_means_something_to_hdf5_is_made_harmless() -> None:
    assert list(names(series_of([segment("x-0.mkv", camera="../a:b c")]))) == ["___a_b_c"]


def test_no_two_films_have_one_name() -> None:
    first, device = segment("side_a-0.mkv"), {"id": 0, "name": "Other"}
    second = segment("side_b-0.mkv", range(60, 120), device=device)
    other = segment("x-0.mkv", camera="side_2")
    assert list(names(series_of([first, second, other]))) == ["side", "side_2", "side_2_2"]


def test_files_of_several_servers_are_refused_with_their_cameras() -> None:
    other = segment("wheel-00000.mkv", camera="wheel", server="http://rig-b:8000")
    with pytest.raises(SeveralServers, match=r"2 servers.*rig-b:8000 \(wheel\)"):
        series_of([segment("side-00000.mkv"), other])
