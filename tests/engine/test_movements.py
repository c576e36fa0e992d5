"""A camera that goes on as it was is left alone: what is told and counted of it is the same."""

from collections.abc import Set as AbstractSet
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.plain import PlainJournal
from tests.engine.test_loop import FILE, House
from tests.support.revisions import look
from tests.support.values import NOON
from thorsched.catalogue.entries import Pause
from thorsched.config.load import Loaded
from thorsched.engine.chronicle import Chronicle
from thorsched.engine.desired import Horizon
from thorsched.engine.movements import Scene
from thorsched.engine.tallies import Tallies
from thorsched.recording.lifecycle import Exited, Grew, Phase, Recorder
from thorsched.recording.segments import Described, Segment
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window

CAMERAS = {"side", "top"}
STALLED = Trouble(Cause.STALLED, "no new frame for 3.0 s")
SCHEDULES = """\
  first: {cameras: [side], from: 2026-03-01T12:00:00, to: 2026-03-01T12:00:30}
  second: {cameras: all, from: 2026-03-01T12:00:40, to: 2026-03-01T12:02}
"""
ALWAYS = FILE.replace('daily: "12:00-13:00"', "always: true")
EDITS = (
    FILE,
    FILE + SCHEDULES,
    FILE[: FILE.index("  noon:")] + SCHEDULES,
    ALWAYS,
    ALWAYS.replace("cameras:\n", "about: {subject: m042}\ncameras:\n"),
    ALWAYS.replace("server:", "storage: {root: elsewhere}\nserver:"),
    FILE.replace("  top: {device: {id: 1}, capability: jpeg 720p}\n", ""),
)


class Eager(Chronicle):
    """Looks at every camera in every pass, and has a tally of each that does."""

    def __init__(self, journal: PlainJournal) -> None:
        super().__init__(journal)
        self.tallies = Tallies()
        self.moved: list[AbstractSet[str]] = []
        self.horizon = Horizon(ZoneInfo("UTC"))

    def look(
        self, loaded: Loaded, scene: Scene, moved: AbstractSet[str], *, horizon: Horizon
    ) -> None:
        self.moved.append(moved)
        self.horizon = horizon
        self.tallies.look(loaded.config, scene, CAMERAS, horizon=horizon)
        super().look(loaded, scene, CAMERAS, horizon=horizon)

    def described(self, described: Described) -> None:
        self.tallies.record(described)
        super().described(described)


