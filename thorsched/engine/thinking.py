"""What a pass makes of file, servers and schedules; what cannot have changed is not thought again.

Called by `loop.py` in each pass. The thinking is done by `turns.py`, `sources.py` and `desired.py`:
a pass over a thousand cameras has 20 ms, and from one to the next hardly anything changes. What is
remembered is held against all that it was made of, so that it stands for no other moment, file,
list, pause or latency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import is_
from zoneinfo import ZoneInfo

from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import Roster
from thorsched.config.blocks import Camera
from thorsched.config.load import Loaded
from thorsched.config.models import Config
from thorsched.engine.desired import (
    Desired,
    Horizon,
    Wanted,
    all_timetables,
    asked_in,
    desired_of,
    sight_of,
    wanted_of,
)
from thorsched.engine.sources import (
    Resolved,
    Selectors,
    View,
    cameras_by_server,
    resolve_on_server,
)
from thorsched.engine.turns import Sight, Timetables, Turn, turn_of
from thorsched.recording.trouble import Trouble


class Thinking:
    """Answers as `resolve` and `desired` do; what is as in the last answer is the same object.

    Not for two threads at once.
    """

    def __init__(self) -> None:
        self._turns = _Turns()
        self._sources = _Sources()
        self._loaded: Loaded | None = None
        self._resolved: Resolved = {}
        self._desired = Desired({}, None)

    def think(
        self,
        loaded: Loaded,
        views: Mapping[str, View],
        *,
        now: datetime,
        horizon: Horizon,
        latencies: Mapping[str, timedelta],
    ) -> tuple[Resolved, Desired]:
        """Return what each camera resolves to, and the full desired set at `now`, aware UTC.

        `views` are by URL, `latencies` those of running recorders, by camera.
        """
        turns = self._turns.at(loaded.config, now=now, horizon=horizon, latencies=latencies)
        resolved = self._sources.of(loaded.config, views, turns)
        is_same_file = loaded is self._loaded
        if not (is_same_file and resolved is self._resolved and turns is self._desired.turns):
            wanted = self._wanted(loaded, resolved, turns)
            self._loaded, self._resolved = loaded, resolved
            self._desired = desired_of(turns, wanted)
        return resolved, self._desired

    def _wanted(
        self, loaded: Loaded, resolved: Resolved, turns: Mapping[str, Turn]
    ) -> dict[str, Wanted]:
        before, wanted = self._desired, dict[str, Wanted]()
        for camera, turn in turns.items():
            if turn.window is None:
                continue
            known, chosen = before.wanted.get(camera), resolved[camera]
            is_made_of_the_same = (
                loaded is self._loaded
                and turn is before.turns.get(camera)
                and chosen is self._resolved.get(camera)
            )
            if known is None or not is_made_of_the_same:
                new = wanted_of(loaded.config, camera, turn, chosen, revision=loaded.revision)
                known = known if known == new else new
            wanted[camera] = known
        return wanted


_Look = tuple[Timetables, Sight]
"""What a turn is made of, beside the moment."""


class _Turns:
    """Each camera's turn, for as long as it holds."""

    def __init__(self) -> None:
        self._read: tuple[Config, ZoneInfo] | None = None
        self._tables: Mapping[str, Timetables] = {}
        """Of that file."""
        self._cuts: object = None
        self._looks: Mapping[str, _Look] = {}
        self._turns: Mapping[str, Turn] = {}

    def at(
        self,
        config: Config,
        *,
        now: datetime,
        horizon: Horizon,
        latencies: Mapping[str, timedelta],
    ) -> Mapping[str, Turn]:
        read = config, horizon.zone
        is_same_file = self._read is not None and all(map(is_, read, self._read))
        cuts, looks = (horizon.pauses.holes, horizon.until, latencies), self._looks
        if not is_same_file:
            self._tables, self._read = self._tables_in(config, horizon.zone), read
        if not is_same_file or cuts != self._cuts:
            looks = self._looks_at(config, horizon, latencies)
        turns: dict[str, Turn] = {}
        found: dict[int, Turn] = {}
        for camera, look in looks.items():
            turn = self._turns.get(camera)
            if turn is None or look is not self._looks.get(camera) or not turn.holds(now):
                turn = found.get(id(look)) or turn_of(*look, now=now)
                found[id(look)] = turn
            turns[camera] = turn
        self._cuts, self._looks = cuts, looks
        self._turns = self._turns if turns == self._turns else turns
        return self._turns

    def _tables_in(self, config: Config, zone: ZoneInfo) -> dict[str, Timetables]:
        """Return each camera's timetables; those alike are the same, and the same as before."""
        same = {tables: tables for tables in _each(self._tables)}
        found = all_timetables(config, zone)
        own = {id(tables): same.setdefault(tables, tables) for tables in _each(found)}
        return {camera: own[id(tables)] for camera, tables in found.items()}

    def _looks_at(
        self, config: Config, horizon: Horizon, latencies: Mapping[str, timedelta]
    ) -> dict[str, _Look]:
        """Return what turns are made of now; those alike are the same, and the same as before."""
        alike = {(id(look[0]), look[1]): look for look in self._looks.values()}
        looks: dict[str, _Look] = {}
        for camera, tables in self._tables.items():
            sight = sight_of(config, camera, horizon=horizon, running=latencies.get(camera))
            looks[camera] = alike.setdefault((id(tables), sight), (tables, sight))
        return looks


