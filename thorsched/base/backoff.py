"""How long to wait before trying again what has failed. Pure.

Called by `recording/transitions.py` between the attempts of a camera, by `recording/unstopped.py`
between the calls of a stop, and by `thorvision/events.py` between the connections to a server.
"""

import zlib

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 15.0


def backoff_s(name: str, failures: int) -> float:
    """Return how long `name` waits after `failures` failures in a row, in seconds.

    Doubles from 0.5 s to 15 s. The jitter of up to a fifth follows from the name and the count, so
    that those which failed together do not come back together, and a run can be reproduced.
    """
    doubled_s = min(FIRST_BACKOFF_S * 2.0 ** min(failures, 10), LONGEST_BACKOFF_S)
    jitter = zlib.crc32(f"{name} {failures}".encode()) / 2**32
    return doubled_s * (1.0 - 0.2 * jitter)
