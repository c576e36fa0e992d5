"""What an edit does to each camera, told before it is made: it is what the loop does."""

from datetime import timedelta

import pytest

from tests.foresight.labs import (
    DEAF,
    HORIZON,
    NIGHT,
    NOON,
    SELECTOR,
    VIEWS,
    camera,
    edited,
    lab,
    of_side,
)
from thorsched.catalogue.applied import Effect
from thorsched.config.models import Config
from thorsched.reload.edits.difference import Situation, difference

FULL_HD = "jpeg 1920x1080 @30fps"


@pytest.mark.parametrize(
    ("new", "effect", "reasons"),
    [
        (
            lab(camera(capability=FULL_HD)),
            Effect.IN_PLACE,
            (f"capability: {SELECTOR} -> {FULL_HD}",),
        ),
        (
            lab(nights={"cameras": ["top"]}),
            Effect.STOPPED,
            ("schedule nights (daily 20:00-08:00) has it no longer",),
        ),
        (lab(cameras={"top": camera(1)}), Effect.STOPPED, ("is not in the file any more",)),
        (lab(), Effect.UNTOUCHED, ()),
    ],
)
def test_of_a_camera_that_does_not_record_it_is_told_what_becomes_of_its_next_window(
    new: Config, effect: Effect, reasons: tuple[str, ...]
) -> None:
    change = of_side(edited(new, now=NOON))
    assert (change.effect, change.is_now, change.reasons) == (effect, False, reasons)
    assert change.window is not None
    assert change.window.start == NOON + timedelta(hours=8)


def test_a_recorder_that_goes_on_a_moment_after_its_window_is_not_said_to_go_on() -> None:
    over, full_hd = lab(nights={"daily": "20:00-23:00"}), camera(capability=FULL_HD)
    assert of_side(edited(lab(full_hd), old=over)).effect is Effect.REPLACED
    assert of_side(edited(lab(camera(7)), old=over)).is_now is False


def test_a_new_camera_and_a_new_schedule_start_at_once_inside_their_window_and_else_later() -> None:
    alone = lab(cameras={"top": camera(1)})
    new = of_side(edited(lab(), old=alone))
    assert (new.effect, new.is_now) == (Effect.STARTED, True)
    assert new.reasons == ("is new", "schedule nights: daily 20:00-08:00")
    later = of_side(edited(lab(), old=alone, now=NOON))
    assert (later.effect, later.is_now) == (Effect.STARTED, False)
    by_day = lab(nights={"cameras": ["top"]})
    entered = of_side(edited(lab(), old=by_day))
    assert entered.reasons == ("schedule nights (daily 20:00-08:00) has it now",)


def test_where_nothing_has_run_every_camera_starts_by_its_schedules() -> None:
    seen = difference(None, lab(), Situation(VIEWS, NIGHT, HORIZON))
    assert [(one.effect, one.is_now) for one in seen.cameras] == [(Effect.STARTED, True)] * 2
    assert {one.reasons for one in seen.cameras} == {("schedule nights: daily 20:00-08:00",)}


def test_what_is_of_no_camera_is_told_beside_them() -> None:
    seen = edited(lab(hooks={"on_gap": ["page", "me"]}, storage={"keep": {"age": "30d"}}))
    assert seen.file == (
        "hooks.on_gap: not set -> page, me",
        "hooks.limit: not set -> 30s",
        "storage.keep.age: not set -> 30d",
    )
    assert not seen.is_empty


def test_a_first_day_that_moves_is_told_of_the_schedules_that_count_from_it() -> None:
    early = {"daily": "20:00-08:00", "days": "day 1-3"}
    old, new = (
        lab(nights=early, experiment={"start": day, "days": 14})
        for day in ("2026-11-24", "2026-11-26")
    )
    change = of_side(edited(new, old=old))
    assert change.effect is Effect.STOPPED
    assert change.reasons == ("schedule nights: experiment.start: 2026-11-24 -> 2026-11-26",)


@pytest.mark.parametrize(
    ("new", "effect"),
    [
        (lab(), Effect.UNTOUCHED),
        (lab(camera(capability=FULL_HD)), Effect.REPLACED),
        (lab(camera(7)), Effect.REPLACED),
        (lab(segment={"time": "5min"}), Effect.FOLLOWED),
        (lab(lead="5s"), Effect.IN_PLACE),
        (lab(nights={"cameras": ["top"]}), Effect.STOPPED),
    ],
)
def test_where_the_server_does_not_answer_it_is_told_by_what_the_files_ask_for(
    new: Config, effect: Effect
) -> None:
    assert of_side(edited(new, views=DEAF)).effect is effect
