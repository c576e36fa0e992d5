"""What recorders make of a server that is absent, unwilling, silent or wrong."""

import logging
import socket
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.recording.conftest import LogLines
from tests.recording.rig import VGA, Rig, rig_of
from tests.support.frames import identities, numbers, sent_meanwhile
from tests.support.ports import free_port
from tests.support.waiting import eventually, pause
from tests.thorvision.misbehaving import timed
from thorsched.base.backoff import backoff_s
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.selector import Encoding
from thorsched.recording.lifecycle import Phase
from thorsched.recording.rate import COUNT_EVERY_S
from thorsched.recording.trouble import Cause
from thorsched.simulator.answers import AnswerFault, AnswerTrouble
from thorsched.simulator.devices import default_devices
from thorsched.simulator.server import Simulator
from thorsched.thorvision.ports import is_listening
from thorsched.thorvision.server import ServerClient

pytestmark = pytest.mark.real

STARTED = f"camera 0 streams {VGA.caps}"
STALL_S = 3.0
# Within so much several looks have told whether anything comes.
HEARD_AFTER_S = 2.0
FIRST_BYTES_S = 8.0
HTTP_LIMIT_S = 5.0
# Less than one slow answer takes.
CLOSED_WITHIN_S = 4.0


def causes(rig: Rig) -> set[Cause]:
    return {trouble.cause for trouble in rig.troubles}


def told(rig: Rig) -> list[str]:
    """Return what the server was told, and did, about camera 0."""
    lines = [line.split(" ", 2)[2] for line in rig.simulator.log_text().splitlines()]
    return [line for line in lines if line.startswith("camera 0 ")]


def devices_in_files(rig: Rig) -> list[list[set[int]]]:
    """Return whose frames are in each file of `cam0` and `cam1`."""
    return [
        [{one.device_id for one in identities(path)} for path in rig.files(number)]
        for number in (0, 1)
    ]


def grows_no_more(rig: Rig) -> bool:
    """Return whether what SRT still held is on disk: nothing for three frames."""
    before = rig.recorder().size_bytes
    return not eventually(lambda: rig.recorder().size_bytes > before, within_s=0.6)


@pytest.mark.fault(17)
def test_a_port_on_which_somebody_streams_is_passed_over(rig: Rig) -> None:
    rig.ports = rig.ports[:2]
    first = rig.ports[0]
    other = ServerClient(rig.simulator.url)
    other.start_stream(-1, first, rig.recording().source.capability, Encoding.JPEG)
    assert is_listening(rig.simulator.host, first, 0.5)
    rig.record(rig.recording())
    stream = rig.simulator.stream(0)
    assert stream is not None
    assert stream.sender.port != first
    assert rig.troubles == []
    rig.close()
    assert {one.device_id for one in identities(*rig.files())} == {0}
    assert is_listening(rig.simulator.host, first, 0.5), "the other's stream was stopped"


@pytest.mark.fault(17)
def test_a_port_that_is_bound_but_says_nothing_is_passed_over_too(rig: Rig) -> None:
    rig.ports = rig.ports[:2]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as squatter:
        squatter.bind((rig.simulator.host, rig.ports[0]))
        for _ in range(2):  # one of the two in turn begins with the port that is bound
            rig.record(rig.recording())
            stream = rig.simulator.stream(0)
            assert stream is not None
            assert stream.sender.port == rig.ports[1]
            rig.want()
            rig.until(rig.is_in(Phase.IDLE))
    assert rig.troubles == []
    assert f"{rig.ports[0]} is taken" in rig.simulator.log_text(), "it was never asked for"


@pytest.mark.fault(11)
def test_one_camera_that_is_refused_backs_off_while_the_others_record(tmp_path: Path) -> None:
    with rig_of(2, tmp_path / "root") as rig:
        rig.record(rig.recording(0))
        rig.simulator.faults.answer(AnswerFault(AnswerTrouble.STATUS, path="/jpeg", status=503))
        rig.want(rig.recording(0), rig.recording(1))
        rig.until(lambda: rig.recorder(1).failures >= 2)
        assert causes(rig) == {Cause.SERVER_REFUSED}
        assert "this is a simulated failure" in rig.troubles[0].detail
        assert rig.recorder(0).phase is Phase.RECORDING
        rig.simulator.faults.clear_answers()
        rig.record(rig.recording(0), rig.recording(1))
        rig.close()
        frames = numbers(*rig.files(0))
        assert frames == sent_meanwhile(rig.simulator.truth(0), frames)


