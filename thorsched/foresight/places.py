"""Are the places of a file ready: its root, the disks, the journal, copies, commands, names.

A part of `readiness.py`. Changes nothing.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.base.errors import MachineError
from thorsched.base.text import printable
from thorsched.base.units import format_size
from thorsched.catalogue.consulting import trouble_with
from thorsched.catalogue.keeping.backlog import backlog_of
from thorsched.catalogue.keeping.transfer import not_there
from thorsched.config.models import Config
from thorsched.engine.desired import naming_of
from thorsched.engine.manner import templates_of
from thorsched.foresight.disk import fullness
from thorsched.foresight.disk.departures import Keeping, in_words
from thorsched.foresight.disk.fullness import Filling
from thorsched.foresight.findings import Finding, Verdict
from thorsched.foresight.patience import Patience, Silent
from thorsched.recording.naming import Naming, attempt_path, too_long_below
from thorsched.recording.probe import nearest_writable, room_bytes, would_fill_system_disk

_LONGEST_NAME = 400
# What a shell or Windows would replace, and this program does not.
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*\}?|%[A-Za-z_]\w*%", re.ASCII)


def places(
    config: Config,
    *,
    now: datetime,
    zone: ZoneInfo,
    holder: str,
    kept: Keeping | None,
    filling: Filling | None,
    patience: Patience,
) -> Iterator[Finding]:
    """Yield what is found of them; `holder` is the process that records there, if one does."""
    root, clocks = config.storage.root, config.zone or zone

    def look() -> tuple[tuple[Finding, ...], str]:
        return tuple(_storage(config, holder)), trouble_with(root) if root.is_dir() else ""

    try:
        storage, trouble = patience.ask(look, root)
    except Silent as error:
        yield Finding(Verdict.PROBLEM, "storage.root", str(error))
    else:
        yield from storage
        yield from _disk(filling, clocks)
        yield from _journal(trouble)
        yield from _keep(kept, trouble, zone=clocks)
    yield from _offload(config, patience)
    yield from _hooks(config)
    yield from unusable_paths(config, now=now)


def _storage(config: Config, holder: str) -> Iterator[Finding]:
    storage = config.storage
    variable = _VARIABLE.search(str(storage.root))
    if variable:
        detail = (
            f"'{variable[0]}' in {storage.root} is taken as it stands, "
            "not replaced; write the directory out, or ~ for your home"
        )
        yield Finding(Verdict.WARNING, "storage.root", detail)
    if would_fill_system_disk(storage.root):
        detail = f"{storage.root} does not exist: is the disk mounted? it would be made on the system disk"
        yield Finding(Verdict.WARNING, "storage.root", detail)
    if holder:
        detail = (
            f"process {holder} records to {storage.root} now; another `thorsched run` must wait"
        )
        yield Finding(Verdict.WARNING, "storage.root", detail)
    try:
        place = nearest_writable(storage.root)
    except MachineError as error:
        yield Finding(Verdict.PROBLEM, "storage.root", str(error))
        return
    try:
        free_bytes = room_bytes(place, min_free_bytes=storage.min_free)
    except MachineError as error:
        yield Finding(Verdict.PROBLEM, "storage.min_free", str(error))
    else:
        state = "is writable" if place == storage.root else f"will be made in {place}"
        detail = f"{storage.root} {state}, {format_size(free_bytes)} free"
        yield Finding(Verdict.READY, "storage.root", detail)


def _disk(seen: Filling | None, zone: ZoneInfo) -> Iterator[Finding]:
    """Tell how long the disk lasts."""
    if seen is not None and (seen.course is None or seen.needs):
        verdict = Verdict.WARNING if fullness.is_short(seen) else Verdict.INFORMATION
        yield Finding(verdict, "disk", fullness.in_words(seen, zone))


def _journal(trouble: str) -> Iterator[Finding]:
    """Warn of a journal that is not right, whatever the next run does about it."""
    if trouble:
        yield Finding(Verdict.WARNING, "journal", trouble)


def _keep(seen: Keeping | None, trouble: str, *, zone: ZoneInfo) -> Iterator[Finding]:
    """Tell what goes, or why that cannot be told, unless the journal's `trouble` is why."""
    if seen is not None and seen.forecast is not None:
        detail = "; ".join(in_words(seen.forecast, zone))
        yield Finding(Verdict.READY, "storage.keep", detail)
    elif seen is not None and not trouble:
        yield Finding(Verdict.READY, "storage.keep", seen.why_not)


def _offload(config: Config, patience: Patience) -> Iterator[Finding]:
    offload, root = config.storage.offload, config.storage.root
    if offload is None:
        return
    with suppress(Silent):
        if backlog := patience.ask(lambda: backlog_of(config), root):
            yield Finding(Verdict.READY, "storage.offload", str(backlog))
    to = offload.to
    if to is None:
        for key, command in (("command", offload.command), ("check", offload.check)):
            yield from _unknown(f"storage.offload.{key}", command)
        return
    try:
        yield patience.ask(lambda: _destination(to, root), root, to)
    except Silent as error:
        detail = f"{error}; nothing is copied until it does"
        yield Finding(Verdict.WARNING, "storage.offload", detail)


def _destination(to: Path, root: Path) -> Finding:
    if why := not_there(to, root):
        detail = f"{why}; nothing is copied until it is there"
        return Finding(Verdict.WARNING, "storage.offload", detail)
    free = format_size(shutil.disk_usage(to).free)
    return Finding(Verdict.READY, "storage.offload", f"{to} is there, {free} free")


def _hooks(config: Config) -> Iterator[Finding]:
    for key in ("on_segment", "on_gap", "on_recording", "on_file"):
        yield from _unknown(f"hooks.{key}", getattr(config.hooks, key, None))


def _unknown(subject: str, command: Sequence[str] | None) -> Iterator[Finding]:
    """Warn of a command that cannot be started from here: recording would never wait for it."""
    if command and shutil.which(command[0]) is None:
        name = printable(command[0], longest=_LONGEST_NAME)
        detail = f"there is no program '{name}' that can be run here"
        if os.sep in command[0] and Path(command[0]).is_file():
            file = printable(shlex.quote(command[0]), longest=_LONGEST_NAME)
            detail = f"'{name}' is there, and not allowed to be run: chmod +x {file}"
        yield Finding(Verdict.WARNING, subject, detail)


def unusable_paths(
    config: Config, *, now: datetime, platform: str = sys.platform
) -> Iterator[Finding]:
    """Tell of the cameras whose files would have names or, on Windows, lengths that cannot be."""
    for camera in config.cameras:
        for template in templates_of(config, camera):
            try:
                why = _unusable(naming_of(config, template), camera, config, now, platform)
            except ValueError as error:
                yield Finding(Verdict.PROBLEM, f"cameras.{camera}", str(error))
                continue
            if why:
                detail = f"{why}; name a shorter storage.root or storage.template"
                yield Finding(Verdict.PROBLEM, f"cameras.{camera}", detail)


def _unusable(names: Naming, camera: str, config: Config, now: datetime, platform: str) -> str:
    """Return why the files' paths are too long, or ''; raises `ValueError` for impossible ones."""
    attempt = attempt_path(names.attempt, camera=camera, started=now)
    return too_long_below(config.storage.root.absolute(), attempt, names, platform=platform)
