"""What must fit together in a file: names that are referred to.

Called by `models.py` with the blocks as they are written, before or although
single values in them are wrong, so that all mistakes come at once. So nothing here trusts the type
of anything: a value of the wrong kind is somebody else's problem and is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, islice
from typing import Any, Final

from pydantic import BaseModel

from thorsched.base.text import did_you_mean, nearest, printable
from thorsched.config import keys_time
from thorsched.config.blocks import Defaults
from thorsched.config.defaults import may_say
from thorsched.config.fields import ALL
from thorsched.config.fields_rig import parse_ports
from thorsched.config.problems import MAX_HINTS, Problem, meant
from thorsched.config.readers import MAX_NAMES
from thorsched.config.wording import KeyPath, shown
from thorsched.thorvision.address import ServerAddress, machine_of

ONLY_SERVER: Final = "server"


def misfits(written: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what in a whole file refers to nothing, or twice to one thing."""
    if "server" in written:
        message = "`server` beside `servers`; write all of them below `servers`"
        yield Problem(("server",), message, at_key=True)
    blocks = {key: _names(written.get(key)) for key in ("servers", "cameras", "schedules")}
    for key, block in blocks.items():
        yield from (problem.below(key) for problem in _twins(block))
    servers, cameras = blocks["servers"], blocks["cameras"]
    if "servers" not in written:
        servers = {ONLY_SERVER: None}
    yield from (problem.below("servers") for problem in _same_urls(servers))
    if servers:
        yield from _servers_named(cameras, servers, written.get("defaults"))
        cameras = _with_servers(cameras, written.get("defaults"))
        yield from (problem.below("cameras") for problem in _same_devices(cameras, servers))
        yield from (problem.below("servers") for problem in _ports(cameras, servers))
    schedules = {name: _block(block) for name, block in blocks["schedules"].items()}
    found = keys_time.misfits_of_experiment(schedules, _block(written.get("experiment")))
    yield from (problem.below("schedules") for problem in found)
    if cameras:
        yield from (p.below("schedules") for p in _lone_cameras(blocks["schedules"], cameras))
        yield from (p.below("schedules") for p in _unknown_cameras(blocks["schedules"], cameras))


