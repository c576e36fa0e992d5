"""Whether the pictures of a film are black, or stand still: cheap, and so no more than a hint.

Made by `examination.py`. A picture is looked at every ten seconds of the film, and every two where
the sizes of the frames do not change; it is decoded at an eighth of its size. What that can tell:

- *Black* is a picture of which nothing is as bright as an eighth of white, the mean of 8x8 pixels:
  a cap on the lens, a light that is off. One lamp, or a text that the camera writes into its
  picture, and it is not.
- *Frozen* are frames of the very same size, one after the other, whose pictures look the same at
  an eighth: noise gives each frame of a real sensor another size, so that an animal asleep is not
  frozen. A camera that writes a clock into its picture never is, a film drawn by a program may be.
  The length is known within two seconds.
- A picture that changes within ten seconds and back is not seen.

Only a baseline JPEG of 50 million pixels at most is decoded, as every camera sends it: a
progressive one can be made so that it takes minutes. Anything else is not looked at.
"""

import io
import warnings

from PIL import Image

LOOK_S = 10.0
STILL_LOOK_S = 2.0
FEWEST_STILL_FRAMES = 10
BLACK_BELOW = 32
LARGEST_FRAME_BYTES = 2**25
_MOST_PIXELS = 50_000_000
# The decoder takes the smallest scale, of 1/1 to 1/8, that is not below it.
_THUMBNAIL_PX = (16, 16)


class Looks:
    """What was seen in a film so far. For each frame ask `is_due`, and if so let it be `see`n."""

    def __init__(self) -> None:
        self.looked = 0
        self.black = 0
        self.undecodable = 0
        self.frozen_s = 0.0
        """How long the picture stood still, the longest stretch."""
        self._looked_at_s = float("-inf")
        self._size = 0
        self._still_since_s = 0.0
        self._still_frames = 0
        self._thumbnail: bytes | None = None
        """Of the first picture that was looked at since the frames are all of one size."""

    def is_due(self, pts_s: float, size_bytes: int) -> bool:
        """Return whether this frame, the next of the film, is to be looked at."""
        if size_bytes != self._size:
            self._size, self._still_since_s = size_bytes, pts_s
            self._still_frames, self._thumbnail = 0, None
        self._still_frames += 1
        if size_bytes > LARGEST_FRAME_BYTES:
            return False
        is_still = self._still_frames >= FEWEST_STILL_FRAMES
        is_still = is_still and pts_s - self._still_since_s >= STILL_LOOK_S
        return pts_s - self._looked_at_s >= (STILL_LOOK_S if is_still else LOOK_S)

    def see(self, pts_s: float, frame: bytes) -> None:
        """Look at the frame that `is_due` was asked about last."""
        self._looked_at_s = pts_s
        picture = thumbnail(frame)
        if picture is None:
            return
        self.looked += 1
        if not picture:
            self.undecodable += 1
            return
        self.black += max(picture) < BLACK_BELOW
        if self._thumbnail is None:
            self._thumbnail = picture
        elif picture == self._thumbnail and self._still_frames >= FEWEST_STILL_FRAMES:
            self.frozen_s = max(self.frozen_s, pts_s - self._still_since_s)
        elif picture != self._thumbnail:
            self._still_since_s, self._still_frames, self._thumbnail = pts_s, 1, picture


def thumbnail(jpeg: bytes) -> bytes | None:
    """Return the brightness of a picture at an eighth of its size, a byte a pixel.

    Nothing where it cannot be decoded; None where it is none to be looked at.
    """
    try:
        with (
            warnings.catch_warnings(action="error"),
            Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture,
        ):
            if picture.width * picture.height > _MOST_PIXELS or "progressive" in picture.info:
                return None
            picture.draft("L", _THUMBNAIL_PX)
            return picture.convert("L").tobytes()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    # Pillow's words for a damaged picture
    except (OSError, ValueError, SyntaxError, LookupError, TypeError, Warning):
        return b""
