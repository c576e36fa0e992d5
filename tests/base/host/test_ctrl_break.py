"""How a recorder is asked to finalise on Windows, as far as it can be tested elsewhere."""

import signal
import subprocess
import sys
from collections.abc import Sequence

from thorsched.base import host
from thorsched.base.host import ctrl_break


class Consoles:
    """What kernel32 does with consoles, by its documentation."""

    def __init__(self, *, ours: int | None, of: dict[int, int]) -> None:
        self.interrupted: list[int] = []
        self._ours, self._of = ours, of

    def FreeConsole(self) -> int:  # noqa: N802 - Windows' names
        had, self._ours = self._ours is not None, None
        return int(had)

    def AttachConsole(self, process: int) -> int:  # noqa: N802
        if self._ours is not None or process not in self._of:
            return 0
        self._ours = self._of[process]
        return 1

    def GenerateConsoleCtrlEvent(self, event: int, group: int) -> int:  # noqa: N802
        if event != 1 or self._ours is None or self._of.get(group) != self._ours:
            return 0
        self.interrupted.append(group)
        return 1


def test_a_process_is_sent_the_event_through_its_own_console() -> None:
    for ours in (None, 1, 7):
        consoles = Consoles(ours=ours, of={42: 7, 43: 8})
        assert ctrl_break.send(42, consoles)
        assert consoles.interrupted == [42]


def test_of_a_process_that_is_gone_nothing_is_interrupted() -> None:
    consoles = Consoles(ours=1, of={43: 8})
    assert not ctrl_break.send(42, consoles)
    assert consoles.interrupted == []


def test_on_windows_another_program_sends_it_and_the_process_itself_gets_no_signal() -> None:
    ran: list[Sequence[str]] = []
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        host.interrupt(process, "win32", run=ran.append)
        process.communicate(b"\n", timeout=60)
    assert process.returncode == 0, "neither killed nor interrupted"
    assert ran == [host.interrupt_command(process.pid)]


def test_the_program_that_sends_it_runs_without_anything_but_python() -> None:
    ran = subprocess.run(
        host.interrupt_command(42), capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_on_windows_a_recorder_has_a_group_and_a_console_without_a_window() -> None:
    assert host.own_session_kwargs("win32") == {"creationflags": 0x200 | 0x08000000}


def test_the_system_ends_a_program_by_ctrl_break_on_windows_and_by_hangup_elsewhere() -> None:
    assert host.termination_signals("win32") == (signal.SIGTERM, 21)
    assert host.termination_signals("darwin") == (signal.SIGTERM, signal.SIGHUP)
