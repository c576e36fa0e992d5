"""Edits of a file, by the dice, and a simple rule of what each may do to a camera. Pure.

A file is its blocks as plain values, in their order. The rule knows nothing of how thorsched
compares two files: only what makes a recording another one, which no edit here does to `PINNED`.
"""

import json
import random
from collections.abc import Callable, Mapping
from copy import deepcopy
from enum import Enum
from typing import Any, Final

from tests.faults.lab import Lab
from thorsched.cameras.capability import JPEG, Capability, Device

Written = dict[str, Any]
Edit = Callable[[Written, random.Random, int], None]
"""Changes a file in place; the number is no other edit's."""
Mistake = Callable[[str, random.Random, int], str]
"""Returns a text that is wrong, and as no other is."""

# Both offer 15 frames a second, so that a frame's number says when it was due whatever is chosen.
DEVICES: Final = tuple(
    Device(
        number,
        f"Camera {number}",
        (Capability(JPEG, 320, 240, 15, 1), Capability(JPEG, 640, 480, 15, 1)),
    )
    for number in range(5)
)
PINNED: Final = ("cam0", "cam1")
"""No edit is about what they record, or how."""
FOLLOWING: Final = "cam2"
"""Its stream is never edited, its files are."""
RESTLESS: Final = "cam3"
"""Its stream is edited, too."""
GUEST: Final = "cam4"
"""It is in the file for some time."""
SMALL: Final = ("jpeg 320x240 @15fps", "jpeg <=320x240 @15fps", "@15fps jpeg 320x240")
LARGE: Final = ("jpeg 640x480 @15fps", "jpeg >=640x480 @15fps", "@15fps jpeg 640x480")
TIMES: Final = ("1h", "60min", "2s", "2000ms", "30min")
_IN_MS: Final = {"1h": "3600s", "60min": "3600s", "2s": "2s", "2000ms": "2s", "30min": "1800s"}
ALL: Final = "all"


def first_file(lab: Lab) -> Written:
    """Return the file that the program is started with."""
    return {
        "#": "as it was at first",
        "timezone": "UTC",
        "storage": {"root": str(lab.root), "min_free": "1MB"},
        "server": {
            "url": lab.url,
            "ports": f"{lab.ports[0]}-{lab.ports[-1]}",
            "latency": "300ms",
        },
        "segment": {"time": "1h"},
        "about": {"edit": 0},
        "defaults": {"capability": SMALL[0]},
        "cameras": {
            "cam0": {
                "device": {"id": 0},
                "capability": SMALL[0],
                "segment": {"time": "2s", "size": "1GB"},
            },
            "cam1": {"device": {"id": 1}, "capability": SMALL[0], "segment": {"time": "1h"}},
            FOLLOWING: {"device": {"id": 2}, "capability": SMALL[0]},
            RESTLESS: {"device": {"id": 3}},
        },
        "schedules": {"ever": {"cameras": ALL, "always": True}},
    }


def text_of(file: Written) -> str:
    """Return the file as text: each block on lines of its own, in YAML that is JSON, too."""
    lines = []
    for key, block in file.items():
        if key == "#":
            lines.append(f"# {block}")
        elif key in ("cameras", "schedules"):
            lines += [f"{key}:", *(f"  {name}: {json.dumps(one)}" for name, one in block.items())]
        else:
            lines.append(f"{key}: {json.dumps(block)}")
    return "\n".join(lines) + "\n"


# What an edit may do


class Touch(Enum):
    """What becomes of a camera's recorder."""

    NOTHING = "goes on as it is"
    FOLLOWED = "is followed by another without a gap"
    REPLACED = "ends, and another begins"
    STARTED = "begins"
    STOPPED = "ends"


def touch(before: Written, after: Written, camera: str) -> Touch:
    """Return what an edit does to a camera that records whenever the file says so."""
    was, becomes = _recording(before, camera), _recording(after, camera)
    if was is None or becomes is None:
        same = Touch.NOTHING if was is becomes else Touch.STARTED
        return Touch.STOPPED if was is not None else same
    if was["frames"] != becomes["frames"]:
        return Touch.REPLACED
    return Touch.NOTHING if was == becomes else Touch.FOLLOWED


def is_recorded(file: Written, camera: str) -> bool:
    """Whether a schedule of the file is of the camera: those that count last for ever."""
    return camera in file["cameras"] and any(_names(one, camera) for one in _live(file))


