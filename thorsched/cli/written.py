"""A file that a person has asked for beside what is printed: a page, a picture."""

import sys
from pathlib import Path

from thorsched.base import host
from thorsched.base.errors import MachineError
from thorsched.base.text import printable_path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, over one that was there. Raises `MachineError`."""
    try:
        with host.redrafted(path) as draft, draft.open("xb") as file:
            file.write(content)
    except OSError as error:
        name = printable_path(path)
        raise MachineError(f"{name} cannot be written: {error.strerror}") from error


def say_written(what: str, path: Path, *, beside_data: bool) -> None:
    """Say where it is; on stderr if what is printed is for programs."""
    told = sys.stderr if beside_data else sys.stdout
    print(f"the {what} is written: {printable_path(path)}", file=told)
