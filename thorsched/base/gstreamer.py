"""Where GStreamer's tools are on this machine, and what to install when they are not.

Called by `app.py` for each file that it is to run, by `foresight/readiness.py` for `thorsched
check`, by `recording/sidecars.py` for its version, and by `recording/` and `simulator/` for the
tools that they start.
"""

import functools
import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from thorsched.base.errors import MachineError

_INSPECT_TIMEOUT_S = 30.0
_VERSION = re.compile(r"^GStreamer ([0-9.]{1,20})", re.MULTILINE)

# Debian's package of each element that a pipeline of ours names.
ELEMENT_PACKAGES: Mapping[str, str] = {
    "capssetter": "gstreamer1.0-plugins-good",
    "fdsrc": "libgstreamer1.0-0",
    "h265parse": "gstreamer1.0-plugins-bad",
    "jpegdec": "gstreamer1.0-plugins-good",
    "jpegparse": "gstreamer1.0-plugins-bad",
    "matroskamux": "gstreamer1.0-plugins-good",
    "queue": "libgstreamer1.0-0",
    "splitmuxsink": "gstreamer1.0-plugins-good",
    "srtclientsrc": "gstreamer1.0-plugins-bad",
    "srtserversink": "gstreamer1.0-plugins-bad",
    "videoconvert": "gstreamer1.0-plugins-base",
    "x265enc": "gstreamer1.0-plugins-bad",
}

# All that a machine without GStreamer needs.
PACKAGES = (
    "gstreamer1.0-tools",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
)


def tool(name: str) -> Path:
    """Return the program of a GStreamer tool such as `gst-launch-1.0`, to be run in `environment`.

    Looks in the `gstreamer-bundle` wheels, then on the PATH. Raises `MachineError` that says what
    to install.
    """
    wheels = _wheels()
    found = (wheels and shutil.which(name, path=wheels.path)) or shutil.which(name)
    if not found:
        raise MachineError(f"{name} not found; {install_hint(PACKAGES)}")
    return Path(found)


def environment() -> Mapping[str, str]:
    """Return the environment for GStreamer's tools."""
    wheels = _wheels()
    return wheels.environment if wheels else os.environ


def launch_environment() -> Mapping[str, str]:
    """Return the environment for a `gst-launch-1.0` that must start fast.

    It believes its registry of plugins instead of looking at each of their files, which is a
    fifth of its start (measured: 14 ms instead of 17). `require` has looked before.
    """
    return {**environment(), "GST_REGISTRY_UPDATE": "no"}


@dataclass(frozen=True, slots=True)
class _Wheels:
    environment: Mapping[str, str]
    path: str


def _wheels() -> _Wheels | None:
    """Return where the wheels of `gstreamer-bundle` keep the tools, if they are installed.

    They come first because the `gst-launch-1.0` that they put on the PATH is a Python program
    that runs the real one: a signal would end it and leave the recorder alone.
    """
    try:
        libs = importlib.import_module("gstreamer_libs")
    except ImportError:
        return None
    environment, path = libs.gstreamer_env()
    return _Wheels(environment, path)


@functools.cache
def version() -> str:
    """Return which GStreamer this is, e.g. `1.22.0`; nothing where it does not say so."""
    try:
        asked = subprocess.run(
            [tool("gst-launch-1.0"), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_INSPECT_TIMEOUT_S,
            check=False,
            env=environment(),
        )
    except (OSError, subprocess.TimeoutExpired, MachineError):
        return ""
    found = _VERSION.search(asked.stdout)
    return found[1] if found else ""


def install_hint(packages: Iterable[str], platform: str = sys.platform) -> str:
    """Return one sentence that says how to install `packages` (Debian's names) on `platform`."""
    if platform == "linux":
        return "install it with: sudo apt install " + " ".join(sorted(set(packages)))
    return "install it with: pip install 'thorsched[gstreamer]'"


def missing_elements(elements: Iterable[str]) -> tuple[str, ...]:
    """Return those of `elements` that this GStreamer does not have, in the order given.

    Raises `MachineError` if GStreamer itself is missing or cannot be asked.
    """
    return tuple(element for element in elements if not _has(element))


def _has(element: str) -> bool:
    try:
        _seek(element)
    except LookupError:
        return False
    return True


@functools.cache
def _seek(element: str) -> None:
    """Raise `LookupError` if there is no such element; only a find is remembered.

    What is missing may be installed while we run for weeks; what is there stays.
    """
    try:
        asked = subprocess.run(
            [tool("gst-inspect-1.0"), "--exists", element],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_INSPECT_TIMEOUT_S,
            check=False,
            env=environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError(f"gst-inspect-1.0 does not answer: {error}") from error
    if asked.returncode != 0:
        raise LookupError(element)


def require(elements: Iterable[str]) -> None:
    """Raise `MachineError` naming every missing element and the packages that bring them."""
    missing = missing_elements(elements)
    if missing:
        packages = [
            ELEMENT_PACKAGES.get(element, "gstreamer1.0-plugins-bad") for element in missing
        ]
        raise MachineError(f"this GStreamer has no {', '.join(missing)}; {install_hint(packages)}")
