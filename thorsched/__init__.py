"""Holds the cameras of an XDAQ rig to a written schedule, for days and weeks, unattended.

For scripts there are, imported when they are used:

- `ThorVisionClient`, with `Camera`, `Capability` and `RecordingFailed`: see `thorsched.client`;
- `metadata`, and `extract_metadata`, which is its `load`: see `thorsched.metadata`;
- `ThorschedError`, which all errors are.
"""

import importlib
from typing import TYPE_CHECKING

from thorsched.base.version import __version__

if TYPE_CHECKING:
    from thorsched import metadata as metadata
    from thorsched.base.errors import ThorschedError as ThorschedError
    from thorsched.cameras.capability import Capability as Capability
    from thorsched.client import Camera as Camera
    from thorsched.client import RecordingFailed as RecordingFailed
    from thorsched.client import ThorVisionClient as ThorVisionClient
    from thorsched.metadata import load as extract_metadata

_OFFERED = {
    "Camera": ("thorsched.client", "Camera"),
    "Capability": ("thorsched.cameras.capability", "Capability"),
    "RecordingFailed": ("thorsched.client", "RecordingFailed"),
    "ThorVisionClient": ("thorsched.client", "ThorVisionClient"),
    "ThorschedError": ("thorsched.base.errors", "ThorschedError"),
    "extract_metadata": ("thorsched.metadata", "load"),
}
__all__ = [
    "Camera",
    "Capability",
    "RecordingFailed",
    "ThorVisionClient",
    "ThorschedError",
    "__version__",
    "extract_metadata",
    "metadata",
]


def __getattr__(name: str) -> object:
    """Import what is asked for: `thorsched --help` must not wait for NumPy."""
    if name == "metadata":
        return importlib.import_module("thorsched.metadata")
    if name not in _OFFERED:
        raise AttributeError(f"module 'thorsched' has no attribute {name!r}")
    module, attribute = _OFFERED[name]
    return getattr(importlib.import_module(module), attribute)
