"""What somebody sees who has cameras, no patience, and a wrong first attempt."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.program import THORSCHED, thorsched
from thorsched.simulator.server import Simulator

FILE = """\
server: {url}
storage: {{root: {root}, min_free: 1MB}}
cameras:
  side: {{device: {{id: 0}}, capability: jpeg 1280x720 @30fps}}
schedules:
  once: {{cameras: all, {rule}}}
"""
OVER = "from: 2025-11-24T09:00Z, to: 2025-11-24T10:00Z"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=2) as simulator:
        yield simulator


def checked(
    directory: Path, url: str, *options: str, rule: str = "always: true", root: str = "./recordings"
) -> subprocess.CompletedProcess[str]:
    (directory / "recordings.yaml").write_text(FILE.format(url=url, rule=rule, root=root))
    return thorsched("check", "recordings.yaml", *options, cwd=directory)


@pytest.mark.real
def test_check_says_when_each_camera_records_and_makes_nothing(
    simulator: Simulator, tmp_path: Path
) -> None:
    done = checked(tmp_path, simulator.url)
    assert done.returncode == 0, done.stdout
    assert "ok   cameras.side: records now, without end\n" in done.stdout
    assert f"ok   storage.root: {tmp_path}/recordings will be made in {tmp_path}, " in done.stdout
    assert done.stdout.endswith("\nready to record; see the notes above\n")  # of a namesake
    assert [path.name for path in tmp_path.iterdir()] == ["recordings.yaml"]


@pytest.mark.real
def test_check_of_windows_that_are_over_says_so_and_not_that_all_is_well(
    simulator: Simulator, tmp_path: Path
) -> None:
    done = checked(tmp_path, simulator.url, rule=f"{OVER}, timezone: UTC")
    assert done.returncode == 0
    assert (
        "note cameras.side: its windows are over since Mon 2025-11-24 10:00 (UTC): it will not be recorded\n"
    ) in done.stdout
    assert done.stdout.endswith("ready, but no camera will be recorded: see the notes above\n")


@pytest.mark.real
def test_check_as_json_tells_the_next_window_of_each_camera(
    simulator: Simulator, tmp_path: Path
) -> None:
    said = json.loads(
        checked(
            tmp_path,
            simulator.url,
            "--json",
            rule="from: 2026-01-01T00:00Z, to: 2999-01-01T00:00Z",
        ).stdout
    )
    assert said["next"] == {
        "side": {"start": "2026-01-01T00:00:00.000Z", "end": "2999-01-01T00:00:00.000Z"}
    }
    always = json.loads(checked(tmp_path, simulator.url, "--json").stdout)
    assert always["next"] == {"side": {"start": None, "end": None}}
    over = json.loads(checked(tmp_path, simulator.url, "--json", rule=OVER).stdout)
    assert over["next"] == {"side": None}
    assert "warning" in {finding["verdict"] for finding in over["findings"]}


@pytest.mark.real
@pytest.mark.parametrize(
    ("root", "words"),
    [
        ("~/thorsched-recordings", "storage.root: {home}/thorsched-recordings will be made in "),
        ("$HOME/recordings", "note storage.root: '$HOME' in {here}/$HOME/recordings is taken"),
        (
            '"%USERPROFILE%/recordings"',
            "note storage.root: '%USERPROFILE%' in {here}/%USERPROFILE%/recordings is taken",
        ),
    ],
)
def test_home_in_the_root_is_replaced_or_the_note_says_that_it_is_not(
    simulator: Simulator, tmp_path: Path, root: str, words: str
) -> None:
    done = checked(tmp_path, simulator.url, root=root)
    assert done.returncode == 0
    assert words.format(home=Path.home(), here=tmp_path) in done.stdout


def test_check_as_json_of_a_wrong_file_is_an_object_with_its_mistakes(tmp_path: Path) -> None:
    done = checked(tmp_path, "127.0.0.1:8000", "--json", rule="always: yes")
    assert done.returncode == 1
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "ready": False,
        "revision": None,
        "mistakes": [
            {
                "file": "recordings.yaml",
                "line": 1,
                "column": 9,
                "path": "server",
                "message": "'127.0.0.1:8000' does not begin with http://; "
                "write it as http://127.0.0.1:8000",
            },
            {
                "file": "recordings.yaml",
                "line": 6,
                "column": 32,
                "path": "schedules.once.always",
                "message": "'yes' is neither true nor false; write true",
            },
        ],
        "findings": [],
        "next": {},
        "keep": None,
        "disk": None,
    }


def test_check_as_json_of_no_file_is_the_same_object_without_a_place(tmp_path: Path) -> None:
    done = thorsched("check", "recordings.yaml", "--json", cwd=tmp_path)
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert set(said) == {"ready", "revision", "mistakes", "findings", "next", "keep", "disk"}
    assert said["mistakes"] == [
        {
            "file": "recordings.yaml",
            "line": None,
            "column": None,
            "path": "",
            "message": f"there is no such file; there is no YAML file in {tmp_path}",
        }
    ]


@pytest.mark.parametrize("command", ["check", "run"])
def test_standard_input_is_not_read_and_that_is_said(tmp_path: Path, command: str) -> None:
    done = thorsched(command, "-", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "-: standard input is not read: name a file, whose directory counts for its paths\n"
    )


def test_cameras_as_json_of_an_absent_server_is_an_error_object(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = thorsched("cameras", url, "--json", cwd=tmp_path)
    assert done.returncode == 2
    message = json.loads(done.stdout)["error"]["message"]
    assert url in message
    assert "is the ThorVision server running there?" in message


def test_a_password_in_an_address_is_in_no_output(tmp_path: Path) -> None:
    for options in ((), ("--json",)):
        done = thorsched("cameras", "http://me:secret@rig:8000", *options, cwd=tmp_path)
        assert done.returncode == 2
        assert "http://rig:8000" in done.stdout + done.stderr
        assert "secret" not in done.stdout + done.stderr


@pytest.mark.real
def test_a_table_in_a_pipe_is_whole_without_blanks_at_its_lines_ends(
    simulator: Simulator, tmp_path: Path
) -> None:
    done = thorsched("cameras", simulator.url, cwd=tmp_path, env={"COLUMNS": "20"})
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == f"{simulator.url}: 2 cameras"
    assert [line for line in lines if line != line.rstrip() or "…" in line] == []
    assert any(line.split()[:4] == ["0", "HD", "USB", "Camera"] for line in lines)


@pytest.mark.real
def test_one_camera_and_none_are_told_as_people_say_it(tmp_path: Path) -> None:
    with Simulator(cameras=1) as one:
        done = thorsched("cameras", one.url, cwd=tmp_path)
        assert done.stdout.splitlines()[0] == f"{one.url}: 1 camera"
        one.faults.unplug(0)
        done = thorsched("cameras", one.url, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (
            0,
            (
                f"{one.url}: no camera; is one plugged in, and used by no other program "
                "of that machine?\n"
            ),
        )


@pytest.mark.real
def test_a_table_can_be_printed_where_there_is_ascii_only(
    simulator: Simulator, tmp_path: Path
) -> None:
    done = thorsched("cameras", simulator.url, cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "1280x720" in done.stdout


def test_a_file_whose_name_cannot_be_printed_is_named_in_escapes(tmp_path: Path) -> None:
    done = thorsched("check", "käfig.yaml", cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert done.stderr.startswith("k\\xe4fig.yaml: there is no such file")


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("0s", "'0s' is no time to record in; write for instance 20s or 2h, or leave --for out"),
        ("20", "'20' is not a duration; write it with its unit: 20s, 20min or 20h"),
        ("-5s", "'-5s' is not a duration; write 5s"),
        ("10 minutes", "'10 minutes' is not a duration; write 10min"),
        ("soon", "'soon' is not a duration; write a number with its unit, such as 500ms"),
    ],
)
def test_a_wrong_for_says_what_is_right(tmp_path: Path, time: str, words: str) -> None:
    done = thorsched("run", "recordings.yaml", "--for", time, cwd=tmp_path)
    assert done.returncode == 2
    assert f"Invalid value for '--for': {words}" in done.stderr
    assert done.stdout == ""


def test_a_command_without_its_file_says_how_it_is_used(tmp_path: Path) -> None:
    for command in ("check", "run"):
        done = thorsched(command, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith(f"Usage: thorsched {command} [OPTIONS] ")
        assert "Missing argument 'FILE'" in done.stderr


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ("simulate", "Usage: thorsched simulate [OPTIONS] [-- COMMAND]..."),
        ("metadata", "Usage: thorsched metadata [OPTIONS] {FILES}..."),
    ],
)
def test_the_usage_says_once_that_more_may_follow(tmp_path: Path, command: str, usage: str) -> None:
    done = thorsched(command, "--help", cwd=tmp_path)
    assert done.stdout.splitlines()[0] in (usage, usage.replace("{", "").replace("}", ""))


def test_the_help_says_what_each_command_does_in_a_whole_sentence(tmp_path: Path) -> None:
    done = thorsched("--help", cwd=tmp_path, env={"COLUMNS": "80"})
    commands = done.stdout.partition("Commands:\n")[2].splitlines()
    assert len(commands) >= 7
    assert [line for line in commands if not line.endswith(".") or line.endswith("..")] == []


def test_output_that_nobody_reads_on_is_told_by_the_exit_code_alone(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        done = subprocess.run(
            [*THORSCHED, "schema"], cwd=tmp_path, stdout=nobody, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("arguments", [("schema",), ("check", "--json", "recordings.yaml")])
def test_output_to_a_full_disk_is_one_line_and_no_mistake_in_the_file(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "recordings.yaml").write_text("camera: no\n")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*THORSCHED, *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr == b"the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&-"])
def test_closed_streams_are_no_error(tmp_path: Path, closed: str) -> None:
    command = f'exec "$0" -m thorsched schema {closed}'
    done = subprocess.run(
        ["sh", "-c", command, THORSCHED[0]], cwd=tmp_path, stderr=subprocess.PIPE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
