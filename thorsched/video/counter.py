"""The XDAQ's sample counter, counted on past its 32 bits, within files and from one to the next.

Called by `timeline.py`. Pure. The counter wraps after 39.8 hours at 30 kHz. Between two frames of a
file it cannot have come as far; between two files any time may have passed, and only the frames'
other clocks tell how often it has wrapped.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from thorsched.thorvision.metadata import SAMPLE_INDEX_MODULUS

Rows = npt.NDArray[np.void]
Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_HALF = SAMPLE_INDEX_MODULUS // 2
# How far a clock and the counter may be apart: drift, and the jitter of the first and last frame.
_DRIFT = 0.01
_JITTER_FRAMES = 300
_MOST_TURNS = 2**28  # a million years
_PAUSE_NS = 1_000_000_000


def unwrap(sample_index: npt.ArrayLike) -> Int64s:
    """Return 32-bit sample indices as numbers that go on past 2^32, as int64 of the same shape.

    The first stays as it is. A step of less than half the range, forward or backward, is taken as
    it looks: a counter cannot have gone on by 20 hours between two frames of one recording.
    """
    shape = np.shape(sample_index)
    raw = np.asarray(sample_index, np.int64).ravel()
    steps = (np.diff(raw) + _HALF) % SAMPLE_INDEX_MODULUS - _HALF
    return np.concatenate([raw[:1], raw[:1] + np.cumsum(steps)]).astype(np.int64).reshape(shape)


@dataclass(frozen=True)
class Steps:
    """The steps from each readable frame to the next; arrays of one less than there are frames."""

    rows: Rows
    """The readable frames only."""
    between: Int64s
    """How many rows from the one to the next: more than one where others cannot be read."""

    @cached_property
    def samples(self) -> Int64s:
        """Samples from the one frame to the next; where `is_known` is False, as it looks."""
        return self._counted[0]

    @property
    def is_known(self) -> Bools:
        """Whether the step could be counted; it always can within a file."""
        return self._counted[1]

    @cached_property
    def unwrapped(self) -> Int64s:
        """The sample of each frame, counted on from the first one's."""
        first = self.rows["sample_index"][:1].astype(np.int64)
        return np.concatenate([first, first + np.cumsum(self.samples)]).astype(np.int64)

    @cached_property
    def is_join(self) -> Bools:
        """Whether the two frames are of different files."""
        files = self.rows["file_index"]
        return np.asarray(files[1:] != files[:-1], np.bool_)

    @cached_property
    def usual(self) -> float:
        """The median step from frame to frame; infinite where there is none: no step is a drop."""
        forward = (self._looks > 0) & ~self.is_join
        close = forward & (self.between == 1)
        chosen = close if close.any() else forward
        steps = self._looks[chosen] / self.between[chosen]
        return float(np.median(steps)) if len(steps) else float("inf")

    @cached_property
    def is_paused(self) -> Bools:
        """Whether recording paused between two files, by the server's clock: a second or more.

        Where that clock began anew, the stream did.
        """
        apart_ns = _ticks(self.rows["gstreamer_pts"])
        is_short = (apart_ns > 0) & (apart_ns < _PAUSE_NS)
        return np.asarray(self.is_join & ~is_short, np.bool_)

    @cached_property
    def _looks(self) -> Int64s:
        return np.diff(unwrap(self.rows["sample_index"]))

    @cached_property
    def _counted(self) -> tuple[Int64s, Bools]:
        """Return the steps, and which are known; those between files by all clocks that go on."""
        samples, is_doubted = self._looks.copy(), self.is_join.copy()
        xdaq, server = _ticks(self.rows["xdaq_timestamp"]), _ticks(self.rows["gstreamer_pts"])
        if not xdaq.any() and not server.any():
            return samples, np.ones(len(samples), np.bool_)
        is_counted = np.zeros(len(samples), np.bool_)
        is_denied = xdaq < 0  # the XDAQ began anew, and its counter with it
        for ticks in (server, xdaq):
            told = ticks * self._per_tick(ticks)
            turns = np.round((told - self._looks) / SAMPLE_INDEX_MODULUS)
            turns = np.clip(turns, -_MOST_TURNS, _MOST_TURNS)
            steps = self._looks + turns.astype(np.int64) * SAMPLE_INDEX_MODULUS
            agrees = np.abs(steps - told) <= _DRIFT * told + _JITTER_FRAMES * self.usual
            is_used = is_doubted & (told > 0)
            samples = np.where(is_used & agrees, steps, samples)
            is_counted |= is_used & agrees
            is_denied |= is_used & ~agrees
        return samples, ~is_doubted | (is_counted & ~is_denied)

    def _per_tick(self, ticks: Int64s) -> float:
        """Return how many samples a clock's tick takes, from frame to frame; 0 if it tells none."""
        chosen = ~self.is_join & (ticks > 0) & (self._looks > 0)
        chosen &= 2 * self._looks <= 3 * self.usual * self.between
        whole = float(ticks[chosen].sum(dtype=np.float64))
        return float(self._looks[chosen].sum()) / whole if whole else 0.0


def _ticks(clock: npt.NDArray[Any]) -> Int64s:
    """Return what passed on a clock of 64 bits from each frame to the next."""
    ticks = clock.astype(np.int64)
    return ticks[1:] - ticks[:-1]
