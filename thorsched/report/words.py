"""What a report says in few words: the verdict that a person reads in ten seconds. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from thorsched.base.moments import format_date
from thorsched.base.text import counted, short_hash
from thorsched.base.units import format_seconds
from thorsched.catalogue.ledger import Account, Missing, Paused
from thorsched.report.drifted import Drifted
from thorsched.report.values import InForce, Report
from thorsched.schedule.intervals import Window

_MOST_CAUSES = 2
_SEVERAL = 2
_MOST_REVISIONS = 3


def headline(report: Report) -> str:
    """Return the verdict on all cameras, e.g. `INCOMPLETE: 1 of 4 cameras, 41.0 s missing`."""
    accounts = [camera.whole for camera in report.cameras]
    asked = [one for one in accounts if one.wanted]
    if not asked:
        return "nothing was wanted"
    bad = [one for one in asked if not one.is_complete]
    wanted = format_seconds(sum(one.wanted_s for one in asked))
    if not bad:
        whole = f"complete: {counted(len(asked), 'camera')}, {wanted} wanted and recorded"
        return whole + _but_for(*asked) + harm(*asked)
    missing = format_seconds(sum(one.missing_s for one in bad))
    return (
        f"INCOMPLETE: {len(bad)} of {counted(len(asked), 'camera')}, "
        f"{missing} missing of {wanted} wanted{harm(*asked)}"
    )


def verdict(account: Account) -> str:
    """Return e.g. `99.97 %, 2 gaps, 41.0 s: server unreachable`."""
    if account.percent is None:
        return "nothing was wanted"
    if account.is_complete:
        return f"complete, {format_seconds(account.wanted_s)}{_but_for(account)}{harm(account)}"
    gaps, missing = counted(len(account.missing), "gap"), format_seconds(account.missing_s)
    return f"{percent(account)}, {gaps}, {missing}: {causes(account.missing)}{harm(account)}"


def _but_for(*accounts: Account) -> str:
    """Return what a complete account lacks, e.g. ` but for 48 gaps, 41.0 s: capability changed`."""
    missing = [one for account in accounts for one in account.missing]
    if not missing:
        return ""
    lost = format_seconds(sum(account.missing_s for account in accounts))
    return f" but for {counted(len(missing), 'gap')}, {lost}: {causes(missing)}"


def harm(*accounts: Account) -> str:
    """Return what audits found wrong inside of files, e.g. `; 2 frames dropped, 1 damaged`."""
    dropped, damaged = (
        sum(counts) for counts in zip(*((a.dropped, a.damaged) for a in accounts), strict=True)
    )
    words = [f"{counted(dropped, 'frame')} dropped"] if dropped else []
    words += [f"{counted(damaged, 'frame')} damaged"] if damaged else []
    return f"; {', '.join(words)}" if words else ""


def percent(account: Account) -> str:
    """Return e.g. `99.97 %`; `-` if nothing was wanted."""
    if account.percent is None:
        return "-"
    return f"{account.percent:.2f} %" if account.missing else "100 %"


def causes(missing: Iterable[Missing]) -> str:
    """Return the causes that cost most, the worst first."""
    lost: dict[str, float] = defaultdict(float)
    for one in missing:
        lost[one.trouble.cause.value] += one.span.length.total_seconds()
    worst = sorted(lost, key=lambda cause: -lost[cause])
    more = len(worst) - _MOST_CAUSES
    return ", ".join(worst[:_MOST_CAUSES]) + (f" and {more} more" if more > 0 else "")


def period(report: Report) -> str:
    """Return the time that is reported, by the zone's clocks."""
    start, end = (local(at, report.zone) for at in (report.period.start, report.period.end))
    return f"{start} to {end} ({report.zone.key})"


def by_revisions(report: Report) -> str:
    """Return by which revisions of the file it was recorded, if by several; else ''.

    E.g. `by 2 revisions of the file: 72c3b4e0 until Wed 2026-11-25 10:26:01, then 0306298c`.
    """
    if len({one.revision for one in report.revisions}) < _SEVERAL:
        return ""
    *before, last = report.revisions
    many = f"by {len(report.revisions)} revisions of the file"
    if len(before) > _MOST_REVISIONS:
        first = short(before[0])
        return f"{many}, from {first} to {short(last)}: thorsched history tells when, and what"
    until = (f"{short(one)} until {local(one.span.end, report.zone)}" for one in before)
    return f"{many}: {', '.join(until)}, then {short(last)}"


def short(one: InForce) -> str:
    """Return a revision as people name it."""
    return short_hash(one.revision)


def local(at: datetime, zone: ZoneInfo) -> str:
    """Return e.g. `Tue 2026-11-24 09:00:00`; in UTC where those clocks can show no such time."""
    try:
        return _exactly(at.astimezone(zone))
    except OverflowError:
        return f"{_exactly(at)} UTC"


def until_words(at: datetime, now: datetime, zone: ZoneInfo, *, is_exact: bool) -> str:
    """Return e.g. `14:32`, with the day where that is not the one of `now`."""
    there = at.astimezone(zone)
    clock = f"{there:%H:%M:%S}" if is_exact else f"{there:%H:%M}"
    is_today = there.date() == now.astimezone(zone).date()
    return clock if is_today else f"{format_date(there)} {clock}"


def local_end(span: Window, zone: ZoneInfo) -> str:
    """Return when a stretch ends, beside its beginning: with the day where that is another."""
    start, end = span.start.astimezone(zone), span.end.astimezone(zone)
    return f"{end:%H:%M:%S}" if start.date() == end.date() else _exactly(end)


def _exactly(shown: datetime) -> str:
    return f"{format_date(shown)} {shown:%H:%M:%S}"


def all_gaps(report: Report) -> Sequence[tuple[str, Missing]]:
    """Return every gap with its camera, in order of time."""
    gaps = [(one.whole.camera, gap) for one in report.cameras for gap in one.whole.missing]
    return sorted(gaps, key=lambda gap: (gap[1].span.start, gap[0]))


def all_pauses(report: Report) -> Sequence[tuple[str, Paused]]:
    """Return every pause with its camera, in order of time."""
    pauses = [(one.whole.camera, p) for one in report.cameras for p in one.whole.paused]
    return sorted(pauses, key=lambda pause: (pause[1].span.start, pause[0]))


def all_drifts(report: Report) -> Sequence[tuple[str, Drifted]]:
    """Return every drift with its camera, in order of time."""
    drifts = [(one.whole.camera, d) for one in report.cameras for d in one.drifts]
    return sorted(drifts, key=lambda drift: (drift[1].span.start, drift[0]))


def drifted(camera: str, drift: Drifted, zone: ZoneInfo) -> str:
    """Return e.g. `side: drift Tue 2026-11-24 14:02:00 to 20:00:00 (5 h 58 min): wanted ...`."""
    start, end = local(drift.span.start, zone), local_end(drift.span, zone)
    length = format_seconds(drift.span.length.total_seconds())
    return f"{camera}: drift {start} to {end} ({length}): {drift.what}"


def paused(camera: str, pause: Paused, zone: ZoneInfo) -> str:
    """Return e.g. `side: paused Tue 2026-11-24 10:00:00 to 10:30:00 (30 min): cleaning`."""
    start, end = local(pause.span.start, zone), local_end(pause.span, zone)
    length = format_seconds(pause.span.length.total_seconds())
    why = f": {pause.why}" if pause.why else ""
    return f"{camera}: paused {start} to {end} ({length}){why}"