@pytest.mark.fault(1)
def test_an_absent_server_is_tried_until_it_is_back(rig: Rig) -> None:
    rig.simulator.faults.down()
    rig.want(rig.recording())
    rig.until(lambda: rig.recorder().failures >= 2)
    assert causes(rig) == {Cause.SERVER_UNREACHABLE}
    # Stopping: what has failed is let go of before it backs off.
    assert rig.recorder().phase in {Phase.BACKING_OFF, Phase.STARTING, Phase.STOPPING}
    rig.simulator.faults.up()
    rig.record(rig.recording())


@pytest.mark.fault(5)
def test_a_stream_that_lets_nobody_in_is_a_refusal_and_one_line_a_try(
    rig: Rig, log_lines: LogLines
) -> None:
    rig.simulator.faults.refuse(0)
    rig.want(rig.recording())
    began_s = rig.clock.monotonic_s()
    rig.until(lambda: len(log_lines.of(logging.WARNING)) >= 3)
    lasted_s = rig.clock.monotonic_s() - began_s
    assert causes(rig) == {Cause.SERVER_REFUSED}
    assert len([line for line in told(rig) if line.startswith(STARTED)]) == 3, "a line each"
    assert lasted_s >= backoff_s("cam0", 0) + backoff_s("cam0", 1), "a hot loop"
    rig.simulator.faults.accept(0)
    rig.record(rig.recording())


def test_a_device_that_is_gone_is_told_of_once(rig: Rig, log_lines: LogLines) -> None:
    rig.record(rig.recording())
    rig.simulator.faults.unplug(0)
    rig.until(lambda: rig.recorder().failures >= 4)
    assert [trouble.cause for trouble in rig.troubles] == [Cause.STREAM_ENDED, Cause.NO_DEVICE]
    assert log_lines.of(logging.WARNING) == ["recorder backing off"] * 2
    rig.simulator.faults.replug(0)
    rig.record(rig.recording())
    assert log_lines.of(logging.INFO)[-1] == "recorder recording"


@pytest.mark.fault(15)
def test_a_start_whose_answer_was_lost_is_stopped_on_the_server_and_tried_again(rig: Rig) -> None:
    rig.simulator.faults.answer(AnswerFault(AnswerTrouble.CUT, path="/jpeg", times=1))
    rig.record(rig.recording())
    assert causes(rig) == {Cause.SERVER_UNREACHABLE}
    assert "may have obeyed" in rig.troubles[0].detail
    assert [line.split(" on ")[0] for line in told(rig)] == [STARTED, "camera 0 stopped", STARTED]


@pytest.mark.fault(15)
def test_a_start_that_is_denied_and_obeyed_is_stopped_and_tried_again(rig: Rig) -> None:
    rig.simulator.faults.answer(AnswerFault(AnswerTrouble.DENIED, path="/jpeg", times=1))
    rig.record(rig.recording())
    assert causes(rig) == {Cause.SERVER_REFUSED}
    assert "this is a simulated failure" in rig.troubles[0].detail
    assert [line.split(" on ")[0] for line in told(rig)] == [STARTED, "camera 0 stopped", STARTED]
    rig.close()
    assert (rig.streams(), rig.listening_ports()) == ([], [])


def test_a_server_that_denies_every_start_it_obeys_is_left_streaming_nothing(rig: Rig) -> None:
    rig.simulator.faults.answer(AnswerFault(AnswerTrouble.DENIED, path="/jpeg"))
    rig.want(rig.recording())
    rig.until(lambda: rig.recorder().failures >= 2)
    rig.want()
    rig.until(rig.is_in(Phase.IDLE))
    starts = told(rig).count("camera 0 stopped")
    assert [line.split(" on ")[0] for line in told(rig)] == [STARTED, "camera 0 stopped"] * starts
    assert (rig.streams(), rig.listening_ports()) == ([], [])
    assert causes(rig) == {Cause.SERVER_REFUSED}


@pytest.mark.fault(16)
def test_a_stop_that_hangs_keeps_no_file_waiting_and_is_made_up_for_later(rig: Rig) -> None:
    rig.record(rig.recording())
    rig.simulator.faults.answer(AnswerFault(AnswerTrouble.HANG, path="/stop", times=1))
    rig.want()
    rig.until(lambda: len(rig.described) == 1, within_s=HTTP_LIMIT_S - 0.5)
    assert rig.whole_files() == {rig.files()[0].name: True}
    rig.record(rig.recording())
    assert rig.described[0].frames == len(numbers(rig.files()[0]))
    assert [line.split(" on ")[0] for line in told(rig)] == [STARTED, "camera 0 stopped", STARTED]
    rig.close()
    assert rig.streams() == []


