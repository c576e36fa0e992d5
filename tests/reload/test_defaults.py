"""An edit of `defaults` touches only the cameras whose effective settings differ."""

from typing import Any

import pytest

from tests.foresight.labs import SELECTOR, camera, edited, lab
from thorsched.catalogue.applied import Effect
from thorsched.config.models import Config

FULL_HD = "jpeg 1920x1080 @30fps"

UNTOUCHED = Effect.UNTOUCHED


def two(defaults: dict[str, Any], **own: object) -> Config:
    """A file of `side`, which leaves all it can to `defaults`, and `top`, which says `own`."""
    top = camera(1, **own)
    return lab(cameras={"side": {"device": {"id": 0}}, "top": top}, defaults=defaults)


@pytest.mark.parametrize(
    ("edit", "own", "effect", "reason"),
    [
        ({"capability": FULL_HD}, {}, Effect.REPLACED, f"capability: {SELECTOR} -> {FULL_HD}"),
        (
            {"segment": {"time": "5min"}},
            {"segment": {"time": "10min"}},
            Effect.FOLLOWED,
            "segment.time: 10min -> 5min",
        ),
        (
            {"keep": {"age": "9d"}},
            {"keep": {"age": "8d"}},
            Effect.IN_PLACE,
            "keep.age: not set -> 9d",
        ),
        ({"hold": True}, {"hold": False}, Effect.IN_PLACE, "hold: false -> true"),
        ({"about": {"x": 1}}, {"about": {"x": 2}}, Effect.IN_PLACE, "about.x: not set -> 1"),
        ({"segment": {"time": "600s"}}, {}, UNTOUCHED, None),
        ({"server": "server"}, {}, UNTOUCHED, None),
    ],
)
def test_a_camera_that_says_it_itself_is_left_alone_and_one_that_says_nothing_is_not(
    edit: dict[str, Any], own: dict[str, Any], effect: Effect, reason: str | None
) -> None:
    before = {"capability": SELECTOR}
    seen = edited(two(before | edit, **own), old=two(before, **own))
    assert [(one.camera, one.effect) for one in seen.cameras] == [
        ("side", effect),
        ("top", UNTOUCHED),
    ]
    assert seen.cameras[0].reasons == ((reason,) if reason else ())
    assert seen.cameras[1].reasons == ()
    assert seen.file == ()


def test_what_cameras_say_may_be_moved_into_defaults_without_touching_any() -> None:
    apart = lab(cameras={name: camera(n, hold=True) for n, name in enumerate(("side", "top"))})
    bare = {name: {"device": {"id": n}} for n, name in enumerate(("side", "top"))}
    shared = lab(cameras=bare, defaults={"capability": SELECTOR, "hold": True})
    assert edited(shared, old=apart).is_empty
    assert edited(apart, old=shared).is_empty
