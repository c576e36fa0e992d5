"""From a path to text: regular files only, bounded, UTF-8, nothing invisible.

Called by `config/load.py`, first of all; its `Position` and `position_at` by this whole package.
Never blocks: a FIFO, a device or a directory is refused before a byte is read of it.
"""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from yaml.reader import Reader

from thorsched.base.errors import ConfigError
from thorsched.base.text import nearest, printable

# Sixty cameras with a schedule each and a comment on every line are 50 kB.
MAX_BYTES: Final = 256_000

_MOST_NAMES: Final = 5

LINE_END: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# Opening a FIFO must not wait for its other end.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_KINDS: Final = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
_OTHER_ENCODINGS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the text, as an editor shows it: both 1-based, the column in characters."""

    line: int
    column: int


class NotText(ConfigError):
    """The bytes are no text that a file of ours can be."""

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def read_file(path: Path, *, shown: Path | None = None) -> bytes:
    """Return the bytes of the regular file at `path`, which messages name as it is `shown`.

    Raises `ConfigError` that names it when it is absent, unreadable, larger than
    `MAX_BYTES`, or something else than a file.
    """
    name = printable(str(shown or path))
    try:
        descriptor = os.open(path, _FLAGS)
        try:
            kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
            if kind != stat.S_IFREG:
                raise ConfigError(f"{name}: {_of_kind(path, kind)}")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(MAX_BYTES + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{name}: {_why_not(path, error)}") from error
    if len(content) > MAX_BYTES:
        limit = f"{MAX_BYTES // 1000} kB"
        raise ConfigError(f"{name}: is larger than {limit}; is it the right file?")
    return content


def _of_kind(path: Path, kind: int) -> str:
    if kind == stat.S_IFDIR:
        return _of_directory(path)
    return f"is {_KINDS.get(kind, 'no file')}; name a YAML file"


def _why_not(path: Path, error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError() if path == Path("-"):
            return "standard input is not read: name a file, whose directory counts for its paths"
        case FileNotFoundError():
            return f"there is no such file{_instead(path)}"
        case NotADirectoryError():
            return "there is no such file: a part of the path before it is no directory"
        case PermissionError():
            return "may not be read by this user; change its permissions (chmod +r)"
        case IsADirectoryError():
            return _of_directory(path)
        case OSError(strerror=str(reason)):
            return f"cannot be read: {reason}"
        case _:
            return "is no path to a file"


def _instead(path: Path) -> str:
    """Return what may be meant by a path that leads nowhere."""
    try:
        names = _yaml_files(path.parent)
    except OSError:
        return f": the directory {printable(str(path.parent))} is missing or closed to this user"
    near = nearest(path.stem, [Path(name).stem for name in names])
    meant = next((name for name in names if near and Path(name).stem == near), "")
    if meant:
        return f"; did you mean '{printable(str(path.with_name(meant)))}'?"
    return f"; {_offer(path.parent, names)}"


def _of_directory(path: Path) -> str:
    try:
        names = _yaml_files(path)
    except OSError:
        names = []
    return f"is a directory; name a YAML file ({_offer(path, names)})"


def _yaml_files(directory: Path) -> list[str]:
    return sorted(e.name for e in directory.iterdir() if e.suffix in (".yaml", ".yml"))


def _offer(directory: Path, names: list[str]) -> str:
    """Return the YAML files that are there: `names` of `directory`."""
    if not names:
        return f"there is no YAML file in {printable(str(directory.absolute()))}"
    shown = [printable(str(directory / name)) for name in names[:_MOST_NAMES]]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"the YAML files there are {', '.join(shown)}{more}"


def decode(content: bytes) -> str:
    """Return the text of `content` without a byte order mark.

    Raises `NotText` at the first byte or character that does not belong into a text.
    """
    for mark, encoding in _OTHER_ENCODINGS:
        if content.startswith(mark):
            raise NotText(_wrong_encoding(encoding), Position(1, 1))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        raise NotText(
            f"the byte 0x{content[error.start]:02X} is not UTF-8; save the file as UTF-8",
            position_at(before, len(before)),
        ) from error
    stray = Reader.NON_PRINTABLE.search(text)
    if stray:
        raise NotText(_stray(text, stray[0]), position_at(text, stray.start()))
    return text


def _wrong_encoding(encoding: str) -> str:
    return f"the file is {encoding}; save it as UTF-8 (Notepad: Save as, Encoding: UTF-8)"


def _stray(text: str, char: str) -> str:
    if char == "\0":
        halves = text[0:64:2], text[1:64:2]
        if any(half and not half.strip("\0") for half in halves):
            return _wrong_encoding("UTF-16")
        return "a NUL byte; this is no text file, or a damaged one"
    return f"the invisible character {printable(char)} does not belong here; delete it"


def position_at(text: str, index: int) -> Position:
    """Return the position of the character `index` of `text`."""
    line, start = 1, 0
    for end in LINE_END.finditer(text, 0, index):
        line, start = line + 1, end.end()
    return Position(line, index - start + 1)
