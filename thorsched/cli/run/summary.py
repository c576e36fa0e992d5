"""The table at the end of a run: per camera what was wanted, what is on disk, and where."""

import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from thorsched.base.text import counted, typed_path
from thorsched.base.units import format_seconds, format_size
from thorsched.cli.console import harmless, new_table
from thorsched.cli.file_words import state, taking_back
from thorsched.engine.status import CameraStatus, Status
from thorsched.engine.wrong import Kind

# What is missed of a window that was entered late; no recorder is faster.
NOTABLE_S = 1.0
# A run that was shorter may have been over before a first frame could be on disk.
_TOO_SHORT_S = 2.0


def summary(status: Status, left_to_copy: str = "") -> RenderableType:
    """Return a table with a row a camera, the places of the files under it, and what went wrong.

    And before that what is `left_to_copy`, in words.
    """
    table = new_table("recorded")
    table.add_column("camera", no_wrap=True, overflow="fold")
    table.add_column("capability")  # gives way where names are long
    for column in ("wanted", "recorded", "segments", "frames", "size"):
        table.add_column(column, justify="right", no_wrap=True)
    for camera in status.cameras:
        table.add_row(*_row(camera))
    files = [
        harmless(f"{camera.name}: files in {directory}")
        for camera in status.cameras
        for directory in directories(camera)
    ]
    left = [harmless(left_to_copy, style="yellow")] if left_to_copy else []
    return Group(table, *files, *left, *_wrong(status), *_troubles(status))


def _wrong(status: Status) -> Iterator[Text]:
    """Yield that the file is not what ran, and how to mend it: the next program would refuse it."""
    if wrong := status.wrong:
        next_step = (
            f"mend it before the next `thorsched run` (thorsched check {typed_path(wrong.file)})"
        )
        yield harmless(f"{state(wrong, status.at)}; {next_step}", style="bold red")
        if wrong.kind is not Kind.RESTLESS:
            yield harmless(taking_back(wrong.file), style="red")


def nothing_recorded(status: Status) -> tuple[CameraStatus, ...]:
    """Return the cameras that were wanted, two seconds at least, and have not one known frame."""
    return tuple(
        camera
        for camera in status.cameras
        if camera.tally.wanted_s >= _TOO_SHORT_S and camera.tally.frames == 0
    )


def directories(camera: CameraStatus) -> tuple[Path, ...]:
    """Return where the camera's files of this run are: the narrowest directory in each root."""
    by_root: dict[Path, list[Path]] = {}
    for root, directory in camera.tally.directories:
        by_root.setdefault(root, []).append(directory)
    return tuple(Path(os.path.commonpath(found)) for _, found in sorted(by_root.items()))


def _troubles(status: Status) -> Iterator[Text]:
    """Yield a line a camera with trouble, the worst at the end, each but once, where it is read."""
    empty = nothing_recorded(status)
    for camera in status.cameras:
        if moved := camera.tally.quarantined:
            place = os.path.commonpath(path.parent for path in moved)
            yield harmless(
                f"{camera.name}: {counted(len(moved), 'file')} in quarantine: {place}",
                style="yellow",
            )
    for camera in status.cameras:
        if camera not in empty and (camera.tally.last_trouble or camera.missed_s >= NOTABLE_S):
            yield harmless(f"{camera.name}: {missed(camera)}", style="yellow")
        if camera.tally.flawed:
            yield harmless(f"{camera.name}: {flaws(camera)}", style="yellow")
    sufferers: dict[str, list[str]] = {}
    for camera in empty:
        wanted = format_seconds(camera.tally.wanted_s)
        why = camera.tally.last_trouble or "no trouble was met, see the log"
        undescribed_bytes = camera.kept_bytes - camera.tally.size_bytes
        what = "NOTHING was recorded"
        if undescribed_bytes > 0:  # what was seen to grow, on a disk that is gone, or too slow
            what = f"{format_size(undescribed_bytes)} on disk, not described,"
        sufferers.setdefault(f"{what} of {wanted} wanted: {why}", []).append(camera.name)
    for words, names in sufferers.items():
        yield harmless(f"{', '.join(names)}: {words}", style="bold red")


def missed(camera: CameraStatus) -> str:
    """Return what a camera has missed so far, and what last stood in its way."""
    parts = [f"missed {format_seconds(camera.missed_s)}"] if camera.missed_s >= NOTABLE_S else []
    if camera.tally.last_trouble:
        parts.append(f"last trouble: {camera.tally.last_trouble}")
    return "; ".join(parts)


def flaws(camera: CameraStatus) -> str:
    """Return how many of a camera's segments are not good, and what is wrong with the last one."""
    tally = camera.tally
    return f"{tally.flawed} of {tally.audited} audited segments not good: {tally.last_flaw}"


def capability(camera: CameraStatus) -> Text:
    """Return what is recorded of a camera, as a cell that is cut where it finds no room."""
    text = harmless(str(camera.chosen.source) if camera.chosen else "-")
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _row(camera: CameraStatus) -> tuple[str | Text, ...]:
    tally = camera.tally
    return (
        harmless(camera.name),
        capability(camera),
        format_seconds(tally.wanted_s),
        format_seconds(tally.recorded_s),
        str(tally.segments),
        str(tally.frames),
        format_size(tally.size_bytes),
    )
