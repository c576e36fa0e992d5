"""A report on a terminal or in a pipe: the verdict first, then days and gaps."""

from collections.abc import Sequence
from datetime import date

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from thorsched.base.text import counted
from thorsched.base.units import format_seconds, format_size
from thorsched.catalogue.ledger import Account, Missing
from thorsched.cli.console import harmless, new_table
from thorsched.report.values import Report
from thorsched.report.words import (
    all_drifts,
    all_gaps,
    all_pauses,
    by_revisions,
    drifted,
    headline,
    local,
    local_end,
    paused,
    percent,
    period,
    verdict,
)

_MOST_GAPS = 50
_MOST_PAUSES = 20
# Of more days than that, those that are complete are left out.
_MOST_DAYS = 40
# Of a cause, which may be several sentences: with it a row has 100 columns, in a pipe, too.
_CAUSE_WIDTH = 34
_COLUMNS = ("coverage", "wanted", "recorded", "gaps", "missing", "surplus", "dropped", "size")
_TIMES = frozenset({"wanted", "recorded", "missing", "surplus"})
_GIVE_WAY = frozenset({"surplus", "dropped"})


def shown(report: Report, *, is_narrow: bool = False) -> RenderableType:
    """Return the report as text; of very many gaps the first.

    On a terminal that `is_narrow` some columns give way, as half a number is another number.
    """
    style = "bold green" if report.is_complete else "bold red"
    lines = [harmless(headline(report), style), harmless(period(report), "dim")]
    lines += [harmless(one, "dim") for one in (by_revisions(report),) if one]
    lines += [harmless(note, "yellow") for note in report.notes]
    for camera in report.cameras:
        colour = "green" if camera.whole.is_complete else "red"
        name = harmless(camera.whole.camera, "bold")
        lines.append(Text.assemble(name, " ", harmless(verdict(camera.whole), colour)))
    pauses = all_pauses(report)
    lines += [harmless(paused(*one, report.zone), "cyan") for one in pauses[:_MOST_PAUSES]]
    if len(pauses) > _MOST_PAUSES:
        lines.append(Text(f"{len(pauses) - _MOST_PAUSES} more pauses: see --json", style="dim"))
    drifts = all_drifts(report)
    lines += [harmless(drifted(*one, report.zone), "yellow") for one in drifts[:_MOST_PAUSES]]
    if len(drifts) > _MOST_PAUSES:
        lines.append(Text(f"{len(drifts) - _MOST_PAUSES} more drifts: see --json", style="dim"))
    gaps = all_gaps(report)
    days = [one for camera in report.cameras for one in camera.days if _says_something(one[1])]
    told = [one for one in days if len(days) <= _MOST_DAYS or not one[1].is_complete]
    tables: list[RenderableType] = [Text(), _days(report, told, is_narrow=is_narrow)]
    if len(told) < len(days):
        left_out = counted(len(days) - len(told), "complete day")
        tables.append(Text(f"{left_out} not shown: see --csv", style="dim"))
    if gaps:
        tables += [Text(), _gaps(report, gaps[:_MOST_GAPS])]
    if len(gaps) > _MOST_GAPS:
        tables.append(Text(f"{len(gaps) - _MOST_GAPS} more gaps: see --json", style="dim"))
    return Group(*lines, *tables)


def _says_something(account: Account) -> bool:
    return bool(account.wanted or account.pieces or account.surplus)


def _days(report: Report, days: Sequence[tuple[date, Account]], *, is_narrow: bool) -> Table:
    table = _table("camera", "day")
    columns = [name for name in _COLUMNS if not (is_narrow and name in _GIVE_WAY)]
    for column in columns:
        table.add_column(column, justify="right", no_wrap=column not in _TIMES, overflow="fold")
    for day, account in days:
        table.add_row(*_row(account, day, columns))
    if sorted(account.camera for _, account in days) != sorted(
        camera.whole.camera for camera in report.cameras
    ):
        table.add_section()
        for camera in report.cameras:
            table.add_row(*_row(camera.whole, None, columns))
    return table


def _row(account: Account, day: date | None, columns: Sequence[str]) -> tuple[str | Text, ...]:
    cells = {
        "coverage": percent(account),
        "wanted": format_seconds(account.wanted_s),
        "recorded": format_seconds(account.recorded_s),
        "gaps": str(len(account.missing)),
        "missing": format_seconds(account.missing_s),
        "surplus": format_seconds(account.surplus_s + account.twice_s),
        "dropped": str(account.dropped) if account.audited else "-",
        "size": format_size(account.size_bytes),
    }
    whose = (harmless(account.camera), "all" if day is None else f"{day}")
    return (*whose, *(cells[column] for column in columns))


def _gaps(report: Report, gaps: Sequence[tuple[str, Missing]]) -> Table:
    table = _table("camera", "gap from", "to")
    table.add_column("missing", justify="right", no_wrap=True)
    table.add_column("blame", no_wrap=True)
    table.add_column("cause", overflow="fold", max_width=_CAUSE_WIDTH)
    for camera, gap in gaps:
        table.add_row(
            harmless(camera),
            local(gap.span.start, report.zone),
            local_end(gap.span, report.zone),
            format_seconds(gap.span.length.total_seconds()),
            gap.blame.value,
            harmless(str(gap.trouble)),
        )
    return table


def _table(*columns: str) -> Table:
    table = new_table()
    for column in columns:
        table.add_column(column, no_wrap=True, overflow="fold")
    return table
