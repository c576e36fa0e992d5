"""What one text of the file says otherwise than the one before it, where no scheduler saw the edit.

Called by `history.py`, for a start of the program with a text that was edited while nothing ran,
and for journals of before version 4. Pure: nobody was asked, so it is by what the files say.
"""

from zoneinfo import ZoneInfo

from thorsched.base.errors import ConfigError
from thorsched.catalogue.applied import Difference, Kept
from thorsched.config.load import load_bytes
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon
from thorsched.reload.edits.difference import Situation, difference
from thorsched.reload.past.lineage import content_of


class Between:
    """Compares kept revisions; each text is read once."""

    def __init__(self, zone: ZoneInfo, *, most: int) -> None:
        """`zone` is the machine's. No more than `most` texts are read: that takes its time."""
        self._zone = zone
        self._left = most
        self._read: dict[str, Config | None] = {}

    def difference(self, before: Kept, kept: Kept) -> Difference | None:
        """Return what changed; None if one cannot be read by this version, or was not."""
        old, new = self._config(before), self._config(kept)
        if old is None or new is None:
            return None
        horizon = Horizon(self._zone)
        there = Situation({}, kept.applied.at, horizon, recorders={}, is_running=False)
        return difference(old, new, there)

    def _config(self, kept: Kept) -> Config | None:
        revision = kept.applied.revision
        if revision not in self._read and self._left > 0:
            self._left -= 1
            self._read[revision] = _config_of(kept)
        return self._read.get(revision)


def _config_of(kept: Kept) -> Config | None:
    content = content_of(kept)
    try:
        return None if content is None else load_bytes(content, kept.applied.path).config
    except ConfigError:
        return None
