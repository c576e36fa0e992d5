"""Being a user whom permissions hold back: tests may run as root, whom nothing does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_NOBODY = 65_534


@contextmanager
def without_privileges() -> Iterator[None]:
    """Be nobody for a while, if this is root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)
