"""When a disk is full: what is reckoned at once agrees with a look every minute."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.values import NOON, window
from thorsched.catalogue.keeping.inventory import Inventory, Kept
from thorsched.catalogue.keeping.passage import Passage
from thorsched.catalogue.keeping.retention import Rule, Rules, leaving
from thorsched.foresight.disk.course import Course, Disk, Flow, course
from thorsched.foresight.disk.turnover import Copies
from thorsched.schedule.intervals import ALWAYS, Window

MB, GB = 10**6, 10**9
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SEGMENT = timedelta(minutes=10)
NO_RULE = Rules({}, Rule(), min_free_bytes=0)
DAY = Window(NOON, NOON + 24 * HOUR)
EVENING = Window(NOON, NOON + 6 * HOUR)


def rules(*, min_free: int = 0, **shared: Any) -> Rules:
    return Rules({}, Rule(**shared), min_free_bytes=min_free)


def flow(start_min: float, end_min: float, *, camera: str = "side", mb_per_s: float = 1.0) -> Flow:
    return Flow(camera, (window(start_min, end_min),), mb_per_s * MB)


def seen(free_mb: float, *flows: Flow, by: Rules = NO_RULE, **keys: Any) -> Course:
    marks = keys.pop("marks", ())
    disk = Disk(free_bytes=round(free_mb * MB), rules=by, segment=SEGMENT, **keys)
    return course(disk, flows, between=DAY, marks=marks)


def kept(hours_ago: float, *, camera: str = "side", size_mb: int = 100, **keys: Any) -> Kept:
    end = NOON - hours_ago * HOUR
    return Kept(
        path=PurePosixPath(camera, f"{end:%Y%m%dT%H%M%SZ}.mkv"),
        camera=camera,
        end=end,
        size_bytes=size_mb * MB,
        is_closed=True,
        is_audited=True,
        is_copied=keys.get("is_copied", False),
    )


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_a_disk_is_full_when_min_free_is_reached_in_the_middle_of_a_window() -> None:
    by = rules(min_free=1000 * MB)
    full = seen(2200, flow(60, 70), flow(120, 130), flow(180, 190), by=by)
    assert full.full == at(180)
    assert (full.wanted_bytes, full.written_bytes) == (1800 * MB, 1200 * MB)
    assert seen(2199, flow(60, 70), flow(120, 130), by=by).full == at(130) - timedelta(seconds=1)


def test_among_thousands_of_bursts_the_one_is_found_and_the_second_in_it() -> None:
    month = Window(NOON, NOON + 30 * 24 * HOUR)
    bursts = tuple(window(10 * number, 10 * number + 1) for number in range(30 * 144))
    for by in (NO_RULE, rules(age=60 * 24 * HOUR)):
        disk = Disk(free_bytes=(2000 * 60 + 45) * MB, rules=by, segment=SEGMENT)
        found = course(disk, [Flow("side", bursts, MB)], between=month)
        assert found.full == at(2000 * 10) + timedelta(seconds=45)
        assert found.wanted_bytes == 30 * 144 * 60 * MB


def test_what_just_has_room_is_written() -> None:
    done = seen(600, flow(60, 70), marks=[at(0), at(65), at(300)])
    assert done.full is None
    assert (done.lowest_bytes, done.free_bytes) == (0, (600 * MB, 300 * MB, 0))


def test_cameras_write_at_once() -> None:
    both = [flow(0, 60), flow(30, 60, camera="top", mb_per_s=3)]
    assert seen(1800 + 60 * 4, *both).full == at(31)


def test_what_began_before_counts_from_now_on_and_what_has_no_end_until_the_horizon() -> None:
    past = Flow("side", (Window(NOON - 5 * HOUR, NOON - HOUR),), GB)
    for going_on in (ALWAYS, Window(NOON - HOUR, ALWAYS.end)):
        found = seen(10**6, past, Flow("side", (going_on,), MB))
        assert found.wanted_bytes == 86_400 * MB


def test_a_disk_that_has_less_than_min_free_is_full_now_wanted_or_not() -> None:
    by = rules(min_free=GB)
    for flows in ([], [flow(60, 70)]):
        assert seen(999, *flows, by=by).full == NOON
    assert seen(1000, by=by).full is None


def test_what_goes_for_its_age_makes_room_for_what_is_new() -> None:
    by = rules(age=2 * HOUR)
    always = Flow("side", (ALWAYS,), MB)
    needed_mb = 2 * 3600 + 2 * 600
    assert seen(needed_mb, always, by=by).full is None
    early = seen(2 * 3600, always, by=by).full
    assert early is not None
    assert early >= at(120)


def test_what_is_held_does_not_go() -> None:
    by = replace(rules(age=HOUR), of_camera={"side": Rule(age=HOUR, is_held=True)})
    assert seen(3600, Flow("side", (ALWAYS,), MB), by=by).full == at(60)


def test_beyond_its_size_the_oldest_goes() -> None:
    by = rules(size_bytes=1000 * MB)
    assert seen(1000 + 3 * 600, Flow("side", (ALWAYS,), MB), by=by).full is None
    assert seen(1300, Flow("side", (ALWAYS,), MB), by=by).full is None  # room is made for min_free


def test_what_is_there_goes_as_the_rules_say() -> None:
    always = Flow("side", (ALWAYS,), MB)
    by = rules(age=24 * HOUR)
    there = [kept(23.5, size_mb=600), kept(22.5, size_mb=600)]
    assert seen(3000, always, by=by).full == at(50)
    assert seen(3000, always, by=by, known=Inventory.of(there)).full == at(60)
    assert seen(3600, always, by=by, known=Inventory.of(there)).full == at(70)


def test_what_waits_for_its_copy_stays_where_none_is_made() -> None:
    by = replace(rules(), awaits_copy=True, leaves_when_copied=True)
    always = Flow("side", (ALWAYS,), MB)
    assert seen(3000, always, by=by).full == at(50)
    assert seen(3000, always, by=by, copies=Copies(are_made=True)).full is None
    full_there = Copies(are_made=True, room_bytes=1200 * MB)
    assert seen(3000, always, by=by, copies=full_there).full == at(70)


def slow(disk: Disk, flows: Sequence[Flow], between: Window) -> datetime | None:
    """Look every minute, at whole files, with the rules as they delete them."""
    known, free, now = list(disk.known), disk.free_bytes, between.start
    open_since = dict.fromkeys(flows, between.start)
    while now < between.end:
        going = leaving(Inventory.of(known), disk.rules, passage=Passage(now), free_bytes=free)
        free += sum(one.kept.size_bytes for one in going)
        gone = {one.kept.path for one in going}
        known = [one for one in known if one.path not in gone]
        if free < disk.rules.min_free_bytes:
            return now
        now += MINUTE
        for one in flows:
            [own] = one.windows
            if own.start < now <= own.end:
                free -= round(one.bytes_per_s) * 60
                began = max(open_since[one], own.start)
                if now - began >= disk.segment or now == own.end:
                    known.append(closed(one, began, now))
                    open_since[one] = now
        if free < disk.rules.min_free_bytes and not leaving(
            Inventory.of(known), disk.rules, passage=Passage(now), free_bytes=free
        ):
            return now
    return None


def closed(of: Flow, began: datetime, now: datetime) -> Kept:
    size_bytes = round(of.bytes_per_s * (now - began).total_seconds())
    path = PurePosixPath(of.camera, f"{began:%Y%m%dT%H%M%S}-{of.windows[0].start:%H%M}.mkv")
    return Kept(path, of.camera, now, size_bytes, True, True, False)  # noqa: FBT003


CAMERAS = ("a", "b", "c")
windows_ = st.tuples(st.integers(0, 90), st.integers(1, 90))


@st.composite
def flows_of(draw: st.DrawFn) -> list[Flow]:
    found = []
    for camera in CAMERAS:
        rate, start = draw(st.integers(1, 10)) / 10, 0
        for pause, length in draw(st.lists(windows_, max_size=4)):
            start += pause
            found.append(flow(start, start + length, camera=camera, mb_per_s=rate))
            start += length
    return found


ages = st.one_of(st.none(), st.integers(20, 200).map(lambda minutes: minutes * MINUTE))
sizes = st.one_of(st.none(), st.integers(100, 3000).map(lambda mb: mb * MB))
rule = st.builds(Rule, age=ages, size_bytes=sizes, is_held=st.sampled_from([False, False, True]))


def rules_with(shared: Rule, own: Rule) -> Rules:
    """Return them as a file has them: what stands on a camera counts before what is shared."""
    rule = Rule(
        age=own.age or shared.age,
        size_bytes=own.size_bytes or shared.size_bytes,
        has_own_size=own.size_bytes is not None,
        is_held=own.is_held,
    )
    of_camera = {
        "a": rule,
        "b": replace(shared, is_held=False),
        "c": replace(shared, is_held=False),
    }
    return Rules(of_camera, replace(shared, is_held=True), min_free_bytes=200 * MB)


some_rules = st.builds(rules_with, rule, rule)
there = st.lists(
    st.builds(kept, st.integers(1, 300).map(lambda n: n / 60), camera=st.sampled_from(CAMERAS)),
    max_size=5,
    unique_by=lambda one: one.path,
).map(lambda known: sorted(known, key=lambda one: one.end))
disks = st.builds(
    lambda free_mb, by, known: Disk(free_mb * MB, by, Inventory.of(known), segment=SEGMENT),
    st.integers(100, 5000),
    some_rules,
    there,
)


@settings(max_examples=40)
@given(disks, flows_of())
def test_it_is_never_told_later_than_it_happens_nor_much_earlier(
    disk: Disk, flows: list[Flow]
) -> None:
    happens = slow(disk, flows, EVENING)
    told = course(disk, flows, between=EVENING).full
    if happens is not None:
        assert told is not None
        assert told <= happens
    spare = 4 * SEGMENT.seconds * 3 * MB
    later = course(replace(disk, free_bytes=disk.free_bytes + spare), flows, between=EVENING).full
    if later is not None:
        assert happens is not None
        assert later >= happens - MINUTE


@settings(max_examples=40)
@given(disks, flows_of(), st.integers(1, 5000))
def test_more_room_never_makes_it_full_earlier(disk: Disk, flows: list[Flow], more: int) -> None:
    found = course(disk, flows, between=EVENING).full
    larger = course(
        replace(disk, free_bytes=disk.free_bytes + more * MB), flows, between=EVENING
    ).full
    assert larger is None or (found is not None and larger >= found)


@settings(max_examples=40)
@given(disks, flows_of())
def test_what_is_free_is_what_was_less_what_is_written_and_more_what_went(
    disk: Disk, flows: list[Flow]
) -> None:
    found = course(disk, flows, between=EVENING, marks=[EVENING.end])
    [free] = found.free_bytes
    if found.full is None:
        assert free is not None
        assert free == pytest.approx(
            disk.free_bytes - found.written_bytes + found.deleted_bytes, abs=2
        )
        assert found.written_bytes == found.wanted_bytes
        assert found.lowest_bytes <= free + 2
    assert found.written_bytes <= found.wanted_bytes
