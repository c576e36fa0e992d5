"""From what the servers offer to where each camera's frames come from."""

import gc

from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.roster import Roster
from thorsched.config.models import Config
from thorsched.engine.sources import Chosen, View, resolve
from thorsched.recording.trouble import Cause, Trouble

HD = Capability.parse("image/jpeg,width=1280,height=720,framerate=30/1")
VGA = Capability.parse("image/jpeg,width=640,height=480,framerate=30/1")
RIG_A, RIG_B = "http://a:8000", "http://b:8000"


def config(cameras: dict[str, object]) -> Config:
    return Config.model_validate(
        {
            "version": 1,
            "servers": {"rig-a": RIG_A, "rig-b": RIG_B},
            "cameras": cameras,
            "schedules": {"ever": {"cameras": "all", "always": True}},
        }
    )


def view(*devices: Device) -> View:
    return View(Roster.unknown().fold(devices, now_s=0.0))


def camera(server: str, device_id: int, *selectors: str) -> dict[str, object]:
    return {"server": server, "device": {"id": device_id}, "capability": list(selectors)}


def test_cameras_of_several_servers_find_their_devices() -> None:
    file = config({"a": camera("rig-a", 0, "jpeg 720p"), "b": camera("rig-b", 0, "jpeg 480p")})
    resolved = resolve(
        file, {RIG_A: view(Device(0, "left", (HD,))), RIG_B: view(Device(0, "right", (VGA,)))}
    )
    chosen = {name: outcome for name, outcome in resolved.items() if isinstance(outcome, Chosen)}
    assert chosen["a"].source.server == RIG_A
    assert chosen["a"].source.capability == HD
    assert chosen["b"].source.device_name == "right"


def test_the_first_selector_that_matches_wins_and_its_rank_is_told() -> None:
    file = config({"a": camera("rig-a", 0, "jpeg 1080p", "jpeg 480p", "jpeg 720p")})
    chosen = resolve(file, {RIG_A: view(Device(0, "cam", (HD, VGA)))})["a"]
    assert isinstance(chosen, Chosen)
    assert (chosen.source.capability, chosen.rank, chosen.selector) == (
        VGA,
        1,
        "jpeg 640x480",
    )


def test_a_server_that_was_not_asked_yet_is_being_asked() -> None:
    trouble = resolve(config({"a": camera("rig-a", 0, "jpeg 720p")}), {})["a"]
    assert trouble == Trouble(Cause.ASKING, RIG_A)


def test_a_server_that_never_answered_is_unreachable_in_its_own_words() -> None:
    silent = Trouble(Cause.SERVER_UNREACHABLE, "nobody listens")
    views = {RIG_A: View(Roster.unknown(), silent)}
    assert resolve(config({"a": camera("rig-a", 0, "jpeg 720p")}), views)["a"] == silent


def test_a_server_that_answered_once_is_believed_while_it_is_silent() -> None:
    seen = View(
        view(Device(0, "cam", (HD,))).roster, Trouble(Cause.SERVER_UNREACHABLE, "timed out")
    )
    assert isinstance(
        resolve(config({"a": camera("rig-a", 0, "jpeg 720p")}), {RIG_A: seen})["a"], Chosen
    )


def test_a_missing_device_and_a_capability_without_match_are_troubles_of_their_camera_only() -> (
    None
):
    file = config(
        {
            "gone": camera("rig-a", 7, "jpeg 720p"),
            "greedy": camera("rig-a", 1, "jpeg 2160p"),
            "fine": camera("rig-a", 0, "jpeg 720p"),
        }
    )
    resolved = resolve(file, {RIG_A: view(Device(0, "cam", (HD,)), Device(1, "cam", (HD,)))})
    causes = {c: t.cause for c, t in resolved.items() if isinstance(t, Trouble)}
    assert causes == {"gone": Cause.NO_DEVICE, "greedy": Cause.NO_CAPABILITY}
    assert isinstance(resolved["fine"], Chosen)


def test_two_cameras_on_one_device_are_refused_both() -> None:
    by_name = camera("rig-a", 0, "jpeg 480p") | {"device": {"name": "c*"}}
    file = config({"a": camera("rig-a", 0, "jpeg 720p"), "b": by_name})
    resolved = resolve(file, {RIG_A: view(Device(0, "cam", (HD, VGA)))})
    causes = [trouble.cause for trouble in resolved.values() if isinstance(trouble, Trouble)]
    assert causes == [Cause.AMBIGUOUS_DEVICE] * 2


def test_a_server_that_lists_something_else_every_time_fills_no_memory() -> None:
    file = config({"a": camera("rig-a", 0, "jpeg 720p")})
    for width in range(1, 301):
        other = Capability("image/jpeg", width, 720, 30, 1)
        resolve(file, {RIG_A: view(Device(0, "ever another", (other,)))})
    alive = [
        one for one in gc.get_objects() if type(one) is Device
    ]  # a dead proxy has no class to ask
    assert sum(device.name == "ever another" for device in alive) <= 65