@pytest.mark.fault(11)
@pytest.mark.parametrize("path", ["/cameras", "/jpeg", "/"])
@pytest.mark.parametrize("trouble", [AnswerTrouble.SLOW, AnswerTrouble.HANG])
def test_closing_waits_for_no_slow_answer_and_leaves_no_stream(
    rig: Rig, path: str, trouble: AnswerTrouble
) -> None:
    fault = AnswerFault(trouble, path=path, pause_s=HTTP_LIMIT_S - 0.1)
    rig.simulator.faults.answer(fault)
    rig.want(rig.recording())
    rig.until(rig.is_in(Phase.STARTING))
    pause(0.7)
    assert rig.recorder().phase is Phase.STARTING, "its server was not slow"
    with timed() as took:
        rig.close()
    assert took.s < CLOSED_WITHIN_S
    assert eventually(lambda: rig.streams() == [])
    assert rig.files() == []


@pytest.mark.fault(4)
def test_silence_is_a_stall_the_file_is_finalised_and_a_new_attempt_records(rig: Rig) -> None:
    rig.record(rig.recording())
    rig.simulator.faults.silence(0)
    assert eventually(lambda: grows_no_more(rig))
    assert rig.process().is_running(), "the recorder noticed by itself"
    pause(HEARD_AFTER_S)
    rig.clock.skip(STALL_S)
    rig.until(lambda: rig.recorder().failures == 1)
    rig.record(rig.recording())
    (trouble,) = rig.troubles
    assert trouble.cause is Cause.STALLED
    assert trouble.detail.endswith("the stream sends nothing")
    rig.close()
    silent, heard = rig.files()
    assert rig.whole_files() == {silent.name: True, heard.name: True}
    assert not set(numbers(silent)) & set(numbers(heard))


@pytest.mark.fault(3)
def test_a_frozen_server_costs_no_frame_that_it_had_sent(rig: Rig) -> None:
    # Of a long latency, so that one who loses what SRT holds is found out on a busy machine too.
    rig.record(replace(rig.recording(), latency=timedelta(seconds=1)))
    rig.simulator.faults.freeze(0)
    sent = {frame.number for frame in rig.simulator.truth(0)}
    rig.until(lambda: len(rig.described) == 1)
    assert causes(rig) == {Cause.STALLED}
    (frozen,) = rig.described
    assert frozen.finalised
    frames = numbers(frozen.segment.path)
    assert frames == sent_meanwhile(rig.simulator.truth(0), frames)
    # What the frozen process had taken and not put on the wire cannot arrive.
    assert max(sent) - frames[-1] <= 10
    rig.record(rig.recording())


@pytest.mark.fault(6)
def test_bytes_that_are_no_picture_are_no_first_frame(rig: Rig) -> None:
    rig.simulator.faults.answer(AnswerFault(AnswerTrouble.SLOW, path="/jpeg", times=1, pause_s=2.0))
    rig.want(rig.recording())
    rig.until(lambda: rig.simulator.stream(0) is not None)
    rig.simulator.faults.garble(0)
    rig.until(lambda: len(rig.processes()) == 1)
    pause(1.0)
    assert rig.process().is_running(), "the recorder noticed by itself"
    assert [path.stat().st_size for path in rig.files()] == [0], "something was recorded"
    assert rig.recorder().phase is Phase.STARTING
    rig.clock.skip(FIRST_BYTES_S)
    rig.record(rig.recording())
    assert causes(rig) == {Cause.GARBAGE}
    rig.close()
    assert len(rig.files()) == 1, "what holds no frame was kept"


@pytest.mark.fault(6)
def test_bytes_that_are_no_picture_any_more_are_told_as_that(rig: Rig) -> None:
    rig.record(rig.recording())
    rig.simulator.faults.garble(0)
    assert eventually(lambda: grows_no_more(rig))
    pause(HEARD_AFTER_S)
    rig.clock.skip(STALL_S)
    rig.until(lambda: rig.recorder().failures == 1)
    assert causes(rig) == {Cause.GARBAGE}
    rig.record(rig.recording())


def has_sent(simulator: Simulator, frames: int) -> bool:
    return len(simulator.truth(0)) >= frames


