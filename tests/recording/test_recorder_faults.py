"""What becomes of a recorder process that dies, hangs or is told to."""

import os
import signal
from pathlib import Path

import pytest

from tests.recording.rig import LATENCY, Rig
from tests.support.frames import numbers, sent_meanwhile
from tests.support.waiting import eventually, pause
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real

STALL_S = 3.0
# Within so much several looks have told whether anything comes.
HEARD_AFTER_S = 1.5
# A kill loses latency + 0.3 s on a quiet machine.
MOST_LOST_FRAMES = round(30 * (LATENCY.total_seconds() + 1.0))


@pytest.mark.fault(18)
def test_what_a_killed_recorder_leaves_is_repaired_and_another_records_soon(rig: Rig) -> None:
    rig.record(rig.recording())
    sent = rig.simulator.truth(0)[-1].number
    rig.process().kill()
    rig.until(lambda: rig.recorder().failures == 1)
    assert [trouble.cause for trouble in rig.troubles] == [Cause.RECORDER_EXITED]
    assert "SIGKILL" in rig.troubles[0].detail
    assert rig.recorder().retry_at_s <= rig.recorder().since_s, "it waits although it recorded"
    (left,) = rig.files()
    rig.record(rig.recording(), at_least_bytes=1)
    rig.close()
    killed, after = rig.files()
    assert killed == left
    assert [one.finalised for one in rig.described if one.segment.path == killed] == [False, True]
    assert rig.whole_files() == {killed.name: True, after.name: True}
    frames = numbers(killed)
    assert frames == sent_meanwhile(rig.simulator.truth(0), frames)
    assert sent - frames[-1] <= MOST_LOST_FRAMES
    assert not set(frames) & set(numbers(after))


@pytest.mark.fault(19)
def test_a_terminated_recorder_is_replaced(rig: Rig) -> None:
    rig.record(rig.recording())
    rig.process().terminate()
    rig.until(lambda: rig.recorder().failures == 1)
    assert "SIGTERM" in rig.troubles[0].detail
    rig.record(rig.recording())
    rig.close()
    assert list(rig.whole_files().values()) == [True, True]
    assert [one.repaired is not None for one in rig.described].count(True) == 1


@pytest.mark.fault(20)
def test_a_recorder_that_stands_still_is_woken_to_finalise_and_replaced(rig: Rig) -> None:
    rig.record(rig.recording())
    still = rig.process()
    still.send_signal(signal.SIGSTOP)
    assert eventually(lambda: still.status() == "stopped")
    pause(HEARD_AFTER_S)
    rig.clock.skip(STALL_S)
    rig.until(lambda: rig.recorder().failures == 1)
    assert not still.is_running()
    assert [trouble.cause for trouble in rig.troubles] == [Cause.STALLED]
    assert "sends nothing" not in rig.troubles[0].detail
    rig.record(rig.recording())
    rig.close()
    assert list(rig.whole_files().values()) == [True, True]
    frames = numbers(*rig.files())
    assert len(frames) == len(set(frames))


def test_one_interrupt_from_elsewhere_finalises_the_file_and_is_made_good(rig: Rig) -> None:
    rig.record(rig.recording())
    rig.process().send_signal(signal.SIGINT)
    rig.until(lambda: rig.recorder().failures == 1)
    assert [trouble.cause for trouble in rig.troubles] == [Cause.RECORDER_EXITED]
    rig.record(rig.recording())
    rig.close()
    assert list(rig.whole_files().values()) == [True, True]


def test_recorders_are_led_in_sessions_of_their_own_and_hear_nothing(rig: Rig) -> None:
    rig.record(rig.recording())
    pid = rig.process().pid
    assert os.getsid(pid) == pid
    assert Path(f"/proc/{pid}/fd/0").readlink() == Path(os.devnull)
    assert rig.process().cwd() == str(rig.files()[0].parent)
