"""Devices and their capabilities, as values.

Made by `thorvision/wire.py` from what a server says; used by everything above. Never selects
anything: that is `choice.py`.
"""

import functools
import re
from dataclasses import dataclass
from fractions import Fraction

from thorsched.cameras.bounds import rate_text

JPEG = "image/jpeg"
RAW = "video/x-raw"
MEDIA_TYPES = (JPEG, RAW)

_CAPS = re.compile(
    r"(?P<media_type>[a-z0-9]+/[A-Za-z0-9.+-]+)(?:,format=(?P<format>[A-Za-z0-9_]{1,32}))?"
    r",width=(?P<width>[0-9]{1,5}),height=(?P<height>[0-9]{1,5})"
    r",framerate=(?P<num>[0-9]{1,9})/(?P<den>[0-9]{1,9})"
)


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class Capability:
    """One mode of a device; `width` and `height` in pixels, the rate in frames per second.

    `media_type` is `image/jpeg` or `video/x-raw`; `format` is a raw one's, such as `YUY2`, else
    None. `rate_fps` is an exact `Fraction`, `caps` the text that a start takes, and `str()` the
    words of a selector: `jpeg 1280x720 @30fps`.

    The rate's fraction stays as the server wrote it (`60/2` is not shortened), because the
    server must recognise its own text. Capabilities sort by their fields, so that a list of
    them has one order whatever order the server sent.
    """

    media_type: str
    width: int
    height: int
    rate_numerator: int
    rate_denominator: int
    format: str | None = None

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.rate_numerator, self.rate_denominator) <= 0:
            raise ValueError(f"a capability needs positive numbers: {self!r}")

    @property
    def rate_fps(self) -> Fraction:
        """Frames per second, exactly: `Fraction(30000, 1001)`; `float()` of it is 29.97."""
        return Fraction(self.rate_numerator, self.rate_denominator)

    @property
    def caps(self) -> str:
        """The GStreamer caps text that the server's calls take, without spaces."""
        form = f",format={self.format}" if self.format else ""
        return (
            f"{self.media_type}{form},width={self.width},height={self.height}"
            f",framerate={self.rate_numerator}/{self.rate_denominator}"
        )

    @classmethod
    def parse(cls, caps: str) -> "Capability":
        """Return the capability that `caps` says; raises `ValueError` for any other text."""
        parsed = _CAPS.fullmatch(caps)
        if parsed is None:
            raise ValueError(f"not a capability: {caps!r}")
        return cls(
            media_type=parsed["media_type"],
            width=int(parsed["width"]),
            height=int(parsed["height"]),
            rate_numerator=int(parsed["num"]),
            rate_denominator=int(parsed["den"]),
            format=parsed["format"],
        )

    def __lt__(self, other: "Capability") -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[str, int, int, int, int, bool, str]:
        # No format sorts before any: None itself does not compare with a text.
        rate = (self.rate_numerator, self.rate_denominator)
        form = (self.format is not None, self.format or "")
        return (self.media_type, self.width, self.height, *rate, *form)

    def __str__(self) -> str:
        """Return it in a selector's words: `jpeg 1920x1080 @30fps`, `raw 640x480 @7.5fps ...`."""
        codec = {JPEG: "jpeg", RAW: "raw"}.get(self.media_type, self.media_type)
        form = f" format={self.format}" if self.format else ""
        return f"{codec} {self.width}x{self.height} @{rate_text(self.rate_fps)}fps{form}"


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of a server, as it lists it.

    `id`: the server's number for it, from 0; another one may get it after a re-plug.
    `name`: the maker's text, the same for all cameras of a model; hostile, as all such text.
    `capabilities`: its modes, a tuple of `Capability`, in the server's order.
    """

    id: int
    name: str
    capabilities: tuple[Capability, ...]


# The class has the name that scripts know it by. In here a camera is what the YAML binds to one.
Device = Camera
