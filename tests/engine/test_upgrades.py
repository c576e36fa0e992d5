"""What becomes of a recorder when its device lists other capabilities, or the file asks for others.

A plan never ends a recorder for less, nor for more unless its camera's `upgrade` says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.values import FULL_HD, HD, NOON, SPAWNED, recording, source, window
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.roster import DROP_AFTER_S, Roster
from thorsched.config.blocks import Camera
from thorsched.engine.plan import plan
from thorsched.engine.sources import View
from thorsched.recording.lifecycle import Action, Overlap, Phase, Recorder, Start, Stop, Update
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause

VGA = Capability.parse("image/jpeg,width=640,height=480,framerate=30/1")
VGA_120 = Capability.parse("image/jpeg,width=640,height=480,framerate=120/1")
ASKED = ("jpeg 1920x1080 @30fps", "jpeg 1280x720 @30fps", "jpeg 640x480")
CHOSEN = (FULL_HD, HD, VGA)
REVISION = {"revision": "a"}


def by(rank: int, *, selectors: Sequence[str] = ASKED, **provenance: object) -> Recording:
    """Return what is recorded by the selector of that rank."""
    labels = {"requested": selectors[rank], "selectors": list(selectors), **REVISION, **provenance}
    return replace(recording(of=source(capability=CHOSEN[rank])), provenance=labels)


def running(what: Recording, phase: Phase = Phase.RECORDING) -> Recorder:
    return Recorder("side", phase=phase, recording=what, port=SPAWNED.port)


def file(upgrade: str = "next_window", device_id: int = 0) -> dict[str, Camera]:
    said = {"device": {"id": device_id}, "capability": list(ASKED), "upgrade": upgrade}
    return {"side": Camera.model_validate(said)}


def listed(*, is_fresh: bool) -> Mapping[str, View]:
    """Return a server that lists what it lists since just now, or since long ago."""
    roster = Roster.unknown()
    for at_s in (0.0,) if is_fresh else (0.0, DROP_AFTER_S / 2, DROP_AFTER_S):
        roster = roster.fold([Device(0, "HD USB Camera", CHOSEN)], now_s=at_s)
    return {source().server: View(roster)}


def planned(
    wanted: Recording,
    recorder: Recorder,
    *,
    upgrade: str = "next_window",
    is_fresh: bool = False,
    device_id: int = 0,
) -> tuple[Action, ...]:
    return plan(
        {"side": wanted},
        {"side": recorder},
        now=NOON,
        now_s=100.0,
        views=listed(is_fresh=is_fresh),
        cameras=file(upgrade, device_id),
    )


KEPT, UPGRADED, REPLACED = "kept", "upgraded", "replaced"
EDITED = ("jpeg 640x480 @>=100fps", *ASKED[1:])


@pytest.mark.fault(12)
@pytest.mark.parametrize("is_fresh", [False, True])
@pytest.mark.parametrize(
    ("recorded", "chosen", "is_edited", "upgrade", "becomes"),
    [
        # The list became poorer.
        (0, 1, False, "next_window", KEPT),
        (0, 1, False, "at_once", KEPT),
        (1, 2, False, "at_once", KEPT),
        # It became richer.
        (1, 0, False, "next_window", KEPT),
        (1, 0, False, "at_once", UPGRADED),
        (2, 1, False, "next_window", KEPT),
        (2, 1, False, "at_once", UPGRADED),
        # The file asks for something else.
        (0, 1, True, "next_window", REPLACED),
        (1, 0, True, "next_window", REPLACED),
        (1, 0, True, "at_once", REPLACED),
        (1, 2, True, "at_once", REPLACED),
        # Nothing has changed.
        (0, 0, False, "at_once", KEPT),
        (1, 1, False, "at_once", KEPT),
        (1, 1, True, "at_once", KEPT),
    ],
)
def test_a_recorder_is_ended_for_an_edit_and_else_for_a_better_selector_that_is_wanted_at_once(
    recorded: int,
    chosen: int,
    is_edited: bool,  # noqa: FBT001 - a row of the table
    upgrade: str,
    is_fresh: bool,  # noqa: FBT001
    becomes: str,
) -> None:
    wanted = by(chosen, selectors=EDITED) if is_edited else by(chosen)
    if is_edited and chosen == recorded:
        wanted = replace(wanted, source=by(recorded).source)
    actions = planned(wanted, running(by(recorded)), upgrade=upgrade, is_fresh=is_fresh)
    stops = [action for action in actions if isinstance(action, Stop)]
    if becomes == KEPT or (becomes == UPGRADED and is_fresh):
        assert stops == []
        return
    (stop,) = stops
    cause = Cause.CAPABILITY_CHANGED if becomes == UPGRADED else Cause.STOPPED
    assert stop.cause is cause
    assert f"{CHOSEN[recorded]} -> {CHOSEN[chosen]}" in stop.why
    assert ("upgrade: at_once" in stop.why) == (becomes == UPGRADED)


def test_a_closer_capability_of_the_same_selector_is_not_worth_a_frame() -> None:
    closer = replace(by(2), source=source(capability=VGA_120))
    for upgrade in ("next_window", "at_once"):
        assert planned(closer, running(by(2)), upgrade=upgrade) == ()


@pytest.mark.parametrize("is_fresh", [False, True])
def test_an_unrelated_edit_costs_a_recorder_by_a_later_selector_nothing(
    is_fresh: bool,  # noqa: FBT001 - a row of the table
) -> None:
    edited = replace(by(0, revision="b", about={"subject": "m1"}), window=window(0, 120))
    (update,) = planned(edited, running(by(1)), is_fresh=is_fresh)
    assert isinstance(update, Update)
    labels = update.recording
    assert labels.source == by(1).source
    assert labels.window == edited.window
    assert labels.provenance == by(1, revision="b", about={"subject": "m1"}).provenance
    assert planned(edited, running(labels), is_fresh=is_fresh) == ()


def test_files_of_another_length_are_made_before_the_break_by_the_selector_that_records() -> None:
    output = replace(by(0).output, segment_bytes=1)
    (overlap,) = planned(replace(by(0), output=output), running(by(1)))
    assert overlap == Overlap("side", replace(by(1), output=output))


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.BACKING_OFF])
def test_an_attempt_that_begins_anyway_takes_the_better_selector(phase: Phase) -> None:
    assert planned(by(0), running(by(1), phase)) == (Start("side", by(0)),)


def test_what_an_earlier_version_began_is_judged_by_the_selector_that_chose() -> None:
    adopted = replace(by(1), provenance={"requested": ASKED[1], **REVISION})
    for wanted in (by(2), by(0)):
        (update,) = planned(wanted, running(adopted))
        assert isinstance(update, Update)
        assert update.recording == by(1)
    (stop,) = planned(by(0), running(adopted), upgrade="at_once")
    assert isinstance(stop, Stop)
    assert stop.cause is Cause.CAPABILITY_CHANGED
    unknown = replace(adopted, provenance={"requested": "jpeg max", **REVISION})
    (stop,) = planned(by(0), running(unknown))
    assert isinstance(stop, Stop)
    assert stop.cause is Cause.STOPPED


def test_a_schedule_that_begins_or_ends_is_an_edit_of_the_selectors() -> None:
    override = {"by": {"capability": "bursts"}, "start": None, "end": None}
    burst = by(0, selectors=("jpeg 1920x1080 @30fps", *ASKED[1:2]), override=override)
    for wanted, recorded in ((burst, by(1)), (by(1), burst)):
        (stop,) = planned(wanted, running(recorded))
        assert isinstance(stop, Stop)
        assert stop.cause is Cause.CAPABILITY_CHANGED


@pytest.mark.parametrize(
    ("device_id", "is_fresh", "is_kept"),
    [(0, True, True), (0, False, False), (7, True, False), (7, False, False)],
)
def test_another_device_is_believed_of_an_edit_at_once_and_of_a_list_that_stays(
    device_id: int,
    is_fresh: bool,  # noqa: FBT001 - a row of the table
    is_kept: bool,  # noqa: FBT001
) -> None:
    other = replace(by(0), source=source(device_id=7))
    recorder = running(replace(by(0, revision="before an unrelated edit")))
    actions = planned(other, recorder, is_fresh=is_fresh, device_id=device_id)
    assert (actions == ()) == is_kept


ranks = st.integers(0, 2)


@given(
    st.lists(st.tuples(ranks, st.booleans(), st.sampled_from(["a", "b", "c"])), max_size=8),
    st.sampled_from(["next_window", "at_once"]),
)
def test_whatever_a_device_lists_no_recorder_ends_but_for_the_better(
    passes: list[tuple[int, bool, str]], upgrade: str
) -> None:
    recorder = running(by(2))
    for chosen, is_fresh, revision in passes:
        wanted = by(chosen, revision=revision)
        recorded = recorder.recording
        assert recorded is not None
        for action in planned(wanted, recorder, upgrade=upgrade, is_fresh=is_fresh):
            if isinstance(action, Stop):
                assert upgrade == "at_once"
                assert not is_fresh
                assert ASKED.index(str(recorded.provenance["requested"])) > chosen
                recorder = running(wanted)
            else:
                assert isinstance(action, Update)
                assert action.recording.source == recorded.source
                recorder = running(action.recording)
        assert planned(wanted, recorder, upgrade=upgrade, is_fresh=is_fresh) == ()


@pytest.mark.fault(12)
def test_no_recorder_is_ended_for_a_better_capability_that_is_listed_for_a_moment() -> None:
    """The list holds it for as long as it takes to be believed."""
    roster = Roster.unknown().fold([Device(0, "HD USB Camera", CHOSEN[1:])], now_s=0.0)
    held = 0
    for at_s in (10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 15.9):
        capabilities = CHOSEN if at_s <= 11.0 else CHOSEN[1:]
        roster = roster.fold([Device(0, "HD USB Camera", capabilities)], now_s=at_s)
        held += FULL_HD in roster.devices[0].capabilities and not roster.fresh_ids
        actions = plan(
            {"side": by(0)},
            {"side": running(by(1))},
            now=NOON,
            now_s=at_s,
            views={source().server: View(roster)},
            cameras=file("at_once"),
        )
        assert not any(isinstance(action, Stop) for action in actions), at_s
    assert held, "it was never held for that long"
