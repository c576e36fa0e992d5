"""How much work something takes: of a processor, so that a busy machine is no reason to fail."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def within_cpu_s(limit_s: float) -> Iterator[None]:
    """Assert that what is done inside takes no more than `limit_s` of a processor."""
    began_s = time.process_time()
    yield
    taken_s = time.process_time() - began_s
    assert taken_s < limit_s, f"it took {taken_s:.1f} s of a processor"
