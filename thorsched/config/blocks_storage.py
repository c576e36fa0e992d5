"""The blocks of the file that say where recordings are kept, and for how long.

Parts of `models.py`, as those of `blocks.py` are.
"""

import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from thorsched.base.text import printable
from thorsched.base.units import parse_duration, parse_size
from thorsched.config.fields import FreeSize, HookTime, KeepAge, KeepSize
from thorsched.config.fields_commands import Command, FilesCommand
from thorsched.config.fields_rig import Proof, Root, Template, Then
from thorsched.config.problems import FileModel, Problem

DEFAULT_TEMPLATE = "{camera}/{date}/{camera}_{start}"
# As rclone, scp and object stores name a place elsewhere; a drive of Windows is one letter.
_ELSEWHERE: Final = re.compile(r"[^/\\:]{2,}:")
_SIGNS_OF_YAML: Final = frozenset("{}[],:#")


class Keep(FileModel):
    """When files may be deleted; whichever of the two comes first."""

    example = "{age: 30d, size: 4TB}"
    misnomers = dict.fromkeys(
        ("days", "time", "max_age", "older_than"), "age: 30d"
    ) | dict.fromkeys(("max_size", "total", "max_total"), "size: 4TB")

    age: KeepAge | None = Field(None, description="Files older than this go.")
    size: KeepSize | None = Field(
        None,
        description="Beyond this total the oldest files go; before that, too, where the disk has "
        "no room left for `min_free`.",
    )

    @classmethod
    def instead_of(cls, written: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        for key, parse in (("age", parse_duration), ("size", parse_size)):
            if isinstance(written, str) and _reads(parse, written):
                return f"{{{key}: {written}}}"
        return cls.example

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        if not written:
            yield Problem((), f"is empty; write {cls.example}, or one of both")


class Offload(FileModel):
    """Where closed, audited files are copied to, with their sidecars."""

    example = "{to: /mnt/nas/exp3}"
    misnomers = dict.fromkeys(
        ("path", "dir", "directory", "destination", "target", "root"), "to: /mnt/nas/exp3"
    )

    to: Root | None = Field(
        None, description="A directory of another disk, which must be there. Or a `command`."
    )
    command: FilesCommand | None = Field(
        None,
        description="A program that copies {file}, without a shell; {relative} is its path below "
        "the root.",
        examples=[["rclone", "copyto", "{file}", "nas:exp3/{relative}"]],
    )
    check: FilesCommand | None = Field(
        None,
        description="A program that prints the SHA-256 of the copy that `command` has made.",
        examples=[["rclone", "hashsum", "sha256", "--download", "nas:exp3/{relative}"]],
    )
    verify: Proof = Field(
        "sha256", description="By what a copy is known to be the same, read back from there."
    )
    then: Then = Field(
        "keep", description="What becomes of a file whose copy is known to be the same."
    )

    @classmethod
    def instead_of(cls, written: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        is_path = isinstance(written, str) and written.strip()
        return f"{{to: {printable(written)}}}" if is_path else cls.example

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        to, command, check = (written.get(key) for key in ("to", "command", "check"))
        if to is None and command is None:
            yield Problem((), f"says not where to; write {cls.example}, or a command")
        if isinstance(to, str) and _ELSEWHERE.match(to):
            place = printable(to.rstrip("/"), longest=60)
            yield Problem(
                ("to",),
                "names a place that is no directory here; mount it, or have a program copy: "
                f'command: [rclone, copyto, "{{file}}", "{place}/{{relative}}"]',
            )
        if to is not None and command is not None:
            yield Problem(
                ("command",), "beside `to`: one of the two copies; delete the other", at_key=True
            )
        if to is not None and check is not None:
            yield Problem(
                ("check",), "beside `to`, which is read back anyway; delete it", at_key=True
            )
        if command is not None and check is None and written.get("then") == "delete":
            message = "needs a `check:` beside `command`: no file goes before its copy is checked"
            yield Problem(("then",), message)

    @property
    def destination(self) -> str:
        """What the journal calls it."""
        return str(self.to) if self.command is None else shlex.join(self.command)

    @property
    def is_checked(self) -> bool:
        """Whether what was copied is read back."""
        return self.command is None or self.check is not None


class Storage(FileModel):
    """Where recordings are kept."""

    example = "{root: ./recordings}"

    root: Root = Field(
        Path("recordings"),
        validate_default=True,
        description="The directory of all recordings; a relative one is relative to this file.",
    )
    template: Template = Field(
        DEFAULT_TEMPLATE,
        description="Directory and beginning of each file's name below the root, from {camera}, "
        "{date} and {start} (UTC, of the attempt); the segment's number and .mkv follow.",
    )
    min_free: FreeSize = Field(
        parse_size("5GB"),
        description="No recording begins with less than this free on the root's disk.",
    )
    keep: Keep | None = Field(
        None,
        description="When old files are deleted: audited ones only, the oldest first. Nothing is, "
        "where this is absent.",
    )

    offload: Offload | None = Field(
        None,
        description="Where audited files are copied to. What waits for its copy is not deleted.",
    )

    @property
    def destination(self) -> str:
        """What the journal calls the place of copies; '' if there are to be none."""
        return self.offload.destination if self.offload else ""

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        offload, root = written.get("offload"), written.get("root", "recordings")
        if not isinstance(offload, Mapping):
            return
        to = offload.get("to")
        if isinstance(to, str) and isinstance(root, str) and to.strip() and _are_nested(to, root):
            yield Problem(
                ("offload", "to"), "is in the root, or the root in it; write another disk"
            )
        if written.get("keep") and "command" in offload and "check" not in offload:
            message = "needs a `check:` beside `keep`: no file goes before its copy is checked"
            yield Problem(("offload", "command"), message, at_key=True)

    @classmethod
    def instead_of(cls, written: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        is_path = isinstance(written, str) and written.strip() and not _SIGNS_OF_YAML & set(written)
        return f"{{root: {printable(written, longest=60)}}}" if is_path else cls.example


class ScheduleStorage(FileModel):
    """What differs from the file's `storage` while a schedule holds."""

    example = '{template: "{camera}/bursts/{date}/{camera}_{start}"}'

    template: Template | None = Field(
        None, description="Directory and beginning of each file's name below the same root."
    )

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        for key in written.keys() & (Storage.file_keys().keys() - {"template"}):
            message = "is the whole file's: one root has one journal; of a schedule's own is "
            yield Problem((key,), message + f"the template alone: {cls.example}", at_key=True)

    @classmethod
    def instead_of(cls, written: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        is_template = isinstance(written, str) and "{camera}" in written and "{start}" in written
        return f'{{template: "{printable(written, longest=60)}"}}' if is_template else cls.example


class Hooks(FileModel):
    """Commands that are run when something has happened; each reads JSON from its stdin."""

    example = "{on_segment: [/usr/local/bin/index-video]}"

    on_segment: Command | None = Field(
        None,
        description="Run for each segment that is closed and described.",
        examples=[["/usr/local/bin/index-video"]],
    )
    on_gap: Command | None = Field(
        None,
        description="Run for each gap, when it is known to have begun, and when it has ended.",
        examples=[["/usr/local/bin/page-me"]],
    )
    on_recording: Command | None = Field(
        None,
        description="Run when a camera begins to record, and when a recorder of it ends.",
        examples=[["logger", "-t", "thorsched"]],
    )
    on_file: Command | None = Field(
        None,
        description="Run when an edit is applied, when the file is wrong, and when it is mended.",
        examples=[["/usr/local/bin/page-me"]],
    )
    limit: HookTime = Field(
        parse_duration("30s"), description="After that a command is killed, with all it started."
    )


def _reads(parse: Callable[[str], object], text: str) -> bool:
    try:
        return bool(parse(text))
    except ValueError:
        return False


def _are_nested(one: str, other: str) -> bool:
    paths = [Path(os.path.normpath(path)) for path in (one, other)]
    return paths[0].is_relative_to(paths[1]) or paths[1].is_relative_to(paths[0])
