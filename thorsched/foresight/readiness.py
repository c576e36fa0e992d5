"""Is the world ready for a file: GStreamer, the disk, the servers, each camera.

Called by `cli/check.py`, which has asked the servers and the disk. Changes nothing.
"""

import os
import re
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from thorsched.base import gstreamer
from thorsched.base.errors import MachineError
from thorsched.base.moments import format_minute
from thorsched.base.text import counted, printable
from thorsched.base.units import format_size
from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.capability import Device
from thorsched.catalogue.consulting import trouble_with
from thorsched.catalogue.keeping.backlog import backlog_of
from thorsched.catalogue.keeping.transfer import not_there
from thorsched.catalogue.pausefile import asked_below
from thorsched.catalogue.pauses import BadPauses, active
from thorsched.config.models import Config
from thorsched.engine.desired import naming_of
from thorsched.engine.manner import overrides_of, templates_of
from thorsched.engine.outlook import Outlook, outlooks
from thorsched.engine.sources import Chosen, View, resolve
from thorsched.export.about import not_taken
from thorsched.foresight.disk import fullness
from thorsched.foresight.disk.departures import Keeping, in_words
from thorsched.foresight.disk.fullness import Filling
from thorsched.foresight.findings import Finding, Verdict
from thorsched.foresight.lint import lint
from thorsched.recording import pipeline
from thorsched.recording.naming import Naming, attempt_path, too_long_below
from thorsched.recording.probe import nearest_writable, room_bytes, would_fill_system_disk
from thorsched.recording.root import holder_of
from thorsched.recording.streams import held_elsewhere
from thorsched.recording.trouble import Trouble
from thorsched.thorvision.address import ServerAddress
from thorsched.thorvision.ports import server_key

_LONGEST_NAME = 400
# What a shell or Windows would replace, and this program does not.
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*\}?|%[A-Za-z_]\w*%", re.ASCII)


def examine(
    config: Config,
    *,
    now: datetime,
    zone: ZoneInfo,
    views: Mapping[str, View],
    kept: Keeping | None,
    filling: Filling | None,
) -> tuple[Finding, ...]:
    """Return what was found, in the order of the file.

    `now` is aware UTC, `zone` for schedules without one; `views` are of the servers, by URL, `kept`
    is what the rules for old files come to, where there are any, and `filling` how long the disk
    lasts, where that is to be told.
    """
    root = config.storage.root
    holder, trouble = holder_of(root), trouble_with(root) if root.is_dir() else ""
    return (
        *_gstreamer(config),
        *_storage(config, holder),
        *_disk(filling, config.zone or zone),
        *_journal(trouble),
        *_pauses(config, now=now, zone=config.zone or zone),
        *_keep(kept, trouble, zone=zone),
        *_offload(config),
        *_hooks(config),
        *_about(config),
        *unusable_paths(config, now=now),
        *_servers(config, views),
        *_cameras(config, views, outlooks(config, now=now, zone=zone), holder),
        *lint(config, now=now, zone=zone),
    )


def _gstreamer(config: Config) -> Iterator[Finding]:
    elements = pipeline.elements(config.encodings)
    try:
        gstreamer.require(elements)
    except MachineError as error:
        yield Finding(Verdict.PROBLEM, "gstreamer", str(error))
    else:
        yield Finding(Verdict.READY, "gstreamer", f"has {', '.join(elements)}")


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


