"""Is the world ready for a file: GStreamer, the disk, the servers, each camera.

Called by `cli/check.py`, which has asked the servers and the disk. Changes nothing.
"""

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
from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.capability import Device
from thorsched.catalogue.entries import Pause
from thorsched.catalogue.pausefile import asked_below
from thorsched.catalogue.pauses import BadPauses, active
from thorsched.config.models import Config
from thorsched.engine.drift import nth
from thorsched.engine.manner import overrides_of
from thorsched.engine.outlook import Outlook, outlooks
from thorsched.engine.sources import Chosen, View, resolve
from thorsched.export.about import not_taken
from thorsched.foresight.disk.departures import Keeping
from thorsched.foresight.disk.fullness import Filling
from thorsched.foresight.findings import Finding, Verdict
from thorsched.foresight.lint import lint
from thorsched.foresight.patience import Patience, Silent
from thorsched.foresight.places import places
from thorsched.recording import pipeline
from thorsched.recording.root import holder_of
from thorsched.recording.streams import held_elsewhere
from thorsched.recording.trouble import Trouble
from thorsched.thorvision.address import ServerAddress
from thorsched.thorvision.ports import server_key


def examine(
    config: Config,
    *,
    now: datetime,
    zone: ZoneInfo,
    views: Mapping[str, View],
    kept: Keeping | None,
    filling: Filling | None,
    patience: Patience,
) -> tuple[Finding, ...]:
    """Return what was found, in the order of the file.

    `now` is aware UTC, `zone` for schedules without one; `views` are of the servers, by URL, `kept`
    is what the rules for old files come to, where there are any, and `filling` how long the disk
    lasts, where that is to be told.
    """
    root, holder = config.storage.root, ""
    asked: Sequence[Pause] = ()
    with suppress(Silent):
        holder, asked = patience.ask(lambda: (holder_of(root), _asked(root)), root)
    return (
        *_gstreamer(config),
        *places(
            config,
            now=now,
            zone=zone,
            holder=holder,
            kept=kept,
            filling=filling,
            patience=patience,
        ),
        *_pauses(config, asked, now=now, zone=config.zone or zone),
        *_about(config),
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


def _asked(root: Path) -> Sequence[Pause]:
    with suppress(BadPauses, OSError):
        return asked_below(root)
    return ()


def _pauses(
    config: Config, asked: Sequence[Pause], *, now: datetime, zone: ZoneInfo
) -> Iterator[Finding]:
    """Tell what is paused now: whoever leaves for the night may have forgotten it."""
    for camera, pause in active(asked, now=now).items():
        if camera in config.cameras:
            why = f": {printable(pause.why)}" if pause.why else ""
            until = format_minute(pause.planned, zone)
            detail = f"is paused until {until}{why}; thorsched resume ends that"
            yield Finding(Verdict.WARNING, f"cameras.{camera}", detail)


def _about(config: Config) -> Iterator[Finding]:
    for key, words in not_taken(config.about_of(camera) for camera in config.cameras):
        yield Finding(Verdict.INFORMATION, f"about.{key}", words)


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
    later = f", {nth(chosen.rank, len(chosen.selectors))}: {chosen.unmet}" if chosen.rank else ""
    return (
        f"device {source.device_id} ({printable(source.device_name)}): "
        f"{source} for '{chosen.selector}'{later}"
    )
