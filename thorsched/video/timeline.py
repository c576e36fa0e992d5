"""What the rows of a recording say together: gaps, TTL edges, and which frame shows which sample.

Called by `thorsched.metadata`. Pure: takes the arrays of `records.py` and returns arrays. Time is
counted in ephys samples, the one clock that video and neural data share; the counter of 32 bits
wraps after 39.8 hours at 30 kHz, so it is unwrapped before anything is measured by it.
"""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from thorsched.thorvision.metadata import SAMPLE_INDEX_MODULUS

Rows = npt.NDArray[np.void]
Int64s = npt.NDArray[np.int64]

LINES = 32

GAP_DTYPE = np.dtype([("row", "<i8"), ("kind", "U9"), ("step", "<i8"), ("missing", "<i8")])
"""One oddity between two frames.

`row`: of the later frame. `kind`: `drop`, `duplicate`, `backward` or `wrap`. `step`: samples from
the frame before, unwrapped. `missing`: how many frames fit between the two, 0 unless it is a drop.
"""

EDGE_DTYPE = np.dtype([("row", "<i8"), ("sample_index", "<u4"), ("rises", "?")])
"""One change of a TTL line: the first frame that shows the new level, and that frame's sample."""

_HALF = SAMPLE_INDEX_MODULUS // 2


def unwrap(sample_index: npt.ArrayLike) -> Int64s:
    """Return 32-bit sample indices as numbers that go on past 2^32, as int64 of the same shape.

    The first stays as it is. A step of less than half the range, forward or backward, is taken as
    it looks: a counter cannot have gone on by 20 hours between two frames.
    """
    raw = np.asarray(sample_index, np.int64).ravel()
    steps = (np.diff(raw) + _HALF) % SAMPLE_INDEX_MODULUS - _HALF
    return np.concatenate([raw[:1], raw[:1] + np.cumsum(steps)]).astype(np.int64)


def gaps(rows: Rows) -> Rows:
    """Return what is odd in the sequence of frames, in order, as an array of `GAP_DTYPE`.

    A step from frame to frame is usual when it is the median one. More than one and a half of it
    is a `drop` of as many frames as fit, none is a `duplicate`, less than none goes `backward` (the
    server began anew), and where the 32-bit counter starts over there is a `wrap`, which is no
    loss. Frames without readable metadata are passed over.
    """
    places = np.flatnonzero(rows["is_valid"])
    raw = rows["sample_index"][places].astype(np.int64)
    steps = np.diff(unwrap(raw))
    usual = _usual_step(steps)
    found: list[tuple[int, str, int, int]] = []
    wraps = (steps > 0) & (np.diff(raw) < 0)
    odd = (steps <= 0) | (2 * steps > 3 * usual) | wraps
    for at in np.flatnonzero(odd).tolist():
        row, step = int(places[at + 1]), int(steps[at])
        if wraps[at]:
            found.append((row, "wrap", step, 0))
        if step == 0:
            found.append((row, "duplicate", step, 0))
        elif step < 0:
            found.append((row, "backward", step, 0))
        elif 2 * step > 3 * usual:
            found.append((row, "drop", step, round(step / usual) - 1))
    return np.array(found, GAP_DTYPE)


def _usual_step(steps: Int64s) -> float:
    """Return the median of the steps forward; infinite where there is none: no step is a drop."""
    forward = steps[steps > 0]
    return float(np.median(forward)) if len(forward) else float("inf")


def ttl_edges(
    rows: Rows, line: int, *, of: Literal["ttl_in", "ttl_out"] = "ttl_in"
) -> npt.NDArray[np.void]:
    """Return the edges of a TTL line (0 to 31), in order, as an array of `EDGE_DTYPE`.

    An edge lies between two frames, and is known no better than that: pulses shorter than a frame
    may not be seen at all. The first frame's level is no edge. Frames without readable metadata are
    passed over. Raises `ValueError` for another line.
    """
    if not 0 <= line < LINES:
        raise ValueError(f"there is no TTL line {line}; there are 0 to {LINES - 1}")
    places = np.flatnonzero(rows["is_valid"])
    level = rows[of][places] >> np.uint32(line) & np.uint32(1)
    changed = np.flatnonzero(np.diff(level.astype(np.int8))) + 1
    edges = np.zeros(len(changed), EDGE_DTYPE)
    edges["row"] = places[changed]
    edges["sample_index"] = rows["sample_index"][places[changed]]
    edges["rises"] = level[changed] == 1
    return edges


