"""What may be deleted: closed, audited, below the root, oldest first, and no more than needed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.files import RIGHT, loaded
from tests.support.values import NOON
from thorsched.catalogue.keeping import retention
from thorsched.catalogue.keeping.going import Leaving
from thorsched.catalogue.keeping.inventory import Inventory, Kept
from thorsched.catalogue.keeping.passage import Leap, Passage
from thorsched.catalogue.keeping.retention import Rule, Rules, forecast, room_wanted, rules_of

DAY, MB = timedelta(days=1), 10**6
NOW = Passage(NOON)
PLENTY = 10**15
NO_RULE = Rules({}, Rule(), min_free_bytes=0)


def kept(days_ago: float, *, camera: str = "side", size_mb: int = 100, **keys: Any) -> Kept:
    end = NOON - days_ago * DAY
    return Kept(
        path=keys.pop("path", PurePosixPath(camera, f"{camera}_{end:%Y%m%dT%H%M%SZ}-00000.mkv")),
        camera=camera,
        end=end,
        size_bytes=size_mb * MB,
        is_closed=keys.pop("is_closed", True),
        is_audited=keys.pop("is_audited", True),
        is_copied=keys.pop("is_copied", False),
        **keys,
    )


def rules(**shared: Any) -> Rules:
    return Rules({}, Rule(**shared), min_free_bytes=0)


def leaving(known: Sequence[Kept], by: Rules, **keys: Any) -> tuple[Leaving, ...]:
    return tuple(retention.leaving(Inventory.of(known), by, **keys))


def gone(known: Sequence[Kept], by: Rules, *, free: int = PLENTY, **keys: Any) -> list[Kept]:
    found = leaving(known, by, passage=keys.pop("passage", NOW), free_bytes=free, **keys)
    return [one.kept for one in found]


def test_without_a_rule_nothing_ever_goes() -> None:
    assert gone([kept(3000)], NO_RULE, free=0) == []
    assert not NO_RULE.ever_delete


def test_what_is_older_goes_for_its_age_and_why_is_told() -> None:
    old, young = kept(31), kept(29)
    assert leaving([old, young], rules(age=30 * DAY), passage=NOW, free_bytes=0) == (
        Leaving(old, "keep.age 30d", 30 * DAY),
    )


def test_beyond_the_total_the_oldest_go_and_no_more() -> None:
    known = [kept(4), kept(3), kept(2), kept(1)]
    found = leaving(known, rules(size_bytes=250 * MB), passage=NOW, free_bytes=PLENTY)
    assert [(one.kept, one.why) for one in found] == [
        (known[0], "keep.size 250MB"),
        (known[1], "keep.size 250MB"),
    ]


def test_room_is_made_before_min_free_is_reached_where_there_is_a_size() -> None:
    known = [kept(4), kept(3)]
    sized = replace(rules(size_bytes=PLENTY), min_free_bytes=500 * MB)
    assert room_wanted(500 * MB) == 1000 * MB
    assert gone(known, sized, free=1000 * MB) == []
    [only] = leaving(known, sized, passage=NOW, free_bytes=950 * MB)
    assert (only.kept, only.why) == (known[0], "min_free 500MB")
    aged = replace(rules(age=30 * DAY), min_free_bytes=500 * MB)
    assert gone(known, aged, free=0) == [], "an age promises that younger files stay"


def test_soon_after_a_start_or_a_jump_only_a_full_disk_is_a_reason() -> None:
    known = [kept(40), kept(30)]
    by = replace(rules(age=DAY, size_bytes=1 * MB), min_free_bytes=500 * MB)
    assert gone(known, by, is_calm=False) == []
    assert gone(known, by, is_calm=False, free=950 * MB) == [known[0]]


@pytest.mark.parametrize(
    "staying",
    [
        kept(40, is_audited=False),
        kept(40, is_closed=False),
        kept(40, is_removed=True),
        kept(40, is_quarantined=True),
        kept(40, camera="held"),
        kept(-1),
        kept(40 * 365),
        kept(40, path=PurePosixPath("/elsewhere/side/a-00000.mkv")),
        kept(40, path=PurePosixPath("../side/a-00000.mkv")),
        kept(40, path=PurePosixPath(".thorsched/journal.mkv")),
        kept(40, path=PurePosixPath("side/notes.txt")),
    ],
    ids=lambda one: f"{one.path} {one.end:%Y}",
)
def test_what_is_not_ours_to_delete_stays_whatever_is_asked(staying: Kept) -> None:
    by = Rules({"held": Rule(DAY, MB, is_held=True)}, Rule(DAY, MB), min_free_bytes=PLENTY)
    assert gone([staying, kept(50)], by, free=0) == [kept(50)]


def test_what_waits_for_its_copy_stays_and_goes_at_once_where_that_is_asked() -> None:
    here, there = kept(40), kept(39, is_copied=True)
    waits = replace(rules(age=30 * DAY), awaits_copy=True)
    assert gone([here, there], waits) == [there]
    moves = replace(NO_RULE, awaits_copy=True, leaves_when_copied=True)
    assert gone([here, there], moves) == [there]


def test_a_camera_has_its_own_age_and_total() -> None:
    long, short = kept(40, camera="long"), kept(40, camera="short")
    by = Rules({"long": Rule(age=90 * DAY)}, Rule(age=30 * DAY), min_free_bytes=0)
    assert gone([long, short], by) == [short]
    own = Rules({"long": Rule(None, 1, has_own_size=True)}, Rule(None, 100 * MB), 0)
    assert gone([long, short], own) == [long], "its files are no part of the other total"


def test_a_file_made_while_the_clock_was_set_back_is_as_new_as_it_is() -> None:
    before, misdated = kept(10), kept(400)
    by = rules(size_bytes=150 * MB)
    assert gone([before, misdated], by) == [before]
    assert gone([before, misdated], rules(age=30 * DAY)) == []


def test_a_journal_that_was_made_anew_camera_by_camera_is_taken_in_the_order_of_time() -> None:
    known = [kept(3, camera="side"), kept(1, camera="side"), kept(2, camera="top")]
    assert gone(known, rules(size_bytes=100 * MB)) == [known[0], known[2]]


def test_a_leap_of_the_clock_makes_nothing_old() -> None:
    leapt = Passage(NOON, (Leap(NOON - DAY, 3000 * DAY),))
    assert gone([kept(2000)], rules(age=30 * DAY), passage=leapt) == []


def test_the_forecast_says_what_goes_what_waits_and_what_comes_next() -> None:
    known = [kept(30.5), kept(29.5), kept(29.3, is_audited=False), kept(20, camera="top")]
    by, there = rules(age=30 * DAY), Inventory.of(known)
    seen = forecast(there, by, passage=NOW, free_bytes=PLENTY, until=NOON + DAY)
    assert [one.kept for one in seen.going] == known[:2]
    assert seen.unaudited == 1
    assert seen.oldest == {
        "side": (known[0], NOON - DAY / 2),
        "top": (known[3], NOON + 10 * DAY),
    }


def test_the_rules_are_those_of_the_file() -> None:
    text = RIGHT.replace("    capability", "    hold: true\n    keep: {size: 1TB}\n    capability")
    config = loaded(text + "storage: {min_free: 7GB, keep: {age: 30d, size: 4TB}}\n").config
    found = rules_of(config)
    assert found.of("side") == Rule(30 * DAY, 10**12, has_own_size=True, is_held=True)
    assert found.of("unknown") == Rule(30 * DAY, 4 * 10**12, is_held=True)
    assert found.min_free_bytes == 7 * 10**9
    assert not rules_of(loaded(RIGHT).config).ever_delete


def test_the_files_of_a_camera_that_left_the_file_stay() -> None:
    config = loaded(RIGHT + "storage: {keep: {age: 1d}}\n").config
    known = [kept(50, camera="side"), kept(50, camera="renamed")]
    going = leaving(known, rules_of(config), passage=NOW, free_bytes=0)
    assert [one.kept.camera for one in going] == ["side"]


_CAMERAS = ("side", "top", "held", "own")
_FILES = st.lists(
    st.builds(
        kept,
        st.floats(-2, 100),
        camera=st.sampled_from(_CAMERAS),
        size_mb=st.integers(1, 500),
        is_closed=st.integers(0, 9).map(bool),
        is_audited=st.integers(0, 4).map(bool),
        is_copied=st.booleans(),
        is_quarantined=st.integers(0, 9).map(lambda number: not number),
        is_removed=st.integers(0, 4).map(lambda number: not number),
    ),
    max_size=25,
    unique_by=lambda one: one.path,
)
_AGES = st.none() | st.integers(1, 90).map(lambda days: days * DAY)
_TOTALS = st.none() | st.integers(1, 3000).map(lambda size: size * MB)
_RULES = st.builds(
    lambda age, size, own_size, free, waits, moves: Rules(
        {
            "held": Rule(age, size, is_held=True),
            "own": Rule(age, own_size or size, has_own_size=own_size is not None),
        },
        Rule(age, size),
        min_free_bytes=free,
        awaits_copy=waits or moves,
        leaves_when_copied=moves,
    ),
    _AGES,
    _TOTALS,
    _TOTALS,
    st.integers(0, 1000).map(lambda size: size * MB),
    st.booleans(),
    st.booleans(),
)
_FREE = st.integers(0, 3000).map(lambda size: size * MB)
_BARRED = st.sets(st.integers(0, 24))


@given(_FILES, _RULES, _FREE, _BARRED)
def test_only_what_may_go_goes_and_the_oldest_of_it_first(
    known: list[Kept], by: Rules, free: int, barred: set[int]
) -> None:
    stay = {known[number].path for number in barred if number < len(known)}
    found = leaving(known, by, passage=NOW, free_bytes=free, barred=frozenset(stay))
    for one in found:
        assert one.kept in known
        assert one.kept.is_closed
        assert one.kept.is_audited
        assert not one.kept.is_removed
        assert not one.kept.is_quarantined
        assert one.kept.camera != "held"
        assert one.kept.path not in stay
        assert one.kept.end <= NOON
        assert one.kept.is_copied or not by.awaits_copy
        assert by.ever_delete
    for camera in _CAMERAS:
        order = [known.index(one.kept) for one in found if one.kept.camera == camera]
        assert order == sorted(order), "they come to the journal as they are recorded"
    in_order = sorted(known, key=lambda one: one.end)
    oldest_first = leaving(in_order, by, passage=NOW, free_bytes=free)
    assert list(oldest_first) == sorted(oldest_first, key=lambda one: one.kept.end)


@given(_FILES, _RULES, _FREE)
def test_no_more_goes_than_the_rules_need(known: list[Kept], by: Rules, free: int) -> None:
    found = leaving(known, by, passage=NOW, free_bytes=free)
    for is_own in (False, True):
        pool = [k for k in known if not k.is_removed and by.of(k.camera).has_own_size is is_own]
        going = [one for one in found if one.kept in pool and not one.why.startswith("min_free")]
        for_size = [one.kept for one in going if one.why.startswith("keep.size")]
        if for_size:
            left = sum(k.size_bytes for k in pool) - sum(one.kept.size_bytes for one in going)
            limit = by.of(for_size[0].camera).size_bytes
            assert limit is not None
            assert left + for_size[-1].size_bytes > limit, "one less would have done"
    for_room = [one.kept for one in found if one.why.startswith("min_free")]
    if for_room:
        freed = sum(one.kept.size_bytes for one in found)
        assert free + freed - for_room[-1].size_bytes < room_wanted(by.min_free_bytes)


@given(_FILES, _RULES, _FREE)
def test_what_was_carried_out_leaves_nothing_to_do(known: list[Kept], by: Rules, free: int) -> None:
    found = leaving(known, by, passage=NOW, free_bytes=free)
    names = {one.kept.path for one in found}
    left = [replace(one, is_removed=one.is_removed or one.path in names) for one in known]
    freed = sum(one.kept.size_bytes for one in found)
    assert leaving(left, by, passage=NOW, free_bytes=free + freed) == ()
