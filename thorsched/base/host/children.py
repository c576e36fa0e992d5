"""Child processes: their sessions, what they inherit, signals, and what holds them.

Called by `recording/process.py` and `guard.py`, `simulator/sender.py`, `base/endings.py`.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from thorsched.base.host import ctrl_break
from thorsched.base.host.platforms import WINDOWS

# winbase.h; subprocess defines them on Windows only.
_CREATE_NEW_PROCESS_GROUP = 0x00000200
_CREATE_NO_WINDOW = 0x08000000
_SIGBREAK = 21
_SENT_WITHIN_S = 10.0


def own_session_kwargs(platform: str = sys.platform) -> dict[str, Any]:
    """Return the `Popen` keywords that keep a terminal's Ctrl-C away from a child process.

    A second SIGINT makes gst-launch leave its file unfinalised, so exactly one may reach it:
    ours. On Windows a new process group disables CTRL_C for the child, and CTRL_BREAK still works;
    a console of its own, without a window, lets it outlive the one that its scheduler was started
    in, and is there when a service has none.
    """
    if platform == WINDOWS:
        return {"creationflags": _CREATE_NEW_PROCESS_GROUP | _CREATE_NO_WINDOW}
    return {"start_new_session": True}


def inheritance_kwargs(descriptors: Sequence[int], platform: str = sys.platform) -> dict[str, Any]:
    """Return the `Popen` keywords that let a child have these open files, with their locks.

    Windows' locks belong to the process that took them: a child would gain nothing.
    """
    return {} if platform == WINDOWS else {"pass_fds": tuple(descriptors)}


class Signalled(Protocol):
    """A process, as far as signals go: `subprocess.Popen` is one."""

    @property
    def pid(self) -> int: ...
    def send_signal(self, number: int, /) -> None: ...


def interrupt_command(pid: int) -> tuple[str, ...]:
    """Return what to run on Windows to interrupt a process of a console of its own."""
    return (sys.executable, "-I", "-S", ctrl_break.__file__, str(pid))


def _run(command: Sequence[str]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=_SENT_WITHIN_S,
            **own_session_kwargs(),
        )


def interrupt(
    process: Signalled,
    platform: str = sys.platform,
    *,
    run: Callable[[Sequence[str]], object] = _run,
) -> None:
    """Ask `process` to finalise and end; nothing happens if it has ended. Call it once only.

    One that was stopped is woken for it: a signal waits for ever in a process that stands still.
    Windows' event is sent by `run`ning a program: Python's own `send_signal` kills the process that
    an event cannot be sent to, as to one that another scheduler has started.
    """
    if platform == WINDOWS:
        run(interrupt_command(process.pid))
        return
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)


def has_open(pid: int, file: IO[Any], platform: str = sys.platform) -> bool | None:
    """Return whether a process has this very file open, too; None where that cannot be known."""
    if platform != "linux":
        return None
    wanted = os.fstat(file.fileno())
    try:
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return None
    for descriptor in descriptors:
        with contextlib.suppress(OSError):  # closed meanwhile
            if os.path.samestat(descriptor.stat(), wanted):
                return True
    return False


def waits_for_disk(pid: int, platform: str = sys.platform) -> bool:
    """Return whether a thread of the process is in a wait that no signal ends; False if unknown.

    That is a disk's, or a network share's, but for moments. Only Linux tells.
    """
    if platform != "linux":
        return False
    with contextlib.suppress(OSError):  # it may be gone at any moment, as may its threads
        for status in Path(f"/proc/{pid}/task").glob("*/stat"):
            if status.read_text(errors="replace").rpartition(")")[2].split()[0] == "D":
                return True
    return False


def thread_wakeups(pid: int, name: str, *, like: str, platform: str = sys.platform) -> int | None:
    """Return how often the threads `name` of a process have waited and gone on, all together.

    0 while there is none; None if that cannot be known, or if the process is stopped. Only Linux
    tells, and only of threads that have names, as those then have that begin with `like`.
    """
    if platform != "linux":
        return None
    names, wakeups = [], 0
    with contextlib.suppress(OSError, ValueError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            names.append((thread / "comm").read_text(errors="replace").strip())
            if names[-1] == name:
                status = (thread / "status").read_text(errors="replace")
                if "\nState:\tT" in status:
                    return None
                wakeups += int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
        return wakeups if any(one.startswith(like) for one in names) else None
    return None


def termination_signals(platform: str = sys.platform) -> tuple[int, ...]:
    """Return the signals by which the system asks a program to end, besides Ctrl-C."""
    if platform == WINDOWS:
        return (int(signal.SIGTERM), _SIGBREAK)
    return (int(signal.SIGTERM), int(signal.SIGHUP))
