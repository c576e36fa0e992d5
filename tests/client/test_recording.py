"""What a script records by the client: every frame, through faults, and nothing is left behind."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import av
import pytest

from tests.support.frames import identities, numbers, sent_meanwhile
from tests.support.program import recorders
from tests.support.waiting import eventually, pause
from thorsched import Camera, Capability, RecordingFailed, ThorVisionClient, extract_metadata
from thorsched.base.errors import ConfigError, MachineError, ThorschedError
from thorsched.client import NoSuchCamera, NoSuchCapability
from thorsched.recording.trouble import Cause
from thorsched.simulator.answers import AnswerFault, AnswerTrouble
from thorsched.simulator.server import Simulator
from thorsched.thorvision.errors import Unreachable

T = TypeVar("T")

pytestmark = pytest.mark.real

VGA = "image/jpeg,width=640,height=480,framerate=30/1"
RAW = "video/x-raw,format=YUY2,width=320,height=240,framerate=30/1"


def files(path: str | None) -> list[Path]:
    """Return the segments that an `output_path` stands for."""
    assert path is not None
    assert path.endswith("-%02d.mkv")
    pattern = Path(path.replace("%02d", "[0-9][0-9]"))
    return sorted(pattern.parent.glob(pattern.name))


def assert_every_frame(simulator: Simulator, device_id: int, found: list[int]) -> None:
    assert found == sent_meanwhile(simulator.truth(device_id), found)


def test_a_recording_begins_with_frames_on_disk_and_ends_with_the_last_one(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    started = client.start_stream_with_recording(0, VGA, output_dir=tmp_path, max_size_time=1)
    assert started["camera_id"] == 0
    assert started["capability"] == VGA
    assert started["recording"] is True
    assert files(started["output_path"])[0].stat().st_size > 0
    active = client.list_active_streams()
    assert list(active) == [0]
    assert active[0] == {
        "port": started["port"],
        "recording": True,
        "output_path": started["output_path"],
        "capability": VGA,
        "reason": None,
        "files": [str(files(started["output_path"])[0])],
    }
    pause(2.5)
    last = simulator.truth(0)[-1].number
    stopped = client.stop_stream(0)
    assert stopped == {
        "message": "Stream and recording stopped",
        "camera_id": 0,
        "output_path": started["output_path"],
        "files": [str(path) for path in files(started["output_path"])],
    }
    assert simulator.stream(0) is None
    found = numbers(*files(started["output_path"]))
    assert found[-1] >= last
    assert_every_frame(simulator, 0, found)
    assert len(files(started["output_path"])) >= 3


def test_several_cameras_start_together(client: ThorVisionClient, tmp_path: Path) -> None:
    first, second, third = client.cameras()
    started = client.start_streams_with_recording(
        [(first, VGA), (second, Capability.parse(VGA)), (third.id, "jpeg <=640x480 @30fps")],
        output_dir=tmp_path,
    )
    assert [one["camera_id"] for one in started] == [0, 1, 2]
    assert len({one["port"] for one in started}) == 3
    assert all(stream["recording"] for stream in client.list_active_streams().values())
    client.cleanup()
    for number, one in enumerate(started):
        (file,) = files(one["output_path"])
        assert {identity.device_id for identity in identities(file)} == {number}
    assert client.list_active_streams() == {}
    client.cleanup()


def test_a_client_can_be_used_again_after_its_cleanup(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    before = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    client.cleanup()
    after = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    client.stop_stream(0)
    assert before["output_path"] != after["output_path"]
    assert all(numbers(*files(one["output_path"])) for one in (before, after))


def test_a_camera_that_records_already_is_left_as_it_is(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    started = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    again = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    assert started["message"] == "Stream and recording started"
    assert again == {**started, "message": "the camera records already"}
    assert len(recorders(tmp_path)) == 1


def test_a_killed_recorder_is_begun_anew_in_new_files(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    started = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    (process,) = recorders(tmp_path)
    process.kill()
    assert eventually(
        lambda: client.list_active_streams()[0]["output_path"] != started["output_path"]
    )
    assert eventually(lambda: client.list_active_streams()[0]["recording"])
    pause(0.5)
    again = client.stop_stream(0)["output_path"]
    before, after = numbers(*files(started["output_path"])), numbers(*files(again))
    assert before
    assert before[-1] < after[0]
    assert_every_frame(simulator, 0, after)


def test_without_restart_a_dead_recording_stays_and_says_why(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    started = client.start_stream_with_recording(0, VGA, output_dir=tmp_path, restart=False)
    (process,) = recorders(tmp_path)
    process.kill()
    assert eventually(lambda: not client.list_active_streams()[0]["recording"])
    assert eventually(lambda: "SIGKILL" in (client.list_active_streams()[0]["reason"] or ""))
    pause(1.5)
    assert recorders(tmp_path) == []
    assert client.stop_stream(0)["output_path"] == started["output_path"]
    assert numbers(*files(started["output_path"]))


def test_a_stalled_recording_says_so_and_is_begun_anew(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    started = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    simulator.faults.silence(0)
    reasons: list[str] = []

    def has_restarted() -> bool:
        stream = client.list_active_streams()[0]
        reasons.append(stream["reason"] or "")
        return stream["recording"] and stream["output_path"] != started["output_path"]

    assert eventually(has_restarted)
    assert any("stalled: no new frame" in reason for reason in reasons)
    (whole,) = files(started["output_path"])
    with av.open(str(whole)) as container:
        assert container.duration is not None, "it was not finalised"


def test_a_server_that_refuses_is_quoted_and_nothing_is_left(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.STATUS, path="/jpeg", status=503))
    with pytest.raises(RecordingFailed, match="this is a simulated failure") as failed:
        client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    assert failed.value.trouble.cause is Cause.SERVER_REFUSED
    assert client.list_active_streams() == {}
    assert list(tmp_path.iterdir()) == []


def test_one_of_several_that_fails_leaves_the_others(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    simulator.faults.refuse(1)
    with pytest.raises(RecordingFailed, match="1_HD_USB_Camera"):
        client.start_streams_with_recording({0: VGA, 1: VGA}, output_dir=tmp_path)
    assert list(client.list_active_streams()) == [0]
    assert len(recorders(tmp_path)) == 1


def test_a_server_that_is_not_there_is_unreachable(simulator: Simulator, tmp_path: Path) -> None:
    simulator.faults.down()
    client = ThorVisionClient(simulator.host, simulator.port)
    with pytest.raises(Unreachable, match="connection refused"):
        client.list_cameras()
    with pytest.raises(Unreachable):
        client.start_stream_with_recording(0, VGA, output_dir=tmp_path)


@pytest.mark.parametrize(
    ("camera", "capability", "keywords", "error", "words"),
    [
        (7, VGA, {}, NoSuchCamera, "no camera 7; it lists 0 (HD USB Camera), 1"),
        (0, "image/jpeg,width=9,height=9,framerate=30/1", {}, NoSuchCapability, "nearest: "),
        (0, "jpeg 1280by720", {}, NoSuchCapability, "1280by720"),
        (0, "jpeg >=9999x9999", {}, NoSuchCapability, "no capability matches"),
        (0, "image/jpeg,width=640", {}, NoSuchCapability, "format_camera_capabilities"),
        (0, VGA, {"encoding": "h265"}, NoSuchCapability, "raw video only"),
        (0, VGA, {"encoding": "av1"}, ConfigError, "write 'jpeg' or 'h265'"),
        (0, VGA, {"gstreamer_log": "screen"}, ConfigError, "'console' or 'file' or 'none'"),
        (0, VGA, {"max_size_time": -1}, ConfigError, "max_size_time is -1"),
        (0, VGA, {"max_size_bytes": float("nan")}, ConfigError, "max_size_bytes is nan"),
        (0, VGA, {"output_dir": "/dev/null/x"}, MachineError, "cannot write to"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_happens(
    client: ThorVisionClient,
    tmp_path: Path,
    camera: int,
    capability: str,
    keywords: dict[str, object],
    error: type[ThorschedError],
    words: str,
) -> None:
    arguments: dict[str, object] = {"output_dir": tmp_path, **keywords}
    with pytest.raises(error) as refused:
        client.start_stream_with_recording(camera, capability, **arguments)  # type: ignore[arg-type]
    assert words in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_raw_video_is_recorded_as_h265_when_asked_for(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    started = client.start_stream_with_recording(0, RAW, output_dir=tmp_path, encoding="h265")
    pause(1.0)
    client.stop_stream(0)
    (file,) = files(started["output_path"])
    with av.open(str(file)) as container:
        assert container.streams.video[0].codec_context.name == "hevc"
        assert len(list(container.decode(video=0))) > 10


def test_the_start_of_pythorvision_0_3_is_understood(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    camera = client.cameras()[0]
    started = client.start_stream_with_recording(camera, camera.capabilities[0], tmp_path)
    client.stop_stream(camera)
    assert numbers(*files(started["output_path"]))


def test_raw_video_is_recorded_as_jpeg_otherwise(client: ThorVisionClient, tmp_path: Path) -> None:
    started = client.start_stream_with_recording(0, RAW, output_dir=tmp_path)
    client.stop_stream(0)
    assert extract_metadata(files(started["output_path"])[0])["is_valid"].all()


def test_only_the_newest_files_are_kept_if_that_is_asked_for(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    mine = tmp_path / "0_HD_USB_Camera_19990101_000000-00.mkv"
    mine.write_text("somebody else's")
    started = client.start_stream_with_recording(
        0, VGA, output_dir=tmp_path, max_size_time=0.5, max_files=2, gstreamer_log="none"
    )
    path = started["output_path"]
    newest = Path(str(path) % 6)
    assert eventually(newest.exists)
    assert eventually(lambda: len(files(path)) <= 2)
    client.stop_stream(0)
    assert len(files(path)) <= 2
    assert Path(str(path) % 0) not in files(path)
    assert mine.exists()


@pytest.mark.parametrize(
    ("log", "beside", "printed"), [("file", 1, False), ("none", 0, False), ("console", 0, True)]
)
def test_the_recorders_words_go_where_they_are_wanted(
    client: ThorVisionClient,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    log: str,
    beside: int,
    printed: bool,  # noqa: FBT001
) -> None:
    client.start_stream_with_recording(0, VGA, output_dir=tmp_path, gstreamer_log=log)  # type: ignore[arg-type]
    client.stop_stream(0)
    client.cleanup()
    logs = list(tmp_path.glob("*.log"))
    assert len(logs) == beside
    assert all("Setting pipeline to PLAYING" in path.read_text() for path in logs)
    assert ("Setting pipeline to PLAYING" in capfd.readouterr().err) is printed


@pytest.mark.fault(57)
def test_hostile_names_stay_in_the_directory(tmp_path: Path) -> None:
    name = '../../x" ! filesink location=pwned name="%n'
    hostile = Camera(0, name, (Capability.parse(VGA),))
    output = tmp_path / "below"
    with (
        Simulator(cameras=[hostile]) as simulator,
        ThorVisionClient(simulator.host, simulator.port) as client,
    ):
        started = client.start_stream_with_recording(0, VGA, output_dir=output)
        client.stop_stream(0)
    assert [path.name for path in tmp_path.iterdir()] == ["below"]
    assert {path.suffix for path in output.iterdir()} == {".mkv", ".log"}
    assert files(started["output_path"])[0].name.startswith("0_______x____filesink_location_")


def calls_at_once(count: int, call: Callable[[int], T]) -> list[T | ThorschedError]:
    """Return what that many calls at once came to, each in a thread of its own."""
    outcomes: list[T | ThorschedError] = []

    def run(number: int) -> None:
        try:
            outcomes.append(call(number))
        except ThorschedError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.fault(25)
def test_threads_that_start_one_camera_at_once_make_one_recorder(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    def start(_: int) -> object:
        return client.start_stream_with_recording(0, VGA, output_dir=tmp_path)

    outcomes = calls_at_once(4, start)
    assert len(recorders(tmp_path)) == 1
    assert any(not isinstance(outcome, Exception) for outcome in outcomes)
    assert list(client.list_active_streams()) == [0]


def test_a_camera_that_another_client_records_is_left_to_it(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    started = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    with (
        ThorVisionClient("localhost", simulator.port) as other,
        pytest.raises(RecordingFailed, match="on this machine records device 0") as failed,
    ):
        other.start_stream_with_recording(0, VGA, output_dir=tmp_path / "other")
    assert failed.value.trouble.cause is Cause.DEVICE_TAKEN
    pause(0.5)
    client.stop_stream(0)
    assert_every_frame(simulator, 0, numbers(*files(started["output_path"])))


@pytest.mark.fault(17)
def test_two_clients_at_once_never_share_a_port(simulator: Simulator, tmp_path: Path) -> None:
    def record(number: int) -> tuple[int | None, list[Path]]:
        with ThorVisionClient(simulator.host, simulator.port) as client:
            started = client.start_stream_with_recording(number, VGA, output_dir=tmp_path)
            pause(1.0)
        return started["port"], files(started["output_path"])

    outcomes = calls_at_once(3, record)
    done = [outcome for outcome in outcomes if not isinstance(outcome, ThorschedError)]
    assert len(done) == 3, outcomes
    ports, recorded = zip(*done, strict=True)
    assert len(set(ports)) == 3
    for (file,) in recorded:
        assert {identity.device_id for identity in identities(file)} == {int(file.name[0])}


def test_a_recording_that_is_stopped_while_it_is_begun_anew_stays_stopped(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    for _ in range(5):
        client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
        (process,) = recorders(tmp_path)
        process.kill()
        assert eventually(lambda: not client.list_active_streams()[0]["recording"])
        client.stop_stream(0)
        assert recorders(tmp_path) == []
    pause(1.0)
    assert recorders(tmp_path) == []
