"""The table of edits, `table.txt`: read, and written anew by `python -m tests.reload.table`.

Read the difference before you commit what it has written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support.values import FULL_HD, HD
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import Roster
from thorsched.catalogue.applied import Difference, Effect
from thorsched.config.load import load_bytes
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon
from thorsched.engine.sources import View
from thorsched.reload.edits.difference import Situation, difference

PATH = Path(__file__).with_name("table.txt")
NOW = datetime(2026, 11, 24, 22, tzinfo=UTC)
DEVICES = tuple(Device(number, f"cage-{number}", (HD, FULL_HD)) for number in range(5))
OFFERS = View(Roster.unknown().fold(DEVICES, now_s=0.0))
THERE = Situation(
    {"http://rig:8000": OFFERS, "http://spare:8000": OFFERS}, NOW, Horizon(ZoneInfo("UTC"))
)


@dataclass
class Row:
    """An edit of the file before, and what it is said to do."""

    name: str
    edits: list[str] = field(default_factory=list)
    """Lines that begin with `- ` or `+ `."""
    said: list[str] = field(default_factory=list)

    def after(self, before: str) -> str:
        """Return the file as edited: each run of `-` lines gives way to the `+` lines below it."""
        text = before
        for old, new in _replacements(self.edits):
            assert text.count(old) == 1, f"{self.name}: stands not once in the file: {old}"
            text = text.replace(old, new)
        return text


def _replacements(edits: list[str]) -> Iterator[tuple[str, str]]:
    """Yield a line to be replaced, and by which lines; those above it are removed."""
    removed: list[str] = []
    added: list[str] = []
    for line in [*edits, "- "]:
        if line.startswith("+ "):
            added.append(f"{line[2:]}\n")
            continue
        if added:
            yield from ((f"{one}\n", "") for one in removed[1:])
            yield f"{removed[0]}\n", "".join(added)
            removed, added = [], []
        removed.append(line[2:])
    yield from ((f"{one}\n", "") for one in removed[:-1])


def read() -> tuple[str, str, list[Row]]:
    """Return the words above the file before, that file, and the rows."""
    head, *sections = PATH.read_text("utf-8").split("\n## ")
    intro, _, before = head.partition("\n\n")
    rows = []
    for section in sections:
        name, *lines = section.splitlines()
        edits = [line for line in lines if line[:2] in ("- ", "+ ")]
        said = [line.strip() for line in lines if line.startswith("    ")]
        rows.append(Row(name, edits, said))
    return intro, before, rows


def config_of(text: str) -> Config:
    return load_bytes(text.encode(), Path("/lab/recordings.yaml")).config


def told(seen: Difference) -> list[str]:
    """Return what becomes of all that is not untouched, those of which the same is said at once."""
    found: dict[str, list[str]] = {}
    for one in seen.cameras:
        if one.effect is not Effect.UNTOUCHED:
            later = "" if one.is_now else ", later"
            found.setdefault(f"{one.effect.value}{later}: {'; '.join(one.reasons)}", [])
            found[f"{one.effect.value}{later}: {'; '.join(one.reasons)}"].append(one.camera)
    cameras = [f"{', '.join(names)}: {words}" for words, names in found.items()]
    return [*cameras, *(f"file: {line}" for line in seen.file)] or ["all untouched"]


def edited(before: str, row: Row) -> Difference:
    return difference(config_of(before), config_of(row.after(before)), THERE)


def written() -> str:
    """Return the table as it would have to be."""
    intro, before, rows = read()
    shown = [f"{intro}\n\n{before.rstrip()}\n"]
    for row in rows:
        said = [f"    {line}" for line in told(edited(before, row))]
        shown.append("\n".join([f"## {row.name}", *row.edits, *said, ""]))
    return "\n".join(shown)


if __name__ == "__main__":
    PATH.write_text(written(), "utf-8")
