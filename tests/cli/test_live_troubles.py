"""What the live table says of what goes wrong, in lines below its rows."""

from dataclasses import replace
from pathlib import Path

from tests.cli.drawing import Terminal, camera, drawn, status
from tests.support.values import FULL_HD, NOON, source, window
from thorsched.engine.drift import Drift
from thorsched.engine.silence import Archiving, Silence
from thorsched.recording.lifecycle import Phase
from thorsched.recording.trouble import Cause, Trouble


def test_in_80_columns_names_states_and_troubles_are_whole(terminal: Terminal) -> None:
    detail = "no device fits id 9; the server offers 0 'HD USB Camera', 1 'HD USB Camera'"
    lines = drawn(
        terminal,
        status(
            0,
            camera("overhead-of-second-cage", phase=Phase.RECORDING, kept_bytes=10**9),
            camera("side", phase=Phase.BACKING_OFF, trouble=Trouble(Cause.NO_DEVICE, detail)),
        ),
    )
    assert max(map(len, lines)) <= 80
    cells = [line.split() for line in lines]
    assert ["overhead-of-second-cage", "recording"] in [row[:2] for row in cells]
    assert ["side", "backing", "off"] in [row[:3] for row in cells]
    assert f"side: no such device: {detail}" in " ".join(" ".join(lines).split())


def test_a_camera_that_is_wanted_and_cannot_begin_waits(terminal: Terminal) -> None:
    away = replace(
        camera("side", trouble=Trouble(Cause.SERVER_UNREACHABLE, "refused")), window=window()
    )
    lines = drawn(terminal, status(0, away, camera("top")))
    states = dict(line.split()[:2] for line in lines if line.strip().startswith(("side ", "top ")))
    assert states == {"side": "waiting", "top": "idle"}


def test_what_was_missed_stays_in_sight_though_all_is_well_again(terminal: Terminal) -> None:
    side = camera(
        phase=Phase.RECORDING,
        missed_s=1234.0,
        kept_bytes=10**9,
        last_trouble=Trouble(Cause.STALLED, "no new frame for 3.0 s"),
    )
    lines = drawn(terminal, status(0, side, camera("top", phase=Phase.RECORDING)))
    rows = {line.split()[0]: line.split() for line in lines if line.strip()}
    assert rows["camera"] == ["camera", "state", "capability", "wanted", "missed", "on", "disk"]
    assert rows["side"][-6:] == ["20", "min", "34", "s", "1", "GB"]
    assert rows["top"][-3:] == ["-", "0", "B"]
    assert "side: missed 20 min 34 s; last trouble: stalled: no new frame for 3.0 s" in lines
    assert not [line for line in lines if line.startswith("top:")]


def test_a_trouble_says_when_it_is_tried_again(terminal: Terminal) -> None:
    trouble = Trouble(Cause.SERVER_UNREACHABLE, "refused")
    side = replace(camera(phase=Phase.BACKING_OFF, trouble=trouble), retry_in_s=6.3)
    lines = drawn(terminal, status(0, side))
    assert "side: server unreachable: refused; retry in 7 s" in lines


def test_one_trouble_of_several_cameras_is_one_line(terminal: Terminal) -> None:
    trouble = Trouble(Cause.SERVER_UNREACHABLE, "refused")
    lines = drawn(terminal, status(0, camera(trouble=trouble), camera("top", trouble=trouble)))
    assert [line for line in lines if "refused" in line] == [
        "side, top: server unreachable: refused"
    ]


def test_a_selector_that_fails_beside_a_running_recorder_says_what_goes_on_and_what_changed(
    terminal: Terminal,
) -> None:
    trouble = Trouble(Cause.NO_CAPABILITY, "no 4k")
    side = camera(phase=Phase.RECORDING, trouble=trouble)
    top = replace(side, name="top", is_in_file=False)
    lines = drawn(terminal, status(0, side, top), width=200)
    goes_on = f"goes on with {source(capability=FULL_HD)}"
    assert f"side: {goes_on}; its device lists something else now: no 4k" in lines
    assert f"top: {goes_on}; the file asks for something else now: no 4k" in lines


def test_what_is_not_heard_of_is_told_a_line_a_silence_beside_an_older_trouble(
    terminal: Terminal,
) -> None:
    starting = Silence(Phase.STARTING, killed=False, for_s=41.2)
    killed = Silence(Phase.STOPPING, killed=True, for_s=7.0)
    older = Trouble(Cause.STALLED, "no new frame for 3.0 s")
    lines = drawn(
        terminal,
        status(
            0,
            replace(camera("side", phase=Phase.STARTING, trouble=older), silence=starting),
            replace(camera("top", phase=Phase.STARTING), silence=starting),
            replace(camera("door", phase=Phase.STOPPING), silence=killed),
        ),
    )
    assert "side: stalled: no new frame for 3.0 s" in lines
    assert "side, top: starting for 41 s: nothing heard" in lines
    assert "door: killed, and still there after 7 s: the disk does not answer?" in lines


def test_what_is_wrong_with_frames_that_arrive_is_told(terminal: Terminal) -> None:
    slow = Trouble(Cause.WRONG_RATE, "wanted 30 fps, 12 arrive")
    lines = drawn(terminal, status(0, replace(camera(phase=Phase.RECORDING), warning=slow)))
    assert "side: wrong rate: wanted 30 fps, 12 arrive" in lines


def test_cameras_with_the_same_drift_are_one_line_which_says_since_when(
    terminal: Terminal,
) -> None:
    drift = Drift("jpeg >=1080p", "jpeg 1280x720 @30fps", NOON, "second selector of 2", unmet="why")
    side = replace(camera("side", phase=Phase.RECORDING), drift=drift)
    door = replace(side, name="door", drift=replace(drift, better="jpeg >=1080p", is_at_once=True))
    lines = drawn(terminal, status(0, side, replace(side, name="top"), door), width=200)
    since = f"{NOON.astimezone():%H:%M}"
    told = (
        f"wanted jpeg >=1080p, recording jpeg 1280x720 @30fps since {since}, second selector of 2"
    )
    assert f"side, top: {told}: why" in lines
    assert f"door: {told}: jpeg >=1080p is available again, and taken at once" in lines


def test_a_recorder_that_goes_on_although_its_device_is_ambiguous_is_told(
    terminal: Terminal,
) -> None:
    trouble = Trouble(Cause.AMBIGUOUS_DEVICE, "name 'Twin' fits 2 devices")
    lines = drawn(terminal, status(0, camera(phase=Phase.RECORDING, trouble=trouble)), width=200)
    goes_on = f"side: goes on with {source(capability=FULL_HD)}"
    assert f"{goes_on}; ambiguous device: name 'Twin' fits 2 devices" in lines


def test_an_archivist_that_is_not_heard_of_is_told(terminal: Terminal) -> None:
    at = Archiving(Path("recordings/side/side-00003.mkv"), 41.0)
    lines = drawn(terminal, replace(status(0), archiving=at))
    assert "archivist has been at side-00003.mkv for 41 s: the disk does not answer?" in lines
