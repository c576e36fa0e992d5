"""What a pass sees of every camera, and of which more has changed than the time. Pure.

Made by `loop.py` in each pass, for `tallies.py` and `chronicle.py`: they look at the cameras that
have moved. What has gone by of the others is added when it is asked for, or when they move.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from thorsched.engine.desired import Wanted
from thorsched.engine.growth import goes_on
from thorsched.engine.happenings import Glance
from thorsched.engine.turns import Turn
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window

_STARTING = Trouble(Cause.STARTING, "the first frame was waited for")


@dataclass(frozen=True, slots=True)
class Scene:
    """The cameras as of a pass."""

    glance: Glance
    turns: Mapping[str, Turn]
    """Of those of the file; the other ones are those of whom there was ever something to see."""
    wanted: Mapping[str, Wanted]
    observed: Mapping[str, Recorder]
    troubles: Mapping[str, Trouble]
    """What is in the way."""

    @property
    def now(self) -> datetime:
        return self.glance.now

    @property
    def now_s(self) -> float:
        """The same moment by the monotonic clock."""
        return self.glance.now_s

    def recorder(self, camera: str) -> Recorder:
        """Return its recorder, an idle one if it has none."""
        return self.observed.get(camera) or Recorder(camera)

    def in_the_way(self, camera: str) -> Trouble | None:
        """Return why a camera records no frames now; None if it does, or is not wanted."""
        recorder = self.recorder(camera)
        if recorder.phase is Phase.RECORDING:
            return recorder.trouble
        return self.troubles.get(camera) or (_STARTING if camera in self.wanted else None)

    def planned(self, camera: str) -> Window | None:
        """Return the window in which a camera is now, without lead and tail."""
        wanted = self.wanted.get(camera)
        return wanted.window if wanted and wanted.window.holds(self.now) else None

    def passed(self, camera: str, since: datetime) -> tuple[Window, ...]:
        """Return what was wanted of a camera from `since` until now, its turn having held."""
        turn = self.turns.get(camera)
        return turn.passed(since, self.now) if turn else ()


def moved(before: Scene | None, after: Scene) -> frozenset[str]:
    """Return the cameras of which more has changed than the time and what their files hold.

    All, if the clocks cannot tell what time has passed.
    """
    everyone = {*after.turns, *after.observed, *after.troubles}
    if before is None or not after.glance.follows(before.glance):
        return frozenset(everyone)
    everyone.update(before.turns, before.observed, before.troubles)
    return frozenset(camera for camera in everyone if not _is_still(camera, before, after))


def _is_still(camera: str, before: Scene, after: Scene) -> bool:
    turn = after.turns.get(camera)
    return (
        turn is before.turns.get(camera)
        and before.troubles.get(camera) == after.troubles.get(camera)
        and goes_on(before.observed.get(camera), after.observed.get(camera))
    )
