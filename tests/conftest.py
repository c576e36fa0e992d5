"""What every test process starts from."""

import signal

from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")


def pytest_configure() -> None:
    """Let children hear Ctrl-C even where this run does not.

    A run that was started by `nohup` or with `&` has SIGINT ignored, and what is ignored is
    ignored in every child too. What is caught is at its default again in a child.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: None)
