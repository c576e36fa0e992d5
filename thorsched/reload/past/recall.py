"""A file's revisions, recalled from the journals of the roots that it may have.

Called by `history.py`, and by `beginning.py` for a start from the last good one. A root that was
only guessed counts if its journal knows the file. An edit of `storage.root` leaves a file with two
journals: each tells of the other. Reads, and changes nothing.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from thorsched.base.errors import ConfigError, MachineError, ThorschedError
from thorsched.base.text import printable_path, typed_path
from thorsched.catalogue.applied import Kept, Unread
from thorsched.catalogue.consulting import consulted
from thorsched.catalogue.kept import FIRST_WITH_REVISIONS, kept_revisions
from thorsched.config.roots import possible_roots, root_words
from thorsched.config.yaml.source import MAX_BYTES, read_file
from thorsched.recording.root import holder_of

Seen = TypeVar("Seen")
_MOST_ROOTS = 8
_MOST_NAMED = 3


class Asking(Protocol):
    """Looks at places that may never answer."""

    def ask(self, look: Callable[[], Seen], *places: Path) -> Seen:
        """Return what a look at places returns; raises what it raises, or that they are silent."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the journal of one root keeps."""

    root: Path
    kept: tuple[Kept, ...]
    """Whichever file they are of, newest first."""
    own: tuple[Kept, ...]
    """Those of the file that was asked for; one at least."""
    unread: tuple[Unread, ...]
    holder: str
    """The scheduler that holds the root, a process; '' if none does."""


def content_at(path: Path) -> bytes | None:
    """Return what the file holds; None if it cannot be read."""
    try:
        return read_file(path)
    except ConfigError:
        return None


def recall(path: Path, roots: Iterable[Path], *, asking: Asking) -> tuple[Recalled, ...]:
    """Return what is kept of the file at `path` below any of `roots`, and below what that names.

    The one that knows the newest revision comes first. Raises `MachineError` with what is in the
    way of the first of `roots`, if none of them knows the file.
    """
    found: dict[Path, Recalled] = {}
    reasons: list[str] = []
    waiting = [*roots]
    while waiting and len(found) + len(reasons) < _MOST_ROOTS:
        root = waiting.pop(0)
        if root in found:
            continue
        try:
            recalled = asking.ask(lambda root=root: _recalled(root, path), root)  # type: ignore[misc]
        except ThorschedError as error:
            reasons.append(str(error))
        else:
            found[root] = recalled
            waiting += _roots_named_in(recalled.own)
    if not found:
        raise MachineError(reasons[0])
    return tuple(sorted(found.values(), key=lambda one: one.own[0].applied.at, reverse=True))


def _recalled(root: Path, path: Path) -> Recalled:
    """Return what is kept below a root. Raises `MachineError` if nothing is of this file."""
    holder = holder_of(root)
    kept, unread = [], []
    texts: dict[str, str] = {}
    with consulted(root, oldest=FIRST_WITH_REVISIONS) as journal:
        for one in kept_revisions(journal):
            if isinstance(one, Unread):
                unread.append(one)
            else:
                kept.append(one.sharing(texts))
    paths = dict.fromkeys(one.applied.path for one in kept)
    same = {one for one in paths if is_same_file(one, path)}
    own = tuple(one for one in kept if one.applied.path in same)
    if not own:
        raise MachineError(_unknown(root, path, [*paths]))
    return Recalled(root, tuple(kept), own, tuple(unread), holder)


def _unknown(root: Path, path: Path, others: Sequence[Path]) -> str:
    journal, file = f"the journal in {printable_path(root)}", printable_path(path)
    if not others:
        return f"{journal} has no revision of {file}"
    named = " and ".join(printable_path(one) for one in others[:_MOST_NAMED])
    return (
        f"{journal} has no revision of {file}, but of {named}: name that file, and if it is gone, "
        f"this root: thorsched history {typed_path(others[0])} "
        f"--root {typed_path(root)}"
    )


def _roots_named_in(kept: Iterable[Kept]) -> Iterator[Path]:
    """Yield where revisions record to, or did."""
    seen: set[tuple[str, ...]] = set()
    for applied in (one.applied for one in kept):
        words = root_words(applied.text[:MAX_BYTES])
        if words not in seen and len(seen) < _MOST_ROOTS:
            seen.add(words)
            yield possible_roots(applied.text.encode("utf-8", "replace"), applied.path)[0]


def is_same_file(one: Path, other: Path) -> bool:
    """Return whether both paths lead to one file, be it there or not."""
    plain, real = os.path.abspath, os.path.realpath
    return plain(one) == plain(other) or real(one) == real(other)
