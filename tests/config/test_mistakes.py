"""What is said about wrong values in a file, and where they stand."""

import pytest

from tests.config.files import RIGHT, complaints, with_schedule


@pytest.mark.parametrize(
    ("line", "wrong", "message"),
    [
        ("version: 2", "1:10", "version: 2 is not a version that this thorsched reads; write 1"),
        (
            "version: true",
            "1:10",
            "version: true is not a version that this thorsched reads; write 1",
        ),
        ("timezone: EST", "1:11", "timezone: 'EST' names an offset, not a place and its clock"),
        (
            "timezone: America/New_Yrok",
            "1:11",
            "timezone: 'America/New_Yrok' is not a time zone; did",
        ),
        ("timezone: 5", "1:11", "timezone: '5' is not a time zone; write an IANA name"),
        ("lead: 3", "1:7", "lead: 3 has no unit; write 3ms or 3s or 3min"),
        ("lead: 1h", "1:7", "lead: 1h is not from 0s to 10min"),
        ("lead: soon", "1:7", "lead: 'soon' is not a duration; write a number with its unit"),
        ("lead: 10 seconds", "1:7", "lead: '10 seconds' is not a duration; write 10s"),
        (
            "segment: {time: 1 hour 30 mins}",
            "1:17",
            "segment.time: '1 hour 30 mins' is not a duration; write 1h 30min",
        ),
        ("segment: {time: 10m}", "1:17", "segment.time: '10m' is not a duration; write 10min"),
        ("segment: {size: 2}", "1:17", "segment.size: 2 has no unit; write 2MB, 2GB or 2TB"),
        ("segment: {size: 10kB}", "1:17", "segment.size: 10kB is less than 1MB; write 1MB or more"),
        ("segment: {size: 2 gigs}", "1:17", "segment.size: '2 gigs' is not a size; write a number"),
        (
            "segment: 10min",
            "1:10",
            "segment: '10min' stands here instead of keys; write {time: 10min",
        ),
        ("storage: {root: ''}", "1:17", "storage.root: '' is not a directory; write for instance"),
        ("storage: {root: 7}", "1:17", "storage.root: 7 is not read as text; put it in quotes"),
        ("storage: {root: 'D:\\data'}", "1:17", "storage.root: 'D:\\data' is a path of Windows"),
        ("storage: {root: ~nobody-here/x}", "1:17", "storage.root: '~nobody-here/x': no user of"),
        ("storage: {keep: {}}", "1:17", "storage.keep: is empty; write {age: 30d, size: 4TB}"),
        ("storage: {keep: 30d}", "1:17", "storage.keep: '30d' stands here instead of keys; write"),
        (
            "storage: {template: '{camera}'}",
            "1:21",
            "storage.template: '{camera}' lacks {start}: wi",
        ),
        (
            "storage: {template: '{date}'}",
            "1:21",
            "storage.template: '{date}' lacks {camera} and {st",
        ),
        (
            "storage: {template: '{camra}'}",
            "1:21",
            "storage.template: '{camra}' is not known; did you",
        ),
        (
            "storage: {template: '../{camera}{start}'}",
            "1:21",
            "storage.template: '../{camera}{start}' is",
        ),
        (
            "storage: {template: '/x/{camera}{start}'}",
            "1:21",
            "storage.template: '/x/{camera}{start}' is",
        ),
        (
            "storage: {template: '%n{camera}{start}'}",
            "1:21",
            "storage.template: '%n{camera}{start}' is",
        ),
        (
            "storage: {template: '{camera}/Aux/{start}'}",
            "1:21",
            "storage.template: '{camera}/Aux/{start}': 'Aux' is a device on Windows; write",
        ),
        (
            "storage: {template: 'nul.{camera}_{start}'}",
            "1:21",
            "storage.template: 'nul.{camera}_{start}': 'nul.{camera}_{start}' is a device on Win",
        ),
        (
            "storage: {template: '{camera}./{start}'}",
            "1:21",
            "storage.template: '{camera}./{start}': '{camera}.' loses its last dot on Windows",
        ),
        (
            "about: {subject: [a, b]}",
            "1:18",
            "about.subject: a list stands here; it takes one text",
        ),
        ("about: {dose: .nan}", "1:15", "about.dose: nan is no number; put it in quotes"),
        ("about: m042", "1:8", "about: 'm042' stands here; it takes keys of your own"),
        (
            "output_dir: x",
            "1:1",
            "output_dir: there is no such key here; write storage: {root: ./rec",
        ),
        ("shedules: x", "1:1", "shedules: there is no such key here; did you mean 'schedules'?"),
        ("qqqq: x", "1:1", "qqqq: there is no such key here; it takes version, timezone, servers"),
    ],
)
def test_a_wrong_line_says_what_would_be_right(line: str, wrong: str, message: str) -> None:
    [mistake] = complaints(f"{line}\n{RIGHT}")
    assert mistake.startswith(f"{wrong}: {message}")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "192.168.177.100:8000",
            "does not begin with http://; write it as http://192.168.177.100:8000",
        ),
        ("rig", "does not begin with http://; write it as http://rig:8000"),
        (
            "http://192.168.177.100",
            "names no port (ThorVision's is 8000); write it as http://192.168.177.100:8000",
        ),
        ("https://h:8000", "does not speak; write it as http://h:8000"),
        ("http://user:secret@h:8000", "holds a user name or password"),
        ("http://h:8000/?x=1", "has more than a host and a port"),
        ("http://h:99999", "a port is a number from 1 to 65535"),
        ("ftp://h:1", "does not begin with http://"),
        ("http://:8000", "names no host"),
    ],
)
def test_a_wrong_address_says_how_it_is_written_and_no_secret(value: str, message: str) -> None:
    [mistake] = complaints(RIGHT.replace("http://127.0.0.1:8000", value))
    assert mistake.startswith("1:9: server: ")
    assert message in mistake
    assert "secret" not in mistake


