"""The history of a file for programs: JSON, whose form is `schemas/history.schema.json`."""

from collections.abc import Iterable
from typing import Any

from thorsched.base.units import format_utc
from thorsched.catalogue.applied import Change, Difference, Kept, change_dict
from thorsched.cli.history.text import patch_of
from thorsched.reload.past.extent import Extent, Share
from thorsched.reload.past.history import History, is_noted
from thorsched.reload.past.lineage import Line, content_of

_VERSION = 1


def as_object(
    history: History, lines: Iterable[Line], *, with_patch: bool, with_text: bool
) -> dict[str, Any]:
    """Return what is printed as JSON; times are ISO 8601 in UTC."""
    pid = history.pid
    return {
        "version": _VERSION,
        "file": str(history.path),
        "zone": history.zone.key,
        "roots": [str(root) for root in history.roots],
        "running": {
            "revision": history.newest.applied.revision,
            "pid": int(pid) if pid.isdecimal() else None,
            "runs": bool(pid),
        },
        "revisions": [
            {
                **_line(history, line),
                **({"patch": list(patch_of(history, line))} if with_patch else {}),
                **({"text": line.kept.applied.text} if with_text else {}),
            }
            for line in lines
        ],
        "troubles": list(history.troubles),
    }


def _line(history: History, line: Line) -> dict[str, Any]:
    before, applied, changed = line.before, line.kept.applied, history.changed(line)
    return {
        "revision": applied.revision,
        **_application(line.kept),
        "before": before.applied.revision if before else None,
        "is_edit": line.is_edit,
        "is_intact": content_of(line.kept) is not None,
        "changed": _difference(changed) if changed is not None else None,
        "is_noted": is_noted(line),
        "again": [_application(one) for one in line.starts],
        "recorded": _extent(history.extent(line)),
    }


def _application(kept: Kept) -> dict[str, Any]:
    return {
        "applied": format_utc(kept.applied.at),
        "how": kept.applied.how.value,
        "pid": kept.pid,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "cameras": [_change(one) for one in difference.cameras],
        "settings": list(difference.file),
    }


def _change(change: Change) -> dict[str, Any]:
    return {**change_dict(change), "since": format_utc(change.since)}


def _extent(extent: Extent) -> list[dict[str, Any]]:
    return [_share(one) for one in extent.shares]


def _share(share: Share) -> dict[str, Any]:
    return {
        "camera": share.camera,
        "files": share.files,
        "recorded_s": round(share.recorded.total_seconds(), 3),
        "start": format_utc(share.start),
        "end": format_utc(share.end),
    }
