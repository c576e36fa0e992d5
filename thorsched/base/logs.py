"""One way to log: a constant message, the values in fields, transitions rather than ticks.

`cli/run/command.py` calls `set_up` once, `cli/run/live.py` `redirect`s; scripts may
`enable_logging`. Lines read `2026-03-01 09:00:00+01:00 INFO recorder exited camera=side
exit_code=1`; every value passes `printable` and is quoted where it could be taken for a field, so
that text from outside cannot forge a line. What a stream cannot encode is written as escapes.
Nobody who logs ever waits: a thread writes, and a stream that is stuck, closed or full costs lines,
never a recording.

Times are the machine's local time with its offset, the line's own and every aware `datetime` in a
field: a person compares them with a clock on the wall, a program reads them as ISO 8601, and the
hour that comes twice is told apart. Files and sidecars are named and written in UTC.
"""

import contextlib
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import TextIO

from thorsched.base.errors import ConfigError
from thorsched.base.lines import PATIENCE_S, LineWriter
from thorsched.base.text import printable

_NEEDS_QUOTES = frozenset(' "=')
_LONGEST_VALUE = 1000  # a recorder's command line is 500
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class FieldFormatter(logging.Formatter):
    """A line a record: local time, level, message, then the `extra` fields as `key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        fields = [
            f"{key}={_value(value)}"
            for key, value in vars(record).items()
            if key not in _OWN_FIELDS and value is not None
        ]
        head = f"{_local(moment, ' ')} {record.levelname:<7} {record.getMessage()}"
        line = " ".join([head, *fields])
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            line += "".join(f"\n    {printable(row)}" for row in trace.splitlines())
        return line


def _local(moment: datetime, separator: str = "T") -> str:
    try:
        return moment.astimezone().isoformat(separator, timespec="seconds")
    except (OverflowError, ValueError, OSError):  # the ends of all time have no local time
        return moment.isoformat(separator, timespec="seconds")


def _value(value: object) -> str:
    text = printable(_text(value), longest=_LONGEST_VALUE)
    if text and not _NEEDS_QUOTES.intersection(text):
        return text
    return '"' + text.replace('"', '\\"') + '"'


def _text(value: object) -> str:
    match value:
        case float():
            return f"{value:.3f}"
        case datetime(tzinfo=tzinfo()):
            return _local(value)
        case _:
            return str(value)


class QueuedHandler(logging.Handler):
    """Hands lines to a `LineWriter`: who logs never waits, whatever becomes of the stream."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self.lines = LineWriter(name="log writer", loss=self._loss)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.write(self._stream, self.format(record))

    def _loss(self, lines: int) -> str:
        loss = {"msg": "log lines lost, nobody read them", "levelname": "WARNING", "lines": lines}
        return self.format(logging.makeLogRecord(loss))

    def redirect(self, stream: TextIO) -> None:
        """Send the lines that come from now on to `stream`."""
        self._stream = stream

    def flush(self) -> None:
        """Wait for the lines, for a bounded time; `logging` calls this when the program ends."""
        self.lines.drain(PATIENCE_S)

    def close(self) -> None:
        """End the thread once it has written what waits; does not wait for that."""
        self.lines.close()
        super().close()


def set_up(stream: TextIO, *, level: int = logging.INFO) -> None:
    """Send the log lines of thorsched at `level` and above to `stream`; replaces an earlier call.

    No thread that logs ever waits for `stream`; `flush` before the program ends.
    """
    logging.getLogger().handlers[:] = [_write_to(stream, level=level)]
    logging.getLogger().setLevel(logging.ERROR)  # what libraries say is for their developers


def enable_logging(level: str | int = "INFO") -> None:
    """Show on stderr what thorsched does, for scripts; "DEBUG" shows the recorders' commands too.

    Each line has the camera and the reason with it. What other libraries log, and where, is left
    as it is. Raises `ConfigError` for a level that is none.
    """
    wanted = level.upper() if isinstance(level, str) else level
    levels = logging.getLevelNamesMapping()
    if wanted not in levels and wanted not in levels.values():
        raise ConfigError(f"level is {printable(repr(level))}; write {', '.join(_LEVELS)}")
    _write_to(sys.stderr, level=wanted)


def _write_to(stream: TextIO, *, level: str | int) -> QueuedHandler:
    for earlier in _handlers():
        earlier.close()
    handler = QueuedHandler(stream)
    handler.setFormatter(FieldFormatter())
    root = logging.getLogger("thorsched")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False
    return handler


def redirect(stream: TextIO) -> None:
    """Send the lines to `stream` from now on; after `set_up`."""
    for handler in _handlers():
        handler.redirect(stream)


@contextlib.contextmanager
def held(timeout_s: float) -> Iterator[None]:
    """Let lines wait meanwhile; waits `timeout_s` at most for the one that is being written."""
    handlers = _handlers()
    try:
        for handler in handlers:
            handler.lines.hold(timeout_s)
        yield
    finally:
        for handler in handlers:
            handler.lines.resume()


def flush(timeout_s: float) -> bool:
    """Wait for the lines so far to be written, at most `timeout_s`; return whether they are."""
    return all(handler.lines.drain(timeout_s) for handler in _handlers())


def _handlers() -> list[QueuedHandler]:
    handlers = logging.getLogger("thorsched").handlers
    return [handler for handler in handlers if isinstance(handler, QueuedHandler)]