def _block(value: object) -> Mapping[str, Any]:
    """Return the keys of a block as they would stand in the file; none if it is something else."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {field.alias or name: getattr(value, name) for name, field in fields.items()}
    return value if isinstance(value, Mapping) else {}


def _names(value: object) -> Mapping[str, Any]:
    """Return names with a block each; none if there are more than are read at all."""
    names = _block(value)
    return names if len(names) <= MAX_NAMES else {}


def _twins(names: Iterable[str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(name.lower(), name)
        if other != name:
            message = f"differs from {shown(other)} by upper and lower case only; rename one"
            yield Problem((name,), message, at_key=True)


def _servers_named(
    cameras: Mapping[str, Any], servers: Mapping[str, Any], shared: object
) -> Iterator[Problem]:
    """Yield where cameras, or what is `shared` by them, should name another server, or one."""
    choice = " or ".join(f"server: {printable(name, longest=64)}" for name in list(servers)[:5])
    is_needed = len(servers) > 1 and not may_say(shared, "server")
    named: dict[KeyPath, object] = {("defaults", "server"): _block(shared).get("server")}
    for camera, block in cameras.items():
        if isinstance(block, Mapping | BaseModel):
            named["cameras", camera, "server"] = _block(block).get("server")
    for path, server in named.items():
        if server is None and is_needed and path[0] == "cameras":
            yield Problem(path, f"is missing, as there are several servers; write {choice}")
        elif isinstance(server, str) and server not in servers:
            right = _server_meant(server, servers) or f"; write {choice}"
            yield Problem(path, f"there is no server {shown(server)}{right}")


def _with_servers(cameras: Mapping[str, Any], shared: object) -> Mapping[str, Any]:
    server = meant(_block(shared), Defaults).get("server")
    if server is None:
        return cameras
    return {
        camera: {**_block(block), "server": _block(block).get("server") or server}
        for camera, block in cameras.items()
    }


def _server_meant(server: str, servers: Mapping[str, Any]) -> str:
    """Return what to do about a name that none of `servers` has, or ''."""
    only = next(iter(servers)) if len(servers) == 1 else ""
    if only == ONLY_SERVER:
        if servers[only] is None:
            return "; the file names none: write servers: {rig-a: http://192.168.177.100:8000}"
        return "; the file has one, which needs no name: delete this line"
    if only:
        name = printable(only, longest=64)
        return f"; the file has one, {name}: write server: {name} or delete this line"
    return did_you_mean(server, map(printable, servers))


def _server_of(block: Mapping[str, Any], servers: Mapping[str, Any]) -> str | None:
    """Return the server of a camera, if the file says it without mistake."""
    server = block.get("server") or (next(iter(servers)) if len(servers) == 1 else None)
    return server if isinstance(server, str) and server in servers else None


def _same_devices(cameras: Mapping[str, Any], servers: Mapping[str, Any]) -> Iterator[Problem]:
    first: dict[tuple[str, object], str] = {}
    for camera, block in cameras.items():
        server = _server_of(_block(block), servers)
        mark = _mark(_block(block).get("device"))
        if server is None or mark is None:
            continue
        other = first.setdefault((server, mark), camera)
        if other != camera:
            message = f"is the device of {shown(other)}, too; each camera needs one of its own"
            yield Problem((camera, "device"), message)


def _mark(device: object) -> int | str | None:
    """Return what tells a device from others on its server: its id, else its name."""
    if isinstance(device, Mapping):
        marks = [device.get("id"), device.get("name")]
    else:
        marks = [getattr(device, "id", None), getattr(device, "name", None)]
    return next((mark for mark in marks if isinstance(mark, int | str)), None)


def _same_urls(servers: Mapping[str, Any]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name, server in servers.items():
        url = server if isinstance(server, str) else _block(server).get("url")
        try:
            known = _machine_of(ServerAddress.parse(url)) if isinstance(url, str) else None
        except ValueError:
            continue
        other = first.setdefault(known, name) if known else name
        if other != name:
            message = f"is the address of {shown(other)}, too; one server has one name"
            yield Problem((name, "url"), message)


def _machine_of(address: ServerAddress) -> str:
    """Return one URL for all the ways to write a server's, as far as no resolver is asked."""
    host = "127.0.0.1" if address.host == "localhost" else machine_of(address.host)
    return replace(address, host=host).url


def _ports(cameras: Mapping[str, Any], servers: Mapping[str, Any]) -> Iterator[Problem]:
    owners = [_server_of(_block(block), servers) for block in cameras.values()]
    for name, group in groupby(sorted(owner for owner in owners if owner)):
        written = _block(servers[name]).get("ports")
        needed = len(list(group))
        try:
            ports = parse_ports(written) if written is not None else None
        except ValueError:
            continue
        if ports is not None and len(ports) < needed:
            last = ports.start + needed - 1
            message = (
                f"{len(ports)} ports for {needed} cameras; write at least {ports.start}-{last}"
            )
            yield Problem((name, "ports"), message)


def _unknown_cameras(schedules: Mapping[str, Any], cameras: Mapping[str, Any]) -> Iterator[Problem]:
    known = ", ".join(printable(name, longest=64) for name in list(cameras)[:8])
    for number, (schedule, index, name) in enumerate(
        (schedule, index, name)
        for schedule, block in schedules.items()
        for index, name in enumerate(_list(_block(block).get("cameras")))
        if isinstance(name, str) and name not in cameras and name != ALL
    ):
        near = did_you_mean(name, map(printable, cameras)) if number < MAX_HINTS else ""
        near = near or (f"; for every camera write cameras: {ALL}" if nearest(name, [ALL]) else "")
        message = f"there is no camera {shown(name)}{near or f'; the cameras are {known}'}"
        yield Problem((schedule, "cameras", index), message)


def _lone_cameras(schedules: Mapping[str, Any], cameras: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield where one camera, or a misspelt `all`, stands instead of a list."""
    written = ((schedule, _block(block).get("cameras")) for schedule, block in schedules.items())
    words = ((schedule, one) for schedule, one in written if isinstance(one, str) and one != ALL)
    for schedule, word in islice(words, MAX_HINTS):
        meant = nearest(word, map(printable, [*cameras, ALL]))
        if meant:
            right = ALL if meant == ALL else f"[{meant}] or {ALL}"
            message = f"{shown(word)} is not a list of cameras; write {right}"
            yield Problem((schedule, "cameras"), message)


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
