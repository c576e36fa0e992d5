"""How many bytes a camera makes in a second: measured where it has recorded, else estimated. Pure.

Called for the forecast of the disk and for the sizes of a calendar. Rather too much than too
little: a disk that is full a day later than told costs nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import accumulate
from typing import Final

from thorsched.base.text import counted
from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding, Selector
from thorsched.catalogue.entries import Sample
from thorsched.engine.sources import Selectors
from thorsched.recording.spec import Source

Samples = Mapping[str, Sequence[Sample]]
"""What was recorded of each camera, newest first."""

BYTES_PER_PIXEL: Final = {Encoding.JPEG: 0.16, Encoding.H265: 0.02}
"""Of pictures with much in them: JPEGs of cameras take 0.06 to 0.16 bytes a pixel (20 to 50 kB at
640x480, 120 to 300 kB at 1600x1200); H.265 at a tenth of that and more is rarely larger."""
# No JPEG is larger than the picture it is of; a row that tells so is damaged, or forged.
_MOST_PER_PIXEL: Final = 4.0
_A_DAY: Final = timedelta(days=1)
_MOST_DAYS: Final = 7
_SHORTEST_S: Final = 30.0
# A day on which little was recorded does not speak for the others.
_SHARE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Rate:
    """What a camera makes; `why` says of what that is known: `measured from 144 segments`."""

    bytes_per_s: float
    is_measured: bool
    why: str


RateOf = Callable[[str, Source | Selectors], Rate | None]
"""From a camera and its source to how fast its files grow; None where nobody knows.

Of one whose server did not say what it offers, from what it is asked for.
"""


def rate_of(camera: str, capability: Capability, encoding: Encoding, samples: Samples) -> Rate:
    """Return the rate of `camera` at `capability`, of whatever is the next best known."""
    if own := _measured(_fitting(samples.get(camera, ()), capability, encoding)):
        return Rate(own.bytes_per_s, is_measured=True, why=f"measured from {own}")
    others = {name: _measured(_fitting(k, capability, encoding)) for name, k in samples.items()}
    measured = {name: found for name, found in others.items() if found}
    if measured:
        other = max(measured, key=lambda name: measured[name].bytes_per_s)
        most = measured[other]
        return Rate(most.bytes_per_s, is_measured=True, why=f"measured from {most} of {other}")
    return Rate(estimated(capability, encoding), is_measured=False, why="estimated")


def remembered(samples: Samples) -> RateOf:
    """Return what tells the rate of a camera by its source; each is reckoned once.

    Or, where nobody can say what is chosen, by the selectors.
    """

    @cache
    def rate(camera: str, whence: Source | Selectors) -> Rate | None:
        if isinstance(whence, Source):
            return rate_of(camera, whence.capability, whence.encoding, samples)
        return rate_unseen(camera, whence, samples)

    return rate


def rate_unseen(camera: str, selectors: Sequence[Selector], samples: Samples) -> Rate | None:
    """Return the rate of a camera that nobody can ask, such as while its server is off.

    What it recorded last, else what its first selector names exactly; None where nothing is known.
    """
    for one in samples.get(camera, ())[:1]:
        with suppress(ValueError):
            capability, encoding = Capability.parse(one.capability), Encoding(one.encoding)
            return rate_of(camera, capability, encoding, samples)
    first = selectors[0]
    size, rate_fps = first.size.anchor, first.rate_fps.anchor
    if size is None or rate_fps is None:
        return None
    pixels_per_s = size.pixels * float(rate_fps)
    bytes_per_s = pixels_per_s * BYTES_PER_PIXEL[first.codec.encoding]
    return Rate(bytes_per_s, is_measured=False, why="estimated")


def estimated(capability: Capability, encoding: Encoding) -> float:
    """Return bytes per second, of the number of pixels alone."""
    return _pixels_per_s(capability) * BYTES_PER_PIXEL[encoding]


def _pixels_per_s(capability: Capability) -> float:
    return capability.width * capability.height * float(capability.rate_fps)


def _fitting(known: Iterable[Sample], capability: Capability, encoding: Encoding) -> list[Sample]:
    asked = (capability.caps, encoding.value)
    most_per_s = _pixels_per_s(capability) * _MOST_PER_PIXEL
    return [
        one
        for one in known
        if (one.capability, one.encoding) == asked
        and 0 < one.size_bytes <= one.recorded_s * most_per_s
    ]


@dataclass(frozen=True, slots=True)
class _Measured:
    bytes_per_s: float
    segments: int

    def __str__(self) -> str:
        return counted(self.segments, "segment")


def _measured(known: Sequence[Sample]) -> _Measured | None:
    """Return the rate that nine tenths of the recorded time did not exceed, day by day.

    Pictures of the night and of the day differ, so that a day counts as one: 24 hours, back from
    the newest segment, and no more than a week of them.
    """
    days: dict[int, list[Sample]] = {}
    for one in known:
        days.setdefault((known[0].end - one.end) // _A_DAY, []).append(one)
    newest = [days[day] for day in sorted(days)[:_MOST_DAYS]]
    sums = [(sum(s.recorded_s for s in day), sum(s.size_bytes for s in day)) for day in newest]
    total_s = sum(recorded_s for recorded_s, _ in sums)
    if total_s < _SHORTEST_S:
        return None
    by_rate = sorted((size_bytes / recorded_s, recorded_s) for recorded_s, size_bytes in sums)
    below_s = accumulate(recorded_s for _, recorded_s in by_rate)
    place = next(n for n, passed_s in enumerate(below_s) if passed_s >= _SHARE * total_s)
    return _Measured(by_rate[place][0], sum(map(len, newest)))