class Twins:
    """Two houses to which the same happens; of the second all is looked at anew in each pass."""

    def __init__(self, path: Path) -> None:
        self.lazy, self.anew = self.both = House(path), House(path, chronicle=Eager)
        self.number = 0

    def passes(self, count: int, step_s: float, *, grows: bool = True) -> None:
        for _ in range(count):
            for house in self.both:
                house.clock.advance(step_s)
                for camera in CAMERAS if grows else ():
                    self.grow(house, camera)
                house.loop.run_pass()
            self.compare()

    def grow(self, house: House, camera: str, *, segment: Path | None = None) -> None:
        recorder = house.recorders.recorders.get(camera)
        if recorder and recorder.phase is Phase.RECORDING:
            grown = Grew(recorder.size_bytes + 1000, segment or recorder.open_segment)
            house.recorders.happened(camera, grown)

    def stall(self, camera: str) -> None:
        for house in self.both:
            recorder = house.recorders.recorders.get(camera)
            if recorder and recorder.phase is Phase.RECORDING:
                house.recorders.happened(camera, Exited(STALLED))
        self.compare()  # a status may be asked for before the next pass

    def close_segment(self, camera: str, long_s: float, *, is_last: bool) -> None:
        """Have a segment described; the next one is open, unless it is the attempt's last."""
        self.number += 1
        for house in self.both:
            recorder, now = house.recorders.recorders.get(camera), house.clock.now()
            if recorder and recorder.open_segment and recorder.recording:
                path = recorder.open_segment
                span = Window(now - timedelta(seconds=long_s), now)
                segment = Segment(path, recorder.recording, NOON, ())
                if not is_last:
                    name = f"{path.name.split('-')[0]}-{self.number:05}.mkv"
                    self.grow(house, camera, segment=path.with_name(name))
                house.loop.described(Described(segment, 1000, 100, span, finalised=True))

    def break_down(self, camera: str) -> None:
        for house in self.both:
            house.recorders.broken ^= {camera}

    def step_wall(self, seconds: float) -> None:
        for house in self.both:
            house.clock.step_wall(seconds)

    def edit(self, text: str) -> None:
        for house in self.both:
            house.path.write_text(text)
            look(house.revisions)

    def pause(self, camera: str, for_s: float) -> None:
        self.number += 1
        for house in self.both:
            now = house.clock.now()
            end = now + timedelta(seconds=for_s)
            pause = Pause(f"{self.number:016x}", camera, now, now, end, "")
            house.pauses.asked = (*house.pauses.asked, pause)

    @property
    def eager(self) -> Eager:
        assert isinstance(self.anew.chronicle, Eager)
        return self.anew.chronicle

    def compare(self) -> None:
        """See that journal and tallies are the same."""
        lazy, anew = self.lazy.journal, self.anew.journal
        assert lazy.kept == anew.kept
        assert sorted(map(repr, lazy.entries)) == sorted(map(repr, anew.entries))
        now, now_s = self.anew.clock.now(), self.anew.clock.monotonic_s()
        observed = self.anew.recorders.observe()
        config, horizon = self.anew.revisions.current.config, self.eager.horizon
        tallies = self.eager.tallies.as_of(now, observed, config, horizon=horizon)
        for status in self.lazy.loop.status().cameras:
            recorder = observed.get(status.name, Recorder(status.name))
            assert status.tally == tallies[status.name].see(recorder, at=now, now_s=now_s)


cameras = st.sampled_from(sorted(CAMERAS))


def happening(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


happenings = st.lists(
    st.one_of(
        happening(
            "passes",
            count=st.integers(1, 8),
            step_s=st.sampled_from([0.5, 2.0, 5.0, 5.0, 20.0]),
            grows=st.sampled_from([True, True, False]),
        ),
        happening("stall", camera=cameras),
        happening("break_down", camera=cameras),
        happening(
            "close_segment",
            camera=cameras,
            long_s=st.sampled_from([1.0, 6.0, 30.0]),
            is_last=st.booleans(),
        ),
        happening("step_wall", seconds=st.sampled_from([0.4, -0.4, 30.0, -30.0, 86_400.0 * 8])),
        happening("edit", text=st.sampled_from(EDITS)),
        happening("pause", camera=cameras, for_s=st.sampled_from([3.0, 20.0])),
    ),
    min_size=3,
    max_size=20,
)


@settings(max_examples=40)
@given(what=happenings)
def test_who_is_left_alone_while_it_goes_on_misses_nothing(
    tmp_path_factory: pytest.TempPathFactory, what: list[tuple[str, dict[str, Any]]]
) -> None:
    twins = Twins(tmp_path_factory.mktemp("twins") / "recordings.yaml")
    twins.passes(1, 0.0)
    for name, arguments in what:
        getattr(twins, name)(**arguments)
    twins.passes(2, 5.0)
    now, now_s = twins.lazy.clock.now(), twins.lazy.clock.monotonic_s()
    for house in twins.both:
        house.chronicle.finish(house.recorders.observe(), now=now, now_s=now_s)
    twins.compare()


def test_nobody_moves_while_all_record_and_only_who_does_is_looked_at(tmp_path: Path) -> None:
    twins = Twins(tmp_path / "recordings.yaml")
    twins.passes(4, 1.0)
    twins.passes(3, 5.0)
    assert twins.eager.moved[0] == CAMERAS
    assert twins.eager.moved[-3:] == [set()] * 3
    twins.stall("side")
    twins.passes(1, 1.0)
    assert twins.eager.moved[-1] == {"side"}
