"""The table of faults: what goes wrong, what is true then, and which tests inject it.

A test says by `@pytest.mark.fault(4, 11)` which numbers it injects. `make faults` prints the tests
of each number and writes the README's table anew; `test_table.py` holds the two together.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

TESTS = Path(__file__).parents[1]
README = TESTS.parent / "README.md"
_BEGIN, _END = "<!-- faults: `make faults` writes them -->\n", "<!-- end of faults -->\n"
_ROW = re.compile(r"^\| (\d+) \|.*\| ([^|]*) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Marked:
    """A test that injects a fault; its module is below `tests/`."""

    module: str
    name: str


FAULTS: Mapping[int, tuple[str, str]] = {
    1: (
        "server absent at the start",
        "tried again and again, gap `server unreachable`; begins by itself",
    ),
    2: ("server killed", "new attempt within a second of its return; the gap is the outage"),
    3: ("server frozen", "noticed after 3 s, finalised, every frame it had sent is there"),
    4: ("connected, no data", "stalled after 3 s, finalised, asked for anew"),
    5: (
        "the server rejects the SRT call",
        "one attempt and one log line a try, less and less often",
    ),
    6: (
        "bytes that are no JPEG",
        "`bytes that are no video`, nothing kept; from mid-stream on, too",
    ),
    7: ("another resolution", "no frame lost in the same stream, a new file after a restart"),
    8: (
        "the port serves another camera",
        "never spliced: each file holds its own camera only; what nobody can prove is in quarantine",
    ),
    9: ("packets lost", "10 %: none lost; 60 %: `metadata` counts what SRT could not repair"),
    10: ("outages of 0.3, 2 and 8 s", "the gap equals the outage within 1 s"),
    11: ("HTTP hangs, fails, floods, drips", "bounded in time and size, recorders untouched"),
    12: (
        "`/cameras` flaps to `[]`",
        "no recorder is stopped on one reading, nor for a list that is shorter",
    ),
    13: ("events lost, doubled, reordered", "a `GET` follows each, and each reconnection"),
    14: (
        "same names, changed ids",
        "refused as ambiguous, or as another device; never guessed; what records goes on",
    ),
    15: ("answer to `POST /jpeg` lost", "stopped, then tried again: one stream"),
    16: ("`POST /stop` fails", "files finalised all the same, the stop retried in the background"),
    17: ("port taken", "the next one; nobody else's stream is stopped"),
    18: ("recorder: SIGKILL", "repaired, every frame kept, another one soon"),
    19: ("recorder: SIGTERM", "the same"),
    20: ("recorder: SIGSTOP", "stalled, woken to finalise, new attempt"),
    21: ("recorder ignores SIGINT", "SIGKILL after 10 s, repaired as in 18"),
    22: ("recorder exits at once, 1000 times", "tried again, at last every 15 s, never given up"),
    23: ("gst-launch or a plugin missing", "named, with the package"),
    24: ("no descriptors, processes or threads left", "reported; the others go on"),
    25: ("two starts race for a camera", "exactly one recorder"),
    26: ("disk full", "closed segments intact; goes on unaided when there is room"),
    27: ("journal's disk full", "recording goes on; the entries wait"),
    28: ("read-only, no permission, missing", "named; tried again"),
    29: (
        "file system frozen",
        "no pass is blocked, for a minute by its clock; recorded again once it thaws",
    ),
    30: (
        "directory or segment taken away",
        "noticed in 2 s, finalised, recorded anew; what was removed is rescued",
    ),
    31: ("disk not mounted", "the bare mount point is refused"),
    32: (
        "power cut",
        "closed segments complete; of the open one 5 s and the latency at most are lost",
    ),
    33: ("a segment's name exists", "never overwritten"),
    34: (
        "retention, clock 10 years ahead",
        "deletes nothing: ages are by what a monotonic clock counts",
    ),
    35: ("retention meets links, foreign, open, unaudited files", "untouched"),
    36: ("scheduler: SIGKILL", "recorders adopted, no frame lost, no second one"),
    37: ("SIGKILL at a state write", "the next run records, with one recorder a camera"),
    38: (
        "journal torn, garbage, newer",
        "set aside with a word, and made anew; recorders found by locks",
    ),
    39: ("pid used again", "the stranger is never signalled"),
    40: ("reboot", "nothing adopted; what was cut off is described, and recorded anew"),
    41: ("second scheduler", "ends, and names the first"),
    42: (
        "Ctrl-C, SIGTERM, SIGHUP, terminal closed",
        (
            "the first two finalise, with one SIGINT a recorder; the others end nothing: "
            "SIGHUP has the file looked at"
        ),
    ),
    43: (
        "loop dead or hung",
        "ends with 70, for systemd to start it anew; its recorders are adopted",
    ),
    44: ("stdout closed, log disk full", "recording goes on"),
    45: (
        "clock set",
        "windows are reckoned anew; an orphan is ended by what the guard counts itself",
    ),
    46: ("DST, both ways", "windows as the wall's clocks say"),
    47: ("suspend for hours", "windows are reckoned anew; it is not taken for a hang"),
    48: ("started inside a window", "records at once"),
    49: ("boot at 1970", "recorded, and marked in the sidecars; right from when the clock is set"),
    50: ("fifty starts in a second", "every one gets its recorder"),
    51: ("`10:30`, `no`, tab, BOM, UTF-16, NUL, ...", "explained with line and column"),
    52: ("alias bomb, depth, 100 MB, FIFO, /dev/zero", "refused within a second"),
    53: (
        "wrong edit while recording",
        "the last good revision runs on; the mistakes are told everywhere, until they are mended",
    ),
    54: ("saves of every kind, storms of writes", "exactly the final content, once, within 1 s"),
    55: ("no inotify, a remote disk", "the file is polled: within 5 s; the log says so"),
    56: ("an edit elsewhere", "recorders keep pid and file"),
    57: ("hostile names", "safe, or refused"),
    58: ("names that differ by case or form only", "different directories, or refused"),
}
"""What goes wrong and what is true then, by the numbers of the faults."""

GROUPS: Mapping[int, str] = {
    1: "Server and network",
    18: "Recorder",
    26: "Disk",
    36: "Scheduler",
    45: "Time",
    51: "Configuration",
}
"""What faults are about, by the first number of each group."""

UNTESTED: Mapping[int, str] = {}
"""Why no test injects a fault."""


@cache
def marked() -> dict[int, list[Marked]]:
    """Return the tests of each number, as their marks say."""
    found: dict[int, list[Marked]] = {number: [] for number in FAULTS}
    for path in sorted(TESTS.rglob("test_*.py")):
        module = path.relative_to(TESTS).as_posix()
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in _numbers(node):
                    found.setdefault(number, []).append(Marked(module, node.name))
    return found


def _numbers(test: ast.FunctionDef) -> Iterator[int]:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.fault":
            for argument in decorator.args:
                number = ast.literal_eval(argument)
                assert isinstance(number, int)
                yield number


def tables() -> str:
    """Return a table a group, in Markdown."""
    firsts = [*GROUPS, max(FAULTS) + 1]
    return "".join(
        f"### {GROUPS[first]}\n\n| | goes wrong | then | tests in `tests/` |\n|---|---|---|---|\n"
        f"{rows(range(first, end))}\n"
        for first, end in pairwise(firsts)
    )


def rows(numbers: range) -> str:
    """Return a table's rows, in Markdown."""
    lines = []
    for number in numbers:
        tests = marked()[number]
        what, then = FAULTS[number]
        where = ", ".join(f"`{module}`" for module in sorted({test.module for test in tests}))
        lines.append(f"| {number} | {what} | {then} | {where or UNTESTED.get(number, '')} |\n")
    return "".join(lines)


def written() -> dict[int, str]:
    """Return what the README says of where each number is tested."""
    found = _ROW.findall(_split(README.read_text())[1])
    return {int(number): where for number, where in found}


def _split(text: str) -> tuple[str, str, str]:
    """Return what stands before, in and after the table's part of the README."""
    before, _, rest = text.partition(_BEGIN)
    table, _, after = rest.partition(_END)
    return before + _BEGIN, table, _END + after


def main() -> None:
    """Print the tests of each number, and write the README's table anew."""
    for number, tests in sorted(marked().items()):
        print(f"{number:2} {FAULTS[number][0]}")
        for test in tests:
            print(f"     {test.module}: {test.name.removeprefix('test_').replace('_', ' ')}")
        if not tests:
            print(f"     none: {UNTESTED.get(number, 'to be written')}")
    before, _, after = _split(README.read_text())
    README.write_text(f"{before}\n{tables()}{after}")


if __name__ == "__main__":
    main()
