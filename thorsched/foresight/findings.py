"""What `thorsched check` finds, one by one. Pure.

Made by `readiness.py` and `places.py`, which look at the world, and by `lint.py`, which looks at
the file.
"""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What a finding means for tonight."""

    READY = "ready"
    INFORMATION = "information"  # nothing that recording depends on
    WARNING = "warning"  # records, but perhaps not as meant
    PROBLEM = "problem"  # does not record


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `subject` is its path in the file, or what it is."""

    verdict: Verdict
    subject: str
    detail: str
