"""What a program that is gone has left: recorders that run on, and files that do not count as yet.

Called by `gathering.py` while no scheduler runs. Changes nothing.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from thorsched.base.text import counted, typed_path
from thorsched.base.units import format_size
from thorsched.recording import checkpoint
from thorsched.recording.checkpoint_text import BadCheckpoint, Begun, parse


def in_words(root: Path) -> Iterator[str]:
    """Yield what is to be told of such files below a root, and what brings them in."""
    left = _attempts_below(root, is_running=False)
    sizes = [size for begun in left for size in _undescribed(root, begun)]
    if sizes:
        it = "it" if len(sizes) == 1 else "them"
        shown = typed_path(root)
        yield (
            f"not counted: {counted(len(sizes), 'file')}, {format_size(sum(sizes))}, that a killed "
            f"program left; thorsched run, or thorsched verify {shown} --repair, brings {it} in"
        )


def running_below(root: Path) -> frozenset[str]:
    """Return the cameras whose recorders run."""
    return frozenset(one.recording.camera for one in _attempts_below(root, is_running=True))


def _attempts_below(root: Path, *, is_running: bool) -> Iterator[Begun]:
    """Yield the attempts of which not all is described: whose recorders run, or do not."""
    for path in checkpoint.paths_below(root):
        with contextlib.suppress(OSError, BadCheckpoint):
            text, is_held = checkpoint.read(path)
            if is_held == is_running:
                yield parse(text, root)[0]


def _undescribed(root: Path, begun: Begun) -> Iterator[int]:
    """Yield the sizes of an attempt's segments that have no sidecar."""
    with contextlib.suppress(OSError):
        for path in (root / begun.directory).iterdir():
            is_ours = path.suffix == ".mkv" and path.name.startswith(f"{begun.prefix}-")
            if is_ours and not path.with_suffix(".json").exists() and path.lstat().st_size:
                yield path.lstat().st_size
