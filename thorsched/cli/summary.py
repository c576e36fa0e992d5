"""The table at the end of a run: per camera what was wanted, what is on disk, and where."""

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from thorsched.base.units import format_size
from thorsched.cli.console import harmless
from thorsched.engine.status import CameraStatus, Status


def summary(status: Status) -> RenderableType:
    """Return a table with a row a camera, and the places of the files under it."""
    table = Table(title="recorded", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("camera", overflow="fold")
    table.add_column("capability")
    for column in ("wanted", "recorded", "segments", "frames", "size"):
        table.add_column(column, justify="right", no_wrap=True)
    for camera in status.cameras:
        table.add_row(*_row(camera))
    troubles = [
        harmless(f"{c.name}: last trouble: {c.tally.last_trouble}", style="yellow")
        for c in status.cameras
        if c.tally.last_trouble
    ]
    files = [
        harmless(f"{c.name}: files in {status.root / c.name}")
        for c in status.cameras
        if c.tally.segments
    ]
    return Group(table, *files, *troubles)


def _row(camera: CameraStatus) -> tuple[str | Text, ...]:
    tally = camera.tally
    return (
        harmless(camera.name),
        harmless(str(camera.chosen.source) if camera.chosen else "-"),
        duration(tally.wanted_s),
        duration(tally.recorded_s),
        str(tally.segments),
        str(tally.frames),
        format_size(tally.size_bytes),
    )


def duration(seconds: float) -> str:
    """Return `19.4 s` or, from ten minutes on, `2:03:04`."""
    if seconds < 600:  # noqa: PLR2004 - ten minutes
        return f"{seconds:.1f} s"
    minutes, rest_s = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest_s:02}"
