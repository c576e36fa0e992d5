"""`thorsched metadata FILES`: what the XDAQ wrote into the frames, summed up or as a table.

Each file is read by itself, the segments of one recording by their numbers; one that cannot be read
is told on stderr, and the others are done all the same, also if all go into one table.
"""

import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress
from rich.table import Table

from thorsched.base.errors import FileError, MachineError
from thorsched.base.text import counted, printable
from thorsched.cli.console import harmless, new_table, show_table
from thorsched.cli.exits import ExitCode
from thorsched.cli.progress import bytes_progress
from thorsched.metadata import CutShort, Damaged, Format, export, gaps, in_order, load, read
from thorsched.video.records import Rows

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """One file in numbers; sample indices are the XDAQ's own, of the first and last frame."""

    file: str
    frames: int
    unreadable: int
    first_sample: int
    last_sample: int
    dropped: int
    duplicates: int
    backward: int
    wraps: int
    notes: tuple[str, ...]
    """Why it is not whole: cut short, or damaged."""


def summarise(paths: Sequence[Path], *, as_json: bool) -> int:
    """Print what each file holds; return the exit code, 2 if a file could not be read."""
    found: list[Summary] = []
    failed: list[dict[str, str]] = []
    for path in (paths[place] for place in in_order(paths)):
        try:
            with _told() as notes:
                rows = load(path)
            found.append(_summary(path, rows, tuple(notes)))
        except (FileError, OSError) as error:
            failed.append({"file": str(path), "message": _tell(path, error)})
    if as_json:
        told = [{name: getattr(one, name) for name in Summary.__slots__} for one in found]
        print(json.dumps({"files": told, "failed": failed}, indent=2))
    elif found:
        show_table(_table(found))
    return ExitCode.NOT_READY if failed else ExitCode.DONE


def _summary(path: Path, rows: Rows, notes: tuple[str, ...]) -> Summary:
    valid, odd = rows[rows["is_valid"]], gaps(rows)

    def count(kind: str) -> int:
        return int((odd["kind"] == kind).sum())

    return Summary(
        file=str(path),
        frames=len(rows),
        unreadable=len(rows) - len(valid),
        first_sample=int(valid["sample_index"][0]),
        last_sample=int(valid["sample_index"][-1]),
        dropped=int(odd["missing_frames"].sum()),
        duplicates=count("duplicate"),
        backward=count("backward"),
        wraps=count("wrap"),
        notes=notes,
    )


def _table(found: Sequence[Summary]) -> Table:
    table = new_table()
    table.add_column("file", overflow="fold")
    for column in ("frames", "first sample", "last sample", "dropped"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("what else")
    for one in found:
        numbers = (one.frames, one.first_sample, one.last_sample, one.dropped)
        table.add_row(harmless(Path(one.file).name), *map(str, numbers), _what_else(one))
    return table


def _what_else(one: Summary) -> str:
    """Return what most files have nothing of: a column for each would be wider than a terminal."""
    odd = {
        "unreadable": one.unreadable,
        "duplicate": one.duplicates,
        "backward": one.backward,
        "wrap": one.wraps,
    }
    return ", ".join(f"{count} {what}" for what, count in odd.items() if count)


def export_files(paths: Sequence[Path], form: Format, *, output: Path | None) -> int:
    """Write a table beside each file, or all into `output`; return the exit code.

    2 if a file could not be read, or a table not be written; nothing is ever overwritten.
    """
    jobs = [([path], _beside(path, form)) for path in paths]
    if output is not None:
        jobs = [(list(paths), output)]
    try:
        with bytes_progress() as progress:
            results = [_export(several, target, form, progress) for several, target in jobs]
    except MachineError as error:  # so it is for every file
        print(printable(str(error)), file=sys.stderr)
        return ExitCode.NOT_READY
    return ExitCode.DONE if all(results) else ExitCode.NOT_READY


def _beside(path: Path, form: Format) -> Path:
    """Return where the table of a file goes; `.` and `/` have no name, and are not read anyway."""
    return path.with_suffix(f".{form.value}") if path.name else path / f"frames.{form.value}"


def _export(paths: Sequence[Path], target: Path, form: Format, progress: Progress) -> bool:
    job = progress.add_task(harmless(target.name).plain, total=_size_bytes(paths))
    failed: list[Path] = []
    try:
        chunks = _chunks(
            paths, lambda done_bytes: progress.update(job, completed=done_bytes), failed
        )
        frames = export(chunks, target, form)
    except (FileError, OSError) as error:
        _tell(failed[-1] if len(failed) == len(paths) else target, error)
        return False
    finally:
        progress.remove_task(job)
    lacking = f", without {counted(len(failed), 'file')} that could not be read" if failed else ""
    print(f"{printable(str(target))}: {frames} frames{lacking}", flush=True)
    return not failed


def _chunks(paths: Sequence[Path], advance: Advance, failed: list[Path]) -> Iterator[Rows]:
    """Yield the rows of each file that can be read; the others are told, and named in `failed`.

    Raises what is wrong if none can.
    """
    before_bytes = 0
    for number in in_order(paths):
        path = paths[number]
        try:
            with _told():
                for chunk in read(path, file_index=number):
                    advance(before_bytes + chunk.done_bytes)
                    yield chunk.rows
        except (FileError, OSError) as error:
            failed.append(path)
            if len(failed) == len(paths):
                raise
            _tell(path, error)
        before_bytes += _size_bytes([path])


def _size_bytes(paths: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


@contextmanager
def _told() -> Iterator[list[str]]:
    """Tell on stderr, not as a Python warning, of a file that is not whole.

    What was told is in the list when the block is over.
    """
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CutShort)
        warnings.simplefilter("always", Damaged)
        try:
            yield notes
        finally:
            for warning in caught:
                notes.append(str(warning.message))
                print(f"note: {printable(notes[-1])}", file=sys.stderr)


def _tell(path: Path, error: Exception) -> str:
    """Say on stderr what is wrong with a file; return it."""
    words = str(error)
    if isinstance(error, IsADirectoryError):
        below = path / "*" / "*" / "*.mkv"
        words = (
            f"{path} is a directory: name the .mkv files in it; those of a storage root are {below}"
        )
    elif isinstance(error, OSError) and error.strerror:
        words = f"{error.filename or path}: {error.strerror}"
    print(printable(words, longest=400), file=sys.stderr)
    return words
