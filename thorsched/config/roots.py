"""Where a file may record to, though it is wrong, or gone: the directories to look for its journal.

Called by whoever needs the journal of a file that may not be right. Pure: it only guesses, from
text; whoever calls asks the journals there whether they know the file.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from thorsched.config.fields_rig import Root
from thorsched.config.yaml.document import parse
from thorsched.config.yaml.source import MAX_BYTES, NotText, decode

DEFAULT_ROOT: Final = "./recordings"
_MOST: Final = 5
# `root: ./x`, also in braces, quoted, or behind a `#` of somebody who tries another one.
_LINE: Final = re.compile(
    r"""(?<![\w-])["']?root["']?[ \t]*:[ \t]*("[^"\n]*"|'[^'\n]*'|[^\s"'{}\[\],#][^,{}#\n]*)"""
)
_ROOT: Final = TypeAdapter[Path](Root)


def possible_roots(content: bytes | None, path: Path) -> tuple[Path, ...]:
    """Return the storage roots that a file of this content at `path` may have, likely ones first.

    What the YAML says if it can be read at all, then lines that look as if they said it, then the
    default; absolute, five at most. `content` is None where there is no file.
    """
    told = (*_told(content or b""), DEFAULT_ROOT)
    directories = (_directory(one, path.absolute().parent) for one in told)
    found = dict.fromkeys(one for one in directories if one is not None)
    *likely, last = found
    return (*islice(likely, _MOST - 1), last)


def root_words(text: str) -> tuple[str, ...]:
    """Return all that looks as if it named a root: texts with the same have the same roots."""
    return tuple(found[1] for found in _LINE.finditer(text))


def _told(content: bytes) -> Iterator[object]:
    if len(content) > MAX_BYTES:
        return
    try:
        text = decode(content)
    except NotText:
        text = content.decode("utf-8", "replace")
    else:
        match parse(text).data:
            case {"storage": {"root": root}}:
                yield root
    for found in _LINE.finditer(text):
        yield found[1].strip().strip("\"'")


def _directory(told: object, base: Path) -> Path | None:
    """Return the directory as a file that is right would have it; None if it is none."""
    try:
        return _ROOT.validate_python(told, context={"directory": base})
    except ValidationError:
        return None
