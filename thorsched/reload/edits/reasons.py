"""Why something becomes of a camera by an edit, and what else is true of it then. Pure.

Made by `difference.py` for two revisions. The words are those of the file, key by key.
"""

from collections.abc import Iterator
from datetime import datetime

from thorsched.config.comparison import camera_changes, rule_text, schedule_changes
from thorsched.engine.desired import Horizon, Unready, timetables
from thorsched.engine.outlook import outlook
from thorsched.engine.sources import Chosen
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.trouble import Trouble
from thorsched.reload.edits.fates import Fate, Outcome
from thorsched.reload.edits.resolved import Side, cannot_be_recorded, source_changes
from thorsched.schedule.intervals import Window


class Reasons:
    """What two revisions, of which there may be only the later, say differently of cameras."""

    def __init__(
        self, before: Side | None, after: Side, *, now: datetime, horizon: Horizon
    ) -> None:
        self._before = before
        self._after = after
        self._now = now
        self._horizon = horizon
        self._paused = horizon.pauses.at(now)
        self._left = _left(before, after) if before else {}
        self._is_shared_alike = before is not None and _is_shared_alike(before, after)
        self._said: dict[tuple[tuple[str, ...], ...], tuple[str, ...]] = {}
        """By the schedules that a camera is in, and was: of them alone, not of the camera."""
        self._next: dict[tuple[int, tuple[str, ...]], Window | None] = {}
        """Of a side, by the schedules that a camera is in: most cameras share theirs."""

    def of(self, camera: str) -> tuple[str, ...]:
        """Return what is another in the file for that camera; nothing if nothing is."""
        before, after = self._before, self._after
        if camera not in after.config.cameras:
            return ("is not in the file any more",)
        if before is None or camera not in before.config.cameras:
            return tuple(self._of_new(camera))
        said = (*self._of_itself(before, after, camera), *self._of_schedules(before, after, camera))
        return (*said, *(("is paused",) if said and camera in self._paused else ()))

    def _of_itself(self, before: Side, after: Side, camera: str) -> tuple[str, ...]:
        if self._is_shared_alike and _is_alike(before, after, camera):
            return ()
        return (
            *source_changes(before, after, camera),
            *camera_changes(before.config, after.config, camera),
        )

    def _of_schedules(self, before: Side, after: Side, camera: str) -> tuple[str, ...]:
        key = before.schedules[camera], after.schedules[camera]
        if key not in self._said:
            self._said[key] = schedule_changes(before.config, after.config, camera)
        return self._said[key]

    def _of_new(self, camera: str) -> Iterator[str]:
        if self._before is not None:
            yield "is new"
        config = self._after.config
        for name in self._after.schedules[camera]:
            yield f"schedule {name}: {rule_text(config, name)}"
        chosen = self._after.own[camera]
        if self._before is not None and isinstance(chosen, Trouble):
            yield cannot_be_recorded(chosen)
        elif isinstance(chosen, Chosen) and (other := self._left.get(_device(chosen))):
            yield f"its device was that of {other}, which is not in the file any more"

    def circumstances(self, recorder: Recorder, becomes: Outcome) -> Iterator[str]:
        """Yield what else is true of the recorder of a camera that changes."""
        if recorder.phase is Phase.BACKING_OFF and recorder.trouble:
            yield f"nothing was recorded as it came: {recorder.trouble}"
        if recorder.phase is Phase.STARTING and recorder.trouble:
            yield f"no frame had come as yet: {recorder.trouble}"
        if becomes.fate is not Fate.GOES_ON:
            return
        if recorder.ending is not None:
            yield "its recorder was about to end, and goes on"
        if isinstance(becomes.wanted, Unready):
            yield f"its recorder goes on as it is ({becomes.wanted.trouble.cause.value})"

    def next_window(self, side: Side, camera: str) -> Window | None:
        """Return the window in which a camera is, or which comes next, by one of the two."""
        if camera not in side.config.cameras:
            return None
        if camera in self._paused:
            return self._after_pause(side, camera)
        key = id(side), side.schedules[camera]
        if key not in self._next:
            self._next[key] = self._outlook(side, camera)
        return self._next[key]

    def _outlook(self, side: Side, camera: str) -> Window | None:
        tables = timetables(side.config, camera, self._horizon.zone)
        return outlook(tables, now=self._now).next if tables else None

    def _after_pause(self, side: Side, camera: str) -> Window | None:
        """Return what is left of the window in which it is paused, or the next."""
        tables = timetables(side.config, camera, self._horizon.zone)
        resumed = self._paused[camera].until
        found = outlook(tables, now=max(resumed, self._now)).next if tables else None
        left = self._horizon.left_of((found,), camera) if found else ()
        return next((window for window in left if window.end > resumed), None)


def _is_shared_alike(before: Side, after: Side) -> bool:
    """Return whether what stands in the file for all cameras is the same."""
    old, new = before.config, after.config
    return all(
        one == other
        for one, other in (
            (old.storage, new.storage),
            (old.segment, new.segment),
            (old.about, new.about),
            (old.defaults, new.defaults),
            (old.lead, new.lead),
        )
    )


def _is_alike(before: Side, after: Side, camera: str) -> bool:
    """Return whether what stands of a camera itself, and what it resolves to, is the same."""
    old, new = before.config, after.config
    return (
        old.cameras[camera] == new.cameras[camera]
        and old.server_of(camera) == new.server_of(camera)
        and before.own[camera] == after.own[camera]
    )


def _left(before: Side, after: Side) -> dict[tuple[str, int], str]:
    """Return the cameras that are in the file no longer, by their devices: one may be renamed."""
    return {
        _device(chosen): camera
        for camera, chosen in before.own.items()
        if camera not in after.config.cameras and isinstance(chosen, Chosen)
    }


def _device(chosen: Chosen) -> tuple[str, int]:
    return chosen.source.server, chosen.source.device_id
