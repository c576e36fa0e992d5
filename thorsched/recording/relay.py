"""A camera's recorder, and the one that takes its place without a frame between them.

Held by `worker.py`, in its thread alone. Moves what `succession.py` decides: never more than two.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from thorsched.base.clock import Clock
from thorsched.recording.history import Note
from thorsched.recording.lifecycle import Action, Phase, Recorder, Stop
from thorsched.recording.spec import Recording
from thorsched.recording.succession import Role, Verdict, orders, verdict
from thorsched.recording.supervision import Adopted, AnAttempt, Supervision

log = logging.getLogger(__name__)


class MakeAttempt(Protocol):
    """Makes an attempt; one that is `beside` another calls the same stream."""

    def __call__(self, recording: Recording, *, beside: AnAttempt | None) -> AnAttempt: ...


class Relay:
    """The current recorder and, while one takes the other's place, its successor or predecessor."""

    def __init__(
        self,
        camera: str,
        *,
        attempt: MakeAttempt,
        clock: Clock,
        changed: Callable[[], None],
        noted: Callable[[Note], None],
        adopted: Sequence[Adopted] = (),
    ) -> None:
        """`changed` is called whenever a phase has changed, `noted` told of each attempt.

        `adopted` are the recorders that run already: one, or two of which the second is to follow
        the first.
        """
        self.recorder = Recorder(camera)
        """The recorder as of now, with who is beside it; a value, for any thread."""
        self._new_attempt = attempt
        self._clock = clock
        self._changed = changed
        self._noted = noted
        self._current = self._supervision(Role.CURRENT)
        self._successor: Supervision | None = None
        self._predecessor: Supervision | None = None
        self._adopt(adopted)

    def _adopt(self, adopted: Sequence[Adopted]) -> None:
        if len(adopted) > 1:
            self._successor = self._supervision(Role.SUCCESSOR)
        for supervision, (recorder, attempt) in zip(self._everyone(), adopted, strict=False):
            supervision.recorder, supervision.attempt = recorder, attempt
        self._see()

    def _supervision(self, role: Role) -> Supervision:
        return Supervision(
            Recorder(self.recorder.camera),
            role=role,
            attempt=self._attempt,
            clock=self._clock,
            seen=self._see,
            changed=self._changed,
            noted=self._noted,
        )

    def _attempt(self, recording: Recording) -> AnAttempt:
        is_overlap = self._successor is not None
        return self._new_attempt(recording, beside=self._current.attempt if is_overlap else None)

    def _see(self) -> None:
        """Show all of the camera's recorders as one value; who is at rest is none any more."""
        self.recorder = replace(
            self._current.recorder,
            successor=_shown(self._successor),
            predecessor=_shown(self._predecessor),
        )

    def _everyone(self) -> tuple[Supervision, ...]:
        found = (self._current, self._successor, self._predecessor)
        return tuple(one for one in found if one is not None)

    @property
    def is_busy(self) -> bool:
        """Whether there is an attempt to be looked at."""
        return any(one.attempt is not None for one in self._everyone())

    def do(self, action: Action) -> None:
        """Carry out what is asked for."""
        for role, order in orders(self.recorder, action):
            if role is Role.SUCCESSOR:
                self._successor = self._successor or self._supervision(role)
                self._successor.happened(order)
            else:
                self._current.happened(order)

    def look(self, *, is_urgent: Callable[[], bool]) -> None:
        """Look at every process and its files, as `Supervision.look` does."""
        for one in self._everyone():
            one.look(is_urgent=is_urgent)
        match verdict(self.recorder):
            case Verdict.PROMOTE:
                self._promote()
            case Verdict.ABANDON:
                self.do_without_successor("its stream may be another's by now")
            case Verdict.WAIT:
                pass
        self._successor = _unless_at_rest(self._successor)
        self._predecessor = _unless_at_rest(self._predecessor)

    def _promote(self) -> None:
        """Let the successor take the current one's place, which ends, if it has not already."""
        assert self._successor is not None  # noqa: S101 - the verdict is on it
        old, new = self._current, self._successor
        self._current, self._successor, self._predecessor = new, None, old
        new.role, old.role = Role.CURRENT, Role.PREDECESSOR
        new.inherit(old.recorder.trouble)
        new.prove()
        log.info(
            "recorder changed over",
            extra={"camera": new.recorder.camera, "to": new.recorder.location},
        )
        old.happened(Stop(old.recorder.camera, "its successor records"))

    def do_without_successor(self, why: str) -> None:
        """End the successor, if there is one that runs; the current one goes on."""
        if self._successor is not None and self._successor.recorder.phase is not Phase.STOPPING:
            self._successor.happened(Stop(self.recorder.camera, why))

    def leave(self) -> None:
        """Leave what runs to the next scheduler."""
        for one in self._everyone():
            one.leave()


def _shown(one: Supervision | None) -> Recorder | None:
    one = _unless_at_rest(one)
    return None if one is None else one.recorder


def _unless_at_rest(one: Supervision | None) -> Supervision | None:
    return None if one is None or one.recorder.phase is Phase.IDLE else one
