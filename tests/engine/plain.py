"""Recorders and servers that are plain values, for passes of the loop. See `test_contract.py`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tests.support.clocks import FakeClock
from tests.support.values import HD, SPAWNED
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import Roster
from thorsched.catalogue.entries import Entry, Gap, Gaps, Pause
from thorsched.catalogue.pauses import settled
from thorsched.engine.sources import View
from thorsched.recording.history import Happened
from thorsched.recording.lifecycle import (
    Action,
    Effect,
    Event,
    Exited,
    Failed,
    Grew,
    Overlap,
    Phase,
    Recorder,
    Tick,
)
from thorsched.recording.transitions import step
from thorsched.recording.trouble import Cause, Trouble


class PlainRecorders:
    """Recorders that begin and end as soon as they should.

    One that is to be kept otherwise is so at once. Those in `broken` fail to begin, those in `hung`
    never come to an answer.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.recorders: dict[str, Recorder] = {}
        self.broken: set[str] = set()
        self.hung: set[str] = set()
        self.begun = 0

    def observe(self) -> Mapping[str, Recorder]:
        for camera, recorder in list(self.recorders.items()):
            if recorder.ending is not None:
                self.happened(camera, Tick())
        return dict(self.recorders)

    def carry_out(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, Overlap):
                running = self.recorders[action.camera]
                self.recorders[action.camera] = replace(
                    running, recording=action.recording, ending=None
                )
            else:
                self.happened(action.camera, action)

    def happened(self, camera: str, event: Event) -> None:
        before = self.recorders.get(camera, Recorder(camera))
        self.recorders[camera], effect = step(before, event, now_s=self._clock.monotonic_s())
        if effect is Effect.BEGIN and camera in self.broken:
            self.happened(camera, Failed(Trouble(Cause.SERVER_REFUSED, "busy")))
        elif effect is Effect.BEGIN and camera not in self.hung:
            self.begun += 1
            self.happened(camera, SPAWNED)
            self.happened(camera, Grew(1, Path(f"{camera}_{self.begun}-00000.mkv")))
        elif effect is Effect.INTERRUPT:
            self.happened(camera, Exited(Trouble(Cause.RECORDER_EXITED, "as told")))

    def phases(self) -> dict[str, Phase]:
        return {camera: recorder.phase for camera, recorder in self.recorders.items()}


class PlainServers:
    """Servers that answer as soon as they are followed, each with the same `view`."""

    def __init__(self) -> None:
        devices = (Device(0, "left", (HD,)), Device(1, "right", (HD,)))
        self.view = View(Roster.unknown().fold(devices, now_s=0.0))
        self.followed: set[str] = set()
        self.doubted: list[str] = []
        self.awaited: Mapping[str, float] = {}
        self.meanwhile: Callable[[], None] = lambda: None
        """What others do in the middle of a pass."""

    def look_again(self, url: str) -> None:
        self.doubted.append(url)

    def await_return(self, every_s: Mapping[str, float]) -> None:
        self.awaited = every_s

    def follow(self, urls: set[str]) -> None:
        self.meanwhile()
        self.followed = urls

    def views(self) -> Mapping[str, View]:
        return dict.fromkeys(self.followed, self.view)


@dataclass
class PlainArchive:
    """An archivist that is at whatever a test says."""

    at: tuple[Path, float] | None = None


@dataclass
class PlainPauses:
    """Pauses as a test asks for them."""

    asked: tuple[Pause, ...] = ()

    def over(self, pauses: Iterable[Pause]) -> None:
        self.asked = settled(self.asked, pauses)


class PlainJournal:
    """A journal that keeps what it was told; of gaps, those that stand now, by camera."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.kept: dict[str, dict[datetime, Gap]] = {}
        self.last_pass: datetime | None = None

    def tell(self, entry: Entry) -> None:
        self.entries.append(entry)

    def keep_gaps(self, gaps: Gaps) -> None:
        kept = self.kept.setdefault(gaps.camera, {})
        for start in gaps.gone:
            kept.pop(start, None)
        kept.update({gap.start: gap for gap in gaps.gaps})

    def passed(self, at: datetime) -> None:
        self.last_pass = at

    def gaps(self, camera: str) -> list[Gap]:
        return [gap for _, gap in sorted(self.kept.get(camera, {}).items())]

    def happened(self) -> list[str]:
        return [entry.what for entry in self.entries if isinstance(entry, Happened)]
