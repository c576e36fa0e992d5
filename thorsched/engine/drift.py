"""Which cameras are recorded otherwise than by the first of their selectors, and why. Pure.

Called by `loop.py` in each pass; statuses, logs and the journal tell of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, Wanted, timetables
from thorsched.engine.sources import Chosen, Resolved
from thorsched.engine.upgrades import is_by_a_later_one, place, requested, tried
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.spec import UNMATCHED, Recording, tail
from thorsched.recording.trouble import Trouble
from thorsched.schedule.windows import state

_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
# Of windows that touch so many are looked at, until one begins anew.
_MOST_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Drift:
    """A camera is recorded, and not by the first of its selectors."""

    wanted: str
    """The first one; a schedule's, if one asks."""
    recording: str
    """The capability that is recorded."""
    since: datetime
    """When the recorder began that does, aware UTC."""
    selector: str
    """By which it was chosen, in words: `second selector of 3`."""
    unmet: str = ""
    """Why there is no better one; '' if there is."""
    better: str = ""
    """The selector by which it would be chosen now, if that is a better one."""
    is_at_once: bool = False
    """Whether that is taken at once."""
    next_window: datetime | None = None
    """When it is taken otherwise, aware UTC; None if nobody knows."""

    @property
    def words(self) -> str:
        """What it is, without when and why."""
        return f"wanted {self.wanted}, recording {self.recording}, {self.selector}"

    def told(self, local: Callable[[datetime], str]) -> str:
        """Return it as a line; `local` writes moments as whoever reads it has them."""
        return (
            f"wanted {self.wanted}, recording {self.recording} since {local(self.since)}, "
            f"{self.selector}: {self.why(local)}"
        )

    def why(self, local: Callable[[datetime], str]) -> str:
        """Return why it is no better one, or when that is taken."""
        if not self.better:
            return self.unmet
        return f"{self.better} is available again, and taken {self.taken(local)}"

    def taken(self, local: Callable[[datetime], str]) -> str:
        """Return when the better selector is taken."""
        if self.is_at_once:
            return "at once"
        if self.next_window is not None:
            return f"at the next window, at {local(self.next_window)}"
        return "when a recorder begins next; upgrade: at_once does not wait for that"


def drifts(
    config: Config,
    wanted: Mapping[str, Wanted],
    resolved: Resolved,
    observed: Mapping[str, Recorder],
    horizon: Horizon,
) -> dict[str, Drift]:
    """Return the drift of each camera that is wanted, and recorded with one."""
    found: dict[str, Drift] = {}
    for camera, recorder in observed.items():
        running = recorder.recording
        if running is None or recorder.phase is not Phase.RECORDING or camera not in wanted:
            continue
        if is_by_a_later_one(running) and recorder.began is not None:
            drift = _drift(running, resolved[camera], since=recorder.began)
            found[camera] = _taken(drift, config, running, horizon)
    return found


def nth(rank: int, count: int) -> str:
    """Return which selector it is, in words: `second selector of 3`."""
    return (
        f"{_NTH[rank]} selector of {count}"
        if rank < len(_NTH)
        else f"selector {rank + 1} of {count}"
    )


def _drift(running: Recording, chosen: Chosen | Trouble, *, since: datetime) -> Drift:
    all_tried = tried(running)
    at = place(requested(running), all_tried)
    is_own = UNMATCHED in running.provenance
    return Drift(
        wanted=all_tried[0],
        recording=str(running.source),
        since=since,
        selector="the camera's own capability" if is_own else nth(at, len(all_tried)),
        unmet=str(chosen) if isinstance(chosen, Trouble) else chosen.unmet,
        better=chosen.selector if isinstance(chosen, Chosen) and chosen.rank < at else "",
    )


def _taken(drift: Drift, config: Config, running: Recording, horizon: Horizon) -> Drift:
    """Return it with when the better selector is taken, if there is one."""
    if not drift.better:
        return drift
    if config.cameras[running.camera].upgrade == "at_once":
        return replace(drift, is_at_once=True)
    return replace(drift, next_window=_next_start(config, running, horizon))


def _next_start(config: Config, running: Recording, horizon: Horizon) -> datetime | None:
    """Return when a window begins with a recorder of its own: windows that touch share one."""
    tables = timetables(config, running.camera, horizon.zone)
    apart = config.lead + tail(running.latency)
    end = running.window.bounds[1]
    for _ in range(_MOST_LOOKS):
        then = state(tables, at=end) if end else None
        # One that goes on was cut short, by a pause say: nobody knows here how long that lasts.
        start = then.next_edge if then and not then.active else None
        if end is None or start is None or (horizon.until and start >= horizon.until):
            return None
        if start - end > apart:
            return start
        active = state(tables, at=start).active
        end = active.bounds[1] if active else None
    return None
