"""`thorsched export nwb`: recorded segments as one NWB file, whole or not at all."""

import errno
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from thorsched.base import host
from thorsched.base.errors import FileError, MachineError
from thorsched.base.text import counted, printable
from thorsched.base.units import format_utc
from thorsched.cli.exits import ExitCode
from thorsched.cli.progress import bytes_progress
from thorsched.export.about import not_taken
from thorsched.export.apart import Bounds, BrokenClock
from thorsched.export.counters import Counter
from thorsched.export.session import Advance, Session, gather

_LONGEST_COMMAND = 100_000


def export_nwb(
    paths: Sequence[Path],
    output: Path,
    *,
    counter: Counter,
    rate_hz: float | None,
    bounds: Bounds,
    skip: bool,
    force: bool,
) -> int:
    """Write the segments to `output`; return the exit code, 2 if that was not possible.

    Raises `MachineError` where pynwb is missing, where `output` has no directory, or where it is
    there and not to be replaced.
    """
    _require_pynwb()
    if not output.parent.is_dir():
        where = printable(str(output.parent))
        raise MachineError(f"{where} is no directory; make it first, or name another by --output")
    if not force and os.path.lexists(output):
        raise MachineError(f"{printable(str(output))} exists already; --force replaces it")
    try:
        with _progress() as advance:
            session = gather(
                paths,
                counter=counter,
                rate_hz=rate_hz,
                bounds=bounds,
                skip=skip,
                advance=advance,
            )
        _write(session, output, force=force)
    except BrokenClock as broken:
        _tell(broken, output)
        for number, part in enumerate(broken.parts, 1):
            name = output.with_stem(f"{output.stem}-{number}")
            words = _command(part, name, paths=paths, counter=counter, rate_hz=rate_hz)
            print(f"  {printable(words, longest=_LONGEST_COMMAND)}", file=sys.stderr)
        return ExitCode.NOT_READY
    except (FileError, OSError) as error:
        _tell(error, output)
        return ExitCode.NOT_READY
    _sum_up(session, output)
    return ExitCode.DONE


def _require_pynwb() -> None:
    try:
        import pynwb  # noqa: F401, PLC0415 - an extra, which most do without
    except ImportError as error:
        raise MachineError(
            "NWB needs a library: pip install 'thorsched[nwb]'; thorsched metadata does not"
        ) from error


def _write(session: Session, output: Path, *, force: bool) -> None:
    from thorsched.export.nwb import content  # noqa: PLC0415 - with pynwb

    made = content(session, beside=output.parent)
    if force:
        with host.redrafted(output) as draft, draft.open("xb") as file:
            file.write(made)
        return
    with host.drafted(output) as file:
        file.write(made)


_NEXT = {
    errno.ENOSPC: "; make room, or name another disk by --output",
    errno.EDQUOT: "; make room, or name another disk by --output",
    errno.EROFS: "; name another disk by --output",
    errno.EACCES: "; whoever exports must be allowed to read what is exported, and to write there",
}


def _tell(error: Exception, output: Path) -> None:
    words = str(error)
    if isinstance(error, OSError) and error.strerror:
        where = error.filename or output
        words = f"{where}: {error.strerror}{_NEXT.get(error.errno or 0, '')}"
    for line in words.split("\n"):
        print(printable(line, longest=400), file=sys.stderr)


def _command(
    part: Bounds, output: Path, *, paths: Sequence[Path], counter: Counter, rate_hz: float | None
) -> str:
    """Return what to type for a part of the files; it is for a shell."""
    told = {
        "--output": str(output),
        "--clock": None if counter is Counter.XDAQ else counter.value,
        "--sampling-rate": None if rate_hz is None else f"{rate_hz:.10g}",
        "--from": format_utc(part.start),
        "--until": format_utc(part.end),
    }
    options = [word for name, value in told.items() if value for word in (name, value)]
    return shlex.join(["thorsched", "export", "nwb", *map(str, paths), *options])


def _sum_up(session: Session, output: Path) -> None:
    for line in session.left_out:
        print(f"left out: {printable(line, longest=400)}", file=sys.stderr)
    for line in session.absent:
        print(f"note: {printable(line, longest=400)}", file=sys.stderr)
    for key, words in not_taken(segment.told.about for segment in session.segments):
        print(f"note: about.{key}: {words}", file=sys.stderr)
    for series, film in zip(session.series, session.films, strict=True):
        missing = int(film.gaps["missing_frames"].sum())
        unread = int((~film.is_read).sum())
        print(
            f"{series.name}: {counted(len(series.segments), 'file')}, "
            f"{counted(len(film.counts), 'frame')}, {missing} dropped, "
            f"{unread} of interpolated time"
        )
    print(f"{printable(str(output))}: times are seconds of {session.clock.rate}")


@contextmanager
def _progress() -> Iterator[Advance]:
    with bytes_progress() as progress:
        job = progress.add_task("reading", total=None)
        yield lambda done, total: progress.update(job, completed=done, total=total)
