"""Starts of one camera or several at once, each with its log where it is wanted, and their answers.

Called by `api.py`, with what `arguments.py` has made of a call.
"""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from thorsched.base.endings import undisturbed
from thorsched.client import answers
from thorsched.client.answers import Stream
from thorsched.client.arguments import Settings
from thorsched.recording.keeper import Keeper
from thorsched.recording.spec import Recording

log = logging.getLogger(__name__)

_LOOK_S = 0.2


def with_log(recording: Recording, settings: Settings, scratch: Path) -> Recording:
    """Return the recording, its recorder's log in `scratch` unless it is to be beside the files."""
    if settings.log == "file":
        return recording
    naming = replace(recording.output.naming, logs=scratch, log="{camera}.log")
    return replace(recording, output=replace(recording.output, naming=naming))


def start(keeper: Keeper, wanted: Recording, settings: Settings) -> Stream:
    """Start a recording and say what came of it; errors as `Keeper.start`."""
    kept = keeper.start(
        wanted,
        restart=settings.restart,
        most_files=settings.most_files,
        echo=settings.log == "console",
    )
    message = _outcome(kept, wanted)
    if message == answers.GOES_ON:
        log.warning(
            message,
            extra={"camera": kept.camera, "source": kept.source, "root": kept.output.root},
        )
    return answers.stream(kept, keeper.recorder(kept.camera), message)


def _outcome(kept: Recording, wanted: Recording) -> str:
    """Return in words what a start has come to that wanted one and found another kept."""
    if kept is wanted:
        return answers.STARTED
    is_alike = kept.source == wanted.source and kept.output.root == wanted.output.root
    return answers.ALREADY if is_alike else answers.GOES_ON


def start_all(keeper: Keeper, wanted: Sequence[Recording], settings: Settings) -> list[Stream]:
    """Start several at once; return when all have begun, or raise the first one's error.

    Whatever interrupts this, all of these are stopped again.
    """
    is_called_off = threading.Event()

    def begin(recording: Recording) -> Stream:
        started = start(keeper, recording, settings)
        if is_called_off.is_set():  # and was not kept yet when the others were stopped
            keeper.call_off([recording])
        return started

    pool = ThreadPoolExecutor(max_workers=max(len(wanted), 1))
    try:
        starts = [pool.submit(begin, recording) for recording in wanted]
        while wait(starts, _LOOK_S).not_done:  # by slices: Ctrl-C is heard on every platform
            pass
    except BaseException:
        with undisturbed(is_ending=False):
            is_called_off.set()
            keeper.call_off(wanted)
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [one.result() for one in starts]
