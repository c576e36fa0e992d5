"""`thorsched check FILE`: every mistake in the file, then whether the world is ready for it."""

import json
from collections.abc import Mapping
from pathlib import Path

from rich.text import Text
from tzlocal import get_localzone

from thorsched.base.clock import SystemClock
from thorsched.cli.console import Screen, harmless
from thorsched.cli.exits import ExitCode
from thorsched.config.load import load
from thorsched.engine.readiness import Finding, Verdict, examine

_MARKS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.READY: ("ok  ", "green"),
    Verdict.WARNING: ("note", "yellow"),
    Verdict.PROBLEM: ("FAIL", "bold red"),
}


def check(path: Path, *, as_json: bool) -> int:
    """Print what was found; return the exit code. Raises `ConfigError` with every mistake."""
    loaded = load(path)
    findings = examine(loaded.config, clock=SystemClock(), zone=get_localzone())
    ready = all(finding.verdict is not Verdict.PROBLEM for finding in findings)
    if as_json:
        print(json.dumps(_as_json(ready, loaded.revision, findings), indent=2))
    else:
        _print(path, ready, findings)
    return ExitCode.DONE if ready else ExitCode.NOT_READY


def _as_json(ready: bool, revision: str, findings: tuple[Finding, ...]) -> dict[str, object]:
    return {
        "ready": ready,
        "revision": revision,
        "findings": [
            {"verdict": f.verdict.value, "subject": f.subject, "detail": f.detail} for f in findings
        ],
    }


def _print(path: Path, ready: bool, findings: tuple[Finding, ...]) -> None:
    console = Screen(soft_wrap=True, highlight=False)
    console.print(harmless(f"{path}: no mistake in the file"))
    for finding in findings:
        mark, colour = _MARKS[finding.verdict]
        console.print(
            Text.assemble(
                (mark, colour),
                " ",
                harmless(finding.subject, "bold"),
                ": ",
                harmless(finding.detail),
            )
        )
    console.print(
        Text("ready to record", style="green")
        if ready
        else Text("not ready: mend what says FAIL, then check again", style="bold red")
    )