def _each(tables_of: Mapping[str, Timetables]) -> list[Timetables]:
    """Return all timetables that cameras have, each object once: to compare them takes long."""
    return list({id(tables): tables for tables in tables_of.values()}.values())


_Rules = Mapping[str, tuple[DeviceRule, Selectors]]


@dataclass(frozen=True, slots=True)
class _Question:
    """What it depends on to what a server's cameras resolve."""

    rules: _Rules
    """What the file asks of devices, by camera."""
    asked: Mapping[str, Selectors]
    """What schedules do."""
    is_known: bool
    devices: tuple[Device, ...]
    problem: Trouble | None
    """Why these are not known."""


class _Sources:
    """What each camera resolves to, until a file, a list or a schedule says something else."""

    def __init__(self) -> None:
        self._config: Config | None = None
        self._cameras: Mapping[str, Mapping[str, Camera]] = {}
        """By the servers' URLs, as what follows."""
        self._rules: Mapping[str, _Rules] = {}
        self._turns: Mapping[str, Turn] = {}
        self._asked: Mapping[str, Selectors] = {}
        self._answers: Mapping[str, tuple[_Question, Resolved]] = {}
        self._resolved: Resolved = {}

    def of(self, config: Config, views: Mapping[str, View], turns: Mapping[str, Turn]) -> Resolved:
        if config is not self._config:
            self._config, self._cameras = config, cameras_by_server(config)
            self._rules = {url: _rules(cameras) for url, cameras in self._cameras.items()}
        if turns is not self._turns:
            self._turns, self._asked = turns, asked_in(turns)
        answers: dict[str, tuple[_Question, Resolved]] = {}
        for url, cameras in self._cameras.items():
            view = views.get(url, View(Roster.unknown()))
            question, before = self._question(url, view), self._answers.get(url)
            if before is None or before[0] != question:
                before = question, resolve_on_server(url, cameras, view, self._asked)
            answers[url] = before
        if not _are_same(answers, self._answers):
            self._resolved = {c: one for _, found in answers.values() for c, one in found.items()}
        self._answers = answers
        return self._resolved

    def _question(self, url: str, view: View) -> _Question:
        rules, roster = self._rules[url], view.roster
        asked = {camera: self._asked[camera] for camera in rules if camera in self._asked}
        problem = None if roster.known else view.problem
        return _Question(rules, asked, roster.known, roster.devices, problem)


def _rules(cameras: Mapping[str, Camera]) -> _Rules:
    return {camera: (spec.device, spec.capability) for camera, spec in cameras.items()}


def _are_same(some: Mapping[str, object], others: Mapping[str, object]) -> bool:
    return len(some) == len(others) and all(one is others.get(url) for url, one in some.items())
