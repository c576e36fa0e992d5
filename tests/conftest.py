"""What every test process starts from."""

import logging
import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.films import Film, shoot
from thorsched.base.logs import QueuedHandler

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")


def pytest_configure() -> None:
    """Let children be as a user's are: they hear Ctrl-C, and keep what they print in buffers.

    A run that was started by `nohup` or with `&` has SIGINT ignored, and what is ignored is
    ignored in every child too. What is caught is at its default again in a child.

    Compiled tests are kept, whatever the environment says: otherwise each worker compiles them
    all each time, which takes 7 s of a processor, and each Python that a test starts the program.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: None)
    os.environ.pop("PYTHONUNBUFFERED", None)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have every worker begin with some of the long tests, and measure no random ones.

    A long one that is begun last runs on alone. A worker is given an equal part of what is
    collected, and when it has done that it takes from the end of another's. Those of a module that
    is long as a whole share what takes long, so that one worker has them all.
    """
    for item in items:
        if getattr(getattr(item, "function", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")  # twice as fast; what it calls is called by name elsewhere
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("long"):
            is_long = any(mark.name == "long" for mark in item.own_markers)
            long.setdefault(item.nodeid if is_long else str(item.path), []).append(item)
    short = [item for item in items if not item.get_closest_marker("long")]
    total, shares, items[:] = len(items), list(long.values()), []
    for left in range(workers, 0, -1):
        mine = [item for share in shares[workers - left :: workers] for item in share]
        rest = max((total - len(items)) // left - len(mine), 0)
        items += [*mine, *short[:rest]]
        del short[:rest]
    items += short


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """A whole MJPEG segment of 60 frames, without metadata, that gst-launch wrote."""
    return shoot(tmp_path_factory.mktemp("film") / "film.mkv", frames=60)


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    """Undo what `logs.set_up` does to the loggers, the root's among them, after every test."""
    loggers = [logging.getLogger(), logging.getLogger("thorsched")]
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    yield
    ours = {handler for logger in loggers for handler in logger.handlers}
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        ours -= set(handlers)
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
    for handler in ours:
        if isinstance(handler, QueuedHandler):
            handler.close()
