"""From a file to a `Config`, or to every mistake in it at once.

Called by `app.py`, by `reload/revisions.py` and by `thorsched check`. Reads one file and nothing
else; never asks a server or looks at a disk, so that a file is right or wrong by itself.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from thorsched.base.errors import ConfigError
from thorsched.base.text import printable
from thorsched.config.models import Config
from thorsched.config.problems import problems_in
from thorsched.config.wording import path_text
from thorsched.config.yaml.document import Document, parse
from thorsched.config.yaml.source import NotText, Position, decode, read_file

_SHOWN_MISTAKES = 100


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong: where, and what would be right; `line` and `column` are 1-based."""

    file: str
    line: int
    column: int
    path: str
    """The keys that lead there, such as `cameras.side.capability[1]`; empty for the whole file."""
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: "
        return place + (f"{self.path}: " if self.path else "") + self.message


class ConfigErrors(ConfigError):
    """Every mistake of a file, sorted by place; as text, one a line."""

    def __init__(self, mistakes: Iterable[Mistake], *, revision: str = "") -> None:
        """`revision` is of the content that has them."""
        self.mistakes = tuple(mistakes)
        self.revision = revision
        lines = [str(mistake) for mistake in self.mistakes[:_SHOWN_MISTAKES]]
        more = len(self.mistakes) - _SHOWN_MISTAKES
        super().__init__("\n".join(lines + ([f"... and {more} more mistakes"] if more > 0 else [])))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file without mistakes: what it says, and which content said it."""

    config: Config
    path: Path
    revision: str
    """SHA-256 of the file's bytes, hexadecimal."""
    text: str = field(default="", repr=False)


def load(path: Path) -> Loaded:
    """Return what the file at `path` says; relative directories in it are made absolute.

    Raises `ConfigErrors` with every mistake in the file, or a plain `ConfigError` when there is no
    readable file. Takes no more than about a second whatever the file holds.
    """
    return load_bytes(read_file(path), path)


def load_bytes(content: bytes, path: Path, *, directory: Path | None = None) -> Loaded:
    """Return what `content` says as the content of the file at `path`; raises `ConfigErrors`.

    Its relative paths are below `directory`, by default that of the file.
    """
    file, revision = printable(str(path)), revision_of(content)
    try:
        text = decode(content)
    except NotText as error:
        where = error.position
        mistake = Mistake(file, where.line, where.column, "", error.message)
        raise ConfigErrors([mistake], revision=revision) from error
    document = parse(text)
    found = [(m.position, path_text(m.path), m.message) for m in document.mistakes]
    config = None
    if document.complete:
        try:
            config = Config.model_validate(
                document.data, context={"directory": directory or path.absolute().parent}
            )
        except ValidationError as error:
            found += _mapped(error, document)
    if found or config is None:
        mistakes = (Mistake(file, p.line, p.column, *rest) for p, *rest in sorted(set(found)))
        raise ConfigErrors(mistakes, revision=revision)
    return Loaded(config, path, revision, text)


def revision_of(content: bytes) -> str:
    """Return what tells one content of a file from another, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _mapped(error: ValidationError, document: Document) -> Iterator[tuple[Position, str, str]]:
    """Yield the problems of a validation with their places in the text.

    What the text layer has complained about already is left out.
    """
    told = {mistake.position for mistake in document.mistakes}
    for problem in problems_in(error):
        path = document.nearest(problem.path)
        place = document.position(path, at_key=problem.at_key, offset=problem.offset)
        if place in told or document.in_hole(path[:-1] if problem.at_key else path):
            continue
        yield place, path_text(path), problem.message
