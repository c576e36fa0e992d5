"""`thorsched reload FILE`: has the running scheduler take the file as it is, and says what came.

It does so by itself whenever the file is saved; this is for whoever wants to see it done. The
scheduler is asked by SIGHUP where there is such a thing, and its journal tells what it made of it.
"""

import contextlib
import json
import signal
from pathlib import Path
from zoneinfo import ZoneInfo

from tzlocal import get_localzone

from thorsched.base.clock import SystemClock
from thorsched.base.errors import ConfigError, MachineError
from thorsched.base.text import printable_path, typed_path
from thorsched.catalogue.applied import RevisionApplied
from thorsched.cli.asking import ask
from thorsched.cli.console import harmless, print_said
from thorsched.cli.reload.answer import await_answer, heard
from thorsched.cli.reload.heard import forgetting_refusals, told_unasked
from thorsched.cli.reload.schedulers import Scheduler, roots_of, scheduler_of
from thorsched.cli.reload.words import Outcome, as_object, outcome_of, words, wrong_file
from thorsched.config.load import Loaded, load
from thorsched.recording.root import holder_of

_HANGUP: int | None = getattr(signal, "SIGHUP", None)


def reload(path: Path, *, as_json: bool) -> int:
    """Print what has come of it; return the exit code.

    Raises `ConfigError` for mistakes in the file, unless `as_json`, and `MachineError` if there is
    nobody to take it, or it was not taken.
    """
    found = _load(path)
    named = (found.config.storage.root,) if isinstance(found, Loaded) else ()
    roots = roots_of(path, named)
    scheduler = scheduler_of(path, roots)
    if isinstance(found, Loaded):
        if scheduler is None:
            raise _nobody(path, roots)
        outcome = _have_applied(found, scheduler, roots)
    else:
        outcome = _tell_mistakes(path, found, scheduler)
    return _print(outcome, _zone(found), as_json=as_json)


def _load(path: Path) -> Loaded | ConfigError:
    try:
        return load(path)
    except ConfigError as error:
        return error


def _nobody(path: Path, roots: tuple[Path, ...]) -> MachineError:
    shown, where = printable_path(path), printable_path(roots[0])
    for root in roots:
        other = heard(root).applied if holder_of(root) else None
        if other is not None:
            file = typed_path(other.path)
            return MachineError(
                f"process {holder_of(root)} records to {printable_path(root)} by another file; "
                f"nothing was changed: thorsched reload {file} is about that one"
            )
    return MachineError(
        f"no thorsched records by {shown} to {where}, so there is nothing to reload: "
        f"thorsched run {typed_path(path)} begins with the file as it is"
    )


def _have_applied(loaded: Loaded, scheduler: Scheduler, roots: tuple[Path, ...]) -> Outcome:
    before = {root: heard(root) for root in roots}
    if _HANGUP is None:  # it looks by itself, and says what is new alone: what it has said holds
        waited = told_unasked(before, loaded.revision)
        before = forgetting_refusals(before)
    else:
        waited = None
        ask(scheduler.pid, scheduler.root, _HANGUP, what="a look at the file")
    waited = waited or await_answer(before, loaded, SystemClock())
    return outcome_of(waited, file=loaded.path, asked=loaded.revision, pid=scheduler.pid)


def _tell_mistakes(path: Path, error: ConfigError, scheduler: Scheduler | None) -> Outcome:
    """Have the scheduler know of them, too, and wait for nothing."""
    runs: RevisionApplied | None = None
    if scheduler is not None:
        runs = scheduler.heard.applied
        with contextlib.suppress(MachineError):
            if _HANGUP is not None:
                ask(scheduler.pid, scheduler.root, _HANGUP, what="a look at the file")
    return wrong_file(error, file=path, pid=scheduler.pid if scheduler else None, runs=runs)


def _zone(found: Loaded | ConfigError) -> ZoneInfo:
    """Return by whose clocks windows are told."""
    named = found.config.zone if isinstance(found, Loaded) else None
    return named or get_localzone()


def _print(outcome: Outcome, zone: ZoneInfo, *, as_json: bool) -> int:
    now = SystemClock().now()
    if as_json:
        print(json.dumps(as_object(outcome, zone, now), indent=2))
        return outcome.code
    said = words(outcome, zone, now)
    if outcome.code == 1:
        raise ConfigError(said)
    if outcome.code:
        raise MachineError(said)
    print_said(map(harmless, said.splitlines()))
    return outcome.code