@pytest.mark.parametrize(
    ("ports", "message"),
    [
        ("9099-9001", "'9099-9001' ends before it begins; write 9001-9099"),
        ("80-90", "'80-90': ports are from 1024 to 65535; write 9001-9099"),
        ("70000", "70000: ports are from 1024 to 65535; write 9001-9099"),
        ("many", "'many' is not a range of ports; write 9001-9099"),
    ],
)
def test_wrong_ports_say_which_are_right(ports: str, message: str) -> None:
    text = RIGHT.replace(
        "server: http://127.0.0.1:8000", f"server: {{url: http://h:1, ports: {ports}}}"
    )
    assert complaints(text) == [f"1:34: server.ports: {message}"]


@pytest.mark.parametrize(
    ("block", "mistake"),
    [
        ("{cameras: all, daily: 8-20}", "8:33: schedules.nights.daily: '8-20' is not a"),
        ("{cameras: all, daily: 20}", "8:33: schedules.nights.daily: '20' is not a daily time"),
        (
            "{cameras: all, daily: 08:00-08:00}",
            "8:33: schedules.nights.daily: 08:00-08:00 starts where",
        ),
        (
            "{cameras: all, daily: 08:00-09:00, days: mon-fry}",
            "8:52: schedules.nights.days: 'fry' is not",
        ),
        (
            "{cameras: all, daily: 08:00-09:00, days: [mon, 2]}",
            "8:58: schedules.nights.days[1]: '2' could be",
        ),
        (
            "{cameras: all, cron: 0 * * *, for: 1min}",
            "8:32: schedules.nights.cron: '0 * * *' is not a",
        ),
        (
            "{cameras: all, cron: 0 0 30 2 *, for: 1min}",
            "8:32: schedules.nights.cron: cron '0 0 30 2 *'",
        ),
        (
            "{cameras: all, cron: 0 0 1 * *, for: 5}",
            "8:48: schedules.nights.for: 5 has no unit; write 5s",
        ),
        (
            "{cameras: all, from: 2026-11-24, to: 2026-11-25T09:00}",
            "8:32: schedules.nights.from: '2026-11",
        ),
        (
            "{cameras: all, always: yes}",
            "8:34: schedules.nights.always: 'yes' is neither true nor false; write true",
        ),
        (
            "{cameras: all, always: true, enabled: no}",
            "8:49: schedules.nights.enabled: 'no' is neither true nor false; write false",
        ),
        (
            "{cameras: all, always: true, enabled: 1}",
            "8:49: schedules.nights.enabled: 1 is neither true nor false; write true or false",
        ),
        (
            "{cameras: all, always: true, mode: clp}",
            "8:46: schedules.nights.mode: 'clp' is not a mode; write clip or skip_starts",
        ),
        (
            "{cameras: all, always: true, except: [2026-12-26..2026-12-24]}",
            "8:49: schedules.nights.except[0]: ",
        ),
        (
            "{cameras: all, always: true, except: [2026-13-24]}",
            "8:49: schedules.nights.except[0]: '2026-13-24",
        ),
        (
            "{cameras: side, always: true}",
            "8:21: schedules.nights.cameras: 'side' is not a list of cameras; write [side] or all",
        ),
        (
            "{cameras: [], always: true}",
            "8:21: schedules.nights.cameras: no camera; write for instance",
        ),
        (
            "{cameras: [all], always: true}",
            "8:21: schedules.nights.cameras: 'all' stands in a list; write all",
        ),
        (
            "{cameras: [side, side], always: true}",
            "8:28: schedules.nights.cameras[1]: 'side' stands here twice; delete one of the two",
        ),
        (
            "{always: true}",
            "8:3: schedules.nights.cameras: is missing; write for instance cameras: all",
        ),
        (
            "{cameras: all, start: 2026-11-24T09:00, always: true}",
            "8:26: schedules.nights.start: there is no such key here; write from: 2026-11-24T09:00",
        ),
    ],
)
def test_a_wrong_schedule_says_what_would_be_right(block: str, mistake: str) -> None:
    [only] = complaints(with_schedule(block))
    assert only.startswith(mistake)


def test_a_needed_key_that_is_misspelt_is_one_mistake() -> None:
    assert complaints(RIGHT.replace("cameras:\n", "Cameras:\n")) == [
        "2:1: Cameras: there is no such key here; did you mean 'cameras'?"
    ]


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("./recs", "{root: ./recs}"),
        ("/data/a b", "{root: /data/a b}"),
        ("5", "{root: ./recordings}"),
    ],
)
def test_a_storage_that_is_a_path_is_shown_as_its_root(written: str, right: str) -> None:
    [mistake] = complaints(RIGHT + f"storage: {written}\n")
    assert mistake.endswith(f"stands here instead of keys; write {right}")


def test_what_stands_below_a_misspelt_key_is_read_on() -> None:
    wrong = RIGHT.replace("cameras:", "camera:", 1).replace("capability:", "capabilty:", 1)
    found = complaints(wrong)
    assert len(found) == 2
    assert "camera: there is no such key here; did you mean 'cameras'?" in found[0]
    assert "capabilty: there is no such key here; did you mean 'capability'?" in found[1]
    assert "camera." in found[1], "the place is named as it stands in the file"
