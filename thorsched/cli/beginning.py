"""By which revision a command goes where the file is wrong, and what it says of that."""

import logging
import sys
from pathlib import Path

from tzlocal import get_localzone

from thorsched.base.errors import ConfigError, ThorschedError
from thorsched.base.moments import format_minute
from thorsched.base.text import printable_path, short_hash, typed_path
from thorsched.config.load import Loaded, load
from thorsched.foresight.patience import Patience
from thorsched.reload.past.beginning import Beginning, LastGood, by_file, last_good

log = logging.getLogger(__name__)


def begin(path: Path, *, last_good: bool) -> Beginning:
    """Return what to begin with. Raises `ConfigError` with what would help as its note.

    That is the last good revision where the file is wrong and `last_good` is asked for.
    """
    try:
        beginning = by_file(path)
    except ConfigError as wrong:
        return _instead(path, wrong, is_asked=last_good)
    if last_good:
        revision = short_hash(beginning.loaded.revision)
        log.info("the file is right: it is used", extra={"file": path, "revision": revision})
    return beginning


def what_counts(path: Path) -> Loaded:
    """Return what the file says, or, where it is wrong, what runs or ran last; stderr tells that.

    For commands that are about what runs, and not about an edit. Raises `ConfigError`.
    """
    try:
        return load(path)
    except ConfigError as wrong:
        try:
            found = last_good(path, asking=Patience())
        except ThorschedError:
            raise wrong from None
        file, is_gone = printable_path(path), isinstance(wrong.__cause__, FileNotFoundError)
        how = "gone" if is_gone else f"wrong (thorsched check {typed_path(path)} says what)"
        print(f"{file} is {how}: this goes by {_shown(found)}", file=sys.stderr)
        return found.loaded


def _instead(path: Path, wrong: ConfigError, *, is_asked: bool) -> Beginning:
    try:
        found = last_good(path, asking=Patience())
    except ThorschedError as error:
        if is_asked:
            wrong.add_note(
                f"and there is no last good revision to record by: {error}; if it recorded "
                f"elsewhere: thorsched history {typed_path(path)} --root DIR --restore current"
            )
        raise wrong from None
    if not is_asked:
        wrong.add_note(
            f"until that is mended, thorsched run {typed_path(path)} --last-good "
            f"records by {_shown(found)}"
        )
        raise wrong
    said = {"file": path, "begins_with": _shown(found)}
    log.warning("the file is wrong: it begins with the last good revision", extra=said)
    return found.beginning(wrong)


def _shown(found: LastGood) -> str:
    zone = found.loaded.config.zone or get_localzone()
    return f"revision {short_hash(found.loaded.revision)}, applied {format_minute(found.applied, zone)}"
