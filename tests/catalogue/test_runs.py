"""What the end of a run means for the time after it."""

from dataclasses import replace

import pytest

from tests.catalogue.told import RUN
from thorsched.catalogue.entries import Run
from thorsched.catalogue.runs import BY_AN_ERROR, HUNG, absence_after, was_ended
from thorsched.recording.trouble import Blame, blame_of

ENDED = replace(RUN, ended=RUN.last_pass)


@pytest.mark.parametrize("how", ["Ctrl-C", "--for", "SIGTERM", "SIGBREAK", "handover"])
def test_who_ends_a_run_is_the_one_to_blame_for_what_is_missing_since(how: str) -> None:
    run = replace(ENDED, how=how)
    absence = absence_after(run)
    assert str(absence).startswith(f"thorsched was ended: by {how} (process {run.pid}), last at ")
    assert (blame_of(absence.cause), was_ended(run)) == (Blame.OTHERS, True)


@pytest.mark.parametrize("run", [RUN, *(replace(ENDED, how=how) for how in (HUNG, BY_AN_ERROR))])
def test_a_run_that_nobody_has_ended_is_ours_to_blame_for(run: Run) -> None:
    absence = absence_after(run)
    assert str(absence).startswith(f"thorsched did not run: process {run.pid} ")
    assert (blame_of(absence.cause), was_ended(run)) == (Blame.US, False)
