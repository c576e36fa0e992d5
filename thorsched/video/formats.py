"""The kinds of tables; apart from `tables.py`, so that the command line need not wait for NumPy."""

from enum import Enum
from pathlib import PurePath
from typing import Self


class Format(Enum):
    """A kind of file; its value is the file's ending."""

    CSV = "csv"
    PARQUET = "parquet"
    NPZ = "npz"
    BIN = "bin"

    @classmethod
    def named_by(cls, path: PurePath) -> Self | None:
        """Return the kind that a file's ending says; None for any other ending."""
        return next((one for one in cls if path.suffix.lower() == f".{one.value}"), None)