def test_frames_at_a_wrong_rate_are_told_of_and_recorded(tmp_path: Path) -> None:
    wanted, sent = (
        Capability.parse(f"image/jpeg,width=320,height=240,framerate={fps}/1") for fps in (5, 60)
    )
    with (
        Simulator(cameras=[Device(0, "Alpha", (wanted, sent))], port=free_port()) as simulator,
        Rig(simulator, tmp_path / "root") as rig,
    ):
        one = rig.recording()
        rig.record(replace(one, source=replace(one.source, capability=wanted)))
        rig.clock.skip(COUNT_EVERY_S)
        simulator.faults.change(0, sent)
        for _ in range(3):
            rig.until(partial(has_sent, simulator, len(simulator.truth(0)) + 60))
            rig.clock.skip(COUNT_EVERY_S)
        rig.until(lambda: rig.recorder().warning is not None)
        warning = rig.recorder().warning
        assert warning is not None
        assert warning.cause is Cause.WRONG_RATE
        assert warning.detail.startswith("wanted 5 fps, ")
        assert rig.troubles == []
        rig.close()
        assert list(rig.whole_files().values()) == [True]


@pytest.mark.fault(2, 8)
def test_a_stream_that_ends_is_asked_for_again_and_never_spliced(rig: Rig) -> None:
    rig.record(rig.recording())
    rig.simulator.faults.kill(0, goodbye=True)
    assert rig.streams() == []
    rig.until(lambda: rig.recorder().failures == 1)
    assert causes(rig) == {Cause.STREAM_ENDED}
    rig.record(rig.recording())
    rig.close()
    before, after = (numbers(path) for path in rig.files())
    assert before[-1] < after[0]


@pytest.mark.fault(2)
def test_a_sender_that_dies_without_a_goodbye_is_noticed_by_its_port_before_the_stall_limit(
    rig: Rig,
) -> None:
    rig.record(rig.recording())
    port = rig.recorder().port
    rig.simulator.faults.kill(0)
    rig.until(lambda: rig.recorder().failures == 1)
    (trouble,) = rig.troubles
    assert (trouble.cause, trouble.detail) == (
        Cause.STREAM_ENDED,
        f"nobody streams on port {port}",
    ), "it waited for the stall limit"
    rig.record(rig.recording())
    rig.close()
    before, after = (numbers(path) for path in rig.files())
    assert before == sent_meanwhile(rig.simulator.truth(0), before)
    assert before[-1] < after[0]


@pytest.mark.fault(7)
def test_another_resolution_in_the_same_stream_costs_no_frame(rig: Rig) -> None:
    rig.record(rig.recording())
    large = next(c for c in rig.simulator.devices[0].capabilities if c.width == 800)
    rig.simulator.faults.change(0, large)
    changed_at = len(rig.simulator.truth(0))
    rig.until(lambda: len(rig.simulator.truth(0)) > changed_at + 60)
    rig.close()
    assert rig.troubles == []
    recorded = identities(*rig.files())
    assert {one.capability for one in recorded} == {VGA, large}
    frames = [one.number for one in recorded]
    assert frames == sent_meanwhile(rig.simulator.truth(0), frames)


@pytest.mark.fault(8, 14)
def test_ids_that_a_restart_shifts_put_no_camera_under_anothers_name(tmp_path: Path) -> None:
    same = default_devices(1)[0].capabilities
    devices = [Device(0, "Alpha", same), Device(1, "Beta", same)]
    with (
        Simulator(cameras=devices, port=free_port()) as simulator,
        Rig(simulator, tmp_path / "root") as rig,
    ):
        both = (rig.recording(0), rig.recording(1))
        rig.record(*both)
        simulator.faults.restart(shift_ids=1)
        rig.until(lambda: all(rig.recorder(number).failures >= 2 for number in (0, 1)))
        assert rig.troubles[-1].cause is Cause.NO_DEVICE
        assert rig.streams() == []
        shifted = {"cam0": rig.recording(1), "cam1": rig.recording(0)}
        rig.record(*(replace(one, camera=camera) for camera, one in shifted.items()))
        assert shifted["cam0"].source.device_name == both[0].source.device_name == "Alpha"
        rig.close()
        assert devices_in_files(rig) == [[{0}, {1}], [{1}, {0}]]


@pytest.mark.fault(8)
def test_names_that_are_swapped_leave_each_device_to_its_new_camera(tmp_path: Path) -> None:
    with rig_of(2, tmp_path / "root") as rig:
        zero, one = rig.recording(0), rig.recording(1)
        rig.record(zero, one)
        rig.record(replace(one, camera="cam0"), replace(zero, camera="cam1"))
        size_bytes = rig.recorder(0).size_bytes
        rig.until(lambda: rig.recorder(0).size_bytes > size_bytes + 500_000)
        assert rig.troubles == []
        rig.close()
        assert devices_in_files(rig) == [[{0}, {1}], [{1}, {0}]]
