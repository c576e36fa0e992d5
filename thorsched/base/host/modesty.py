"""A process, or a thread, that takes processor and disk only when nobody else wants them.

Called by `catalogue/auditing/auditor.py` for its process, by `catalogue/keeping/offload.py` for its
thread. What either starts on Linux is as modest.
"""

import contextlib
import ctypes
import os
import platform as machine
import sys
import threading
from enum import Enum
from pathlib import Path

_NICEST = 19
# Linux: ioprio_set(IOPRIO_WHO_PROCESS, this one, IOPRIO_CLASS_IDLE); the call has no name in libc.
# A thread counts as a process there, and so for its nice.
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "armv7l": 314, "i686": 289, "riscv64": 30}
_IDLE_CLASS = 3 << 13
# macOS: setiopolicy_np(IOPOL_TYPE_DISK, its scope, IOPOL_THROTTLE), sys/resource.h.
_IOPOL_THROTTLE = 3
# Windows: PROCESS_MODE_BACKGROUND_BEGIN and THREAD_MODE_BACKGROUND_BEGIN, winbase.h.
_PROCESS_IN_BACKGROUND = 0x00100000
_THREAD_IN_BACKGROUND = 0x00010000


class Modest(Enum):
    """Who is to be modest; its value is macOS' number of that scope."""

    PROCESS = 0
    THREAD = 1


def be_modest(who: Modest = Modest.PROCESS, *, platform: str = sys.platform) -> None:
    """Lower the claim of this process, or thread, to processors and disks as the system has it.

    What a system does not know is left out: nobody relies on it.
    """
    with contextlib.suppress(OSError, AttributeError):
        match platform, who:
            case "win32", Modest.PROCESS:
                kernel = ctypes.CDLL("kernel32")
                kernel.SetPriorityClass(kernel.GetCurrentProcess(), _PROCESS_IN_BACKGROUND)
            case "win32", Modest.THREAD:
                kernel = ctypes.CDLL("kernel32")
                kernel.SetThreadPriority(kernel.GetCurrentThread(), _THREAD_IN_BACKGROUND)
            case "darwin", Modest.PROCESS:
                os.setpriority(os.PRIO_PROCESS, 0, _NICEST)
            case "linux", _:
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICEST)
    with contextlib.suppress(OSError, AttributeError):
        if platform == "linux" and who is Modest.PROCESS:
            # Processes of a session of their own share the processors by this, not by their nice.
            Path("/proc/self/autogroup").write_text(str(_NICEST), encoding="ascii")
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        if platform == "darwin":
            libc.setiopolicy_np(0, who.value, _IOPOL_THROTTLE)
        elif platform == "linux" and machine.machine() in _IOPRIO_SET:
            libc.syscall(_IOPRIO_SET[machine.machine()], 1, 0, _IDLE_CLASS)
