"""What a revision changed as the journal has it, JSON text, and back. Pure.

Called by `statements.py`, `reader.py` and `rebuilding/rebuild.py`. Anybody may have written a
journal: what is not of this form is a `ValueError`, and nothing else.
"""

import json
from typing import Any

from thorsched.base.units import format_utc, parse_utc
from thorsched.catalogue.applied import Change, Difference, Effect
from thorsched.schedule.intervals import ALWAYS, Window, window_dict


def difference_text(difference: Difference) -> str:
    """Return e.g. `{"cameras": [{"camera": "side", "effect": "replaced", ...}], "file": []}`.

    A window is `{"start": ..., "end": ...}` in UTC, with null for a side that it does not have.
    """
    told = {
        "cameras": [_told(change) for change in difference.cameras],
        "file": list(difference.file),
    }
    return json.dumps(told)


def difference_of(text: str) -> Difference:
    """Return what `difference_text` was given. Raises `ValueError`."""
    try:
        told = json.loads(text)
        cameras = tuple(map(_change, _listed(told["cameras"])))
        return Difference(cameras, _words(told["file"]))
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"what changed cannot be read: {error!r:.80}") from None


def _told(change: Change) -> dict[str, Any]:
    return {
        "camera": change.camera,
        "effect": change.effect.value,
        "is_now": change.is_now,
        "window": window_dict(change.window) if change.window else None,
        "reasons": list(change.reasons),
        "since": format_utc(change.since),
    }


def _change(told: dict[str, Any]) -> Change:
    is_now = told["is_now"]
    if not isinstance(is_now, bool):
        raise TypeError("is_now is neither true nor false")
    window = told["window"]
    return Change(
        camera=_word(told["camera"]),
        effect=Effect(told["effect"]),
        is_now=is_now,
        window=None if window is None else _window(window),
        reasons=_words(told["reasons"]),
        since=None if (since := told.get("since")) is None else parse_utc(since),
    )


def _window(told: dict[str, Any]) -> Window:
    start, end = told["start"], told["end"]
    return Window(
        ALWAYS.start if start is None else parse_utc(start),
        ALWAYS.end if end is None else parse_utc(end),
    )


def _words(told: object) -> tuple[str, ...]:
    return tuple(map(_word, _listed(told)))


def _word(told: object) -> str:
    if not isinstance(told, str):
        raise TypeError("there is something else than text")
    return told


def _listed(told: object) -> list[Any]:
    if not isinstance(told, list):
        raise TypeError("there is something else than a list")
    return told
