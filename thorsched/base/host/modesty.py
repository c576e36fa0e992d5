"""A process that takes processor and disk only when nobody else wants them.

Called by `catalogue/auditing/auditor.py`, for the process that it is in.
"""

import contextlib
import ctypes
import os
import platform as machine
import sys
from pathlib import Path

from thorsched.base.host.platforms import WINDOWS

_NICEST = 19
# Linux: ioprio_set(IOPRIO_WHO_PROCESS, this one, IOPRIO_CLASS_IDLE); the call has no name in libc.
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "armv7l": 314, "i686": 289, "riscv64": 30}
_IDLE_CLASS = 3 << 13
# macOS: setiopolicy_np(IOPOL_TYPE_DISK, IOPOL_SCOPE_PROCESS, IOPOL_THROTTLE), sys/resource.h.
_IOPOL_THROTTLE = (0, 0, 3)
# Windows: SetPriorityClass(this process, PROCESS_MODE_BACKGROUND_BEGIN), winbase.h.
_BACKGROUND_BEGIN = 0x00100000


def be_modest(platform: str = sys.platform) -> None:
    """Lower this process's claim to processors and disks as far as the system has it.

    What a system does not know is left out: nobody relies on it.
    """
    with contextlib.suppress(OSError, AttributeError):
        if platform == WINDOWS:
            kernel = ctypes.CDLL("kernel32")
            kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BACKGROUND_BEGIN)
            return
        os.setpriority(os.PRIO_PROCESS, 0, _NICEST)
    with contextlib.suppress(OSError, AttributeError):
        if platform == "linux":
            # Processes of a session of their own share the processors by this, not by their nice.
            Path("/proc/self/autogroup").write_text(str(_NICEST), encoding="ascii")
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        if platform == "darwin":
            libc.setiopolicy_np(*_IOPOL_THROTTLE)
        elif machine.machine() in _IOPRIO_SET:
            libc.syscall(_IOPRIO_SET[machine.machine()], 1, 0, _IDLE_CLASS)
