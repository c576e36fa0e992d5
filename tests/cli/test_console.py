"""A table in a pipe is whole, and its lines end where their words do."""

from thorsched.cli.console import new_table, plain


def test_nothing_is_cut_however_wide_and_no_line_ends_in_blanks() -> None:
    table = new_table("a title")
    table.add_column("name")
    table.add_column("rates")
    table.add_row("short", "x" * 900)
    table.add_row("", "30")
    lines = plain(table).splitlines()
    assert lines[0] == "a title"
    assert lines[1].startswith("name   rates"), "flush left, as every table is"
    assert [line.split() for line in lines if "x" in line] == [["short", "x" * 900]]
    assert lines[-1].endswith("30")
    assert [line for line in lines if line != line.rstrip()] == []
