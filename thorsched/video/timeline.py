"""What the rows of a recording say together: gaps, TTL edges, and which frame shows which sample.

Called by `thorsched.metadata`. Pure: takes the arrays of `records.py` and returns arrays. Time is
counted in ephys samples, the one clock that video and neural data share, by `counter.py`.
"""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from thorsched.thorvision.metadata import SAMPLE_INDEX_MODULUS
from thorsched.video.counter import Int64s, Rows, Steps

LINES = 32
_WORDS = ("ttl_in", "ttl_out")

GAP_DTYPE = np.dtype(
    [("row", "<i8"), ("kind", "U9"), ("step_samples", "<i8"), ("missing_frames", "<i8")]
)
"""One oddity between two frames.

`row`: of the later frame. `kind`: `drop`, `pause`, `duplicate`, `backward` or `wrap`.
`step_samples`: from the readable frame before, unwrapped. `missing_frames`: how many were dropped
between the two, 0 unless it is a drop.
"""

EDGE_DTYPE = np.dtype([("row", "<i8"), ("sample_index", "<u4"), ("rises", "?")])
"""One change of a TTL line: the first frame that shows the new level, and that frame's sample."""

# No recording is as long; what lies beyond is before its first frame, or behind its last.
_FARTHEST = 2**62


def gaps(rows: Rows) -> Rows:
    """Return what is odd in the sequence of frames, in order, as an array of `GAP_DTYPE`.

    A step from frame to frame is usual when it is the median one. More than one and a half of it
    is a `drop` of as many frames as fit, less those in between that have a row and no readable
    metadata. Between two files that is a `pause`, and no loss, if recording stopped meanwhile: for
    a second or more by `gstreamer_pts`. None is a `duplicate`, less than none goes `backward` (the
    XDAQ began anew), and where the 32-bit counter starts over there is a `wrap`, which is no loss.
    """
    places = np.flatnonzero(rows["is_valid"])
    steps = Steps(rows[places], np.diff(places))
    samples, between = steps.samples, steps.between
    raw = rows["sample_index"][places].astype(np.int64)
    is_wrap = (samples > 0) & (raw[:-1] + samples >= SAMPLE_INDEX_MODULUS)
    is_long = 2 * samples > (2 * between + 1) * steps.usual
    is_pause = steps.is_paused & is_long | ~steps.is_known & (samples >= 0)
    found: list[tuple[int, str, int, int]] = []
    for at in np.flatnonzero((samples <= 0) | is_long | is_pause | is_wrap).tolist():
        row, step = int(places[at + 1]), int(samples[at])
        if is_wrap[at]:
            found.append((row, "wrap", step, 0))
        if is_pause[at]:
            found.append((row, "pause", step, 0))
        elif step <= 0:
            found.append((row, "backward" if step else "duplicate", step, 0))
        elif is_long[at]:
            missing = round(step / steps.usual) - int(between[at])
            found.append((row, "drop", step, max(missing, 1)))
    return np.array(found, GAP_DTYPE)


def ttl_edges(
    rows: Rows, line: int, *, of: Literal["ttl_in", "ttl_out"] = "ttl_in"
) -> npt.NDArray[np.void]:
    """Return the edges of a TTL line (0 to 31), in order, as an array of `EDGE_DTYPE`.

    An edge lies between two frames, and is known no better than that: pulses shorter than a frame
    may not be seen at all. The first frame's level is no edge. Frames without readable metadata are
    passed over. Raises `ValueError` for another line, or another field.
    """
    if line not in range(LINES):
        raise ValueError(f"there is no TTL line {line}; there are 0 to {LINES - 1}")
    if of not in _WORDS:
        raise ValueError(f"{of!r} has no TTL lines; {' and '.join(_WORDS)} have")
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
    sample would have two frames; and for files between which the counter cannot be followed, as
    their clocks began anew. Align the parts before and after the row that the error names each for
    itself.
    """

    def __init__(self, rows: Rows) -> None:
        self._places = np.flatnonzero(rows["is_valid"])
        steps = Steps(rows[self._places], np.diff(self._places))
        for at in np.flatnonzero(~steps.is_known | (steps.samples < 0))[:1].tolist():
            raise ValueError(_apart(rows, int(self._places[at + 1]), is_known=steps.is_known[at]))
        self._samples = steps.unwrapped

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
        wanted = self._unwrapped(_whole_numbers(sample_index, "sample indices"))
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
        wanted = _whole_numbers(rows, "rows")
        found = np.searchsorted(self._places, wanted)
        found = np.minimum(found, max(len(self._places) - 1, 0))
        if wanted.size and (not len(self._places) or (self._places[found] != wanted).any()):
            raise ValueError("a row is outside the recording, or has no readable metadata")
        return self._samples[found]

    def _unwrapped(self, samples: npt.NDArray[Any]) -> Int64s:
        if samples.dtype != np.uint32 or not len(self._samples):
            farthest = samples.dtype.type(min(_FARTHEST, np.iinfo(samples.dtype).max))
            near: Int64s = np.minimum(samples, farthest).astype(np.int64)
            return np.maximum(near, np.int64(-_FARTHEST))
        first, last = int(self._samples[0]), int(self._samples[-1])
        away = (samples.astype(np.int64) - first) % SAMPLE_INDEX_MODULUS
        is_before = SAMPLE_INDEX_MODULUS - away < away - (last - first)
        return first + np.where(is_before, away - SAMPLE_INDEX_MODULUS, away)


def _whole_numbers(asked: npt.ArrayLike, what: str) -> npt.NDArray[Any]:
    numbers = np.asarray(asked)
    if not numbers.size:  # an empty list is one of floats to NumPy
        return numbers.astype(np.int64)
    if numbers.dtype.kind not in "iu":
        raise ValueError(f"{what} are whole numbers, not {numbers.dtype}")
    return numbers


def _apart(rows: Rows, row: int, *, is_known: bool) -> str:
    ways = f"align the parts apart, rows[:{row}] and rows[{row}:]"
    if is_known:
        return f"the sample index goes backward at row {row}: {ways}"
    number = rows["file_index"][row]
    return (
        f"how many samples passed before row {row}, where file {number} begins, cannot be told: "
        f"the XDAQ or the server began anew; {ways}"
    )


def align(
    rows: Rows, sample_index: npt.ArrayLike, *, nearest: bool = False
) -> npt.NDArray[np.int64]:
    """Return the row of the frame that shows each ephys sample; see `Alignment.rows_of`."""
    return Alignment(rows).rows_of(sample_index, nearest=nearest)
