"""Capabilities, devices and selectors for hypothesis, drawn so that they often meet."""

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from thorsched.cameras.bounds import Bounds, Size
from thorsched.cameras.capability import JPEG, RAW, Capability, Device
from thorsched.cameras.selector import Codec, Prefer, Selector

# The machine may be busy with other tests: no deadline for one example.
thorough = settings(max_examples=100, deadline=None)

_COMMON_SIZES = [(640, 480), (640, 360), (480, 640), (1280, 720), (1920, 1080), (1920, 1200)]
_COMMON_RATES = [
    *[(15, 1), (15, 2), (29, 1), (2997, 100), (30000, 1001), (30, 1), (60, 2), (3003, 100)],
    *[(31, 1), (60000, 1001), (60, 1), (120, 1), (1, 3)],
]
_SIDES = st.integers(1, 99999)
_NATURALS = st.integers(1, 999_999_999)

sizes = st.builds(lambda side: Size(*side), st.sampled_from(_COMMON_SIZES)) | st.builds(
    Size, _SIDES, _SIDES
)
rate_pairs = st.sampled_from(_COMMON_RATES) | st.tuples(_NATURALS, _NATURALS)
rates = st.builds(lambda pair: Fraction(*pair), rate_pairs) | st.decimals(
    "0.000001", "999999999", places=6
).map(Fraction)


_FORMATS = ["YUY2", "UYVY", "NV12", "BGRx", "GRAY8"]


@st.composite
def capabilities(
    draw: st.DrawFn,
    of: st.SearchStrategy[Size] = sizes,
    at: st.SearchStrategy[tuple[int, int]] = rate_pairs,
) -> Capability:
    media_type = draw(st.sampled_from([JPEG, JPEG, RAW, RAW, RAW, "video/x-h264"]))
    form = draw(st.none() | st.sampled_from(_FORMATS)) if media_type == RAW else None
    size = draw(of)
    return Capability(media_type, size.width, size.height, *draw(at), form)


@st.composite
def _rivals(draw: st.DrawFn) -> list[Capability]:
    """Modes of one or two sizes and rates, so that all but the last rule of a choice is a draw."""
    of = st.sampled_from(draw(st.lists(sizes, min_size=1, max_size=2)))
    at = st.sampled_from([*draw(st.lists(rate_pairs, min_size=1, max_size=2)), (30, 1), (60, 2)])
    return draw(st.lists(capabilities(of, at), max_size=8))


capability_lists = _rivals() | st.lists(capabilities(), max_size=12)
names = st.text(max_size=12) | st.sampled_from(["HD USB Camera", "HD USB Camera [1]", "Side*?"])
devices = st.builds(Device, st.integers(0, 5), names, capability_lists.map(tuple))


def device(*offered: Capability) -> Device:
    return Device(0, "HD USB Camera", offered)


def _size_bounds() -> st.SearchStrategy[Bounds[Size]]:
    def between(one: Size, other: Size) -> Bounds[Size]:
        low = Size(min(one.width, other.width), min(one.height, other.height))
        return Bounds(low, Size(max(one.width, other.width), max(one.height, other.height)))

    return (
        st.just(Bounds[Size]())
        | sizes.map(lambda size: Bounds(size, size))
        | sizes.map(lambda size: Bounds(low=size))
        | sizes.map(lambda size: Bounds(high=size))
        | st.builds(between, sizes, sizes)
    )


def _rate_bounds() -> st.SearchStrategy[Bounds[Fraction]]:
    return (
        st.just(Bounds[Fraction]())
        | rates.map(lambda rate: Bounds(rate, rate))
        | rates.map(lambda rate: Bounds(low=rate))
        | rates.map(lambda rate: Bounds(high=rate))
        | st.builds(lambda a, b: Bounds(min(a, b), max(a, b)), rates, rates)
    )


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    codec = draw(st.sampled_from(Codec))
    formats = st.none() | st.sampled_from(["YUY2", "NV12", "BGRX", "GRAY16_LE"])
    return Selector(
        codec=codec,
        size=draw(_size_bounds()),
        rate_fps=draw(_rate_bounds()),
        format=None if codec is Codec.JPEG else draw(formats),
        prefer=draw(st.sampled_from(Prefer)),
    )
