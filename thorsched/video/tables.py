"""Frames' metadata as files for other programs: CSV, Parquet, NumPy's .npz, the GUI's .bin.

Called by `cli/metadata.py` and `thorsched.metadata`. What is written goes chunk by chunk into a
draft beside the target, which takes its name once it is whole: a target is complete or not there.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from thorsched.base.errors import MachineError
from thorsched.thorvision.metadata import RECORD_DTYPE
from thorsched.video.formats import Format
from thorsched.video.records import FRAME_DTYPE, Rows

_NAMES = FRAME_DTYPE.names or ()


def export(chunks: Iterable[Rows], target: Path, form: Format) -> int:
    """Write the rows of `chunks` to `target`; return how many there were.

    CSV and Parquet have a column for each field of `FRAME_DTYPE`, .npz an array for each; .bin has
    the XDAQ's 40-byte records one after the other and nothing else, zeros where a frame has none.

    Raises `FileExistsError` if there is a `target`, other `OSError`s if it cannot be written,
    `MachineError` if Parquet's library is missing, and whatever `chunks` raises.
    """
    count = 0

    def counted() -> Iterator[Rows]:
        nonlocal count
        for rows in chunks:
            count += len(rows)
            yield rows

    if target.exists():
        raise FileExistsError(f"{target} exists already")
    with _whole_or_not(target) as draft:
        _WRITERS[form](counted(), draft)
    return count


@contextmanager
def _whole_or_not(target: Path) -> Iterator[Path]:
    draft = target.with_name(f"{target.name}.part")
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _write_csv(chunks: Iterable[Rows], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_NAMES)
        for rows in chunks:
            numbers = rows.astype(
                [(name, "<u8" if kind == "|b1" else kind) for name, kind in _KINDS]
            )
            writer.writerows(numbers.tolist())


def _write_bin(chunks: Iterable[Rows], path: Path) -> None:
    with path.open("wb") as file:
        for rows in chunks:
            file.write(_records(rows))


def _records(rows: Rows) -> bytes:
    records = np.zeros(len(rows), RECORD_DTYPE)
    for name in RECORD_DTYPE.names or ():
        records[name] = rows[name]
    return records.tobytes()


def _write_npz(chunks: Iterable[Rows], path: Path) -> None:
    rows = np.concatenate([np.zeros(0, FRAME_DTYPE), *chunks])
    file: IO[bytes]
    with path.open("wb") as file:  # a path would be given another ending
        columns: dict[str, Any] = {name: rows[name] for name in _NAMES}
        np.savez_compressed(file, **columns)


def _write_parquet(chunks: Iterable[Rows], path: Path) -> None:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, which most do without
        from pyarrow import parquet  # noqa: PLC0415 - as above
    except ImportError as error:
        raise MachineError(
            "Parquet needs a library: pip install 'thorsched[parquet]'; CSV and .npz do not"
        ) from error
    schema = pa.schema([(name, pa.from_numpy_dtype(FRAME_DTYPE[name])) for name in _NAMES])
    with parquet.ParquetWriter(path, schema) as writer:
        for rows in chunks:
            columns = [pa.array(np.ascontiguousarray(rows[name])) for name in _NAMES]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


_KINDS = [(name, FRAME_DTYPE[name].str) for name in _NAMES]
_WRITERS: dict[Format, Callable[[Iterable[Rows], Path], None]] = {
    Format.CSV: _write_csv,
    Format.PARQUET: _write_parquet,
    Format.NPZ: _write_npz,
    Format.BIN: _write_bin,
}
