"""A log line is one line: time, level, message, fields; and never stops what it reports on."""

import contextlib
import io
import logging
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.streams import SOON_S, Tap
from thorsched.base.logs import FieldFormatter, flush, held, redirect, set_up
from thorsched.schedule.intervals import ALWAYS

log = logging.getLogger("thorsched.tests")


class LogTap(Tap):
    """A `Tap` for log lines."""

    def messages(self) -> list[str]:
        return [row.split(maxsplit=3)[3] for row in self.getvalue().splitlines()]


def line(message: str, **fields: object) -> str:
    record = logging.makeLogRecord(
        {"msg": message, "levelname": "INFO", "created": 1772355600.25, **fields}
    )
    return FieldFormatter().format(record)


def test_a_line_has_the_local_time_the_level_the_message_and_the_fields_in_order() -> None:
    stamp, rest = line("recorder exited", camera="side", exit_code=1).split(" INFO    ")
    assert datetime.fromisoformat(stamp) == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert rest == "recorder exited camera=side exit_code=1"


@pytest.mark.parametrize(
    ("zone", "stamp", "until"),
    [
        ("America/New_York", "2026-03-01 04:00:00-05:00", "2026-07-01T08:00:00-04:00"),
        ("Europe/Berlin", "2026-03-01 10:00:00+01:00", "2026-07-01T14:00:00+02:00"),
        ("UTC", "2026-03-01 09:00:00+00:00", "2026-07-01T12:00:00+00:00"),
    ],
)
def test_every_time_of_a_line_is_the_machines_with_its_offset(
    zone: str, stamp: str, until: str
) -> None:
    program = """
import logging
from datetime import UTC, datetime
from thorsched.base.logs import FieldFormatter
fields = {"until": datetime(2026, 7, 1, 12, tzinfo=UTC)}
made = {"msg": "wanted", "levelname": "INFO", "created": 1772355600.25, **fields}
print(FieldFormatter().format(logging.makeLogRecord(made)))
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, "TZ": zone},
    )
    assert ended.stdout == f"{stamp} INFO    wanted until={until}\n"


@pytest.mark.parametrize("moment", [ALWAYS.start, ALWAYS.end])
def test_the_ends_of_all_time_can_be_logged(moment: datetime) -> None:
    assert f"until={moment.year:04}-" in line("wanted", until=moment)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.23456, "1.235"),
        (7, "7"),
        ("two words", '"two words"'),
        ("", '""'),
        ("a=b", '"a=b"'),
        ('say "x"', '"say \\"x\\""'),
        ("a\nb", "a\\nb"),
        ("\x1b[2J", "\\x1b[2J"),
        (Path("a/b"), "a/b"),
        (("a", 1), "\"('a', 1)\""),
        (False, "False"),
    ],
)
def test_a_value_is_shown_so_that_it_cannot_be_taken_for_more(value: object, shown: str) -> None:
    assert line("x", field=value).endswith(f" x field={shown}")


def test_a_field_without_a_value_is_left_out() -> None:
    assert line("x", camera=None, port=1).endswith(" x port=1")


@given(st.text(st.characters()))
def test_no_value_makes_a_second_line_or_a_second_field(value: str) -> None:
    shown = line("x", camera=value, exit_code=0).split(" x camera=", 1)[1]
    assert shown.isprintable()
    value_shown, end = shown[: -len(" exit_code=0")], shown[-len(" exit_code=0") :]
    assert end == " exit_code=0"
    quoted = value_shown.startswith('"')
    inner = value_shown[1:-1].replace('\\"', "") if quoted else value_shown
    assert '"' not in inner
    assert quoted or not set(inner) & set(" =")


def test_a_traceback_is_indented_and_cannot_forge_a_line() -> None:
    stream = io.StringIO()
    set_up(stream)
    forged = RuntimeError("x\n2026-03-01 09:00:00+00:00 INFO    all is well\x1b[2J")
    log.error("it broke", exc_info=forged)
    assert flush(SOON_S)
    head, *rest = stream.getvalue().splitlines()
    assert head.endswith("ERROR   it broke")
    assert rest[0] == "    RuntimeError: x"
    assert rest[1].startswith("    2026-03-01")
    assert all(row.isprintable() for row in rest)


def test_setting_up_again_replaces_the_stream_and_the_level() -> None:
    first, second = io.StringIO(), io.StringIO()
    set_up(first)
    set_up(second, level=logging.WARNING)
    log.info("quiet")
    log.warning("loud")
    assert flush(SOON_S)
    assert first.getvalue() == ""
    assert [row.split(maxsplit=3)[3] for row in second.getvalue().splitlines()] == ["loud"]


def test_lines_go_elsewhere_from_the_moment_they_are_redirected() -> None:
    first, second = io.StringIO(), io.StringIO()
    set_up(first, level=logging.WARNING)
    log.warning("here")
    redirect(second)
    log.warning("there")
    log.info("nowhere")
    assert flush(SOON_S)
    assert [s.getvalue().split(maxsplit=3)[3] for s in (first, second)] == ["here\n", "there\n"]


def test_lines_that_are_held_wait_and_then_all_come_in_order() -> None:
    stream = io.StringIO()
    set_up(stream)
    log.info("before")
    assert flush(SOON_S)
    with held(SOON_S):
        log.info("meanwhile")
        assert not flush(0.05)
        assert "meanwhile" not in stream.getvalue()
    log.info("after")
    assert flush(SOON_S)
    said = [row.split(maxsplit=3)[3] for row in stream.getvalue().splitlines()]
    assert said == ["before", "meanwhile", "after"]


def test_what_the_stream_cannot_encode_is_escaped_not_lost() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        set_up(stream)
        log.info("device added", extra={"device": "Käfig 鼠"})
        assert flush(SOON_S)
        assert raw.getvalue().rstrip().endswith(b'device="K\\xe4fig \\u9f20"')


@pytest.mark.fault(44)
def test_fault_44_a_closed_stream_is_given_up_silently(capfd: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    set_up(stream)
    stream.close()
    log.warning("nobody hears this")
    assert flush(SOON_S)
    assert capfd.readouterr() == ("", "")


@pytest.mark.fault(44)
def test_fault_44_a_pipe_without_a_reader_is_given_up_silently(
    capfd: pytest.CaptureFixture[str],
) -> None:
    read_end, write_end = os.pipe()
    stream = os.fdopen(write_end, "w", buffering=1)
    os.close(read_end)
    set_up(stream)
    for _ in range(3):
        log.warning("nobody reads this")
    assert flush(SOON_S)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(BrokenPipeError):
        stream.close()


@pytest.mark.fault(44)
def test_fault_44_a_full_disk_is_given_up_silently(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        contextlib.suppress(OSError),  # closing tells that the buffer found no room
        Path("/dev/full").open("w", buffering=1) as stream,
    ):
        set_up(stream)
        log.warning("no room for this")
        assert flush(SOON_S)
        assert capfd.readouterr() == ("", "")


def test_who_logs_never_waits_for_a_reader_that_has_stopped_reading() -> None:
    stream = LogTap()
    set_up(stream)
    log.info("first")
    assert stream.is_entered.wait(SOON_S)
    threads = [threading.Thread(target=log.info, args=("more",), daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON_S)
    assert not any(thread.is_alive() for thread in threads)
    assert not flush(0.05)
    stream.is_open.set()
    assert flush(SOON_S)
    assert stream.messages() == ["first", *["more"] * 8]


def test_what_finds_no_room_is_counted_and_told_when_lines_flow_again() -> None:
    stream = LogTap()
    set_up(stream)
    log.info("first")
    assert stream.is_entered.wait(SOON_S)
    for number in range(2500):
        log.info("line %d", number)
    stream.is_open.set()
    assert flush(SOON_S)
    log.info("last")
    assert flush(SOON_S)
    first, *lines, loss, last = stream.messages()
    assert (first, last) == ("first", "last")
    assert lines == [f"line {number}" for number in range(len(lines))]
    assert loss == f"log lines lost, nobody read them lines={2500 - len(lines)}"
    assert 0 < len(lines) < 2500


def test_lines_stay_in_order_whichever_thread_they_come_from_and_none_is_lost() -> None:
    stream = io.StringIO()
    set_up(stream)

    def talk(name: str) -> None:
        for number in range(100):
            log.info("%s %d", name, number)

    threads = [threading.Thread(target=talk, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert flush(SOON_S)
    said = [row.split(maxsplit=3)[3] for row in stream.getvalue().splitlines()]
    for name in "abc":
        own = [words for words in said if words.startswith(name)]
        assert own == [f"{name} {number}" for number in range(100)]


def test_a_program_that_ends_by_itself_has_said_everything() -> None:
    program = """
import logging, sys
from thorsched.base.logs import set_up
set_up(sys.stderr)
for number in range(500):
    logging.getLogger("thorsched").info("line %d", number)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert [row.split()[-1] for row in ended.stderr.splitlines()] == [str(n) for n in range(500)]
