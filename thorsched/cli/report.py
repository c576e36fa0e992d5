"""`thorsched report FILE`: gathers, then prints or writes one form of it."""

import gc
import json
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from tzlocal import get_localzone

from thorsched.base.clock import SystemClock
from thorsched.cli.beginning import what_counts
from thorsched.cli.console import is_narrow, show_table
from thorsched.cli.exits import ExitCode
from thorsched.cli.report_table import shown
from thorsched.cli.written import say_written, write_whole
from thorsched.report.forms import as_csv, as_object
from thorsched.report.gathering import gather
from thorsched.report.period import Asked

# A month of segments is tens of thousands of values, none of which is in a cycle: to look for one
# each time that 700 are made takes a twentieth of the whole.
_MOST_NEW_VALUES = 100_000


class Form(Enum):
    """How a report is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def report_on(
    path: Path, asked: Asked, names: Sequence[str], *, form: Form, page: Path | None
) -> int:
    """Print the report, or write it to `page` as HTML; return the exit code.

    Raises `ConfigError`, and `MachineError` without a journal that can be read.
    """
    gc.set_threshold(_MOST_NEW_VALUES)
    now = SystemClock().now()
    report = gather(what_counts(path), asked, names, now=now, zone=get_localzone())
    if page is not None:
        from thorsched.report.page import page_of  # noqa: PLC0415 - with Jinja2 and Pillow

        write_whole(page, page_of(report).encode("utf-8", "replace"))
    match form:
        case Form.JSON:
            print(json.dumps(as_object(report), indent=2))
        case Form.CSV:
            print(as_csv(report), end="")
        case Form.TEXT:
            show_table(shown(report, is_narrow=is_narrow()))
    if page is not None:
        say_written("page", page, beside_data=form is not Form.TEXT)
    return ExitCode.DONE if report.is_complete else ExitCode.NOT_READY
