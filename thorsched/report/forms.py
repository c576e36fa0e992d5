"""A report for programs: JSON, whose form is `schemas/report.schema.json`, and CSV. Pure."""

import csv
import io
from typing import Any

from thorsched.base.text import printable
from thorsched.base.units import format_utc
from thorsched.catalogue.ledger import Account, Missing, Paused
from thorsched.report.drifted import Drifted
from thorsched.report.values import CameraReport, RecordingReport, Report
from thorsched.report.words import causes, headline, verdict
from thorsched.schedule.intervals import window_dict

_VERSION = 1
_SUMS = (
    "wanted_s",
    "recorded_s",
    "missing_s",
    "surplus_s",
    "twice_s",
    "segments",
    "audited",
    "frames",
    "size_bytes",
    "dropped",
    "damaged",
    "paused_s",
)
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_object(report: Report) -> dict[str, Any]:
    """Return what is printed as JSON; times are ISO 8601 in UTC, durations are seconds."""
    return {
        "version": _VERSION,
        "file": str(report.file),
        "root": str(report.root),
        "zone": report.zone.key,
        "made": format_utc(report.made),
        "period": window_dict(report.period),
        "recording": report.is_recording,
        "complete": report.is_complete,
        "verdict": headline(report),
        "notes": list(report.notes),
        "revisions": [
            {"revision": one.revision, **window_dict(one.span)} for one in report.revisions
        ],
        "sums": _summed(report),
        "cameras": [_camera(camera) for camera in report.cameras],
    }


def as_csv(report: Report) -> str:
    """Return a line for each camera and day."""
    page = io.StringIO()
    table = csv.writer(page, lineterminator="\n")
    table.writerow(["camera", "day", "coverage_percent", "gaps", "causes", *_SUMS])
    for camera in report.cameras:
        for day, account in camera.days:
            about = [_cell(account.camera), day.isoformat(), account.percent, len(account.missing)]
            table.writerow([*about, causes(account.missing), *_numbers(account).values()])
    return page.getvalue()


def _camera(camera: CameraReport) -> dict[str, Any]:
    return {
        "camera": camera.whole.camera,
        "verdict": verdict(camera.whole),
        **_about(camera.whole),
        "gaps": [_gap(gap) for gap in camera.whole.missing],
        "pauses": [_pause(pause) for pause in camera.whole.paused],
        "drifts": [_drift(drift) for drift in camera.drifts],
        "recordings": [_recording(one) for one in camera.recordings],
        "days": [{"day": day.isoformat(), **_about(account)} for day, account in camera.days],
    }


def _recording(one: RecordingReport) -> dict[str, Any]:
    return {
        **window_dict(one.span),
        "revisions": list(one.revisions),
        "schedules": list(one.schedules),
    }


def _about(account: Account) -> dict[str, Any]:
    about = {"complete": account.is_complete, "coverage_percent": account.percent}
    return {**about, **_numbers(account)}


def _summed(report: Report) -> dict[str, float]:
    numbers = [_numbers(camera.whole) for camera in report.cameras]
    summed = {name: round(sum(one[name] for one in numbers), 3) for name in _SUMS}
    return {**summed, "gaps": sum(len(camera.whole.missing) for camera in report.cameras)}


def _numbers(account: Account) -> dict[str, float]:
    return {name: round(getattr(account, name), 3) for name in _SUMS}


def _gap(gap: Missing) -> dict[str, Any]:
    return {
        **window_dict(gap.span),
        "seconds": round(gap.span.length.total_seconds(), 3),
        "cause": gap.trouble.cause.value,
        "detail": gap.trouble.detail,
        "blame": gap.blame.value,
    }


def _pause(pause: Paused) -> dict[str, Any]:
    return {
        **window_dict(pause.span),
        "seconds": round(pause.span.length.total_seconds(), 3),
        "why": pause.why,
        "how": pause.how,
    }


def _drift(drift: Drifted) -> dict[str, Any]:
    seconds = round(drift.span.length.total_seconds(), 3)
    return {**window_dict(drift.span), "seconds": seconds, "what": drift.what}


def _cell(text: str) -> str:
    text = printable(text)
    return f"'{text}" if text.startswith(_FORMULA) else text
