"""The ways in which programs save a file, and a file that is edited again and again in them."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.support.waiting import pause

Save = Callable[[Path, bytes], None]


def truncated(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def in_place(path: Path, content: bytes) -> None:
    """Write over what is there, and cut off what is left of it."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


def in_pieces(path: Path, content: bytes) -> None:
    """As a slow copy does: what is there at first is no whole file."""
    with path.open("wb") as file:
        half = max(content.rfind(b"cameras:\n"), 0)
        file.write(content[:half])
        file.flush()
        pause(0.05)
        file.write(content[half:])


def renamed(path: Path, content: bytes) -> None:
    """As most editors do, and whoever wants it to be atomic."""
    other = path.with_name(".recordings.yaml.swp")
    other.write_bytes(content)
    other.replace(path)


def moved_here(path: Path, content: bytes) -> None:
    """From a directory that nobody watches."""
    other = path.parent / "elsewhere" / "new.yaml"
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(content)
    other.replace(path)


def with_backup(path: Path, content: bytes) -> None:
    """As vim does: what was there becomes the backup, and the file is a new one."""
    path.replace(path.with_name("recordings.yaml~"))
    path.write_bytes(content)


def removed_first(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def linked(path: Path, content: bytes) -> None:
    """As ConfigMaps are: the file is a link into a directory, which is exchanged for another."""
    target = path.parent / f"mounted-{len(list(path.parent.glob('mounted-*')))}"
    target.mkdir()
    (target / path.name).write_bytes(content)
    link = path.with_name("..link")
    link.symlink_to(target / path.name)
    link.replace(path)


SAVES: Final[tuple[Save, ...]] = (
    truncated,
    in_place,
    in_pieces,
    renamed,
    moved_here,
    with_backup,
    removed_first,
    linked,
)
REPLACING: Final = frozenset({renamed, moved_here, with_backup, removed_first, linked})


def any_way(path: Path, content: bytes, dice: random.Random) -> Save:
    """Save it in one of these ways; return in which."""
    needing = (in_place, with_backup, removed_first)
    way = dice.choice([way for way in SAVES if path.exists() or way not in needing])
    way(path, content)
    return way
