"""The history of a file: its revisions, which of them runs, and what was recorded under each.

Called by `cli/history/command.py`. Reads journals and locks, and changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.base.errors import ConfigError, ThorschedError
from thorsched.base.text import printable, printable_path
from thorsched.catalogue.applied import Difference, How, Kept
from thorsched.catalogue.consulting import consulted
from thorsched.catalogue.kept import FIRST_WITH_REVISIONS
from thorsched.config.load import load_bytes
from thorsched.config.roots import possible_roots
from thorsched.reload.past.between import Between
from thorsched.reload.past.extent import Extent, Key, extents
from thorsched.reload.past.lineage import Line, content_of, lines, merged
from thorsched.reload.past.recall import Asking, Recalled, content_at, recall

# The revisions that are read to find the zone of a file that is wrong.
_MOST_READ = 10
# Texts, a second or two in all.
_MOST_COMPARED = 50


@dataclass(frozen=True, slots=True)
class History:
    """What journals know of a file."""

    path: Path
    """Absolute."""
    zone: ZoneInfo
    """By whose clocks its moments are shown."""
    revisions: tuple[Kept, ...]
    """Newest first; one at least."""
    lines: tuple[Line, ...]
    """The same, as they are to be shown."""
    roots: tuple[Path, ...]
    """Below which that is kept, the newest revision's first."""
    pid: str = ""
    """The scheduler that runs the newest one; '' if none does."""
    troubles: tuple[str, ...] = ()
    """What could not be read; printable."""
    _extents: Mapping[Key, Extent] = field(default_factory=dict, repr=False)
    _between: Mapping[Key, Difference] = field(default_factory=dict, repr=False)

    @property
    def newest(self) -> Kept:
        """Return the revision that runs, or ran last."""
        return self.revisions[0]

    def extent(self, line: Line) -> Extent:
        """Return what was recorded under it."""
        return self._extents.get(_key(line.kept), Extent())

    def changed(self, line: Line) -> Difference | None:
        """Return what it changed to the file's revision before it; None if that is not known.

        What the journal noted as it was applied, or else what the two texts say.
        """
        if not line.is_edit:
            return Difference()
        if is_noted(line):
            return line.kept.applied.difference
        return self._between.get(_key(line.kept))


def history_of(
    path: Path, *, root: Path | None, machine: ZoneInfo, folded: bool, asking: Asking
) -> History:
    """Return the history of the file at `path`, which may be wrong, or gone.

    Below `root` if that is given, else where the file says or once said. `machine` is the zone of
    files that name none; starts are `folded` into the revision that they found, or not. Raises
    `MachineError` where nothing is known of the file.
    """
    content = content_at(path)
    recalled = recall(path, [root] if root else possible_roots(content, path), asking=asking)
    revisions = merged([one.own for one in recalled])
    shown = tuple(lines(revisions, folded=folded))
    troubles = [f"a revision is not told: {one.why}" for r in recalled for one in r.unread]
    found: dict[Key, Extent] = {}
    for one in recalled:
        for key, extent in _extents(one, shown, troubles, asking).items():
            found[key] = found.get(key, Extent()).and_also(extent)
    newest = recalled[0]
    runs = newest.holder and newest.kept[0] is newest.own[0]
    return History(
        path.absolute(),
        _zone(content, path, revisions) or machine,
        revisions,
        shown,
        tuple(one.root for one in recalled),
        newest.holder if runs else "",
        tuple(troubles),
        found,
        _differences(shown, machine),
    )


def is_noted(line: Line) -> bool:
    """Return whether a scheduler told the journal what became of its cameras."""
    kept = line.kept
    return kept.is_compared and kept.applied.how in {How.EDIT, How.BY_HAND}


def _differences(shown: Sequence[Line], machine: ZoneInfo) -> Mapping[Key, Difference]:
    between = Between(machine, most=_MOST_COMPARED)
    found = {}
    for line in shown:
        if line.before is not None and line.is_edit and not is_noted(line):
            changed = between.difference(line.before, line.kept)
            if changed is not None:
                found[_key(line.kept)] = changed
    return found


def _key(kept: Kept) -> Key:
    return kept.applied.revision, kept.applied.at


def _extents(
    recalled: Recalled, shown: Sequence[Line], troubles: list[str], asking: Asking
) -> Mapping[Key, Extent]:
    keys = {_key(one): _key(line.kept) for line in shown for one in (line.kept, *line.starts)}
    own = set(map(_key, recalled.own))
    keyed = [keys.get(key) if (key := _key(one)) in own else None for one in recalled.kept]

    def look() -> Mapping[Key, Extent]:
        with consulted(recalled.root, oldest=FIRST_WITH_REVISIONS) as journal:
            return extents(recalled.kept, keyed, journal.spans())

    try:
        return asking.ask(look, recalled.root)
    except ThorschedError as error:
        root = printable_path(recalled.root)
        troubles.append(f"what was recorded below {root} is not told: {printable(str(error))}")
        return {}


def _zone(content: bytes | None, path: Path, revisions: Sequence[Kept]) -> ZoneInfo | None:
    """Return the file's zone: what it says, or else what its newest right revision said."""
    for one in (content, *map(content_of, revisions[:_MOST_READ])):
        if one is not None:
            try:
                return load_bytes(one, path).config.zone
            except ConfigError:
                continue
    return None
