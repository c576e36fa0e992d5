"""A root with recordings of some days, journalled and audited, and the housekeeper who keeps it."""

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.catalogue.conftest import Root
from tests.config.files import RIGHT, loaded
from tests.support.values import recording
from thorsched.base.errors import UnavailableError
from thorsched.catalogue.entries import Audited, Entry
from thorsched.catalogue.keeping import witness
from thorsched.catalogue.keeping.housekeeper import Housekeeper
from thorsched.catalogue.keeping.passage import Passage
from thorsched.config.models import Config
from thorsched.recording.segments import Described, Segment
from thorsched.schedule.intervals import Window

DAY = timedelta(days=1)
LENGTH = timedelta(minutes=10)


class Shelf:
    """What stands below the root; `told` is what the housekeeper has said of it."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.keep("{age: 30d}")
        self.open: set[Path] = set()
        self.told: list[Entry] = []
        self.is_away = False
        witness.write(root.path, Passage(root.clock.now()))  # a program was here a moment ago

    def keep(self, rule: str, *, min_free: str = "0B", **cameras: str) -> None:
        """Write the file's rule, and keys of cameras; `top` is one beside `side`."""
        blocks = "".join(
            f"  {name}: {{device: {{id: {number}}}, capability: jpeg, {keys}}}\n"
            for number, (name, keys) in enumerate({"top": "", **cameras}.items(), 1)
        )
        text = RIGHT.replace("schedules:", f"{blocks}schedules:")
        storage = f"storage: {{root: {self.root.path}, min_free: {min_free}, keep: {rule}}}\n"
        self.config: Config = loaded(text + storage).config

    def housekeeper(self) -> Housekeeper:
        return Housekeeper(
            clock=self.root.clock,
            config=lambda: self.config,
            check_root=self._check,
            open_files=lambda _: self.open,
            tell=self.told.append,
        )

    def _check(self, root: Path) -> None:
        if self.is_away:
            raise UnavailableError(f"{root} is not mounted")

    def record(self, days_ago: float, *, camera: str = "side", size: int = 1000) -> Path:
        """Put a segment there that ended so long ago, with its sidecar; return its path."""
        end = self.root.clock.now() - days_ago * DAY
        name = f"{camera}_{end - LENGTH:%Y%m%dT%H%M%SZ}-00000.mkv"
        path = self.root.path / camera / f"{end:%Y-%m-%d}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode().ljust(size, b"."))
        path.with_suffix(".json").write_text(
            json.dumps({"version": 1, "file": name, "camera": camera})
        )
        os.utime(path, (end.timestamp(), end.timestamp()))
        return path

    def journalled(self, *paths: Path, audited: Iterable[Path] | None = None) -> None:
        """Write segments into the journal, in this order, and audits of all or of some."""
        with self.root.written() as journal:
            for path in paths:
                journal.tell(_described(path))
            for path in paths if audited is None else audited:
                journal.tell(audit_of(path))

    def has_passed(self, days: float, housekeeper: Housekeeper, *, each_h: int = 1) -> None:
        """Let so many days pass, with a look each hour, or each few."""
        for _ in range(round(days * 24 / each_h)):
            self.root.clock.advance(each_h * 3600)
            housekeeper.look()


def _described(path: Path) -> Described:
    end = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    span = Window(end - LENGTH, end)
    segment = Segment(path, recording(camera=path.parent.parent.name), span.start, ())
    return Described(segment, path.stat().st_size, frames=300, span=span, finalised=True)


def audit_of(path: Path) -> Audited:
    content = path.read_bytes()
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Audited(
        path,
        at,
        hashlib.sha256(content).hexdigest(),
        len(content),
        300,
        0,
        299,
        0,
        0,
        0,
        0,
        0,
        0,
        0.0,
        "good",
    )
