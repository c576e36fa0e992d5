"""What the operator's own keys (`about:` in the YAML) are called in NWB. Pure.

Called by `nwb.py`, and for what NWB does not take by `cli/export.py` and `check`. A key that NWB
knows goes where NWB's readers look for it; all of them, those too, stand in the file's notes, as
they were written.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from thorsched.base.errors import FileError
from thorsched.base.text import printable
from thorsched.export.told import About, Segment

_SUBJECT_FIELDS = ("subject_id", "species", "strain", "genotype", "sex", "age", "weight")
_SUBJECT = {key: key for key in (*_SUBJECT_FIELDS, "date_of_birth")} | {"subject": "subject_id"}
_SESSION_FIELDS = (
    *("session_id", "experiment_description", "experimenter", "institution", "lab", "protocol"),
    *("pharmacology", "surgery", "virus", "stimulus_notes"),
)
_SESSION = {key: key for key in _SESSION_FIELDS} | {
    "session": "session_id",
    "experiment": "experiment_description",
}
_LONGEST_CHARS = 10_000
_SEXES = {"m": "M", "male": "M", "f": "F", "female": "F", "o": "O", "u": "U", "unknown": "U"}
# ISO 8601, and NWB's range of it: P90D, P8W/P10W.
_AGE = re.compile(r"P(?!$)(\d+(\.\d+)?[YMWD])*(T(\d+(\.\d+)?[HMS])+)?(/(P\w+)?)?")
_AGE_IN_WORDS = re.compile(r"(\d+(?:\.\d+)?) *(d|w|y|(?:day|week|month|year)s?)")
_RIGHT = {
    "age": "with a unit, as ISO 8601 has it: P90D, P12W",
    "weight": "with its unit: 25 g",
    "sex": "as M, F, O (other) or U (unknown)",
    "date_of_birth": "as 2025-12-01",
}


class SeveralSubjects(FileError):
    """An NWB file is of one animal."""


def subject_of(segments: Iterable[Segment]) -> dict[str, str | datetime]:
    """Return the fields of NWB's subject; none where `about:` has nothing of them.

    What NWB would not understand (see `not_taken`) is left to the notes, and so is what differs
    between the segments. Raises `SeveralSubjects` if that is the animal itself.
    """
    told = _values((one.told.about for one in segments), _SUBJECT)
    ids = told.get("subject_id", [])
    if len(ids) > 1:
        raise SeveralSubjects(
            f"these files are of {len(ids)} subjects, {printable(', '.join(ids))}, and an NWB file "
            "is of one: export those of each apart"
        )
    read = {field: _read(field, values[0]) for field, values in told.items() if len(values) == 1}
    return {field: value for field, value in read.items() if value is not None}


def session_of(segments: Iterable[Segment]) -> dict[str, str]:
    """Return the fields of NWB's session that `about:` has; what differs is left to the notes."""
    told = _values((one.told.about for one in segments), _SESSION)
    return {field: values[0] for field, values in told.items() if len(values) == 1}


def notes_of(segments: Iterable[Segment]) -> str:
    """Return all keys of each camera as JSON; a list of them where they changed meanwhile."""
    cameras: dict[str, list[About]] = {}
    for segment in segments:
        told = cameras.setdefault(segment.told.camera, [])
        if segment.told.about not in told:
            told.append(segment.told.about)
    shown = {name: told[0] if len(told) == 1 else told for name, told in cameras.items()}
    return json.dumps({"about": shown}, ensure_ascii=False)


def not_taken(abouts: Iterable[About]) -> Iterator[tuple[str, str]]:
    """Yield the keys that NWB knows and of which it does not understand the value, and why."""
    for field, values in _values(abouts, {field: field for field in _RIGHT}).items():
        for value in values:
            if _read(field, value) is None:
                words = (
                    f"'{printable(value)}' is nothing that NWB's subject takes, and stands in an"
                )
                yield field, f"{words} export's notes alone; write it {_RIGHT[field]}"


def _values(abouts: Iterable[About], names: dict[str, str]) -> dict[str, list[str]]:
    """Return what they say for each field, each different text once."""
    found: dict[str, list[str]] = {}
    for about in abouts:
        for key, value in about.items():
            field = names.get(key.strip().lower().replace(" ", "_").replace("-", "_"))
            text = printable(str(value).strip(), longest=_LONGEST_CHARS)
            if field and text and text not in found.setdefault(field, []):
                found[field].append(text)
    return {field: values for field, values in found.items() if values}


def _read(field: str, text: str) -> str | datetime | None:
    match field:
        case "sex":
            return _SEXES.get(text.lower())
        case "age":
            return _age(text)
        case "weight":  # NWB would take a bare number for kilograms
            return text if re.fullmatch(r"[\d.]+ *(mg|g|kg)", text) else None
        case "date_of_birth":
            return _moment(text)
        case _:
            return text


def _age(text: str) -> str | None:
    in_words = _AGE_IN_WORDS.fullmatch(text.lower())
    if in_words:
        return f"P{in_words[1]}{in_words[2][0].upper()}"
    return text if _AGE.fullmatch(text) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
