"""`thorsched report FILE`: gathers, then prints or writes one form of it."""

import gc
import json
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from tzlocal import get_localzone

from thorsched.base import host
from thorsched.base.clock import SystemClock
from thorsched.base.errors import MachineError
from thorsched.base.text import printable
from thorsched.cli.console import is_narrow, show_table
from thorsched.cli.exits import ExitCode
from thorsched.cli.report_table import shown
from thorsched.config.load import load
from thorsched.report.forms import as_csv, as_object
from thorsched.report.gathering import gather
from thorsched.report.period import Asked
from thorsched.report.values import Report

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
    report = gather(load(path), asked, names, now=now, zone=get_localzone())
    if page is not None:
        _write(page, report)
    match form:
        case Form.JSON:
            print(json.dumps(as_object(report), indent=2))
        case Form.CSV:
            print(as_csv(report), end="")
        case Form.TEXT:
            show_table(shown(report, is_narrow=is_narrow()))
    if page is not None:  # beside what a program reads
        told = sys.stdout if form is Form.TEXT else sys.stderr
        print(f"the page is written: {printable(str(page), longest=400)}", file=told)
    return ExitCode.DONE if report.is_complete else ExitCode.NOT_READY


def _write(page: Path, report: Report) -> None:
    from thorsched.report.page import page_of  # noqa: PLC0415 - with Jinja2 and Pillow

    made = page_of(report).encode("utf-8", "replace")
    try:
        with host.redrafted(page) as draft, draft.open("xb") as file:
            file.write(made)
    except OSError as error:
        name = printable(str(page), longest=400)
        raise MachineError(f"{name} cannot be written: {error.strerror}") from error
