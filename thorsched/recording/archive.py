"""What happens to a segment once its recorder has closed it: made durable, counted, described.

One thread for all cameras, because none of it is urgent and all of it touches the disk. Called
by the launcher's `closed`; tells `described` what it found, and `settled` when the sidecar is there
and no more is to be done. A segment that its recorder never closed is repaired when there is
nothing else to do, and described anew; one that cannot be, or that nobody can say whose frames it
holds, is set apart then; none is changed otherwise. One that holds no frame at all, as an attempt
that is stopped before its first frame leaves it, is removed.
"""

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from thorsched.base import host
from thorsched.base.clock import Clock, offset_s
from thorsched.base.errors import FileError
from thorsched.recording.describing import describe, warn_of_other_pictures
from thorsched.recording.frameless import remove_if_frameless
from thorsched.recording.patients import Patient, Patients
from thorsched.recording.quarantine import quarantine
from thorsched.recording.repair import Unrepairable, repair
from thorsched.recording.segments import Described, Segment
from thorsched.recording.sidecars import write_sidecar

log = logging.getLogger(__name__)

_AGAIN_AFTER_S = 10.0


class Archivist:
    """Syncs closed segments to the disk and writes a sidecar beside each."""

    def __init__(
        self,
        *,
        clock: Clock,
        described: Callable[[Described], None],
        settled: Callable[[Path], None] = lambda _: None,
    ) -> None:
        """`described` and `settled` are called from the thread that `start` starts."""
        self._clock = clock
        self._described = described
        self._settled = settled
        self._at: tuple[Path, float] | None = None
        self._segments: deque[Segment] = deque()
        """What is left to do, the one in work included."""
        self._put_off_segments: list[Segment] = []
        self._failed: set[Segment] = set()
        self._told: set[Segment] = set()
        """What was reported, and has no sidecar as yet."""
        self._patients = Patients()
        self._steps = 0
        """How often it was seen to get on."""
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="archivist", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def at(self) -> tuple[Path, float] | None:
        """The file in work and the monotonic second at which that began; None at rest.

        From any thread: a disk that does not answer holds the archivist's own.
        """
        return self._at

    def take(self, segment: Segment) -> None:
        with self._changed:
            self._segments.append(segment)
            self._changed.notify_all()

    def close(self, *, patience_s: float) -> None:
        """Finish what was taken, then end.

        Where nothing is finished for `patience_s`, the disk does not answer: what is left then is
        logged and left behind, whole but without a sidecar.
        """
        with self._changed:
            self._is_closing = True
            self._take_again()
            self._changed.notify_all()
            while self._segments or self._patients:
                if not self._changed.wait_for(partial(self._is_past, self._steps), patience_s):
                    break
            left = (*self._segments, *self._patients.segments())
        for segment in (one for one in left if not one.is_guess):
            _log_left_behind(segment, patience_s)

    def _is_past(self, step: int) -> bool:
        return self._steps != step

    def _run(self) -> None:
        while (turn := self._next()) is not None:
            if isinstance(turn, Patient):
                self._treat(turn)
            else:
                self._work_on(turn)

    def _work_on(self, segment: Segment) -> None:
        self._at = (segment.path, self._clock.monotonic_s())
        where = {"camera": segment.recording.camera, "file": segment.path.name}
        try:
            self._archive(segment)
        except OSError as error:  # its disk may be back later
            if _is_gone(segment, error):
                if not segment.is_guess:
                    log.warning("segment taken away before it was described", extra=where)
            else:
                self._put_off(segment, error)
        except FileError as error:
            log.warning("segment not described", extra={**where, "why": error})
        except Exception:  # of all segments, only this one may suffer from a bug of ours
            log.exception("segment not described", extra=where)
        else:
            if segment not in self._patients.segments():
                _forget_attempt(segment)
        self._at = None
        with self._changed:
            self._segments.popleft()
            self._step()

    def _step(self) -> None:
        self._steps += 1
        self._changed.notify_all()

    def _put_off(self, segment: Segment, error: OSError) -> None:
        """Try again later, and once more at the end; only the first and last failures are news."""
        where = {"camera": segment.recording.camera, "file": segment.path}
        with self._changed:
            is_closing = self._is_closing
            if not is_closing:
                self._put_off_segments.append(segment)
        if not segment.is_guess and (is_closing or segment not in self._failed):
            what = (
                "segment left without a sidecar" if is_closing else "segment not described as yet"
            )
            log.warning(what, extra={**where, "why": error})
        self._failed.add(segment)

    def _next(self) -> Segment | Patient | None:
        """Return what is to be done next when there is anything, None when there will be nothing.

        Segments come before repairs: these take long, and what they are about is on the disk.
        """
        with self._changed:
            while True:
                is_last, now_s = self._is_closing, self._clock.monotonic_s()
                if self._segments:
                    return self._segments[0]
                if patient := self._patients.due(now_s=now_s, is_last=is_last):
                    return patient
                if is_last:
                    return None
                is_waiting = bool(self._put_off_segments or self._patients)
                if not self._changed.wait(_AGAIN_AFTER_S if is_waiting else None):
                    self._take_again()

    def _take_again(self) -> None:
        self._segments.extend(self._put_off_segments)
        self._put_off_segments.clear()

    def _archive(self, segment: Segment) -> None:
        if segment.is_guess:
            self._follow(segment)
            return
        if remove_if_frameless(segment.path):
            return
        described = self._describe(segment)
        if segment not in self._told and not segment.doubt:
            self._told.add(segment)
            warn_of_other_pictures(described)
            self._described(described)
        if described.finalised and not segment.doubt:
            write_sidecar(described)
            self._told.discard(segment)
            self._settled(segment.path)
        else:
            self._patients.admit(described)
        self._failed.discard(segment)
        with self._changed:  # its disk is there: so are those that could not be read before
            self._take_again()

    def _describe(self, segment: Segment) -> Described:
        return replace(describe(segment), clock_offset_s=offset_s(self._clock))

    def _treat(self, patient: Patient) -> None:
        """Repair a segment or set it apart; its sidecar is written in any case, and says which."""
        segment = patient.described.segment
        self._at = (segment.path, self._clock.monotonic_s())
        where = {"camera": segment.recording.camera, "file": segment.path}
        is_over = True
        try:
            is_over = not patient.refused and self._repair(patient)
            if patient.refused:
                is_over = self._set_apart(patient)
            elif is_over or patient.failures == 0:
                write_sidecar(patient.described)
            if is_over:  # else the next program is to try again
                _forget_attempt(segment)
            if is_over and not patient.refused:  # what is in quarantine counts for nothing
                self._settled(segment.path)
        except OSError as error:
            is_over = _is_gone(segment, error)
            if is_over or self._is_closing or patient.failures == 0:
                what = (
                    "segment left without a sidecar" if is_over else "segment not described as yet"
                )
                log.warning(what, extra={**where, "why": error})
        except Exception:  # of all segments, only this one may suffer from a bug of ours
            log.exception("segment not repaired", extra=where)
        self._at = None
        with self._changed:
            if is_over or self._is_closing:
                self._patients.dismiss(patient)
                self._told.discard(segment)
            else:
                self._patients.put_off(patient, now_s=self._clock.monotonic_s())
            self._step()

    def _repair(self, patient: Patient) -> bool:
        """Return whether it is repaired; whether it ever will be stands with the patient."""
        segment = patient.described.segment
        if patient.described.repaired is not None:  # only the sidecar was missing
            return True
        where = {"camera": segment.recording.camera, "file": segment.path}
        try:
            done = repair(
                segment.path,
                spare_bytes=segment.recording.output.min_free_bytes,
                breathe=partial(self._breathe, segment),
            )
        except (Unrepairable, OSError) as error:
            if isinstance(error, OSError) and _is_gone(segment, error):
                raise
            if isinstance(error, Unrepairable):
                patient.refused = str(error)
            elif patient.failures == 0:
                log.warning("segment not repaired", extra={**where, "why": error})
            patient.described = replace(patient.described, unrepaired=str(error))
            return False
        patient.described = replace(self._describe(segment), repaired=done)
        dropped = {"dropped_bytes": done.dropped_bytes}
        log.info("segment repaired", extra={**where, **dropped})
        self._described(patient.described)
        return True

    def _set_apart(self, patient: Patient) -> bool:
        """Return whether the segment is in quarantine. Where it is not, its sidecar says why."""
        segment, why = patient.described.segment, patient.refused
        where = {"camera": segment.recording.camera, "file": segment.path, "why": why}
        try:
            moved = quarantine(patient.described, why)
        except OSError as error:
            if _is_gone(segment, error) and not segment.path.exists():
                raise
            if not patient.is_told:
                log.warning("segment not in quarantine as yet", extra={**where, "error": error})
            patient.is_told = True
            patient.described = replace(patient.described, unquarantined=str(error))
            write_sidecar(patient.described)
            return False
        log.warning("segment in quarantine", extra={**where, "now": moved.segment.path})
        self._described(moved)
        return True

    def _breathe(self, segment: Segment) -> None:
        """Do what has come up during a repair: it must not have to wait for that."""
        while self._segments:
            self._work_on(self._segments[0])
        self._at = (segment.path, self._clock.monotonic_s())
        with self._changed:
            self._step()

    def _follow(self, guess: Segment) -> None:
        """Take a segment that is there although nobody saw it; there may be one more, then."""
        guess.path.stat()
        self.take(replace(guess, is_guess=False))
        self.take(guess.successor())
        self._failed.discard(guess)


def _is_gone(segment: Segment, error: OSError) -> bool:
    """Return whether the file was taken away, and not the disk with it."""
    return isinstance(error, FileNotFoundError) and segment.path.parent.is_dir()


def _forget_attempt(segment: Segment) -> None:
    """Remove the checkpoint of an attempt whose last segment is described, or is none."""
    if segment.checkpoint is not None and not segment.is_guess:
        with contextlib.suppress(OSError):
            host.remove(segment.checkpoint, missing_ok=True)


def _log_left_behind(segment: Segment, waited_s: float) -> None:
    log.error(
        "segment left without a sidecar, its disk does not answer",
        extra={
            "camera": segment.recording.camera,
            "file": segment.path,
            "waited_s": waited_s,
        },
    )
