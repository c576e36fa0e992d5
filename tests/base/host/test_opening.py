"""Plain files are opened, and nothing else; an open one is found again."""

import os
from pathlib import Path

import pytest

from thorsched.base.host import followed_file_opener, place_of


def test_the_place_of_an_open_file_is_known_where_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        path.rename(tmp_path / "renamed")
        assert place_of(file) == (tmp_path / "renamed").resolve()
        assert place_of(file, "darwin") is None
        (tmp_path / "renamed").unlink()
        assert place_of(file) is None


def test_a_link_is_followed_where_that_is_asked_for_and_a_fifo_refused(tmp_path: Path) -> None:
    plain, link, fifo = tmp_path / "plain", tmp_path / "link", tmp_path / "fifo"
    plain.write_text("text")
    link.symlink_to(plain)
    os.mkfifo(fifo)
    with open(link, opener=followed_file_opener) as file:
        assert file.read() == "text"
    with pytest.raises(OSError, match="not a plain file"):
        followed_file_opener(str(fifo), os.O_RDONLY)
    with pytest.raises(IsADirectoryError):
        followed_file_opener(str(tmp_path), os.O_RDONLY)
