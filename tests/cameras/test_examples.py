"""The reference by examples: one camera, and what each selector takes of it.

The tables are what the README's reference quotes.
"""

import pytest

from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.choice import Choice, NoMatch, choose
from thorsched.cameras.selector import Encoding, Selector

CAMERA = Device(
    0,
    "HD USB Camera",
    tuple(
        map(
            Capability.parse,
            [
                "image/jpeg,width=3840,height=2160,framerate=15/1",
                "image/jpeg,width=1920,height=1080,framerate=60/1",
                "image/jpeg,width=1920,height=1080,framerate=30000/1001",
                "image/jpeg,width=1920,height=1080,framerate=5/1",
                "image/jpeg,width=1280,height=720,framerate=60/1",
                "image/jpeg,width=1280,height=720,framerate=30/1",
                "image/jpeg,width=640,height=480,framerate=120/1",
                "image/jpeg,width=640,height=480,framerate=30/1",
                "video/x-raw,format=YUY2,width=1280,height=720,framerate=10/1",
                "video/x-raw,format=YUY2,width=640,height=480,framerate=30/1",
                "video/x-raw,format=NV12,width=640,height=480,framerate=30/1",
            ],
        )
    ),
)


@pytest.mark.parametrize(
    ("selector", "taken"),
    [
        # exactly; what is left out is taken at its largest
        ("jpeg 1920x1080 @30fps", "jpeg 1920x1080 @30000/1001fps"),
        ("jpeg 1920x1080", "jpeg 1920x1080 @60fps"),
        ("jpeg @30fps", "jpeg 1920x1080 @30000/1001fps"),
        ("720p @60", "jpeg 1280x720 @60fps"),
        ("jpeg", "jpeg 3840x2160 @15fps"),
        # at least: the smallest that does
        ("jpeg >=1000x700 @30fps", "jpeg 1280x720 @30fps"),
        ("jpeg 1080p @>=10fps", "jpeg 1920x1080 @30000/1001fps"),
        ("jpeg 1080p @>=30fps", "jpeg 1920x1080 @30000/1001fps"),
        ("jpeg >=640x480 @>=100fps", "jpeg 640x480 @120fps"),
        # at most: the largest that does
        ("jpeg <=1080p", "jpeg 1920x1080 @60fps"),
        ("jpeg 1080p @<=30fps", "jpeg 1920x1080 @30000/1001fps"),
        ("jpeg <=1080p @<=20fps", "jpeg 1920x1080 @5fps"),
        # between: the nearest to the first
        ("jpeg 720p..4k @>=30fps", "jpeg 1280x720 @30fps"),
        ("jpeg 1080p @10..60fps", "jpeg 1920x1080 @30000/1001fps"),
        # the largest or smallest of all that match
        ("jpeg >=720p @>=30fps max", "jpeg 1920x1080 @60fps"),
        ("jpeg 1080p min", "jpeg 1920x1080 @5fps"),
        ("jpeg min", "jpeg 640x480 @30fps"),
        # raw, and the lower data rate where all else is equal
        ("raw", "raw 1280x720 @10fps format=YUY2"),
        ("raw @30", "raw 640x480 @30fps format=NV12"),
        ("raw @30 format=YUY2", "raw 640x480 @30fps format=YUY2"),
        ("480p @30", "jpeg 640x480 @30fps"),
        ("480p @30 format=yuy2", "raw 640x480 @30fps format=YUY2"),
        ("h265 max", "raw 1280x720 @10fps format=YUY2"),
    ],
)
def test_a_selector_takes_the_capability_that_a_person_would_expect(
    selector: str, taken: str
) -> None:
    outcome = choose([Selector.parse(selector)], CAMERA)

    assert isinstance(outcome, Choice)
    assert str(outcome.capability) == taken


def test_a_rate_that_is_there_exactly_is_preferred_to_one_within_a_thousandth() -> None:
    both = Device(
        0, "", tuple(Capability("image/jpeg", 640, 480, n, d) for n, d in [(30, 1), (30000, 1001)])
    )

    taken = {
        text: choose([Selector.parse(text)], both)
        for text in ("@30fps", "@>=30fps", "@<=30fps", "@29.97fps", "@<=29.97fps")
    }

    assert {
        text: str(c.capability.rate_fps) for text, c in taken.items() if isinstance(c, Choice)
    } == {
        "@30fps": "30",
        "@>=30fps": "30",
        "@<=30fps": "30",
        "@29.97fps": "30000/1001",
        "@<=29.97fps": "30000/1001",
    }


