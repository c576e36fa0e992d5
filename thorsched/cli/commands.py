"""The command line: what can be typed.

Every command imports what it needs when it is called, so that `--help` and tab completion answer
at once.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from thorsched.base.errors import MachineError
from thorsched.base.host import can_simulate
from thorsched.base.version import __version__
from thorsched.cli.commands_history import NUMBERS, history
from thorsched.cli.commands_pause import EXTRA, pause, resume
from thorsched.cli.commands_run import handover, reload, run
from thorsched.cli.errors import told_as_json
from thorsched.cli.typed import Cameras, File, Json, Root
from thorsched.export.counters import Counter
from thorsched.video.formats import Format


class Commands(TyperGroup):
    """All commands; that nobody reads on is for `main.py` to tell: click would end with 1."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - what click calls it with, and gets
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise BrokenPipeError from error  # without the number by which click knows it


app = typer.Typer(
    name="thorsched",
    cls=Commands,
    help="Holds the cameras of an XDAQ rig to a written schedule, for days and weeks, unattended.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

export_app = typer.Typer(
    help="Write recorded files in the formats of other programs.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(export_app, name="export")


app.command()(run)


@app.command()
def check(file: File, as_json: Json = False) -> None:
    """Find every mistake in FILE, then see whether all is ready.

    The servers, the disk and GStreamer are asked; nothing is changed.
    """
    from thorsched.cli.check import check as check_file

    with told_as_json(as_json):
        raise typer.Exit(check_file(file, as_json=as_json))


app.command()(handover)
app.command()(reload)
app.command(context_settings=EXTRA)(pause)
app.command(context_settings=EXTRA)(resume)
app.command(context_settings=NUMBERS)(history)


@app.command()
def cameras(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The server's address.")
    ] = "http://192.168.177.100:8000",
    as_json: Json = False,
) -> None:
    """List the cameras that a server offers, with their capabilities."""
    from thorsched.cli.cameras import list_cameras
    from thorsched.thorvision.address import AddressError

    try:
        raise typer.Exit(list_cameras(url, as_json=as_json))
    except AddressError as error:
        raise typer.BadParameter(str(error), param_hint="URL") from error


@app.command(context_settings={"allow_interspersed_args": False})
def simulate(
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="-- COMMAND", help="Run this against it, and end with its exit code."
        ),
    ] = None,
    count: Annotated[int, typer.Option("--cameras", min=1, max=64, help="How many cameras.")] = 4,
    host: Annotated[
        str, typer.Option(help="This machine's address to listen on; 0.0.0.0: all.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The HTTP port; 0: any.")] = 8000,
) -> None:
    """Be a ThorVision server with made-up cameras, until Ctrl-C."""
    if not can_simulate():
        raise MachineError(
            "the simulator needs Linux or macOS (on Windows, run it in WSL); "
            "recording does not: thorsched run FILE"
        )
    from thorsched.cli.simulate import simulate as serve

    raise typer.Exit(serve(command or [], cameras=count, host=host, port=port))


