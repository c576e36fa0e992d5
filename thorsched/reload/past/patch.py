"""What lines of a text are others in another, as a unified diff that is safe to print. Pure.

Called by the command `history`. The texts come out of a journal, which anybody may have written:
control characters are shown as escapes, and a text that no file of ours can have is not compared.
"""

import difflib
import re
from collections.abc import Iterator

from thorsched.base.text import printable
from thorsched.config.yaml.source import MAX_BYTES

_LONGEST_LINE = 4000
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_CONTEXT = 3


def patch(old: str, new: str, *, was: str, becomes: str) -> Iterator[str]:
    """Yield the lines of a unified diff, without their ends; nothing if the texts are the same.

    `was` and `becomes` name the texts. A text without a line's end at its end is marked, as `diff`
    does it.
    """
    if max(len(old), len(new)) > MAX_BYTES:
        yield f"\\ not compared: more than {MAX_BYTES // 1000} kB"
        return
    sides = _LINE.findall(old), _LINE.findall(new)
    for line in difflib.unified_diff(*sides, was, becomes, n=_CONTEXT, lineterm="\n"):
        yield printable(line.removesuffix("\n"), longest=_LONGEST_LINE)
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"
