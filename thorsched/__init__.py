"""Holds the cameras of an XDAQ rig to a written schedule, for days and weeks, unattended.

For scripts there are, imported when they are used:

- `ThorVisionClient`, with `Camera` and `Capability`: see `thorsched.client`;
- `metadata`, and `extract_metadata`, which is its `load`: see `thorsched.metadata`;
- `enable_logging`, to see what happens while it happens;
- `ThorschedError`, which all errors are: `ConfigError` (the file, or the call, must be changed),
  `MachineError` (this machine lacks something), `UnavailableError` (the world outside failed, and
  `RecordingFailed` is one). `thorsched.client` has the finer kinds.
"""

import importlib
import logging
from typing import TYPE_CHECKING

from thorsched.base.version import __version__

if TYPE_CHECKING:
    from thorsched import metadata as metadata
    from thorsched.base.errors import ConfigError as ConfigError
    from thorsched.base.errors import MachineError as MachineError
    from thorsched.base.errors import ThorschedError as ThorschedError
    from thorsched.base.errors import UnavailableError as UnavailableError
    from thorsched.base.logs import enable_logging as enable_logging
    from thorsched.cameras.capability import Camera as Camera
    from thorsched.cameras.capability import Capability as Capability
    from thorsched.client import RecordingFailed as RecordingFailed
    from thorsched.client import ThorVisionClient as ThorVisionClient
    from thorsched.metadata import load as extract_metadata

_OFFERED = {
    "Camera": ("thorsched.cameras.capability", "Camera"),
    "Capability": ("thorsched.cameras.capability", "Capability"),
    "ConfigError": ("thorsched.base.errors", "ConfigError"),
    "MachineError": ("thorsched.base.errors", "MachineError"),
    "RecordingFailed": ("thorsched.client", "RecordingFailed"),
    "ThorVisionClient": ("thorsched.client", "ThorVisionClient"),
    "ThorschedError": ("thorsched.base.errors", "ThorschedError"),
    "UnavailableError": ("thorsched.base.errors", "UnavailableError"),
    "enable_logging": ("thorsched.base.logs", "enable_logging"),
    "extract_metadata": ("thorsched.metadata", "load"),
}
__all__ = [
    "Camera",
    "Capability",
    "ConfigError",
    "MachineError",
    "RecordingFailed",
    "ThorVisionClient",
    "ThorschedError",
    "UnavailableError",
    "__version__",
    "enable_logging",
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


def __dir__() -> list[str]:
    """Return what is offered, for the tab key, whether it is imported yet or not."""
    return __all__


# A library's lines go nowhere until its user wants them: without their fields they say too little.
logging.getLogger(__name__).addHandler(logging.NullHandler())