def about_of(file: Written, camera: str) -> Written:
    """Return what the sidecars of a camera say of the experiment."""
    own = file["cameras"][camera].get("about", {})
    return {**file.get("about", {}), **file["defaults"].get("about", {}), **own}


def _recording(file: Written, camera: str) -> Written | None:
    """Return what makes a recording what it is; None of one that the file does not want."""
    if not is_recorded(file, camera):
        return None
    own, shared = file["cameras"][camera], file["defaults"]
    capability = own.get("capability", shared["capability"])
    by_schedule = [one for one in _live(file) if _names(one, camera) and "priority" in one]
    said = by_schedule[0] if by_schedule else {}
    segments = [block.get("segment", {}) for block in (said, own, shared, file)]
    time = next((one["time"] for one in segments if "time" in one), "10min")
    return {
        "frames": (own["device"]["id"], capability in SMALL),
        "files": (_IN_MS.get(time, time), said.get("storage")),
    }


def _live(file: Written) -> list[Written]:
    return [one for one in file["schedules"].values() if "always" in one and is_enabled(one)]


def is_enabled(schedule: Mapping[str, Any]) -> bool:
    return schedule.get("enabled", True) is True


def _names(schedule: Mapping[str, Any], camera: str) -> bool:
    return schedule["cameras"] == ALL or camera in schedule["cameras"]


# Edits that may touch nobody


def comment(file: Written, dice: random.Random, number: int) -> None:
    file["#"] = f"edit {number}" + "!" * dice.randrange(3)


def order(file: Written, dice: random.Random, number: int) -> None:
    for block in (file, file["cameras"], file["schedules"]):
        items = list(block.items())
        dice.shuffle(items)
        block.clear()
        block.update(items)
    file["#"] = f"in another order {number}"


def about(file: Written, dice: random.Random, number: int) -> None:
    blocks = [file, file["defaults"], *file["cameras"].values()]
    dice.choice(blocks).setdefault("about", {})[dice.choice(("edit", "subject"))] = number


def other_words(file: Written, dice: random.Random, number: int) -> None:
    """Say in other words which capability a camera records."""
    camera = dice.choice([*PINNED, FOLLOWING])
    file["cameras"][camera]["capability"] = dice.choice(SMALL)
    file["#"] = f"in other words {number}"


def keeping(file: Written, dice: random.Random, number: int) -> None:
    """Say what is about no file here: none is as old as that, and no selector is a better one."""
    block = dice.choice([file["defaults"], *file["cameras"].values()])
    block["keep"] = {"age": f"{number + 1}w"}
    block["hold"] = dice.random() < 0.5
    block["upgrade"] = dice.choice(("next_window", "at_once"))


def ahead(file: Written, dice: random.Random, number: int) -> None:
    file["lead"] = f"{dice.randrange(1, 6)}s"
    file["storage"]["min_free"] = f"{number + 1}kB"


def idle_schedule(file: Written, dice: random.Random, number: int) -> None:
    """Add, or take away, a schedule that wants nothing, or nothing that is not wanted anyway."""
    if file["schedules"].pop("idle", None) is None:
        file["schedules"]["idle"] = dice.choice(
            (
                {"cameras": ALL, "from": "2020-01-01T00:00", "to": "2020-01-02T00:00"},
                {"cameras": ALL, "always": True, "enabled": False},
                {"cameras": [*PINNED, FOLLOWING], "always": True},
                {"cameras": list(PINNED), "daily": "00:00-24:00"},
            )
        )
    file["#"] = f"an idle schedule {number}"


# Edits that touch somebody


def default_segment(file: Written, dice: random.Random, number: int) -> None:
    _segment(file["defaults"], dice)
    file["#"] = f"defaults, segment {number}"


def file_segment(file: Written, dice: random.Random, number: int) -> None:
    file["segment"] = {"time": dice.choice(TIMES)}
    file["#"] = f"segment {number}"


def own_segment(file: Written, dice: random.Random, number: int) -> None:
    _segment(file["cameras"][dice.choice((FOLLOWING, RESTLESS))], dice)
    file["#"] = f"a camera's segment {number}"


def _segment(block: Written, dice: random.Random) -> None:
    if block.pop("segment", None) is None or dice.random() < 0.5:
        block["segment"] = {"time": dice.choice(TIMES)}


