"""What a selector means, said a second time: slowly, in whole numbers, sharing no code."""

from collections.abc import Callable, Iterable
from fractions import Fraction

from thorsched.cameras.capability import Capability
from thorsched.cameras.choice import data_rate_bytes_s
from thorsched.cameras.selector import Codec, Prefer, Selector

_DELIVERED = {
    Codec.JPEG: {"image/jpeg"},
    Codec.RAW: {"video/x-raw"},
    Codec.H265: {"video/x-raw"},
    Codec.ANY: {"image/jpeg", "video/x-raw"},
}


def satisfies(capability: Capability, selector: Selector) -> bool:
    return (
        capability.media_type in _DELIVERED[selector.codec]
        and _format_fits(capability, selector)
        and _size_fits(capability, selector)
        and _rate_fits(capability, selector)
    )


def _format_fits(capability: Capability, selector: Selector) -> bool:
    return selector.format in (None, (capability.format or "").upper())


def _size_fits(capability: Capability, selector: Selector) -> bool:
    least, most = selector.size.low, selector.size.high
    wide = (least.width if least else 0) <= capability.width <= (most.width if most else 10**9)
    high = (least.height if least else 0) <= capability.height <= (most.height if most else 10**9)
    return wide and high


def _rate_fits(capability: Capability, selector: Selector) -> bool:
    least, most = selector.rate_fps.low, selector.rate_fps.high
    rate = (capability.rate_numerator, capability.rate_denominator)
    fast_enough = least is None or _about(rate, least) or _cross(rate, least) > 0
    slow_enough = most is None or _about(rate, most) or _cross(rate, most) < 0
    return fast_enough and slow_enough


def _cross(rate: tuple[int, int], bound: Fraction) -> int:
    return rate[0] * bound.denominator - bound.numerator * rate[1]


def _about(rate: tuple[int, int], bound: Fraction) -> bool:
    larger = max(rate[0] * bound.denominator, bound.numerator * rate[1])
    return 1000 * abs(_cross(rate, bound)) <= larger


def best(offered: Iterable[Capability], selector: Selector) -> set[Capability]:
    """Return those that may be chosen: the contest as the reference tells it, round by round."""
    left = {capability for capability in offered if satisfies(capability, selector)}
    near_size = selector.size.low or selector.size.high
    near_pixels = near_size.width * near_size.height if near_size else None
    near_rate = selector.rate_fps.low or selector.rate_fps.high
    left = _round(left, lambda c: Fraction(c.width * c.height), selector.prefer, near_pixels)
    left = _round(left, lambda c: c.rate_fps, selector.prefer, near_rate)
    return _round(left, lambda c: Fraction(data_rate_bytes_s(c)), Prefer.MIN, None)


def _round(
    left: set[Capability],
    measure: Callable[[Capability], Fraction],
    prefer: Prefer,
    near: Fraction | int | None,
) -> set[Capability]:
    if not left:
        return left
    values = {measure(capability) for capability in left}
    if prefer is Prefer.MIN:
        wanted = {min(values)}
    elif prefer is Prefer.MAX or near is None:
        wanted = {max(values)}
    else:
        gap = min(abs(value - near) for value in values)
        wanted = {value for value in values if abs(value - near) == gap}
    return {capability for capability in left if measure(capability) in wanted}
