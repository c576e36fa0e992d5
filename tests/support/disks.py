"""Disks of their own for tests: one that fills up, one that can be held."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.waiting import eventually


@contextmanager
def mounted_tmpfs(disk: Path, *, size: str = "1m") -> Iterator[Path]:
    """Mount an empty file system of that size at `disk`, for a while."""
    disk.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "thorsched-test", disk],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        reason = f"a small disk to fill needs root to be mounted: {mounted.stderr.strip()}"
        pytest.fail(reason) if os.geteuid() == 0 else pytest.skip(reason)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def resize(disk: Path, size: str) -> None:
    """Give a mounted tmpfs another size."""
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


@contextmanager
def read_only(directory: Path) -> Iterator[None]:
    """Have a directory be read-only for whoever comes to it by its path from now on."""
    if os.geteuid() != 0:
        pytest.skip("to mount something read-only needs root")
    subprocess.run(["mount", "--bind", directory, directory], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", directory], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


class FreezableDisk:
    """A file system that can be held: whoever writes to it then waits, and no signal ends that."""

    def __init__(self, path: Path, image: Path) -> None:
        self.path = path
        self._image = image

    def cut(self, copy: Path) -> Path:
        """Return a copy of what is on the disk itself, as a power cut at a moment leaves it."""

        def is_of_one_moment() -> bool:
            before = self._image.stat().st_mtime_ns
            shutil.copyfile(self._image, copy)
            return self._image.stat().st_mtime_ns == before

        assert eventually(is_of_one_moment), "the disk never rests"
        return copy

    @contextmanager
    def frozen(self) -> Iterator[None]:
        subprocess.run(["fsfreeze", "--freeze", self.path], check=True)
        try:
            yield
        finally:
            subprocess.run(["fsfreeze", "--unfreeze", self.path], check=True)


@contextmanager
def mounted_image(image: Path, disk: Path) -> Iterator[FreezableDisk]:
    """Mount a file system of 256 MB, in the file `image`, at `disk`, for a while."""
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(256 << 20)
    for command in (
        ["mkfs.ext4", "-q", str(image)],
        ["mount", "-o", "loop", str(image), str(disk)],
    ):
        tool = shutil.which(command[0])
        made = (
            subprocess.run(command, capture_output=True, text=True, check=False) if tool else None
        )
        if made is None or made.returncode != 0:
            why = made.stderr.strip() if made else "not installed"
            pytest.skip(f"a disk to freeze needs root and a loop device: {command[0]}: {why}")
    try:
        yield FreezableDisk(disk, image)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
