"""A program of its own for Windows: sends CTRL_BREAK to the process group that its argument names.

Started by `children.py`. An event goes only to those who share the sender's console, and a recorder
has its own; a process has one console at most. So whoever sends must leave its own for it, which a
scheduler cannot do without missing a Ctrl-C meanwhile. Documented for AttachConsole and
GenerateConsoleCtrlEvent; read, not run.
"""

import ctypes
import sys
from typing import Protocol

CTRL_BREAK_EVENT = 1


class Kernel(Protocol):
    """What is needed of kernel32; each returns 0 if it fails."""

    def FreeConsole(self) -> int: ...  # noqa: N802 - Windows' names
    def AttachConsole(self, process: int) -> int: ...  # noqa: N802
    def GenerateConsoleCtrlEvent(self, event: int, group: int) -> int: ...  # noqa: N802


def send(pid: int, kernel: Kernel) -> bool:
    """Return whether the event was sent to the process, which is the first of its group."""
    kernel.FreeConsole()
    return bool(
        kernel.AttachConsole(pid) and kernel.GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, pid)
    )


if __name__ == "__main__" and sys.platform == "win32":
    sys.exit(0 if send(int(sys.argv[1]), ctypes.WinDLL("kernel32")) else 1)
