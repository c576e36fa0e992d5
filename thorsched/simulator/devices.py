"""The cameras of the simulated rig: eight kinds, three of which bear the same name. Pure.

Every one offers JPEG of 1920x1080, 1280x720 and 640x480 at 30 frames per second, and more.
"""

from typing import Final

from thorsched.cameras.capability import JPEG, RAW, Capability, Device

MOST_CAMERAS: Final = 64


def _modes(media_type: str, form: str | None, *modes: str) -> tuple[Capability, ...]:
    made = []
    for mode in modes:
        size, rate = mode.split("@")
        width, height = map(int, size.split("x"))
        numerator, denominator = map(int, rate.split("/"))
        made.append(Capability(media_type, width, height, numerator, denominator, form))
    return tuple(made)


_COMMON = _modes(JPEG, None, "1920x1080@30/1", "1280x720@30/1", "640x480@30/1")
_USB_CAMERA = (
    *_COMMON,
    *_modes(JPEG, None, "1280x960@30/1", "1024x768@30/1", "800x600@30/1", "320x240@30/1"),
    *_modes(JPEG, None, "640x480@15/1", "320x240@15/1"),
    *_modes(RAW, "YUY2", "640x480@30/1", "320x240@30/1", "1280x720@10/1", "1920x1080@5/1"),
)
_KINDS: Final = (
    ("HD USB Camera", _USB_CAMERA),
    ("HD USB Camera", _USB_CAMERA),
    (
        "High-Speed Camera",
        (
            *_COMMON,
            *_modes(JPEG, None, "1920x1080@60/1", "1280x720@60/1", "640x480@120/1"),
            *_modes(RAW, "YUY2", "640x480@60/1", "640x480@30/1"),
        ),
    ),
    (
        "4K USB Camera",
        (
            *_COMMON,
            *_modes(JPEG, None, "3840x2160@15/1", "2560x1440@30/1", "1600x1200@30/1"),
            *_modes(RAW, "NV12", "1280x720@30/1", "640x480@30/1"),
        ),
    ),
    (
        "Video Capture",
        (
            *_COMMON,
            *_modes(JPEG, None, "1920x1080@30000/1001", "1280x720@60000/1001", "640x480@15/2"),
            *_modes(RAW, "YUY2", "720x480@30000/1001"),
        ),
    ),
    (
        "Infrared Camera",
        (
            *_COMMON,
            *_modes(JPEG, None, "1280x720@15/1", "848x480@60/1", "640x480@15/2"),
            *_modes(RAW, "YUY2", "848x480@30/1", "640x480@30/1"),
        ),
    ),
    ("HD USB Camera", _USB_CAMERA),
    (
        "Wide-Angle Camera",
        (
            *_COMMON,
            *_modes(JPEG, None, "2592x1944@15/1", "2048x1536@15/1", "1600x1200@15/1"),
            *_modes(RAW, "YUY2", "640x480@30/1"),
        ),
    ),
)


def default_devices(count: int) -> tuple[Device, ...]:
    """Return `count` devices with the ids 0, 1, ...; the kinds repeat after eight.

    Raises `ValueError` unless 1 <= count <= 64.
    """
    if not 1 <= count <= MOST_CAMERAS:
        raise ValueError(f"{count} cameras; a rig has 1 to {MOST_CAMERAS}")
    return tuple(Device(slot, *_KINDS[slot % len(_KINDS)]) for slot in range(count))
