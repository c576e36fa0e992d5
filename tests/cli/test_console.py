"""A table in a pipe is whole, and its lines end where their words do."""

from rich.box import SIMPLE_HEAD
from rich.table import Table

from thorsched.cli.console import plain


def test_nothing_is_cut_however_wide_and_no_line_ends_in_blanks() -> None:
    table = Table(title="a title", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("name")
    table.add_column("rates")
    table.add_row("short", "x" * 900)
    table.add_row("", "30")
    lines = plain(table).splitlines()
    assert lines[0] == "a title"
    assert [line.split() for line in lines if "x" in line] == [["short", "x" * 900]]
    assert lines[-1].endswith("30")
    assert [line for line in lines if line != line.rstrip()] == []
