"""Which files, of which nobody knows, are what is missing elsewhere: moved, renamed, copied. Pure.

Made by `verify.py`, which has looked at the files. What is to be told of such a file is held back
until it is known what is missing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from thorsched.catalogue.fsck.findings import Finding, Kind, Row

# What is found of a file that is not as its sidecar says.
_DOUBTFUL = frozenset({Kind.CHANGED, Kind.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Film:
    """A segment by what tells it from others; its path is one below the root."""

    path: Path
    size_bytes: int
    sha256: str | None
    """None where nobody has said it."""


@dataclass(slots=True)
class _Stray:
    film: Film
    is_told: bool
    """Whether the sidecar beside it is its own."""
    held: list[Finding] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not any(one.kind in _DOUBTFUL for one in self.held)

    @property
    def is_as_told(self) -> bool:
        """Whether it is what its own sidecar says."""
        return self.is_told and self.is_sound


class Strays:
    """Files that the journal does not know, or no sidecar tells of."""

    def __init__(
        self,
        *,
        sha256_of: Callable[[Path], str | None],
        rows: Callable[[], Iterable[tuple[Path, Row]]],
    ) -> None:
        """`sha256_of` reads a file below the root, `rows` all that the journal knows of."""
        self._sha256_of = sha256_of
        self._rows = rows
        self._strays: dict[Path, _Stray] = {}

    def add(self, film: Film, *, is_told: bool) -> None:
        self._strays[film.path] = _Stray(film, is_told)

    def holds(self, finding: Finding) -> bool:
        """Return whether a finding is about one of them; it is told at the end, if ever."""
        stray = self._strays.get(finding.path)
        if stray is not None:
            stray.held.append(finding)
        return stray is not None

    def findings(
        self, absent: Iterable[Finding], lost: Callable[[Path], Film | None]
    ) -> Iterator[Finding]:
        """Yield what is missing, or was moved, and what is to be told of the strays that are left.

        `lost` returns what is known of a segment that is missing.
        """
        missing = list(absent)
        gone = {finding.path for finding in missing}
        there = [stray for path, stray in self._strays.items() if path not in gone]
        by_size: dict[int, list[_Stray]] = defaultdict(list)
        for stray in there:
            by_size[stray.film.size_bytes].append(stray)
        left: list[tuple[Finding, Film]] = []
        for finding in missing:
            film = lost(finding.path) if finding.kind is Kind.MISSING else None
            found = self._match(film, by_size[film.size_bytes]) if film else None
            if film and found:
                by_size[film.size_bytes].remove(found)
                there.remove(found)
                yield _moved(found.film.path, film)
            elif film:
                left.append((finding, film))
            else:
                yield finding
        twins = self._twins({film.path.name for _, film in left}, there)
        for finding, film in left:
            same = [one for one in twins[film.path.name] if _are_same(one[0], film)]
            known = (one.path for one, row in same if not (row.is_removed or one.path in gone))
            path = next(known, None)
            yield _moved(path, film) if path else finding
        for stray in there:
            same = [one for one in twins[stray.film.path.name] if _are_same(one[0], stray.film)]
            yield from _of_copy(stray, same[0][0].path) if same and stray.is_as_told else stray.held

    def _match(self, film: Film, strays: Iterable[_Stray]) -> _Stray | None:
        """Return the file that is this film; of several the one that has kept its name."""
        for stray in sorted(strays, key=lambda one: one.film.path.name != film.path.name):
            if self._is(film, stray):
                return stray
        return None

    def _is(self, film: Film, stray: _Stray) -> bool:
        """Return whether a file of a film's size is it."""
        if film.path.name != stray.film.path.name and (stray.is_told or film.sha256 is None):
            return False
        if film.sha256 is None:
            return stray.is_sound
        said = stray.film.sha256 if stray.is_as_told else None
        return (said or self._sha256_of(stray.film.path)) == film.sha256

    def _twins(
        self, names: set[str], strays: Iterable[_Stray]
    ) -> Mapping[str, list[tuple[Film, Row]]]:
        """Return what the journal knows of files of these names, or of the strays' own."""
        wanted = names | {stray.film.path.name for stray in strays if stray.is_told}
        twins: dict[str, list[tuple[Film, Row]]] = defaultdict(list)
        for path, row in self._rows() if wanted else ():
            if path.name in wanted:
                twins[path.name].append((Film(path, row.size_bytes, row.sha256), row))
        return twins


def _of_copy(stray: _Stray, of: Path) -> Iterator[Finding]:
    detail = f"it is a copy of {of.as_posix()}, which is the one that counts"
    yield Finding(Kind.FOREIGN, stray.film.path, detail)


def _moved(path: Path, film: Film) -> Finding:
    by = "name and size" if film.sha256 is None else "size and SHA-256"
    detail = f"it is what is missing as {film.path.as_posix()}, by its {by}"
    return Finding(Kind.MOVED, path, detail, moved_from=film.path)


def _are_same(one: Film, other: Film) -> bool:
    """Return whether two paths of the same name are told to hold the same film."""
    if one.path == other.path or one.size_bytes != other.size_bytes:
        return False
    return one.sha256 is None or other.sha256 is None or one.sha256 == other.sha256
