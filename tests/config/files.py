"""Files for the tests of this room: a right one, and what a wrong one says."""

from pathlib import Path

from thorsched.config.load import ConfigErrors, Loaded, load_bytes

FILE = Path("recordings.yaml")
RIGHT = """\
server: http://127.0.0.1:8000
cameras:
  side:
    device: {id: 0}
    capability: jpeg 1280x720 @30fps
schedules:
  ever: {cameras: all, always: true}
"""


def loaded(text: str) -> Loaded:
    return load_bytes(text.encode(), FILE)


def complaints(text: str | bytes) -> list[str]:
    """What is said about a file, one line a mistake, without the file's name."""
    content = text.encode() if isinstance(text, str) else text
    try:
        load_bytes(content, FILE)
    except ConfigErrors as errors:
        return [str(mistake).removeprefix("recordings.yaml:") for mistake in errors.mistakes]
    return []


def with_camera(lines: str) -> str:
    """The right file with `lines`, each indented by four, as the second camera `top`."""
    return RIGHT.replace("schedules:", f"  top:\n{lines}schedules:")


def with_schedule(block: str) -> str:
    """The right file with a second schedule `nights`, in flow style, on line 8."""
    return RIGHT + f"  nights: {block}\n"
