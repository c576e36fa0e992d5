"""Each transition of a recorder's lifecycle, one by one; `test_lifecycle_machine.py` mixes them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.values import FULL_HD, SPAWNED, recording, source, window
from thorsched.base.backoff import FIRST_BACKOFF_S, LONGEST_BACKOFF_S
from thorsched.cameras.capability import Capability
from thorsched.recording.lifecycle import (
    FIRST_BYTES_LIMIT_S,
    INTERRUPT_GRACE_S,
    PROGRESS_CLEARS_FAILURES_S,
    Cancelled,
    Clue,
    Effect,
    Ending,
    Event,
    Exited,
    Failed,
    Grew,
    Lost,
    Phase,
    Recorder,
    Start,
    Stop,
    Tick,
    Update,
)
from thorsched.recording.spec import Recording
from thorsched.recording.succession import asked
from thorsched.recording.transitions import is_stalled, step
from thorsched.recording.trouble import Cause, Trouble

NOW_S = 1000.0
STALL_S = recording().stall_limit_s
WHY = Trouble(Cause.RECORDER_EXITED, "exit code 1, without a word")
BEFORE = Trouble(Cause.STALLED, "no new frame for 3.0 s")
SEGMENT = Path("side-00001.mkv")

IDLE = Recorder("side")
STARTING = Recorder("side", Phase.STARTING, NOW_S, recording(), grew_at_s=NOW_S)
RECORDING = replace(STARTING, phase=Phase.RECORDING, size_bytes=1000, open_segment=SEGMENT)
STOPPING = replace(RECORDING, phase=Phase.STOPPING)
GIVING_UP = replace(STOPPING, will_retry=True, trouble=BEFORE)
ENDING = replace(RECORDING, ending=Ending(NOW_S + 0.7, "replaced"))
BACKING_OFF = replace(
    RECORDING, phase=Phase.BACKING_OFF, failures=1, retry_at_s=NOW_S + 0.5, trouble=WHY
)
EVERY = (IDLE, STARTING, RECORDING, ENDING, STOPPING, GIVING_UP, BACKING_OFF)

START = Start("side", recording())
STOP = Stop("side", "no longer wanted")
LINGER = Stop("side", "no longer wanted", linger_s=0.7)
GREW = Grew(2000, SEGMENT)
CANCELLED = Cancelled("closing")


@pytest.mark.parametrize(
    ("before", "event", "after_s", "phase", "effect"),
    [
        (IDLE, START, 0, Phase.STARTING, Effect.BEGIN),
        (STARTING, SPAWNED, 0, Phase.STARTING, None),
        (STARTING, Failed(WHY), 0, Phase.BACKING_OFF, Effect.RELEASE),
        (STARTING, Exited(WHY), 0, Phase.BACKING_OFF, Effect.RELEASE),
        (STARTING, CANCELLED, 0, Phase.IDLE, Effect.RELEASE),
        (STARTING, GREW, 0, Phase.RECORDING, None),
        (STARTING, Grew(0), 0, Phase.STARTING, None),
        (STARTING, Tick(), FIRST_BYTES_LIMIT_S - 0.1, Phase.STARTING, None),
        (STARTING, Tick(), FIRST_BYTES_LIMIT_S, Phase.STOPPING, Effect.INTERRUPT),
        (STARTING, STOP, 0, Phase.STOPPING, Effect.INTERRUPT),
        (RECORDING, GREW, 0, Phase.RECORDING, None),
        (RECORDING, Tick(), STALL_S - 0.1, Phase.RECORDING, None),
        (RECORDING, Tick(), STALL_S, Phase.STOPPING, Effect.INTERRUPT),
        (RECORDING, Exited(WHY), 0, Phase.BACKING_OFF, Effect.RELEASE),
        (RECORDING, STOP, 0, Phase.STOPPING, Effect.INTERRUPT),
        (STARTING, LINGER, 0, Phase.STARTING, None),
        (RECORDING, LINGER, 0, Phase.RECORDING, None),
        (ENDING, GREW, 0, Phase.RECORDING, None),
        (ENDING, Tick(), 0.6, Phase.RECORDING, None),
        (ENDING, Tick(), 0.7, Phase.STOPPING, Effect.INTERRUPT),
        (ENDING, STOP, 0, Phase.STOPPING, Effect.INTERRUPT),
        (ENDING, Exited(WHY), 0, Phase.IDLE, Effect.RELEASE),
        (STOPPING, LINGER, 0, Phase.STOPPING, None),
        (STOPPING, STOP, 0, Phase.STOPPING, None),
        (STOPPING, GREW, 0, Phase.STOPPING, None),
        (STOPPING, Tick(), INTERRUPT_GRACE_S - 0.1, Phase.STOPPING, None),
        (STOPPING, Tick(), INTERRUPT_GRACE_S, Phase.STOPPING, Effect.KILL),
        (replace(STOPPING, killed=True), Tick(), INTERRUPT_GRACE_S, Phase.STOPPING, None),
        (STOPPING, Exited(WHY), 0, Phase.IDLE, Effect.RELEASE),
        (STOPPING, Failed(WHY), 0, Phase.IDLE, Effect.RELEASE),
        (GIVING_UP, Exited(WHY), 0, Phase.BACKING_OFF, Effect.RELEASE),
        (GIVING_UP, STOP, 0, Phase.STOPPING, None),
        (BACKING_OFF, START, 0.4, Phase.BACKING_OFF, None),
        (BACKING_OFF, START, 0.5, Phase.STARTING, Effect.BEGIN),
        (BACKING_OFF, STOP, 0, Phase.IDLE, None),
        (BACKING_OFF, Tick(), 3600, Phase.BACKING_OFF, None),
    ],
)
def test_what_happens_leads_to_the_next_phase(
    before: Recorder, event: Event, after_s: float, phase: Phase, effect: Effect | None
) -> None:
    after, called_for = step(before, event, now_s=NOW_S + after_s)
    assert (after.phase, called_for) == (phase, effect)
    if phase is not before.phase:
        assert after.since_s == NOW_S + after_s


@pytest.mark.parametrize(
    ("before", "event"),
    [
        *((idle, event) for idle in (IDLE, BACKING_OFF) for event in (SPAWNED, Failed(WHY))),
        *((idle, event) for idle in (IDLE, BACKING_OFF) for event in (Exited(WHY), GREW)),
        *((phase, CANCELLED) for phase in (IDLE, RECORDING, STOPPING, BACKING_OFF)),
        *((busy, START) for busy in (STARTING, RECORDING, ENDING, STOPPING, GIVING_UP)),
        *((busy, SPAWNED) for busy in (RECORDING, STOPPING, GIVING_UP)),
        (RECORDING, Grew(1000, SEGMENT)),
        (RECORDING, Grew(0)),
        (IDLE, STOP),
        (IDLE, Tick()),
        (IDLE, Update("side", recording())),
    ],
)
def test_what_makes_no_sense_changes_nothing(before: Recorder, event: Event) -> None:
    assert step(before, event, now_s=NOW_S + 0.1) == (before, None)


def test_an_end_that_waits_to_be_read_counts_for_whoever_plans_and_can_be_taken_back() -> None:
    for before in (STARTING, RECORDING):
        ending = asked(before, LINGER, now_s=NOW_S)
        assert ending == replace(before, ending=Ending(NOW_S + 0.7, LINGER.why))
        assert asked(ending, STOP, now_s=NOW_S).ending == Ending(NOW_S, STOP.why)
        assert asked(asked(ending, STOP, now_s=NOW_S), LINGER, now_s=NOW_S).ending == Ending(
            NOW_S, STOP.why
        )
        assert asked(ending, Update("side", recording()), now_s=NOW_S).ending is None
    for before in (IDLE, STOPPING, GIVING_UP, BACKING_OFF):
        assert asked(before, STOP, now_s=NOW_S) == before
    assert asked(IDLE, START, now_s=NOW_S) == IDLE


def test_the_start_tells_what_is_recorded_and_forgets_the_last_attempt() -> None:
    longer = recording(over=window(0, 120))
    after, _ = step(
        replace(BACKING_OFF, killed=True), Start("side", longer), now_s=NOW_S + LONGEST_BACKOFF_S
    )
    assert after.recording == longer
    assert (after.size_bytes, after.open_segment, after.killed) == (0, None, False)
    assert (after.failures, after.trouble) == (1, WHY)


@pytest.mark.fault(22)
def test_a_recorder_that_exits_at_once_a_thousand_times_is_tried_each_time() -> None:
    recorder, now_s, waits_s = IDLE, NOW_S, []
    for _ in range(1000):
        recorder, effect = step(recorder, START, now_s=now_s)
        assert effect is Effect.BEGIN
        recorder, _ = step(recorder, SPAWNED, now_s=now_s)
        recorder, effect = step(recorder, Exited(WHY), now_s=now_s + 0.1)
        assert (recorder.phase, effect) == (Phase.BACKING_OFF, Effect.RELEASE)
        waits_s.append(recorder.retry_at_s - recorder.since_s)
        now_s = recorder.retry_at_s
    assert recorder.failures == 1000
    assert 0 < waits_s[0] <= FIRST_BACKOFF_S
    assert all(0.8 * LONGEST_BACKOFF_S <= wait_s <= LONGEST_BACKOFF_S for wait_s in waits_s[5:])


@pytest.mark.parametrize(
    "other",
    [
        recording(of=source(device_id=3)),
        recording(of=source(capability=FULL_HD)),
        replace(recording(), output=replace(recording().output, root=Path("elsewhere"))),
        replace(recording(), ports=range(9100, 9200)),
    ],
)
def test_another_way_to_record_is_tried_at_once_as_if_nothing_had_failed(other: Recording) -> None:
    tired = replace(BACKING_OFF, failures=7, retry_at_s=NOW_S + LONGEST_BACKOFF_S)
    after, effect = step(tired, Start("side", other), now_s=NOW_S)
    assert (after.phase, effect) == (Phase.STARTING, Effect.BEGIN)
    assert (after.recording, after.failures, after.trouble) == (other, 0, WHY)
    again, _ = step(after, Failed(WHY), now_s=NOW_S)
    assert again.retry_at_s <= NOW_S + FIRST_BACKOFF_S


@pytest.mark.parametrize(
    "same",
    [
        replace(recording(), window=window(0, 120)),
        replace(recording(), provenance={"about": {"subject": "m042"}}),
        replace(recording(), latency=timedelta(seconds=2)),
    ],
)
def test_other_labels_do_not_hurry_a_retry(same: Recording) -> None:
    assert step(BACKING_OFF, Start("side", same), now_s=NOW_S) == (BACKING_OFF, None)


def test_the_time_that_a_start_took_is_not_held_against_the_first_frame() -> None:
    spawned, _ = step(STARTING, SPAWNED, now_s=NOW_S + 6)
    waiting, effect = step(spawned, Tick(), now_s=NOW_S + FIRST_BYTES_LIMIT_S)
    assert (waiting.phase, effect) == (Phase.STARTING, None)


def test_first_frames_may_take_as_long_as_the_latency_makes_them() -> None:
    slow = replace(STARTING, recording=replace(recording(), latency=timedelta(seconds=10)))
    waiting, effect = step(slow, Tick(), now_s=NOW_S + 16)
    assert (waiting.phase, effect) == (Phase.STARTING, None)
    given_up, effect = step(slow, Tick(), now_s=NOW_S + 16.5)
    assert (given_up.phase, effect) == (Phase.STOPPING, Effect.INTERRUPT)


def test_frames_that_are_seconds_apart_are_no_stall() -> None:
    sparse = source(capability=Capability.parse("image/jpeg,width=640,height=480,framerate=1/4"))
    slow = replace(RECORDING, recording=recording(of=sparse))
    assert not is_stalled(slow, now_s=NOW_S + 12)
    assert is_stalled(slow, now_s=NOW_S + 14)


def test_growth_is_remembered_with_the_segment_that_is_open() -> None:
    after, _ = step(RECORDING, GREW, now_s=NOW_S + 2)
    assert (after.size_bytes, after.open_segment, after.grew_at_s) == (2000, SEGMENT, NOW_S + 2)
    assert step(after, Tick(), now_s=NOW_S + 4)[1] is None


def test_what_has_recorded_is_tried_again_at_once_but_not_twice_in_a_row() -> None:
    recorded = replace(RECORDING, size_bytes=1000)
    once, _ = step(recorded, Exited(WHY), now_s=NOW_S)
    assert (once.phase, once.retry_at_s) == (Phase.BACKING_OFF, NOW_S)
    again, _ = step(replace(recorded, failures=once.failures), Exited(WHY), now_s=NOW_S)
    assert again.retry_at_s > NOW_S
    burst = Exited(Trouble(Cause.TIMESTAMPS, "of a burst"))
    passing, _ = step(replace(recorded, failures=once.failures), burst, now_s=NOW_S)
    assert passing.retry_at_s == NOW_S
    nothing, _ = step(replace(RECORDING, size_bytes=0), Exited(WHY), now_s=NOW_S)
    assert nothing.retry_at_s > NOW_S


def test_frames_clear_the_trouble_but_only_seconds_of_them_the_failures() -> None:
    troubled = replace(STARTING, failures=4, trouble=WHY)
    first, _ = step(troubled, Grew(1, SEGMENT), now_s=NOW_S)
    assert (first.trouble, first.failures) == (None, 4)
    almost, _ = step(first, Grew(2, SEGMENT), now_s=NOW_S + PROGRESS_CLEARS_FAILURES_S - 1)
    assert almost.failures == 4
    enough, _ = step(almost, Grew(3, SEGMENT), now_s=NOW_S + PROGRESS_CLEARS_FAILURES_S)
    assert enough.failures == 0


def test_frames_that_do_not_come_while_the_process_waits_for_its_disk_are_the_disks_fault() -> None:
    held = Tick(Clue.DISK)
    stalled, _ = step(RECORDING, held, now_s=NOW_S + 4.25)
    assert stalled.trouble == Trouble(
        Cause.STORAGE, "the disk does not answer: no new frame for 4.2 s"
    )
    late, _ = step(STARTING, held, now_s=NOW_S + FIRST_BYTES_LIMIT_S)
    assert late.trouble == Trouble(
        Cause.STORAGE, "the disk does not answer: nothing on disk 8 s after the start"
    )
    assert step(RECORDING, held, now_s=NOW_S + 1) == (RECORDING, None)


@pytest.mark.parametrize(
    ("clue", "causes", "says"),
    [
        (Clue.GARBAGE, (Cause.GARBAGE, Cause.GARBAGE), "not in the format"),
        (Clue.SILENCE, (Cause.NO_FIRST_FRAME, Cause.STALLED), "the stream sends nothing"),
        (Clue.FILE_TAKEN, (Cause.FILE_TAKEN, Cause.FILE_TAKEN), "not in its place"),
    ],
)
def test_what_is_known_of_frames_that_do_not_come_is_their_cause(
    clue: Clue, causes: tuple[Cause, Cause], says: str
) -> None:
    late, _ = step(STARTING, Tick(clue), now_s=NOW_S + FIRST_BYTES_LIMIT_S)
    stalled, effect = step(RECORDING, Tick(clue), now_s=NOW_S + 4.25)
    assert late.trouble is not None
    assert stalled.trouble is not None
    assert (late.trouble.cause, stalled.trouble.cause) == causes
    assert says in late.trouble.detail
    assert says in stalled.trouble.detail
    assert effect is Effect.INTERRUPT


def test_frames_that_go_elsewhere_end_an_attempt_that_runs_and_mean_nothing_after_it() -> None:
    for running in (STARTING, RECORDING):
        given_up, effect = step(running, Lost(WHY), now_s=NOW_S)
        assert (given_up.phase, given_up.trouble) == (Phase.STOPPING, WHY)
        assert (given_up.will_retry, effect) == (True, Effect.INTERRUPT)
        assert step(given_up, Lost(WHY), now_s=NOW_S) == (given_up, None)
    assert step(Recorder("side"), Lost(WHY), now_s=NOW_S) == (Recorder("side"), None)


def test_what_is_wrong_with_frames_that_arrive_ends_with_the_attempt() -> None:
    slow, effect = step(RECORDING, Grew(2000, SEGMENT, WHY), now_s=NOW_S + 1)
    assert (slow.phase, slow.warning, slow.trouble, effect) == (Phase.RECORDING, WHY, None, None)
    assert step(slow, Grew(3000, SEGMENT), now_s=NOW_S + 2)[0].warning is None
    assert step(slow, Exited(WHY), now_s=NOW_S + 2)[0].warning is None


def test_a_stall_keeps_its_own_cause_whatever_the_recorder_says_at_its_end() -> None:
    stalled, _ = step(RECORDING, Tick(), now_s=NOW_S + 4.25)
    assert stalled.trouble == Trouble(Cause.STALLED, "no new frame for 4.2 s")
    after, _ = step(stalled, Exited(WHY), now_s=NOW_S + 5)
    assert (after.phase, after.trouble) == (Phase.BACKING_OFF, stalled.trouble)
    assert after.open_segment is None


def test_a_stop_while_giving_up_is_final() -> None:
    stopped, _ = step(GIVING_UP, STOP, now_s=NOW_S)
    after, _ = step(stopped, Exited(WHY), now_s=NOW_S)
    assert after == Recorder("side", since_s=NOW_S)


def test_an_end_that_is_asked_for_again_comes_no_later() -> None:
    again, effect = step(ENDING, LINGER, now_s=NOW_S + 0.5)
    assert (again, effect) == (ENDING, None)
    sooner, effect = step(ENDING, replace(LINGER, linger_s=0.1), now_s=NOW_S + 0.5)
    assert (sooner.ending, effect) == (Ending(NOW_S + 0.6, LINGER.why), None)


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.RECORDING])
def test_what_stalls_while_it_is_about_to_end_is_not_begun_anew(phase: Phase) -> None:
    slow = replace(RECORDING, phase=phase, ending=Ending(NOW_S + 60, "replaced"))
    stalled, effect = step(slow, Tick(), now_s=NOW_S + FIRST_BYTES_LIMIT_S)
    assert (stalled.phase, effect) == (Phase.STOPPING, Effect.INTERRUPT)
    after, _ = step(stalled, Exited(WHY), now_s=NOW_S + FIRST_BYTES_LIMIT_S)
    assert after.phase is Phase.IDLE


def test_an_end_can_be_taken_back_until_it_has_come() -> None:
    after, effect = step(ENDING, Update("side", recording()), now_s=NOW_S + 0.5)
    assert (after, effect) == (RECORDING, None)
    other = recording(of=source(capability=FULL_HD))
    assert step(ENDING, Update("side", other), now_s=NOW_S + 0.5) == (ENDING, None)


@pytest.mark.parametrize(
    "before", [r for r in EVERY if r.phase is not Phase.IDLE and r is not ENDING]
)
def test_an_update_changes_the_labels_and_nothing_else(before: Recorder) -> None:
    labelled = replace(recording(), provenance={"about": {"subject": "m042"}})
    after, effect = step(before, Update("side", labelled), now_s=NOW_S + 1)
    assert (after, effect) == (replace(before, recording=labelled), None)


@pytest.mark.parametrize("before", EVERY)
def test_an_update_cannot_change_the_source(before: Recorder) -> None:
    other = recording(of=source(capability=FULL_HD))
    assert step(before, Update("side", other), now_s=NOW_S + 1) == (before, None)


def test_a_trouble_reads_as_cause_and_detail() -> None:
    assert str(WHY) == "recorder exited: exit code 1, without a word"
    assert str(Trouble(Cause.STALLED, "")) == "stalled"
