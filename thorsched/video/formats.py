"""The kinds of tables; apart from `tables.py`, so that the command line need not wait for NumPy."""

from enum import Enum


class Format(Enum):
    """A kind of file; its value is the file's ending."""

    CSV = "csv"
    PARQUET = "parquet"
    NPZ = "npz"
    BIN = "bin"
