"""A table in a pipe is whole, a line on a terminal is wrapped beside its mark."""

from rich.text import Text

from thorsched.cli.console import new_table, plain, wrapped


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


def test_a_long_line_goes_on_beside_its_mark_and_is_cut_between_words() -> None:
    pieces = wrapped(Text("  STOP  side: would have been recorded without end"), 30)
    assert [piece.plain for piece in pieces] == [
        "  STOP  side: would have been",
        "        recorded without end",
    ]
    assert [piece.plain for piece in wrapped(Text("no mark here at all"), 10)] == [
        "no mark",
        "here at",
        "all",
    ]


def test_a_command_to_copy_is_never_cut() -> None:
    line = Text("  to undo: thorsched history /data/recordings.yaml --restore 1d76f98f")
    assert wrapped(line, 30) == [line]