def template(file: Written, dice: random.Random, number: int) -> None:
    """Have a schedule call the files otherwise, or no longer."""
    if file["schedules"].pop("called", None) is None:
        file["schedules"]["called"] = {
            "cameras": dice.choice(([FOLLOWING], [FOLLOWING, RESTLESS])),
            "always": True,
            "priority": 5,
            "storage": {"template": f"{{camera}}/called{number}/{{camera}}_{{start}}"},
        }
    file["#"] = f"a template {number}"


def default_capability(file: Written, dice: random.Random, number: int) -> None:
    before = file["defaults"]["capability"]
    file["defaults"]["capability"] = dice.choice(LARGE if before in SMALL else SMALL)
    file["#"] = f"defaults, capability {number}"


def own_capability(file: Written, dice: random.Random, number: int) -> None:
    """Have the restless camera record the other size."""
    camera, shared = file["cameras"][RESTLESS], file["defaults"]["capability"]
    others = LARGE if camera.get("capability", shared) in SMALL else SMALL
    camera["capability"] = dice.choice(others)
    if shared in others and dice.random() < 0.5:
        del camera["capability"]
    file["#"] = f"a camera's capability {number}"


def take_out(file: Written, dice: random.Random, number: int) -> None:
    """Take the restless camera out of every schedule."""
    del dice
    for schedule in file["schedules"].values():
        names = list(file["cameras"]) if schedule["cameras"] == ALL else schedule["cameras"]
        schedule["cameras"] = [name for name in names if name != RESTLESS]
    file["#"] = f"taken out {number}"


def put_back(file: Written, dice: random.Random, number: int) -> None:
    """Schedule all cameras: by one word, or one by one."""
    file["schedules"]["ever"]["cameras"] = dice.choice((ALL, list(file["cameras"])))
    file["#"] = f"put back {number}"


def guest(file: Written, dice: random.Random, number: int) -> None:
    """Add a camera that is recorded, or take it away."""
    del dice
    is_new = file["cameras"].pop(GUEST, None) is None
    if is_new:
        file["cameras"][GUEST] = {"device": {"id": 4}}
    for name, schedule in file["schedules"].items():
        if schedule["cameras"] != ALL:
            others = [camera for camera in schedule["cameras"] if camera != GUEST]
            schedule["cameras"] = [*others, GUEST] if is_new and name == "ever" else others
    file["#"] = f"a guest {number}"


HARMLESS: Final[tuple[Edit, ...]] = (
    comment,
    order,
    about,
    other_words,
    keeping,
    ahead,
    idle_schedule,
)
FOLLOWED: Final[tuple[Edit, ...]] = (default_segment, file_segment, own_segment, template)
ENDING: Final[tuple[Edit, ...]] = (default_capability, own_capability, guest)


def edited(file: Written, edit: Edit, dice: random.Random, number: int) -> Written:
    after = deepcopy(file)
    edit(after, dice, number)
    return after


# Edits that are wrong


def _misspelt_key(text: str, dice: random.Random, number: int) -> str:
    del dice
    return text + f"mistake{number}: true\n"


def _wrong_value(text: str, dice: random.Random, number: int) -> str:
    del dice
    return text + f"lead: mistake{number}\n"


def _no_yaml(text: str, dice: random.Random, number: int) -> str:
    lines = text.splitlines(keepends=True)
    lines.insert(dice.randrange(len(lines)), f"mistake{number}: [unclosed\n")
    return "".join(lines)


def _no_camera(text: str, dice: random.Random, number: int) -> str:
    del dice
    more = f"  mistake{number}: {{cameras: [nobody{number}], always: true}}\n"
    return text.replace("schedules:\n", f"schedules:\n{more}")


def _wrong_default(text: str, dice: random.Random, number: int) -> str:
    del dice
    return text.replace("defaults: {", f'defaults: {{"mistake{number}": 1, ')


def _cut_off(text: str, dice: random.Random, number: int) -> str:
    """What a copy leaves that was broken off: cameras or schedules are not there."""
    del dice
    return (
        f"# mistake{number}\n" + text[: max(text.index("cameras:\n"), text.index("schedules:\n"))]
    )


def _twice(text: str, dice: random.Random, number: int) -> str:
    del dice
    return text + f"# mistake{number}\ndefaults: {{}}\n"


def _nothing(text: str, dice: random.Random, number: int) -> str:
    del text, dice
    return "\n" * (number % 7)


MISTAKES: Final[tuple[Mistake, ...]] = (
    _misspelt_key,
    _wrong_value,
    _no_yaml,
    _no_camera,
    _wrong_default,
    _cut_off,
    _twice,
    _nothing,
)
