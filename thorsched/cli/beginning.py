"""By which revision `thorsched run` begins, and what it says where the file is wrong."""

import logging
from pathlib import Path

from tzlocal import get_localzone

from thorsched.base.errors import ConfigError, ThorschedError
from thorsched.base.moments import format_minute
from thorsched.base.text import printable_path, short_hash
from thorsched.foresight.patience import Patience
from thorsched.reload.beginning import Beginning, LastGood, by_file, last_good

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


def _instead(path: Path, wrong: ConfigError, *, is_asked: bool) -> Beginning:
    try:
        found = last_good(path, asking=Patience())
    except ThorschedError as error:
        if is_asked:
            wrong.add_note(f"and there is no last good revision to record by: {error}")
        raise wrong from None
    if not is_asked:
        wrong.add_note(
            f"until that is mended, thorsched run {printable_path(path)} --last-good "
            f"records by {_shown(found)}"
        )
        raise wrong
    said = {"file": path, "begins_with": _shown(found)}
    log.warning("the file is wrong: it begins with the last good revision", extra=said)
    return found.beginning(wrong)


def _shown(found: LastGood) -> str:
    zone = found.loaded.config.zone or get_localzone()
    return f"revision {short_hash(found.loaded.revision)}, applied {format_minute(found.applied, zone)}"
