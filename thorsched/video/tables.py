"""Frames' metadata as files for other programs: CSV, Parquet, NumPy's .npz, the GUI's .bin.

Called by `cli/metadata.py` through `thorsched.metadata`. What is written goes chunk by chunk into a
draft beside the target, which takes its name once it is whole: a target is complete or not there.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from thorsched.base.errors import MachineError
from thorsched.base.host import drafted
from thorsched.thorvision.metadata import RECORD_DTYPE
from thorsched.video.formats import Format
from thorsched.video.records import FRAME_DTYPE, AnyPath, Rows

_NAMES = FRAME_DTYPE.names or ()


def export(rows: Rows | Iterable[Rows], target: AnyPath, form: Format | str) -> int:
    """Write frames, one array of them or several, to `target`; return how many there were.

    CSV and Parquet have a column for each field of `FRAME_DTYPE`, .npz an array for each; .bin has
    the XDAQ's 40-byte records one after the other and nothing else, zeros where a frame has none.
    `form` is a `Format` or its word, such as `"csv"`.

    Raises `FileExistsError` if there is a `target`, other `OSError`s if it cannot be written,
    `MachineError` if Parquet's library is missing, `ValueError` for another form, and whatever an
    iterable of arrays raises.
    """
    count = 0
    # An array is iterable, too: by its rows.
    chunks = [rows] if isinstance(rows, np.ndarray) else rows

    def counted() -> Iterator[Rows]:
        nonlocal count
        for chunk in chunks:
            count += len(chunk)
            yield chunk

    write = _WRITERS[Format(form)]
    with drafted(Path(target)) as file:
        write(counted(), file)
    return count


def _write_csv(chunks: Iterable[Rows], file: IO[bytes]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(_NAMES)
    for rows in chunks:
        numbers = rows.astype([(name, "<u8" if kind == "|b1" else kind) for name, kind in _KINDS])
        writer.writerows(numbers.tolist())
    text.detach()  # flushed; whoever opened the file closes it


def _write_bin(chunks: Iterable[Rows], file: IO[bytes]) -> None:
    for rows in chunks:
        file.write(_records(rows))


def _records(rows: Rows) -> bytes:
    records = np.zeros(len(rows), RECORD_DTYPE)
    for name in RECORD_DTYPE.names or ():
        records[name] = rows[name]
    return records.tobytes()


def _write_npz(chunks: Iterable[Rows], file: IO[bytes]) -> None:
    rows = np.concatenate([np.zeros(0, FRAME_DTYPE), *chunks])
    columns: dict[str, Any] = {name: rows[name] for name in _NAMES}
    np.savez_compressed(file, **columns)


def _write_parquet(chunks: Iterable[Rows], file: IO[bytes]) -> None:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, which most do without
        from pyarrow import parquet  # noqa: PLC0415 - as above
    except ImportError as error:
        raise MachineError(
            "Parquet needs a library: pip install 'thorsched[parquet]'; CSV and .npz do not"
        ) from error
    schema = pa.schema([(name, pa.from_numpy_dtype(FRAME_DTYPE[name])) for name in _NAMES])
    with parquet.ParquetWriter(file, schema) as writer:
        for rows in chunks:
            columns = [pa.array(np.ascontiguousarray(rows[name])) for name in _NAMES]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


_KINDS = [(name, FRAME_DTYPE[name].str) for name in _NAMES]
_WRITERS: dict[Format, Callable[[Iterable[Rows], IO[bytes]], None]] = {
    Format.CSV: _write_csv,
    Format.PARQUET: _write_parquet,
    Format.NPZ: _write_npz,
    Format.BIN: _write_bin,
}