class Alignment:
    """Which frame shows which ephys sample, and back; each question is a binary search.

    Raises `ValueError` for rows whose counter goes backward, as after a restart of the XDAQ: a
    sample would have two frames. Align the parts before and after the row that the error names
    each for itself.
    """

    def __init__(self, rows: Rows) -> None:
        self._places = np.flatnonzero(rows["is_valid"])
        self._samples = unwrap(rows["sample_index"][self._places])
        backward = np.flatnonzero(np.diff(self._samples) < 0)
        if len(backward):
            row = int(self._places[backward[0] + 1])
            raise ValueError(f"the sample index goes backward at row {row}: align the parts apart")

    def rows_of(
        self, sample_index: npt.ArrayLike, *, nearest: bool = False
    ) -> npt.NDArray[np.int64]:
        """Return the row of the frame that shows each sample, as int64 of the same shape.

        That is the last frame at or before the sample, or with `nearest` the one that is closest,
        the earlier of two. Before the first frame it is -1, or with `nearest` the first; after the
        last it is the last: whether that shows anything is for the caller to judge.

        Samples may go on past 2^32, counted from the first frame's, as `samples_of` returns them.
        An array of dtype uint32 is taken for the XDAQ's own counter: each sample means its first
        occurrence in the recording, or, if it is not in there, the one that is closest to it.
        """
        wanted = self._unwrapped(np.asarray(sample_index))
        if not len(self._samples):
            return np.full(wanted.shape, -1, np.int64)
        after = np.searchsorted(self._samples, wanted, side="right")
        found = after - 1
        if nearest:
            following = np.minimum(after, len(self._samples) - 1)
            before = np.maximum(found, 0)
            is_closer = np.abs(self._samples[following] - wanted) < np.abs(
                wanted - self._samples[before]
            )
            found = np.where(is_closer, following, before)
        return np.where(found >= 0, self._places[np.maximum(found, 0)], -1).astype(np.int64)

    def samples_of(self, rows: npt.ArrayLike) -> Int64s:
        """Return the unwrapped sample of each row, as int64 of the same shape.

        Raises `ValueError` for a row without readable metadata, or outside the recording.
        """
        wanted = np.asarray(rows, np.int64)
        found = np.searchsorted(self._places, wanted)
        found = np.minimum(found, max(len(self._places) - 1, 0))
        if wanted.size and (not len(self._places) or (self._places[found] != wanted).any()):
            raise ValueError("a row is outside the recording, or has no readable metadata")
        return self._samples[found]

    def _unwrapped(self, samples: npt.NDArray[Any]) -> Int64s:
        if samples.dtype.kind not in "iu":
            raise ValueError(f"sample indices are whole numbers, not {samples.dtype}")
        if samples.dtype != np.uint32 or not len(self._samples):
            return samples.astype(np.int64)
        first, last = int(self._samples[0]), int(self._samples[-1])
        away = (samples.astype(np.int64) - first) % SAMPLE_INDEX_MODULUS
        is_before = SAMPLE_INDEX_MODULUS - away < away - (last - first)
        return first + np.where(is_before, away - SAMPLE_INDEX_MODULUS, away)


def align(
    rows: Rows, sample_index: npt.ArrayLike, *, nearest: bool = False
) -> npt.NDArray[np.int64]:
    """Return the row of the frame that shows each ephys sample; see `Alignment.rows_of`."""
    return Alignment(rows).rows_of(sample_index, nearest=nearest)
