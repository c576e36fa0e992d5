"""Which capability of a device is taken, or why none is.

Called by `engine/sources.py` for every camera that is bound. Never depends on the
order in which a server lists capabilities, and never guesses: what it returns matches.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import Final

from thorsched.base.text import printable
from thorsched.cameras.bounds import Bounds, Size, rate_for_people, rate_text
from thorsched.cameras.capability import JPEG, MEDIA_TYPES, Capability, Device
from thorsched.cameras.selector import Codec, Encoding, Prefer, Selector

# Of two rates, the smaller is the same as the larger from this part of it on: 30000/1001 is 30.
_SAME_RATE: Final = 1 - Fraction(1, 1000)
_NEAREST_SHOWN: Final = 3

# Measured: 1920x1080 at 30 fps comes to 55 Mbit/s.
_JPEG_BYTES_PER_PIXEL: Final = 0.11
# GStreamer's raw video formats; what is not here is taken for the commonest, YUY2.
_RAW_BYTES_PER_PIXEL: Final[Mapping[str, float]] = {
    "GRAY8": 1,
    "GRAY16_LE": 2,
    "I420": 1.5,
    "YV12": 1.5,
    "NV12": 1.5,
    "NV21": 1.5,
    "YUY2": 2,
    "UYVY": 2,
    "YVYU": 2,
    "P010_10LE": 3,
    "RGB": 3,
    "BGR": 3,
    "RGBX": 4,
    "BGRX": 4,
    "RGBA": 4,
    "BGRA": 4,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is taken: `rank` is the index of the selector that matched, 0 the most wanted."""

    capability: Capability
    encoding: Encoding
    selector: Selector
    rank: int


