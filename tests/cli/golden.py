"""Labs before somebody leaves, and what `thorsched plan` prints of them, in `golden/`.

`python -m tests.cli.golden` writes what it prints now: read the difference before you commit it.
"""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.cameras.capability import Capability
from thorsched.cameras.roster import Roster
from thorsched.catalogue.entries import Pause, Sample
from thorsched.cli.plan.command import NO_RULES, Prospect, show
from thorsched.config.load import Loaded, load_bytes
from thorsched.engine.pauses import Pauses
from thorsched.engine.sources import View
from thorsched.foresight.disk.departures import Keeping
from thorsched.foresight.disk.filling import Looked, Stock, filling
from thorsched.foresight.foreseen import Found, Running, foresee
from thorsched.foresight.rates import Samples, remembered
from thorsched.recording.trouble import Cause, Trouble
from thorsched.report.period import ahead
from thorsched.simulator.devices import default_devices

CONFIGS = Path(__file__).parents[2] / "configs"
GOLDEN = Path(__file__).parent / "golden"
MACHINE = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)

THERE = View(Roster.unknown().fold(default_devices(4), now_s=0.0))
DEAF = View(Roster.unknown(), Trouble(Cause.SERVER_UNREACHABLE, "connection refused"))
HD = Capability.parse("image/jpeg,width=1280,height=720,framerate=30/1")


@dataclass(frozen=True)
class Lab:
    """A file of `configs/`, and the world as it is seen at `now`."""

    name: str
    now: datetime
    view: View = THERE
    before: Callable[[str], str] | None = None
    """What the file was before it was edited; None where nothing has run."""
    pid: str = ""
    camera: str = ""
    """One of which 144 segments are known, of 50 GB altogether."""
    paused: str = ""
    days: int | None = None

    @property
    def prospect(self) -> Prospect:
        text = (CONFIGS / f"{self.name}.yaml").read_text("utf-8")
        loaded, found = _loaded(self.name, text), self._found(text)
        config, zone = loaded.config, loaded.config.zone or MACHINE
        views = dict.fromkeys([server.url for server in config.servers.values()], self.view)
        looked = Looked(free_bytes=2 * 10**12, samples=self._samples())
        foresight = foresee(
            loaded,
            found,
            views,
            now=self.now,
            zone=MACHINE,
            between=ahead(None, None, self.days, zone, self.now),
            rate_of=remembered(looked.samples),
        )
        disk = filling(config, views, looked, stock=Stock(), now=self.now, zone=MACHINE)
        return Prospect(foresight, Keeping(None, NO_RULES), disk)

    def _found(self, text: str) -> Found:
        if self.before is None:
            return Found(None, "nothing has run below its storage.root yet")
        old = self.before(text)
        assert old != text
        running = Running(_loaded(self.name, old), self.now - 30 * HOUR, self.pid)
        ended = self.now + 2 * HOUR
        pause = Pause("p1", self.paused, self.now - HOUR, self.now - HOUR, ended, "cleaning")
        return Found(running, pauses=Pauses.of([pause] if self.paused else []))

    def _samples(self) -> Samples:
        size_bytes = 50 * 10**9 // 144
        ends = [self.now - n * HOUR / 6 for n in range(1, 145)]
        own = [Sample(HD.caps, "jpeg", end, 600.0, size_bytes) for end in ends]
        return {self.camera: own} if self.camera else {}


def _loaded(name: str, text: str) -> Loaded:
    path = Path("/lab") / f"{name}.yaml"
    return load_bytes(text.encode(), path)


def _edited(text: str) -> str:
    """Return what two cages were recorded by before: files of five minutes, and the wheel, too."""
    return (
        text.replace("segment: {time: 10min", "segment: {time: 5min")
        .replace("cameras: [cage1-side]", "cameras: [cage1-side, cage2-wheel]")
        .replace("daily: 20:00-08:00", "daily: 20:00-10:00")
    )


def _with_another_mode(text: str) -> str:
    return text.replace("jpeg 640x480 @15fps", "jpeg 1280x720 @30fps")


def _at_30_fps(text: str) -> str:
    return text.replace("    capability: [jpeg 640x480 @120fps, jpeg 640x480 @>=60fps max]\n", "")


LABS = (
    Lab("minimal", datetime(2026, 11, 26, 15, tzinfo=UTC), view=DEAF),
    Lab(
        "two_cages",
        datetime(2026, 10, 31, 3, 5, tzinfo=UTC),
        before=_edited,
        pid="4711",
        camera="cage1-top",
        days=3,
    ),
    Lab(
        "light_cycle",
        datetime(2026, 10, 23, 16, tzinfo=UTC),
        before=_with_another_mode,
        paused="arena",
        days=4,
    ),
    Lab("bursts", datetime(2026, 3, 27, 7, 55, tzinfo=UTC), before=_at_30_fps, pid="815", days=2),
)


def printed(lab: Lab, *, as_json: bool) -> str:
    """Return what `thorsched plan` prints into a pipe."""
    with contextlib.redirect_stdout(io.StringIO()) as page:
        show(lab.prospect, as_json=as_json, one_by_one=False)
    return page.getvalue()


def golden_of(lab: Lab, *, as_json: bool) -> Path:
    return GOLDEN / f"{lab.name}.{'json' if as_json else 'txt'}"


if __name__ == "__main__":
    for lab in LABS:
        for as_json in (False, True):
            golden_of(lab, as_json=as_json).write_text(printed(lab, as_json=as_json), "utf-8")
