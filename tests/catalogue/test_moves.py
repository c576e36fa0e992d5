"""Which file is which missing film: each is one, and one is each."""

from pathlib import Path

from thorsched.catalogue.fsck.findings import Finding, Kind, Row
from thorsched.catalogue.fsck.moves import Film, Strays

A, B = "a" * 64, "b" * 64
Told = list[tuple[Kind, str, str | None]]


class Disk:
    """Files of which nobody knows, by their hash; `read` is which were read."""

    def __init__(self, **files: str) -> None:
        self.files = {
            Path(name.replace("_", "/") + ".mkv"): sha256 for name, sha256 in files.items()
        }
        self.read: list[Path] = []
        self.rows: list[tuple[Path, Row]] = []

    def told(self, *missing: Film, size_bytes: int = 10) -> Told:
        strays = Strays(sha256_of=self._sha256_of, rows=lambda: self.rows)
        for path in self.files:
            strays.add(Film(path, size_bytes, None), is_told=False)
            assert strays.holds(Finding(Kind.FOREIGN, path, "no attempt of ours made it"))
        lost = {film.path: film for film in missing}
        absent = [Finding(Kind.MISSING, path, "it is in the journal") for path in lost]
        return [
            (one.kind, one.path.as_posix(), one.moved_from.as_posix() if one.moved_from else None)
            for one in strays.findings(absent, lost.get)
        ]

    def _sha256_of(self, path: Path) -> str:
        self.read.append(path)
        return self.files[path]


def film(name: str, sha256: str | None) -> Film:
    return Film(Path(name), 10, sha256)


def test_each_file_is_one_film_and_the_one_that_has_kept_its_name_comes_first() -> None:
    told = Disk(n_2=A, n_1=A).told(film("d/1.mkv", A), film("d/2.mkv", A), film("d/3.mkv", A))
    assert told == [
        (Kind.MOVED, "n/1.mkv", "d/1.mkv"),
        (Kind.MOVED, "n/2.mkv", "d/2.mkv"),
        (Kind.MISSING, "d/3.mkv", None),
    ]


def test_what_is_another_film_is_told_as_before() -> None:
    disk = Disk(film=B)
    assert disk.told(film("d/1.mkv", A)) == [
        (Kind.MISSING, "d/1.mkv", None),
        (Kind.FOREIGN, "film.mkv", None),
    ]
    assert disk.read == [Path("film.mkv")]


def test_nothing_is_read_that_has_another_size_or_if_nothing_is_missing() -> None:
    disk = Disk(film=A)
    assert [kind for kind, *_ in disk.told(film("d/1.mkv", A), size_bytes=11)] == [
        Kind.MISSING,
        Kind.FOREIGN,
    ]
    assert disk.told() == [(Kind.FOREIGN, "film.mkv", None)]
    assert disk.read == []


def test_a_film_that_nobody_has_hashed_is_known_by_its_name_alone() -> None:
    assert Disk(n_1=A).told(film("d/1.mkv", None)) == [(Kind.MOVED, "n/1.mkv", "d/1.mkv")]
    assert Disk(n_2=A).told(film("d/1.mkv", None))[0] == (Kind.MISSING, "d/1.mkv", None)


def test_what_the_journal_knows_elsewhere_was_moved_unless_it_is_gone_there_too() -> None:
    disk = Disk()
    disk.rows = [
        (Path("d/1.mkv"), Row(10, A, is_removed=False)),
        (Path("n/1.mkv"), Row(10, A, is_removed=False)),
    ]
    assert disk.told(film("d/1.mkv", A)) == [(Kind.MOVED, "n/1.mkv", "d/1.mkv")]
    told = disk.told(film("d/1.mkv", A), film("n/1.mkv", A))
    assert {kind for kind, *_ in told} == {Kind.MISSING}
    disk.rows[1] = (Path("n/1.mkv"), Row(10, A, is_removed=True))
    assert disk.told(film("d/1.mkv", A)) == [(Kind.MISSING, "d/1.mkv", None)]
