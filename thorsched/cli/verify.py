"""`thorsched verify DIR`: the files of a storage root against their sidecars and the journal."""

import contextlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from thorsched.base.clock import SystemClock
from thorsched.base.errors import ConfigError
from thorsched.base.text import counted, printable, printable_path
from thorsched.base.units import format_size
from thorsched.catalogue.fsck.findings import Finding, Kind
from thorsched.catalogue.fsck.mending import Mending, refuse_live
from thorsched.catalogue.fsck.verify import Count, Verification, is_root, root_instead, total_bytes
from thorsched.cli.exits import ExitCode
from thorsched.cli.progress import bytes_progress

_LONGEST = 400
# A directory with as many files of other programs tells nobody more by naming them all.
_MOST_NOTES = 20
_NO_JOURNAL = (
    "there is no journal: what is gone with its sidecar is not missed; in a root that is recorded to, "
    "`thorsched rebuild` makes one"
)


def verify(root: Path, *, repair: bool, fresh: bool, as_json: bool) -> int:
    """Print what is found; return the exit code, 2 if something is wrong, or left.

    Raises `ConfigError` if `root` is no storage root, and `MachineError` if `repair` cannot be
    begun.
    """
    root = known_root(root)
    if repair:
        refuse_live(root)
    findings, count = _found(root, fresh=fresh, is_silent=as_json or repair)
    if repair:
        findings = _mended(root, findings, is_silent=as_json)
    if as_json:
        _print_json(root, findings, count)
    else:
        _print_verdict(findings, count)
    return ExitCode.NOT_READY if any(one.is_wrong for one in findings) else ExitCode.DONE


def known_root(root: Path) -> Path:
    """Return a storage root, absolute: others have another working directory.

    Raises `ConfigError` if it is none.
    """
    shown = printable_path(root)
    if not root.is_dir():
        raise ConfigError(f"{shown} is no directory; name the one that storage.root names")
    if not is_root(root):
        raise ConfigError(
            f"{shown} is no storage root: nothing of thorsched's is there; "
            "name the directory that storage.root names"
        )
    if instead := root_instead(root):
        meant = printable_path(instead)
        raise ConfigError(f"{shown} is no storage root, {meant} is: name that")
    return root.absolute()


def _found(root: Path, *, fresh: bool, is_silent: bool) -> tuple[list[Finding], Count]:
    findings: list[Finding] = []
    lines = Lines()

    def found(finding: Finding) -> None:
        findings.append(finding)
        if not is_silent:
            lines.print(finding)

    with bytes_progress() as progress:
        job = progress.add_task("verify", total=None if progress.disable else total_bytes(root))
        looks = Verification(
            root,
            clock=SystemClock(),
            found=found,
            advance=lambda size_bytes: progress.advance(job, size_bytes),
            fresh=fresh,
        )
        with looks:
            if looks.resumed_bytes and not is_silent:
                read = format_size(looks.resumed_bytes)
                print(f"going on: {read} were read before (--fresh reads all)", flush=True)
            elif looks.why_not_resumable:
                why = looks.why_not_resumable
                print(f"note: {why}: if this is interrupted, it begins anew", file=sys.stderr)
            if not looks.has_journal:
                print(f"note: {_NO_JOURNAL}", file=sys.stderr)
            looks.run()
    lines.close()
    return findings, looks.count


def _mended(root: Path, findings: Sequence[Finding], *, is_silent: bool) -> list[Finding]:
    mended: list[Finding] = []
    lines = Lines()
    with bytes_progress() as progress, Mending(root, clock=SystemClock()) as mending:
        job = progress.add_task("repair", total=sum(_size_bytes(root, one) for one in findings))
        for finding in mending.done(findings):
            mended.append(finding)
            progress.advance(job, _size_bytes(root, finding))
            if not is_silent:
                lines.print(finding)
    lines.close()
    return mended


def _size_bytes(root: Path, finding: Finding) -> int:
    """Return how much of the disk it takes to mend that, about."""
    with contextlib.suppress(OSError):
        if finding.kind in {Kind.UNFINALISED, Kind.UNAUDITED}:
            return (root / finding.path).lstat().st_size
    return 0


class Lines:
    """Prints findings, a line each; of each kind that is no trouble only so many."""

    def __init__(self) -> None:
        self._notes: Counter[str] = Counter()

    def print(self, finding: Finding) -> None:
        if not finding.kind.is_wrong:
            self._notes[finding.kind.value] += 1
            if self._notes[finding.kind.value] > _MOST_NOTES:
                return
        print(printable(_line(finding), longest=_LONGEST), flush=True)

    def close(self) -> None:
        for kind, number in self._notes.items():
            if number > _MOST_NOTES:
                print(f"{kind}: and {number - _MOST_NOTES} more (--json names all)")


def _line(finding: Finding) -> str:
    line = f"{finding.kind.value}: {finding.path}: {finding.detail}"
    if finding.mended:
        return f"{line}; mended: {finding.mended}"
    return f"{line}; left: {finding.left}" if finding.left else line


def _print_verdict(findings: Sequence[Finding], count: Count) -> None:
    looked = f"{counted(count.segments, 'segment')}, {format_size(count.size_bytes)}"
    hashed = format_size(count.read_bytes + count.known_bytes)
    wrong = Counter(one.kind.value for one in findings if one.is_wrong)
    mended = sum(bool(one.mended) for one in findings)
    verdict = ", ".join(f"{number} {kind}" for kind, number in wrong.items()) or "all well"
    done = f", {counted(mended, 'finding')} mended" if mended else ""
    print(f"{looked} ({hashed} hashed): {verdict}{done}")


def _print_json(root: Path, findings: Sequence[Finding], count: Count) -> None:
    """Print one object that always has the same keys."""
    said = {
        "root": str(root),
        "well": not any(one.is_wrong for one in findings),
        "segments": count.segments,
        "size_bytes": count.size_bytes,
        "hashed_bytes": count.read_bytes + count.known_bytes,
        "findings": [
            {
                "kind": one.kind.value,
                "file": one.path.as_posix(),
                "detail": one.detail,
                "wrong": one.is_wrong,
                "mended": one.mended or None,
                "left": one.left or None,
                "moved_from": one.moved_from.as_posix() if one.moved_from else None,
            }
            for one in findings
        ],
    }
    print(json.dumps(said, indent=2))
