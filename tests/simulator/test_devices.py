import pytest

from thorsched.cameras.capability import JPEG, RAW, Capability
from thorsched.simulator.devices import MOST_CAMERAS, default_devices


def test_every_camera_offers_the_usual_modes() -> None:
    usual = {
        Capability(JPEG, width, height, 30, 1)
        for width, height in [(1920, 1080), (1280, 720), (640, 480)]
    }
    assert all(usual < set(device.capabilities) for device in default_devices(MOST_CAMERAS))


def test_ids_count_from_zero_and_names_repeat() -> None:
    devices = default_devices(8)
    assert [device.id for device in devices] == list(range(8))
    names = [device.name for device in devices]
    assert names.count("HD USB Camera") == 3
    assert len(set(names)) == 6


def test_eight_cameras_cover_what_the_protocol_mentions() -> None:
    offered = {cap for device in default_devices(8) for cap in device.capabilities}
    formats = {cap.format for cap in offered if cap.media_type == RAW}
    assert formats == {"YUY2", "NV12"}
    rates = {(cap.rate_numerator, cap.rate_denominator) for cap in offered}
    assert {(30000, 1001), (15, 2), (60, 1), (120, 1)} <= rates
    assert Capability(JPEG, 3840, 2160, 15, 1) in offered
    assert Capability(RAW, 640, 480, 30, 1, "YUY2") in offered


def test_no_device_offers_a_mode_twice() -> None:
    for device in default_devices(8):
        assert len(set(device.capabilities)) == len(device.capabilities)


@pytest.mark.parametrize("count", [0, -1, MOST_CAMERAS + 1])
def test_a_number_of_cameras_that_cannot_be_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 64"):
        default_devices(count)
