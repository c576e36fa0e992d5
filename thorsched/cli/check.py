"""`thorsched check FILE`: every mistake in the file, then whether the world is ready for it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from rich.text import Text
from tzlocal import get_localzone

from thorsched.base.clock import SystemClock
from thorsched.base.errors import ConfigError
from thorsched.base.text import printable
from thorsched.cli.console import Screen, harmless, print_lines
from thorsched.cli.exits import ExitCode
from thorsched.config.load import ConfigErrors, load
from thorsched.engine.outlook import Outlook, outlooks
from thorsched.foresight.disk import fullness
from thorsched.foresight.disk.departures import A_DAY, Keeping, in_json, keeping
from thorsched.foresight.disk.filling import Stock, filling
from thorsched.foresight.disk.fullness import Filling
from thorsched.foresight.disk.state import look
from thorsched.foresight.findings import Finding, Verdict
from thorsched.foresight.patience import Patience
from thorsched.foresight.readiness import examine
from thorsched.foresight.views import views_of
from thorsched.schedule.intervals import window_dict

Outlooks = Mapping[str, Outlook | None]

_MARKS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.READY: ("ok  ", "green"),
    Verdict.INFORMATION: ("info", "dim"),
    Verdict.WARNING: ("note", "yellow"),
    Verdict.PROBLEM: ("FAIL", "bold red"),
}


def check(path: Path, *, as_json: bool) -> int:
    """Print what was found; return the exit code.

    Raises `ConfigError` with every mistake, unless `as_json`: then they are printed, too.
    """
    try:
        loaded = load(path)
    except ConfigError as error:
        if not as_json:
            raise
        _print_json(ready=False, mistakes=_mistakes(path, error))
        return ExitCode.MISTAKE
    now, zone = SystemClock().now(), get_localzone()
    config = loaded.config
    patience = Patience()
    kept = keeping(config, now=now, ahead=A_DAY, patience=patience)
    views, looked = views_of(config), look(config, patience=patience)
    stock = kept.stock if kept else Stock()
    disk = filling(config, views, looked, stock=stock, now=now, zone=zone)
    findings = examine(
        config, now=now, zone=zone, kept=kept, views=views, filling=disk, patience=patience
    )
    coming = outlooks(config, now=now, zone=zone)
    ready = all(finding.verdict is not Verdict.PROBLEM for finding in findings)
    if as_json:
        _print_json(
            ready=ready,
            revision=loaded.revision,
            findings=findings,
            kept=kept,
            disk=disk,
            coming=coming,
        )
    else:
        _print(path, findings)
        _print_verdict(ready, findings, coming)
    return ExitCode.DONE if ready else ExitCode.NOT_READY


def _mistakes(path: Path, error: ConfigError) -> list[dict[str, object]]:
    """Return the mistakes in a file, or the one that there is no readable file, without a place."""
    if isinstance(error, ConfigErrors):
        return [asdict(mistake) for mistake in error.mistakes]
    nowhere = {"line": None, "column": None, "path": ""}
    name = printable(str(path))
    return [{"file": name, **nowhere, "message": str(error).removeprefix(f"{name}: ")}]


def _print_json(
    *,
    ready: bool,
    revision: str | None = None,
    mistakes: Sequence[object] = (),
    findings: Sequence[Finding] = (),
    kept: Keeping | None = None,
    disk: Filling | None = None,
    coming: Outlooks = MappingProxyType({}),
) -> None:
    """Print one object that always has the same keys; times are ISO 8601 in UTC."""
    said = {
        "ready": ready,
        "revision": revision,
        "mistakes": list(mistakes),
        "findings": [
            {"verdict": f.verdict.value, "subject": f.subject, "detail": f.detail} for f in findings
        ],
        "next": {
            camera: window_dict(seen.next) if seen and seen.next else None
            for camera, seen in coming.items()
        },
        "keep": in_json(kept) if kept else None,
        "disk": fullness.in_json(disk) if disk else None,
    }
    print(json.dumps(said, indent=2))


def _print(path: Path, findings: tuple[Finding, ...]) -> None:
    console = Screen(soft_wrap=True, highlight=False)
    console.print(harmless(f"{path}: no mistake in the file"))
    print_lines(_line(finding) for finding in findings)


def _line(finding: Finding) -> tuple[Text, Text]:
    mark, colour = _MARKS[finding.verdict]
    subject, detail = harmless(finding.subject, "bold"), harmless(finding.detail)
    return Text(mark, style=colour), Text.assemble(subject, ": ", detail)


def _print_verdict(ready: bool, findings: tuple[Finding, ...], coming: Outlooks) -> None:
    notes = sum(finding.verdict is Verdict.WARNING for finding in findings)
    console = Screen(soft_wrap=True, highlight=False)
    if not ready:
        words = "not ready: mend what says FAIL, then check again"
        console.print(Text(words, style="bold red"))
    elif not any(seen and seen.next for seen in coming.values()):
        words = "ready, but no camera will be recorded: see the notes above"
        console.print(Text(words, style="yellow"))
    elif notes:
        console.print(Text("ready to record; see the notes above", style="yellow"))
    else:
        console.print(Text("ready to record", style="green"))
