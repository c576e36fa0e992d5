"""The segments that wait for their repair, or for quarantine, and when each is tried again. Pure.

Called by `archive.py`, in its thread alone but for `segments`.
"""

from dataclasses import dataclass

from thorsched.recording.segments import Described, Segment

FIRST_WAIT_S = 10.0
LONGEST_WAIT_S = 600.0


@dataclass(slots=True, eq=False)
class Patient:
    """A segment that its recorder never closed, or that nobody can say whose frames it holds."""

    described: Described
    refused: str = ""
    """Why nothing is to be done but to set it apart; '' while it can be repaired."""
    is_told: bool = False
    """Whether the log says that it could not be set apart."""
    failures: int = 0
    due_s: float = 0.0
    """Monotonic."""


class Patients:
    """Those that are not dismissed as yet, in the order in which they came."""

    def __init__(self) -> None:
        self._patients: list[Patient] = []

    def __bool__(self) -> bool:
        return bool(self._patients)

    def segments(self) -> tuple[Segment, ...]:
        return tuple(patient.described.segment for patient in self._patients)

    def admit(self, described: Described) -> None:
        self._patients.append(Patient(described, described.segment.doubt))

    def due(self, *, now_s: float, is_last: bool) -> Patient | None:
        """Return the next one to be repaired; the last time, whoever is there is due."""
        return next((one for one in self._patients if is_last or one.due_s <= now_s), None)

    def put_off(self, patient: Patient, *, now_s: float) -> None:
        """Let it wait, after each failure twice as long: a repair reads and writes whole files."""
        patient.due_s = now_s + min(FIRST_WAIT_S * 2.0 ** min(patient.failures, 10), LONGEST_WAIT_S)
        patient.failures += 1

    def dismiss(self, patient: Patient) -> None:
        self._patients.remove(patient)
