"""Every camera's tally, kept while passes, segments and questions come from threads of their own.

`loop.py` owns it and adds to it; a lock makes each addition whole. Decides nothing.
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, wanted_between
from thorsched.engine.tally import Tally
from thorsched.recording.lifecycle import Recorder
from thorsched.recording.segments import NEVER_BEFORE, Described
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import Window

LONGEST_SUSPEND = timedelta(days=7)
MOST_WINDOWS = 300
"""A tally with more of them is folded: each look at it costs 10 us a window."""


class Tallies:
    """A `Tally` for each camera that was ever wanted or recorded since the program began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_camera: dict[str, Tally] = {}
        self._until: datetime | None = None

    def want(self, config: Config, *, now: datetime, horizon: Horizon) -> None:
        """Add the time since the last call to what was wanted; `now` is aware UTC.

        A clock set back adds nothing, nor does one that has stood in 1970; one set far ahead no
        more than a long suspend would.
        """
        with self._lock:
            was, self._until = self._until or now, now
            since = max(was, now - LONGEST_SUSPEND)
            if since >= now or was < NEVER_BEFORE <= now:
                return
            for camera in config.cameras:
                windows = wanted_between(
                    config, camera, between=Window(since, now), horizon=horizon
                )
                tally = self._of(camera).want(windows)
                is_long = len(tally.wanted) + len(tally.recorded) > MOST_WINDOWS
                self._of_camera[camera] = tally.fold(at=now) if is_long else tally

    def see(self, observed: Mapping[str, Recorder], *, now: datetime) -> None:
        """Remember what the files hold that grow: until they are described nothing else tells."""
        with self._lock:
            for camera, recorder in observed.items():
                self._of_camera[camera] = self._of(camera).see(recorder, at=now)

    def record(self, described: Described) -> None:
        """Add a segment that is on disk."""
        camera = described.segment.recording.camera
        with self._lock:
            self._of_camera[camera] = self._of(camera).record(described)

    def audit(self, camera: str, flaw: str) -> None:
        """Add a segment that was audited, and what is wrong with it, if anything.

        A camera of which nothing else is known is one of long ago.
        """
        with self._lock:
            if camera in self._of_camera:
                self._of_camera[camera] = self._of(camera).audit(flaw)

    def suffer(self, troubles: Mapping[str, Trouble]) -> None:
        """Remember what stands in the way of these cameras."""
        with self._lock:
            for camera, trouble in troubles.items():
                self._of_camera[camera] = self._of(camera).suffer(trouble)

    def _of(self, camera: str) -> Tally:
        return self._of_camera.get(camera, Tally())

    def all(self) -> Mapping[str, Tally]:
        """Return every tally as of now."""
        with self._lock:
            return self._of_camera.copy()