@app.command()
def metadata(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES", help="Recorded .mkv files, in order.")
    ],
    form: Annotated[
        Format | None,
        typer.Option("--to", help="Write a table beside each file, such as FILE.csv."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write one table of all files here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what the XDAQ wrote into frames, or write it as a table.

    Counts and gaps of each file, or with --to every frame. Exit code 2 if a file could not be read,
    or a table not be written.
    """
    from thorsched.cli.metadata import export_files, summarise

    named = None if output is None else Format.named_by(output)
    if form is None and output is not None and named is None:
        kinds = ", ".join(one.value for one in Format)
        words = f"{output.name} does not say which kind of table it is to be; add --to with one of {kinds}"
        raise typer.BadParameter(words, param_hint="--output")
    form = form or named
    if output is not None and named not in {None, form}:
        raise typer.BadParameter(f"its ending says {output.suffix}", param_hint="--output")
    if form is not None and as_json:
        raise typer.BadParameter("it is for the summary, without --to", param_hint="--json")
    if form is None:
        raise typer.Exit(summarise(files, as_json=as_json))
    raise typer.Exit(export_files(files, form, output=output))


@export_app.command()
def nwb(  # noqa: PLR0913, PLR0917 - each is an option that can be typed
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILES|DIRS", help="Recorded .mkv files, or what they lie below."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .nwb file to write.")],
    clock: Annotated[
        Counter,
        typer.Option(
            help="What times are by: the XDAQ's sample counter, or else the server's clock."
        ),
    ] = Counter.XDAQ,
    rate_hz: Annotated[
        float | None,
        typer.Option(
            "--sampling-rate",
            metavar="HZ",
            min=1,
            help="The XDAQ's ephys samples a second; found in the frames unless told.",
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Only files that begin then or later."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only files that begin before.")
    ] = None,
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave out files that cannot be exported.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the output.")] = False,
) -> None:
    """Write an NWB file that refers to recorded files.

    With the frames' times on the XDAQ's clock, TTL edges, gaps and provenance. Exit code 2 if a
    file could not be exported, or the output not be written; then there is none.
    """
    from thorsched.cli.export import export_nwb
    from thorsched.export.apart import Bounds

    if output.suffix.lower() != ".nwb":
        raise typer.BadParameter("its name must end in .nwb", param_hint="--output")
    if rate_hz is not None and clock is not Counter.XDAQ:
        raise typer.BadParameter("it is of --clock xdaq", param_hint="--sampling-rate")
    bounds = Bounds(_moment(start, "--from"), _moment(until, "--until"))
    raise typer.Exit(
        export_nwb(
            paths, output, counter=clock, rate_hz=rate_hz, bounds=bounds, skip=skip, force=force
        )
    )


def _moment(text: str | None, option: str) -> datetime | None:
    from tzlocal import get_localzone

    from thorsched.base.clock import SystemClock
    from thorsched.report.period import moment

    if text is None:
        return None
    try:
        return moment(text, get_localzone(), SystemClock().now(), is_end=option == "--until")
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


@app.command()
def verify(
    root: Root,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be; nothing recorded is changed.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Read all, also what was read before an interruption.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Hold the files in DIR against sidecars and journal.

    Goes on where it was after an interruption. Exit code 2 if something is wrong.
    """
    from thorsched.cli.verify import verify as verify_root

    with told_as_json(as_json):
        raise typer.Exit(verify_root(root, repair=repair, fresh=fresh, as_json=as_json))


@app.command()
def rebuild(root: Root, as_json: Json = False) -> None:
    """Make the journal in DIR anew, from files and sidecars.

    What the old one still gives is taken over; it is kept under another name. Refused while
    thorsched records there.
    """
    from thorsched.cli.rebuild import rebuild as rebuild_journal

    with told_as_json(as_json):
        raise typer.Exit(rebuild_journal(root, as_json=as_json))


@app.command()
def report(  # noqa: PLR0913, PLR0917 - each is an option that can be typed
    file: File,
    day: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="One day: today, yesterday or e.g. 2026-11-24."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="TIME", help="From e.g. today, 09:00 or 2026-11-24T09:00 on."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Until then; a day is meant with all of it.")
    ] = None,
    camera: Cameras = None,
    as_json: Json = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print a table of cameras and days.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="PAGE", help="Write a page with pictures here, too.")
    ] = None,
) -> None:
    """Hold what was recorded against what FILE wanted.

    The last 24 hours, unless told otherwise. Exit code 2 if something is missing.
    """
    from thorsched.cli.report import Form, report_on
    from thorsched.report.period import Asked

    if as_json and as_csv:
        raise typer.BadParameter("it excludes --json; ask for one of them", param_hint="--csv")
    if html is not None and html.suffix.lower() != ".html":
        raise typer.BadParameter("its name must end in .html", param_hint="--html")
    form = Form.JSON if as_json else Form.CSV if as_csv else Form.TEXT
    asked = Asked(day, start, until)
    with told_as_json(as_json):
        raise typer.Exit(report_on(file, asked, camera or [], form=form, page=html))


@app.command()
def plan(
    file: File,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="From e.g. tomorrow or 2026-11-24T09:00 on."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Until then; a day is meant with all of it.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=3650, help="As many days ahead, if not 7."),
    ] = None,
    one_by_one: Annotated[
        bool, typer.Option("--all", help="Every window by itself, however many are alike.")
    ] = False,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="PICTURE", help="Draw it here, too: a name in .svg or .png."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what FILE would change, and what it will record.

    Nothing is changed. Exit code 0 if nothing would, 2 if something would, 1 for any error.
    """
    from thorsched.cli.plan.command import Typed
    from thorsched.cli.plan.command import plan as show_plan

    if picture is not None and picture.suffix.lower() not in {".svg", ".png"}:
        raise typer.BadParameter("its name must end in .svg or .png", param_hint="--picture")
    typed = Typed(start, until, days)
    with told_as_json(as_json):
        code = show_plan(file, typed, as_json=as_json, one_by_one=one_by_one, picture=picture)
        raise typer.Exit(code)


@app.command()
def schema() -> None:
    """Print the JSON schema of the YAML file, for editors."""
    from thorsched.config.schema import schema_text

    sys.stdout.write(schema_text())


def _version(asked: bool) -> None:
    if asked:
        print(f"thorsched {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command; each acts by itself."""
    del version
