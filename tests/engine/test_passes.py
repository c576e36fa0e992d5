"""What a pass costs: over a thousand cameras a moment, and as much for each as over a hundred."""

import statistics
import time

import pytest

from tests.bench.fleet import Fleet
from tests.support.effort import within_cpu_s

PASSES = 10


def pass_us(fleet: Fleet) -> float:
    """Return what a camera that has grown costs in a pass, in microseconds of a processor."""
    times_s = []
    for _ in range(PASSES):
        fleet.advance()
        fleet.grow()
        began_s = time.process_time()
        fleet.loop.run_pass()
        times_s.append(time.process_time() - began_s)
    return 1e6 * statistics.median(times_s) / len(fleet.config.cameras)


@pytest.mark.no_cover  # what it costs is that of passes, not of their being looked at
def test_passes_over_a_thousand_cameras_take_a_moment_and_grow_with_their_number() -> None:
    few, many = Fleet(100), Fleet(1000)
    with within_cpu_s(2.0):
        assert pass_us(many) < 3 * pass_us(few)
    with within_cpu_s(3.0):
        many.revisions.apply(edited := many.edit(), many.compare(edited))
        many.loop.run_pass()
