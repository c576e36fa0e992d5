"""Which names a path leads through, so that each of them can be watched. Pure, but for `readlink`.

Called by `watch.py` anew with every look: a link that is set elsewhere leads through others.
"""

from collections.abc import Callable
from pathlib import Path

# As many as Linux follows before it calls them a loop.
_MOST_LINKS = 40


def names_on(path: Path, readlink: Callable[[Path], Path | None]) -> tuple[Path, ...]:
    """Return the links that an absolute `path` leads through and, last, where it ends.

    `readlink` says where a link leads, None for what is none. Each name returned is in a directory
    that itself is reached without a link. In a loop the last is a link, too.
    """
    found: list[Path] = []
    here, ahead = Path(path.anchor), list(reversed(path.relative_to(path.anchor).parts))
    while ahead and len(found) < _MOST_LINKS:
        part = ahead.pop()
        if part == "..":
            here = here.parent
            continue
        target = readlink(here / part)
        if target is None:
            here /= part
            continue
        found.append(here / part)
        if target.anchor:
            here = Path(target.anchor)
        ahead += reversed(target.relative_to(target.anchor).parts)
    return (*found, here) if len(found) < _MOST_LINKS else tuple(found)
