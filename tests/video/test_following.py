"""A file that grows is counted as far as it is whole, each frame once."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.films import Film
from tests.video.test_matroska import ends
from thorsched.video.following import Follower

pytestmark = pytest.mark.real


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_frames_are_counted_once_they_are_whole_however_a_file_grows(
    film: Film, data: st.DataObject
) -> None:
    whole = ends(film)
    sizes = data.draw(st.lists(st.integers(0, len(film.content)), max_size=8).map(sorted))
    with film.path.open("rb", buffering=0) as file:
        follower = Follower(file)
        for size in [*sizes, len(film.content)]:
            follower.follow(size)
            assert follower.frames == sum(end <= size for end in whole)


def test_what_is_no_recording_has_no_frames(tmp_path: Path) -> None:
    path = tmp_path / "other.mkv"
    path.write_bytes(b"something else" * 1000)
    with path.open("rb", buffering=0) as file:
        follower = Follower(file)
        follower.follow(path.stat().st_size)
        assert follower.frames == 0
