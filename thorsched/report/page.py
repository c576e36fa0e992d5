"""A report as one page that stands alone: no script, no network, no other file.

Jinja2 escapes whatever is put into `page.html`; the page's own policy lets a browser load nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.base.units import format_seconds
from thorsched.catalogue.consulting import consulted
from thorsched.picture import palette
from thorsched.picture.templates import filled, shown
from thorsched.recording.trouble import Blame
from thorsched.report.pictures import Picture, contact_sheet
from thorsched.report.values import CameraReport, Report
from thorsched.report.words import (
    all_drifts,
    all_gaps,
    all_pauses,
    by_revisions,
    headline,
    local,
    local_end,
    paused,
    percent,
    period,
    verdict,
)
from thorsched.schedule.intervals import Window, joined
from thorsched.schedule.localtime import first_instant, midnight

WIDTH = 1000
"""Of a timeline, in its own units."""
_NARROWEST = 2.0
_MOST_GAPS = 500
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400, 43200, 144000)
_MOST_TICKS = 8
_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a timeline."""

    x: float
    width: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A time under a timeline."""

    x: float
    text: str


def page_of(report: Report) -> str:
    """Return the page. Raises `MachineError` if the journal has become unreadable."""
    with consulted(report.root) as journal:
        sheets = {
            camera.whole.camera: contact_sheet(
                journal, report.root, camera.whole.camera, report.period
            )
            for camera in report.cameras
        }
    gaps = all_gaps(report)
    return filled(
        Path(__file__).with_name("page.html"),
        light=palette.LIGHT,
        report=report,
        headline=headline(report),
        period=period(report),
        by_revisions=by_revisions(report),
        cameras=[_camera(camera, sheets[camera.whole.camera], report) for camera in report.cameras],
        ticks=list(ticks_of(report.period, report.zone)),
        gaps=[(camera, gap, *_bounds(gap.span, report.zone)) for camera, gap in gaps[:_MOST_GAPS]],
        more=max(len(gaps) - _MOST_GAPS, 0),
        pauses=[
            (camera, pause, *_bounds(pause.span, report.zone))
            for camera, pause in all_pauses(report)[:_MOST_GAPS]
        ],
        drifts=[
            (camera, drift, *_bounds(drift.span, report.zone))
            for camera, drift in all_drifts(report)[:_MOST_GAPS]
        ],
        has_nobodys=any(gap.blame is Blame.NOBODY for _, gap in gaps),
        made=local(report.made, report.zone),
        percent=percent,
        verdict=verdict,
        local=local,
    )


def _camera(camera: CameraReport, sheet: tuple[Picture, ...], report: Report) -> dict[str, object]:
    return {
        "name": camera.whole.camera,
        "whole": camera.whole,
        "days": [(day, one) for day, one in camera.days if one.wanted or one.pieces],
        "bars": list(_bars(camera, report)),
        "pictures": sheet,
    }


def _bars(camera: CameraReport, report: Report) -> Iterator[Bar]:
    """Yield what was wanted, what of it is recorded, pauses and gaps; what lies close is one."""
    whole, zone = camera.whole, report.zone
    pixel = report.period.length / WIDTH
    for kind, windows in (
        ("wanted", whole.wanted),
        ("surplus", whole.surplus),
        ("recorded", whole.recorded),
    ):
        for window in joined(windows, within=pixel / 2):
            start, end = _bounds(window, zone)
            yield _bar(window, report.period, kind, f"{kind} {start} to {end}")
    for pause in whole.paused[:_MOST_GAPS]:
        title = shown(paused(whole.camera, pause, zone))
        yield _bar(pause.span, report.period, "paused", title)
    for side in dict.fromkeys(gap.blame for gap in whole.missing):
        gaps = [gap for gap in whole.missing if gap.blame is side]
        for window in joined([gap.span for gap in gaps], within=pixel):
            inside = [gap for gap in gaps if window.holds(gap.span.start)]
            start, end = _bounds(window, zone)
            lost = format_seconds(sum(gap.span.length.total_seconds() for gap in inside))
            first = shown(inside[0].trouble)
            title = f"{lost} missing, {start} to {end}: {first}"
            yield _bar(window, report.period, side.value, title)


def _bar(window: Window, period: Window, kind: str, title: str) -> Bar:
    x = _x(window.start, period)
    width = _x(window.end, period) - x
    is_gap = kind not in {"wanted", "surplus", "recorded", "paused"}
    return Bar(round(x, 2), round(max(width, _NARROWEST if is_gap else 0.1), 2), kind, title)


def _x(at: datetime, period: Window) -> float:
    return WIDTH * ((at - period.start) / period.length)


def ticks_of(period: Window, zone: ZoneInfo) -> Iterator[Tick]:
    """Yield a few round times, by the zone's clocks."""
    minutes = period.length / timedelta(minutes=1)
    step = next((step for step in _TICKS if minutes / step <= _MOST_TICKS), _TICKS[-1])
    day = period.start.astimezone(zone).date()
    wall = midnight(day)
    while (at := first_instant(wall, zone)) <= period.end:
        if at >= period.start:
            is_day = step >= _DAY_MINUTES or (
                minutes > _DAY_MINUTES and wall == midnight(wall.date())
            )
            yield Tick(
                round(_x(at, period), 1), f"{at.astimezone(zone):{'%d %b' if is_day else '%H:%M'}}"
            )
        wall += timedelta(minutes=step)


def _bounds(span: Window, zone: ZoneInfo) -> Iterable[str]:
    return local(span.start, zone), local_end(span, zone)
