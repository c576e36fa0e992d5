"""How a file comes to where the operator wants copies: onto a mounted disk, or by a command.

Made by `offload.py`. Each returns the SHA-256 of the copy, as it was found there.
"""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from thorsched.base import host, wordlog
from thorsched.base.command import Outcome, run
from thorsched.base.text import printable
from thorsched.catalogue.keeping.copying import NotThere, check_there, copy
from thorsched.config.blocks_storage import Offload
from thorsched.recording.naming import INTERNAL
from thorsched.recording.root import MARK, marked

COMMAND_LIMIT_S = 6 * 3600.0
_SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_LONGEST_CHARS = 1_000_000
_LONGEST_COMMAND = 700


class Transfer(Protocol):
    """A way to the copies of a root."""

    def prepare(self) -> None:
        """Raise `NotThere` if nothing can be copied now."""

    def carry(self, path: PurePosixPath) -> str:
        """Copy a file of the root; return the copy's hash, '' if it was not looked at.

        Raises `Differs`, `NotThere`, `OSError`, and whatever it is called off by.
        """


def transfer_of(
    offload: Offload, root: Path, *, breathe: Callable[[], None], is_called_off: Callable[[], bool]
) -> Transfer:
    """Return the way that the file names."""
    if offload.to is not None:
        return ToDisk(offload.to, root, breathe)
    return ByCommand(offload.command or (), offload.check, root, is_called_off)


def not_there(to: Path, root: Path) -> str:
    """Return why nothing could be copied to that directory now, '' if it can; changes nothing."""
    try:
        check_there(to, root, _marks(root).get(str(to)))
    except NotThere as error:
        return str(error)
    return ""


@dataclass(slots=True)
class ToDisk:
    """Copies to a directory of another disk, which is known again by its mark."""

    to: Path
    root: Path
    breathe: Callable[[], None]

    def prepare(self) -> None:
        """Raise `NotThere` unless it is the disk that was copied to before, or the first one."""
        marks = _marks(self.root)
        known = marks.get(str(self.to))
        mark = check_there(self.to, self.root, known)
        if known is None:
            try:
                (self.to / INTERNAL).mkdir(exist_ok=True)
                mark = mark or marked(self.to, uuid.uuid4().hex)
                told = json.dumps({"marks": {**marks, str(self.to): mark}})
                host.write_durably(_marks_file(self.root), told + "\n")
            except OSError as error:
                raise NotThere(
                    f"{self.to} cannot be marked as the place of copies: {error}"
                ) from error

    def carry(self, path: PurePosixPath) -> str:
        return copy(self.root / path, self.to, path, breathe=self.breathe)


@dataclass(slots=True)
class ByCommand:
    """Has an operator's command copy, and another one look at the copy."""

    command: tuple[str, ...]
    check: tuple[str, ...] | None
    root: Path
    is_called_off: Callable[[], bool]

    def prepare(self) -> None:
        """Do nothing: the command itself says what is wrong."""

    def carry(self, path: PurePosixPath) -> str:
        self._run(self.command, path)
        if self.check is None:
            return ""
        found = _SHA256.search(self._run(self.check, path).out.decode(errors="replace").lower())
        if found is None:
            raise NotThere(f"{self.check[0]} prints no SHA-256 of {path}")
        return found[0]

    def _run(self, words: tuple[str, ...], path: PurePosixPath) -> Outcome:
        file = self.root / path
        placed = [w.replace("{file}", str(file)).replace("{relative}", str(path)) for w in words]
        done = run(placed, limit_s=COMMAND_LIMIT_S, is_called_off=self.is_called_off)
        wordlog.append(
            self.root / INTERNAL / "logs" / "offload.log",
            f"{printable(' '.join(placed), longest=_LONGEST_COMMAND)}: {done.why or 'done'}",
            done.said,
        )
        if done.why:
            said = f": {done.last_words}" if done.last_words else ""
            raise NotThere(f"{words[0]}: {done.why}{said}")
        return done


def _marks_file(root: Path) -> Path:
    return root / INTERNAL / "offload.json"


def _marks(root: Path) -> dict[str, str]:
    """Return the marks of all disks that were copied to, by where they are mounted.

    Raises `NotThere` where that cannot be read: no disk is the first one then.
    """
    path = _marks_file(root)
    try:
        with host.open_regular(path, "r") as file:
            return _told_marks(json.loads(file.read(_LONGEST_CHARS)))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise NotThere(_unknown(path, error.strerror or str(error))) from error
    except (ValueError, RecursionError) as error:
        raise NotThere(_unknown(path, str(error))) from error


def _told_marks(told: object) -> dict[str, str]:
    """Return marks by their disks. Raises `ValueError`."""
    found: list[tuple[object, object]] = []
    if isinstance(told, dict):
        found += [(told["to"], told.get("mark"))] if "to" in told else []  # of an earlier version
        found += told["marks"].items() if isinstance(told.get("marks"), dict) else []
    marks = {to: m for to, m in found if isinstance(to, str) and isinstance(m, str)}
    if not found or len(marks) < len(found) or not all(map(MARK.fullmatch, marks.values())):
        raise ValueError("it holds no marks of disks")
    return marks


def _unknown(path: Path, why: str) -> str:
    return (
        f"{path} cannot be read ({printable(why)}), so that no disk is known again: "
        "mend it, or remove it if the right disk is mounted"
    )