@dataclass(frozen=True, slots=True)
class Near:
    """A capability that misses a selector by little, and everything that speaks against it."""

    selector: Selector
    capability: Capability
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """Return e.g. `jpeg 1920x1080 @30fps: 30 fps is below 60`."""
        return printable(f"{self.capability}: {', '.join(self.reasons)}")


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No selector matches.

    `nearest` has, for each selector in turn and nearest first, what would match if it asked for
    less: of all that fail on the same things only the nearest, and few.
    """

    selectors: tuple[Selector, ...]
    nearest: tuple[Near, ...]

    def explain(self) -> str:
        """Return one printable line: what is wanted, what is nearest, and why it is not enough."""
        if not self.selectors:
            return "no selector is given"
        wanted = dict.fromkeys(self.selectors)
        return "no capability matches " + ", nor ".join(self._wanted(s) for s in wanted)

    def _wanted(self, selector: Selector) -> str:
        near = "; ".join(str(n) for n in self.nearest if n.selector == selector)
        return f"{selector} ({f'nearest: {near}' if near else 'the device offers nothing usable'})"


def choose(selectors: Sequence[Selector], device: Device) -> Choice | NoMatch:
    """Return what the first selector that matches anything takes of `device`.

    Of all that match a selector the closest is taken: first by size (in pixels), then by rate,
    each compared with its low bound, or else its high one; a size or rate that is left out is
    taken at its largest. `max` and `min` override both. What is still equal goes to the lower
    data rate, then to an order of the capabilities themselves.
    """
    for rank, selector in enumerate(selectors):
        matching = [c for c in device.capabilities if not any(_misses(selector, c))]
        if matching:
            best = min(matching, key=partial(_preference, selector))
            return Choice(best, selector.codec.encoding, selector, rank)
    usable = [c for c in device.capabilities if c.media_type in MEDIA_TYPES]
    nearest = [
        near
        for selector in dict.fromkeys(selectors)
        for near in islice(_nearest(selector, usable), _NEAREST_SHOWN)
    ]
    return NoMatch(tuple(selectors), tuple(nearest))


def data_rate_bytes_s(capability: Capability) -> float:
    """Return about how much the device delivers; a stream that the server encodes is far smaller.

    JPEG by a measured average of busy pictures, so a dark cage has less; raw by its format.
    """
    per_pixel = _JPEG_BYTES_PER_PIXEL
    if capability.media_type != JPEG:
        per_pixel = _RAW_BYTES_PER_PIXEL.get((capability.format or "YUY2").upper(), 2)
    return float(_size(capability).pixels * capability.rate_fps) * per_pixel


def _size(capability: Capability) -> Size:
    return Size(capability.width, capability.height)


def _preference(
    selector: Selector, capability: Capability
) -> tuple[Fraction | int, Fraction | int, float, Capability]:
    """Return what sorts the capabilities that match: the least is taken."""
    size, rate = selector.size.anchor, selector.rate_fps.anchor
    return (
        _remoteness(_size(capability).pixels, size.pixels if size else None, selector.prefer),
        _remoteness(capability.rate_fps, rate, selector.prefer),
        data_rate_bytes_s(capability),
        capability,
    )


def _remoteness(
    value: Fraction | int, anchor: Fraction | int | None, prefer: Prefer
) -> Fraction | int:
    """Return how far `value` is from what is wanted, the least being the nearest."""
    if prefer is Prefer.MIN:
        return value
    if prefer is Prefer.MAX or anchor is None:
        return -value
    return max(value - anchor, anchor - value)


@dataclass(frozen=True, slots=True)
class _Miss:
    """Why a capability does not match; a `distance` of 1 is half or twice what is wanted."""

    kind: str
    reason: str
    distance: Fraction


def _misses(selector: Selector, capability: Capability) -> Iterator[_Miss]:
    """Yield all that speaks against `capability`, the cheapest to find first; none: it matches."""
    yield from _codec_misses(selector.codec, capability)
    yield from _size_misses(selector.size, _size(capability))
    yield from _format_misses(selector.format, capability.format)
    yield from _rate_misses(selector.rate_fps, capability.rate_fps)


def _codec_misses(wanted: Codec, capability: Capability) -> Iterator[_Miss]:
    if capability.media_type in wanted.media_types:
        return
    offered = "jpeg" if capability.media_type == JPEG else "raw"
    no_h265 = "h265 is made from raw only"
    reason = no_h265 if wanted is Codec.H265 else f"{offered} is not {wanted.value}"
    yield _Miss("codec", reason, Fraction(1))


def _format_misses(wanted: str | None, offered: str | None) -> Iterator[_Miss]:
    if wanted is None or (offered and offered.upper() == wanted):
        return
    reason = f"{offered} is not {wanted}" if offered else f"it has no pixel format {wanted}"
    yield _Miss(f"format {offered}", reason, Fraction(1))


def _size_misses(wanted: Bounds[Size], size: Size) -> Iterator[_Miss]:
    low, high = wanted.low, wanted.high
    if low and not low.fits_in(size):
        word = _compared(size, low, ("smaller", "narrower", "lower"))
        yield _Miss("size below", f"{size} is {word} than {low}", _excess(low, size))
    elif high and not size.fits_in(high):
        word = _compared(high, size, ("larger", "wider", "taller"))
        yield _Miss("size above", f"{size} is {word} than {high}", _excess(size, high))


def _compared(small: Size, large: Size, words: tuple[str, str, str]) -> str:
    """Return the word for both sides, for the width alone, or for the height alone."""
    both, width, height = words
    if small.width >= large.width:
        return height
    return both if small.height < large.height else width


def _excess(large: Size, small: Size) -> Fraction:
    """Return how far the sides of `large` stand out over those of `small`, as parts of these."""
    sides = ((large.width, small.width), (large.height, small.height))
    return sum((Fraction(max(much, little), little) - 1 for much, little in sides), Fraction())


def _rate_misses(wanted: Bounds[Fraction], rate: Fraction) -> Iterator[_Miss]:
    low, high = wanted.low, wanted.high
    if low and rate < low * _SAME_RATE:
        reason = f"{rate_for_people(rate)} fps is below {rate_text(low)}"
        yield _Miss("rate below", reason, low / rate - 1)
    elif high and rate * _SAME_RATE > high:
        reason = f"{rate_for_people(rate)} fps is above {rate_text(high)}"
        yield _Miss("rate above", reason, rate / high - 1)


def _nearest(selector: Selector, usable: Iterable[Capability]) -> Iterator[Near]:
    missed = {capability: tuple(_misses(selector, capability)) for capability in usable}
    by_distance = sorted(
        missed,
        key=lambda c: (sum(miss.distance for miss in missed[c]), _preference(selector, c)),
    )
    told: list[set[str]] = []
    for capability in by_distance:
        kinds = {miss.kind for miss in missed[capability]}
        if any(kinds >= earlier for earlier in told):
            continue  # asking for less of the same things, something nearer would match
        told.append(kinds)
        yield Near(selector, capability, tuple(miss.reason for miss in missed[capability]))
