"""Every camera's tally, kept while passes, segments and questions come from threads of their own.

`loop.py` owns it and adds to it; a lock makes each addition whole. Decides nothing. A camera that
goes on as it was is left alone: what has gone by of it is added when somebody asks, or when it
moves.
"""

import threading
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, wanted_between
from thorsched.engine.growth import goes_on
from thorsched.engine.movements import Scene
from thorsched.engine.tally import Tally
from thorsched.recording.lifecycle import Recorder
from thorsched.recording.segments import NEVER_BEFORE, Described
from thorsched.schedule.intervals import Window

LONGEST_SUSPEND = timedelta(days=7)
MOST_WINDOWS = 300
"""A tally with more of them is folded: each look at it costs 10 us a window."""


class Tallies:
    """A `Tally` for each camera that was ever wanted or recorded since the program began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_camera: dict[str, Tally] = {}
        self._added_until: dict[str, datetime] = {}
        """Until when what was wanted of a camera is in its tally."""
        self._scene: Scene | None = None
        """Of the last pass."""

    def look(
        self, config: Config, scene: Scene, moved: AbstractSet[str], *, horizon: Horizon
    ) -> None:
        """Add what has passed, and what files hold that grow, of the cameras that have `moved`.

        A clock set back adds nothing, nor does one that has stood in 1970; one set far ahead no
        more than a long suspend would.
        """
        with self._lock:
            between = _between(self._scene, scene.now)
            for camera in moved:
                self._bring_up(camera)
                tally = self._of(camera)
                if between is not None and camera in config.cameras:
                    tally = tally.want(
                        wanted_between(config, camera, between=between, horizon=horizon)
                    )
                self._keep(camera, _seen(tally, scene, camera), now=scene.now)
            self._scene = scene

    def _keep(self, camera: str, tally: Tally, *, now: datetime) -> None:
        is_long = len(tally.wanted) + len(tally.recorded) > MOST_WINDOWS
        self._of_camera[camera] = tally.fold(at=now) if is_long else tally
        self._added_until[camera] = now

    def _bring_up(self, camera: str) -> None:
        """Add what has gone by of a camera until the last pass."""
        scene = self._scene
        if scene is not None and camera in self._of_camera and self._is_behind(camera, scene):
            self._keep(camera, self._brought_up(camera, scene), now=scene.now)

    def _is_behind(self, camera: str, scene: Scene) -> bool:
        return self._added_until.get(camera, scene.now) < scene.now

    def _brought_up(self, camera: str, scene: Scene) -> Tally:
        tally = self._of_camera[camera].want(scene.passed(camera, self._added_until[camera]))
        recorder = scene.observed.get(camera)
        return tally if recorder is None else tally.see(recorder, at=scene.now, now_s=scene.now_s)

    def record(self, described: Described) -> None:
        """Add a segment that is on disk."""
        camera = described.segment.recording.camera
        with self._lock:
            self._bring_up(camera)
            self._of_camera[camera] = self._of(camera).record(described)

    def audit(self, camera: str, flaw: str) -> None:
        """Add a segment that was audited, and what is wrong with it, if anything.

        A camera of which nothing else is known is one of long ago.
        """
        with self._lock:
            if camera in self._of_camera:
                self._of_camera[camera] = self._of(camera).audit(flaw)

    def _of(self, camera: str) -> Tally:
        return self._of_camera.get(camera, Tally())

    def as_of(
        self, now: datetime, observed: Mapping[str, Recorder], config: Config, *, horizon: Horizon
    ) -> Mapping[str, Tally]:
        """Return every tally with what has passed until `now`, for whoever sees what is `observed`.

        What a look at a recorder of now tells is left to that.
        """
        with self._lock:
            tallies, scene = self._of_camera.copy(), self._scene
            added_until = self._added_until.copy()
        if scene is None:
            return tallies
        between = _between(scene, now)
        for camera, tally in tallies.items():
            windows = scene.passed(camera, added_until.get(camera, scene.now))
            if between is not None and camera in config.cameras:
                turn = scene.turns.get(camera)
                windows += (
                    turn.passed(between.start, now)
                    if turn and turn.holds(now)
                    else wanted_between(config, camera, between=between, horizon=horizon)
                )
            before = scene.observed.get(camera)
            is_over = before is not None and not goes_on(before, observed.get(camera))
            wanted = tally.want(windows)
            tallies[camera] = (
                wanted.see(before, at=scene.now, now_s=scene.now_s)
                if before and is_over
                else wanted
            )
        return tallies


def _between(before: Scene | None, now: datetime) -> Window | None:
    """Return the time since a pass of which it is to be added what was wanted; None of none."""
    was = before.now if before else now
    since = max(was, now - LONGEST_SUSPEND)
    return None if since >= now or was < NEVER_BEFORE <= now else Window(since, now)


def _seen(tally: Tally, scene: Scene, camera: str) -> Tally:
    """Return the tally with what a pass saw of its camera."""
    recorder, trouble = scene.observed.get(camera), None
    if recorder is not None:
        tally, trouble = tally.see(recorder, at=scene.now, now_s=scene.now_s), recorder.trouble
    if camera in scene.wanted:
        trouble = scene.troubles.get(camera)
    return tally if trouble is None else tally.suffer(trouble)
