"""When what is in the file's place has come to rest, so that it may be judged. Pure.

`watch.py` looks and tells here what it saw; the answer is when to look again, or what to do now. It
is the file's own content that has to be still, so nothing that happens beside it counts, and one
that is written all the time is never taken half-way.
"""

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

# Whoever could not look for so long, as the disk did not answer, has not seen that it is restless.
_BLIND_S = 3.0


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found in the file's place."""

    content: str
    """What tells one content from another, or why there is none."""
    stamp: tuple[int, ...]
    """Changes whenever the file is written, be it with the same content; empty if it is absent."""
    is_nothing: bool
    """Whether it is absent, unreadable or empty, as files are for a moment while they are saved."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What costs more to know: asked for once a content was still for a moment."""

    is_good: bool
    """Whether it is without mistakes."""
    is_written: bool | None
    """Whether somebody has it open for writing; None if nobody can tell."""


@dataclass(frozen=True, slots=True)
class Patience:
    """For how many seconds a content has to be still before it is judged."""

    still_s: float
    """One without mistakes, which nobody has open for writing."""
    doubt_s: float
    """One that may be half of what is being written: with mistakes, or nobody can tell."""
    poll_s: float
    """At rest it is looked at so often, at least."""
    nothing_s: float = 3.0
    """None at all."""
    held_s: float = 3.0
    """One that somebody has open for writing: some never close what they wrote."""
    touched_s: float = 1.0
    """So much longer, if it is written again and again with the same content."""
    restless_s: float = 6.0
    """After so long without rest, that is told."""
    retry_s: float = 2.0
    """A machine that could not do what it says is asked again so seldom, at least."""
    again_s: float = 0.25
    """While it is waited for, it is looked at so often, at least."""


# Events get lost, too: with one look in between, what was saved is judged within a second.
WITH_EVENTS = Patience(still_s=0.25, doubt_s=0.75, poll_s=0.7)
# Who polls learns late that a writer goes on, and of a remote file not whether there is one.
BY_POLLING = Patience(still_s=0.5, doubt_s=2.5, poll_s=2.0, again_s=0.5)


@dataclass(frozen=True, slots=True)
class Stillness:
    """What was seen last, and since when, by a monotonic clock."""

    look: Look
    same_since_s: float
    """Since when it has had this content."""
    still_since_s: float
    """Since when it was not written either."""
    restless_since_s: float
    """Since when it has not been at rest; of one at rest, since when it was looked at."""
    looked_s: float
    """When it was looked at last."""
    judged: str | None = None
    """The content that was judged last."""
    judged_s: float = -math.inf
    """When it was."""
    is_told: bool = False
    """Whether it was told that it does not come to rest."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again after so many seconds, or when something is said to have happened."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Prove:
    """Find out what costs more, and ask again."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Take it as it is."""

    is_held: bool = False
    """Whether somebody has it open for writing all the same."""


@dataclass(frozen=True, slots=True)
class Complain:
    """Tell that it does not come to rest, also whoever asked, and go on looking."""


Step: TypeAlias = Wait | Prove | Judge | Complain


def seen(before: Stillness | None, look: Look, *, now_s: float) -> Stillness:
    """Return what is known after one more look."""
    if before is None:
        return Stillness(look, now_s, now_s, now_s, now_s)
    is_same = look.content == before.look.content
    is_still = is_same and look.stamp == before.look.stamp
    was_at_rest = before.look.content == before.judged
    is_blind = now_s - before.looked_s > _BLIND_S
    return replace(
        before,
        look=look,
        same_since_s=before.same_since_s if is_same else now_s,
        still_since_s=before.still_since_s if is_still else now_s,
        restless_since_s=now_s if was_at_rest or is_blind else before.restless_since_s,
        looked_s=now_s,
        is_told=before.is_told and not was_at_rest,
    )


def step(
    state: Stillness,
    *,
    now_s: float,
    patience: Patience,
    is_by_hand: bool = False,
    proof: Proof | None = None,
) -> tuple[Stillness, Step]:
    """Return what to do now, and what is known when it is done.

    What is asked for by hand is taken as it is at once, unless somebody is writing it. Content that
    was judged is judged again now and then: a machine that could not do it then may by now.
    """
    if state.look.content == state.judged and not is_by_hand:
        if now_s - state.judged_s < patience.retry_s:
            return state, Wait(patience.poll_s)
        return replace(state, judged_s=now_s), Judge()
    needed_s = _needed_s(state.look, patience, is_by_hand=is_by_hand, proof=proof)
    lacking_s = needed_s - _age_s(state, now_s, patience)
    if lacking_s <= 0:
        if proof is None:
            return state, Prove()
        judged = replace(state, judged=state.look.content, judged_s=now_s)
        return judged, Judge(is_held=bool(proof.is_written))
    is_restless = now_s - state.restless_since_s >= patience.restless_s
    if is_restless and (is_by_hand or not state.is_told):
        return replace(state, is_told=True), Complain()
    return state, Wait(min(lacking_s, patience.again_s))


def _needed_s(look: Look, patience: Patience, *, is_by_hand: bool, proof: Proof | None) -> float:
    held_s = patience.held_s if proof is not None and proof.is_written else 0.0
    if is_by_hand:
        return held_s
    if look.is_nothing:
        return max(patience.nothing_s, held_s)
    if proof is not None and (proof.is_written is None or not proof.is_good):
        return max(patience.doubt_s, held_s)
    return max(patience.still_s, held_s)


def _age_s(state: Stillness, now_s: float, patience: Patience) -> float:
    """Return for how long the content counts as still."""
    return max(
        now_s - state.still_since_s,
        now_s - state.same_since_s - patience.touched_s,
    )
