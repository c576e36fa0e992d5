"""The revisions of a file in the order in which they were applied: which is meant, which ran. Pure.

Called by `history.py` and `beginning.py` with what journals keep. A revision is named by the
beginning of its hash, or by how many texts it lies before the one that runs.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from thorsched.base.errors import ConfigError
from thorsched.base.text import printable, short_hash
from thorsched.catalogue.applied import How, Kept
from thorsched.config.load import revision_of

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BEFORE = re.compile(r"previous|-[1-9][0-9]{0,5}")
_MOST_NAMED = 5
_FEWEST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A revision that was applied, and the starts of the program that found the same text."""

    kept: Kept
    before: Kept | None
    """The file's revision before it; None of the first that is known."""
    starts: tuple[Kept, ...] = ()
    """Later ones, newest first."""

    @property
    def is_edit(self) -> bool:
        """Whether the text is another than the one before it."""
        before = self.before
        return before is not None and before.applied.revision != self.kept.applied.revision


def merged(journals: Sequence[Sequence[Kept]]) -> tuple[Kept, ...]:
    """Return the revisions of one file out of several journals, newest first, each once.

    In one journal their order is known, whatever the clock said, and it is kept; of what no journal
    tells the order, times tell. What two tell is taken from the later in `journals`: the one before
    it is known there, too.
    """
    found = {_key(one): one for kept in journals for one in kept}
    ahead = [deque(dict.fromkeys(map(_key, kept))) for kept in journals]
    told_by = Counter(key for keys in ahead for key in keys)
    order: dict[tuple[str, datetime], None] = {}
    while heads := Counter(keys[0] for keys in ahead if keys):
        free = [key for key in heads if heads[key] == told_by[key]]  # in no journal behind another
        order[max(free or heads, key=lambda key: key[1])] = None
        for keys in ahead:
            while keys and keys[0] in order:
                keys.popleft()
    return tuple(found[key] for key in order)


def _key(kept: Kept) -> tuple[str, datetime]:
    return kept.applied.revision, kept.applied.at


def content_of(kept: Kept) -> bytes | None:
    """Return the bytes that the file had; None where the journal has another text than it says."""
    text = kept.applied.text.encode("utf-8", "surrogatepass")
    whole = (text, _BYTE_ORDER_MARK + text)
    return next((one for one in whole if revision_of(one) == kept.applied.revision), None)


def short(kept: Kept) -> str:
    """Return what people know it by; printable."""
    return short_hash(kept.applied.revision)


def lines(revisions: Sequence[Kept], *, folded: bool = True) -> Iterator[Line]:
    """Yield what is to be shown, newest first; starts with the text that ran are `folded` into it.

    `revisions` are newest first.
    """
    starts: list[Kept] = []
    for kept, before in zip(revisions, [*revisions[1:], None], strict=True):
        if folded and before is not None and _is_restart(kept, before):
            starts.append(kept)
            continue
        yield Line(kept, before, tuple(starts))
        starts = []


def _is_restart(kept: Kept, before: Kept) -> bool:
    applied = kept.applied
    is_start = applied.how in {How.START, How.LAST_GOOD}
    return is_start and applied.revision == before.applied.revision


def named(revisions: Sequence[Kept], name: str) -> Kept:
    """Return the newest application of the revision that a person means. Raises `ConfigError`.

    `name` is the beginning of a hash (four digits at least, so that `2` is not taken for one where
    `-2` was meant), `current`, `previous`, or `-1`, `-2`...: so many texts before
    the one that runs, or ran last.
    """
    if name == "current":
        return revisions[0]
    if _BEFORE.fullmatch(name):
        back = 1 if name == "previous" else int(name[1:])
        texts = [line.kept for line in lines(revisions) if line.is_edit or line.before is None]
        if back >= len(texts):
            known = f"{len(texts)} texts are" if len(texts) > 1 else "one text is"
            raise ConfigError(f"there is no revision {name}: {known} known of this file")
        wanted = texts[back].applied.revision
        return next(one for one in revisions if one.applied.revision == wanted)
    return _by_hash(revisions, name)


def _by_hash(revisions: Sequence[Kept], name: str) -> Kept:
    found: dict[str, Kept] = {}
    shown, listed = printable(name, longest=64), "thorsched history lists them"
    if len(name) < _FEWEST_DIGITS:
        raise ConfigError(
            f"'{shown}' names no revision: {listed}; name one by {_FEWEST_DIGITS} digits or more, "
            "or by current, previous, -2, -3 ..."
        )
    for kept in revisions:
        if kept.applied.revision.startswith(name.lower()):
            found.setdefault(kept.applied.revision, kept)
    if not found:
        raise ConfigError(
            f"no revision of this file begins with '{shown}': {listed}; "
            "current, previous, -2, -3 ... are names, too"
        )
    if len(found) > 1:
        several = [printable(one[:12]) for one in found][:_MOST_NAMED]
        raise ConfigError(f"'{shown}' is the beginning of several: {', '.join(several)}; say more")
    return next(iter(found.values()))