@pytest.mark.parametrize(
    ("asked", "offered"),
    [("30", "30000/1001"), ("29.97", "30/1"), ("60", "60000/1001"), ("24", "24000/1001")],
)
def test_the_rates_of_television_are_the_round_ones(asked: str, offered: str) -> None:
    camera = Device(
        0, "", (Capability.parse(f"image/jpeg,width=640,height=480,framerate={offered}"),)
    )

    for sign in ("", ">=", "<="):
        assert isinstance(choose([Selector.parse(f"@{sign}{asked}")], camera), Choice)


@pytest.mark.parametrize(("asked", "offered"), [("30", "299/10"), ("30", "301/10"), ("60", "59/1")])
def test_a_rate_that_is_more_than_a_thousandth_off_is_another(asked: str, offered: str) -> None:
    camera = Device(
        0, "", (Capability.parse(f"image/jpeg,width=640,height=480,framerate={offered}"),)
    )

    assert isinstance(choose([Selector.parse(f"@{asked}")], camera), NoMatch)


def test_a_list_is_tried_in_order_and_the_first_that_matches_decides() -> None:
    wanted = [Selector.parse(t) for t in ("jpeg 720p @120", "h265 720p @10", "jpeg max")]

    outcome = choose(wanted, CAMERA)

    assert isinstance(outcome, Choice)
    assert outcome.rank == 1
    assert outcome.encoding is Encoding.H265
    assert outcome.capability.caps == "video/x-raw,format=YUY2,width=1280,height=720,framerate=10/1"


@pytest.mark.parametrize(
    ("selector", "nearest"),
    [
        (
            "jpeg >=1920x1080 @>=90fps",
            [
                "jpeg 1920x1080 @60fps: 60 fps is below 90",
                "jpeg 640x480 @120fps: 640x480 is smaller than 1920x1080",
            ],
        ),
        (
            "jpeg 480p @60",
            [
                "jpeg 640x480 @30fps: 30 fps is below 60",
                "jpeg 640x480 @120fps: 120 fps is above 60",
                "jpeg 1280x720 @60fps: 1280x720 is larger than 640x480",
            ],
        ),
        (
            "jpeg 1024x768",
            [
                "jpeg 1280x720 @60fps: 1280x720 is lower than 1024x768",
                "jpeg 1920x1080 @60fps: 1920x1080 is larger than 1024x768",
            ],
        ),
        ("<=500x500", ["jpeg 640x480 @120fps: 640x480 is wider than 500x500"]),
        ("<=640x479", ["jpeg 640x480 @120fps: 640x480 is taller than 640x479"]),
        (
            "raw >=1300x720",
            [
                "raw 1280x720 @10fps format=YUY2: 1280x720 is narrower than 1300x720",
                "jpeg 1920x1080 @60fps: jpeg is not raw",
            ],
        ),
        (
            "h265 1080p",
            [
                "jpeg 1920x1080 @60fps: h265 is made from raw only",
                "raw 1280x720 @10fps format=YUY2: 1280x720 is smaller than 1920x1080",
            ],
        ),
        (
            "raw format=I420 480p",
            [
                "raw 640x480 @30fps format=NV12: NV12 is not I420",
                "raw 640x480 @30fps format=YUY2: YUY2 is not I420",
                "jpeg 640x480 @120fps: jpeg is not raw, it has no pixel format I420",
            ],
        ),
    ],
)
def test_no_match_is_explained_by_the_nearest_capabilities(
    selector: str, nearest: list[str]
) -> None:
    outcome = choose([Selector.parse(selector)], CAMERA)

    assert isinstance(outcome, NoMatch)
    assert [str(near) for near in outcome.nearest] == nearest


def test_the_explanation_is_one_line_for_one_selector_and_for_many() -> None:
    wanted = [Selector.parse(text) for text in ("jpeg 4k @30", "h265 480p @60")]
    one, both = choose(wanted[:1], CAMERA), choose(wanted, CAMERA)

    assert isinstance(one, NoMatch)
    assert isinstance(both, NoMatch)
    assert one.explain() == (
        "no capability matches jpeg 3840x2160 @30fps (nearest: "
        "jpeg 3840x2160 @15fps: 15 fps is below 30; "
        "jpeg 1920x1080 @30000/1001fps: 1920x1080 is smaller than 3840x2160)"
    )
    assert both.explain() == one.explain() + (
        ", nor h265 640x480 @60fps (nearest: "
        "raw 640x480 @30fps format=NV12: 30 fps is below 60; "
        "jpeg 640x480 @120fps: h265 is made from raw only, 120 fps is above 60; "
        "jpeg 1280x720 @60fps: h265 is made from raw only, 1280x720 is larger than 640x480)"
    )
