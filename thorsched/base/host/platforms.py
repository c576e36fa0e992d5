"""The names of the platforms, and what thorsched can and cannot do on each."""

import os
import sys
from pathlib import Path

WINDOWS = "win32"


def inherits_locks(platform: str = sys.platform) -> bool:
    """Return whether a child holds the locks of the open files that it was given."""
    return platform != WINDOWS


def can_hand_over(platform: str = sys.platform) -> bool:
    """Return whether a program can be asked to leave its recorders to the next one."""
    return platform != WINDOWS


def can_simulate(platform: str = sys.platform) -> bool:
    """Return whether the simulator runs here; its senders need POSIX pipes and signals."""
    return platform != WINDOWS


def meeting_place(platform: str = sys.platform) -> Path:
    """Return the directory by which all programs of this user find each other; it may not be there.

    It does not depend on TMPDIR or XDG_RUNTIME_DIR: a login, a service and a notebook of one user
    have different ones.
    """
    if platform == WINDOWS:
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(local) / "thorsched"
    return Path("/tmp") / f"thorsched-{os.getuid()}"  # noqa: S108 - whoever uses it makes it private
