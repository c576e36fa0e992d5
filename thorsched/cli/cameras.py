"""`thorsched cameras URL`: what a server offers."""

import json

from rich.table import Table
from rich.text import Text

from thorsched.base.errors import UnavailableError
from thorsched.base.text import counted
from thorsched.cameras.bounds import rate_for_people
from thorsched.cameras.capability import Capability, Device
from thorsched.cli.console import harmless, new_table, show_table
from thorsched.cli.errors import print_json
from thorsched.cli.exits import ExitCode
from thorsched.thorvision.address import AddressError
from thorsched.thorvision.server import ServerClient


def list_cameras(url: str, *, as_json: bool) -> int:
    """Print the devices of the server at `url`; return the exit code.

    Raises `UnavailableError` and `AddressError`, unless `as_json`: then they are printed, too.
    """
    try:
        devices = ServerClient(url).devices()
    except (UnavailableError, AddressError) as error:
        if not as_json:
            raise
        print_json(error)
        return ExitCode.NOT_READY
    if as_json:
        print(json.dumps([_as_json(device) for device in devices], indent=2))
    elif not devices:
        print(f"{url}: no camera; is one plugged in, and used by no other program of that machine?")
    else:
        show_table(_table(url, devices))
    return ExitCode.DONE


def _as_json(device: Device) -> dict[str, object]:
    return {
        "id": device.id,
        "name": device.name,
        "capabilities": [
            {
                "caps": capability.caps,
                "selector": str(capability),
                "media_type": capability.media_type,
                "format": capability.format,
                "width": capability.width,
                "height": capability.height,
                "rate_fps": float(capability.rate_fps),
            }
            for capability in sorted(device.capabilities)
        ],
    }


def _table(url: str, devices: tuple[Device, ...]) -> Table:
    table = new_table(harmless(f"{url}: {counted(len(devices), 'camera')}", "table.title"))
    table.add_column("id", justify="right", no_wrap=True)
    table.add_column("name", overflow="fold")
    table.add_column("codec", no_wrap=True)
    table.add_column("size", no_wrap=True)
    table.add_column("rates, fps", overflow="fold")
    for device in devices:
        head = (harmless(str(device.id)), harmless(device.name))
        for codec, size, rates in _rows(device.capabilities):
            table.add_row(*head, *map(harmless, (codec, size, rates)))
            head = (Text(), Text())
        table.add_section()
    return table


def _rows(capabilities: tuple[Capability, ...]) -> list[tuple[str, str, str]]:
    """Return a row for each codec and size, largest first, with all its rates."""
    grouped: dict[tuple[str, int, int], list[Capability]] = {}
    for capability in sorted(set(capabilities), reverse=True):
        codec = str(capability).split(" ", 1)[0] + (
            f" {capability.format}" * bool(capability.format)
        )
        grouped.setdefault((codec, capability.width, capability.height), []).append(capability)
    return [
        (codec, f"{width}x{height}", ", ".join(rate_for_people(c.rate_fps) for c in same))
        for (codec, width, height), same in grouped.items()
    ]