def _pauses(config: Config, *, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Tell what is paused now: whoever leaves for the night may have forgotten it."""
    with suppress(BadPauses, OSError):
        for camera, pause in active(asked_below(config.storage.root), now=now).items():
            if camera in config.cameras:
                why = f": {printable(pause.why)}" if pause.why else ""
                until = format_minute(pause.planned, zone)
                detail = f"is paused until {until}{why}; thorsched resume ends that"
                yield Finding(Verdict.WARNING, f"cameras.{camera}", detail)


def _keep(seen: Keeping | None, trouble: str, *, zone: ZoneInfo) -> Iterator[Finding]:
    """Tell what goes, or why that cannot be told, unless the journal's `trouble` is why."""
    if seen is not None and seen.forecast is not None:
        detail = "; ".join(in_words(seen.forecast, zone))
        yield Finding(Verdict.READY, "storage.keep", detail)
    elif seen is not None and not trouble:
        yield Finding(Verdict.READY, "storage.keep", seen.why_not)


def _offload(config: Config) -> Iterator[Finding]:
    offload, root = config.storage.offload, config.storage.root
    if offload is None:
        return
    if backlog := backlog_of(config):
        yield Finding(Verdict.READY, "storage.offload", str(backlog))
    if offload.to is None:
        for key, command in (("command", offload.command), ("check", offload.check)):
            yield from _unknown(f"storage.offload.{key}", command)
    elif why := not_there(offload.to, root):
        detail = f"{why}; nothing is copied until it is there"
        yield Finding(Verdict.WARNING, "storage.offload", detail)
    else:
        free = format_size(shutil.disk_usage(offload.to).free)
        yield Finding(Verdict.READY, "storage.offload", f"{offload.to} is there, {free} free")


def _hooks(config: Config) -> Iterator[Finding]:
    for key in ("on_segment", "on_gap", "on_recording"):
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


def _about(config: Config) -> Iterator[Finding]:
    for key, words in not_taken(config.about_of(camera) for camera in config.cameras):
        yield Finding(Verdict.INFORMATION, f"about.{key}", words)


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


def _servers(config: Config, views: Mapping[str, View]) -> Iterator[Finding]:
    for name, server in config.servers.items():
        view = views.get(server.url)
        if view is None:
            yield Finding(Verdict.WARNING, f"servers.{name}", "no camera uses it")
        elif view.problem is not None:
            yield Finding(Verdict.PROBLEM, f"servers.{name}", view.problem.detail)
        else:
            detail = f"{server.url} offers {counted(len(view.roster.devices), 'camera')}"
            yield Finding(Verdict.READY, f"servers.{name}", detail)
            rules = [
                c.device for k, c in config.cameras.items() if config.server_name_of(k) == name
            ]
            yield from _namesakes(f"servers.{name}", rules, view.roster.devices)


def _namesakes(
    subject: str, rules: Sequence[DeviceRule], devices: Sequence[Device]
) -> Iterator[Finding]:
    """Warn of devices of one name of which cameras are told apart by nothing but their id."""
    counts = Counter(device.name for device in devices)
    for name, count in counts.items():
        own = [device for device in devices if device.name == name]
        ids = sorted({d.id for d in own for r in rules if r.id is not None and r.fits(d)})
        if count > 1 and ids:
            detail = (
                f"{count} devices are named '{printable(name)}'; after a replug or a restart of "
                f"the server id {' or '.join(map(str, ids))} may be another one"
            )
            yield Finding(Verdict.WARNING, subject, detail)


def _cameras(
    config: Config,
    views: Mapping[str, View],
    outlooks: Mapping[str, Outlook | None],
    root_holder: str,
) -> Iterator[Finding]:
    resolved = resolve(config, views)
    for camera in config.cameras:
        subject = f"cameras.{camera}"
        match resolved[camera]:
            case Trouble() if views[config.server_of(camera).url].problem:
                server = config.server_name_of(camera)
                detail = f"its server '{server}' does not list its cameras"
                yield Finding(Verdict.PROBLEM, subject, detail)
            case Trouble() as trouble:
                yield Finding(Verdict.PROBLEM, subject, str(trouble))
            case Chosen() as chosen:
                yield Finding(Verdict.READY, subject, _chosen(chosen))
                yield from _held(subject, chosen, root_holder)
                yield from _overrides(config, camera, views)
        yield _when(subject, outlooks[camera], records=isinstance(resolved[camera], Chosen))


def _overrides(config: Config, camera: str, views: Mapping[str, View]) -> Iterator[Finding]:
    """Tell what schedules ask of a camera, and what of that its device has not."""
    for name, selectors in overrides_of(config, camera).items():
        subject = f"schedules.{name}.capability"
        match resolve(config, views, {camera: selectors})[camera]:
            case Chosen(unmatched="") as chosen:
                yield Finding(Verdict.READY, subject, f"{camera}: {_chosen(chosen)}")
            case Chosen() as own:
                detail = f"{camera}: {own.unmatched}; its own capability would be recorded"
                yield Finding(Verdict.PROBLEM, subject, detail)
            case Trouble():
                pass


def _held(subject: str, chosen: Chosen, root_holder: str) -> Iterator[Finding]:
    """Warn of a device that another program records now, but for the scheduler of this root."""
    server = server_key(ServerAddress.parse(chosen.source.server))
    holder = held_elsewhere((server, chosen.source.device_id))
    if holder and not holder.startswith(f"process {root_holder} "):
        yield Finding(Verdict.WARNING, subject, f"{holder} now: only one program may")


def _when(subject: str, outlook: Outlook | None, *, records: bool) -> Finding:
    if outlook is None:
        detail = "no enabled schedule names it: it will not be recorded"
        return Finding(Verdict.WARNING, subject, detail)
    if outlook.next is None:
        what = f"its windows are {outlook}" if outlook.last else "its schedules never happen"
        return Finding(Verdict.WARNING, subject, f"{what}: it will not be recorded")
    if not records:
        return Finding(Verdict.INFORMATION, subject, f"is wanted {outlook}")
    return Finding(Verdict.READY, subject, f"records {outlook}")


def _chosen(chosen: Chosen) -> str:
    source = chosen.source
    later = f", choice {chosen.rank + 1} of the list" if chosen.rank else ""
    return (
        f"device {source.device_id} ({printable(source.device_name)}): "
        f"{source} for '{chosen.selector}'{later}"
    )
