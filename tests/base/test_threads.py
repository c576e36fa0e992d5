"""Threads that a recording can do without."""

import logging
import threading

import pytest

from thorsched.base.threads import started


def test_a_thread_that_cannot_be_had_is_told_with_what_stays_undone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    thread = threading.Thread(target=lambda: None, name="copies")
    before = threading.stack_size(2**46)  # no machine has room for such a thread
    try:
        assert not started(thread, undone="nothing is copied")
    finally:
        threading.stack_size(before)
    [told] = caplog.records
    assert (told.levelno, told.message) == (logging.ERROR, "no thread to be had")
    assert {"wanted_for": "copies", "undone": "nothing is copied"}.items() <= vars(told).items()


def test_a_thread_that_can_be_had_runs() -> None:
    has_run = threading.Event()
    thread = threading.Thread(target=has_run.set)
    assert started(thread, undone="nothing")
    thread.join()
    assert has_run.is_set()
