"""The commands as they are typed: what they print, and the exit codes."""

import http.server
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.program import thorsched
from thorsched.config.schema import schema_text
from thorsched.simulator.server import Simulator

FILE = """\
version: 1
server: {url}
storage: {{root: ./recordings, min_free: 1MB}}
cameras:
  side:
    device: {{id: 0}}
    capability: {capability}
schedules:
  ever: {{cameras: all, always: true}}
"""


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=3) as simulator:
        yield simulator


def file_for(directory: Path, url: str, capability: str = "jpeg 1280x720 @30fps") -> str:
    path = directory / "recordings.yaml"
    path.write_text(FILE.format(url=url, capability=capability))
    return path.name


def test_help_names_every_command(tmp_path: Path) -> None:
    help_text = thorsched("--help", cwd=tmp_path)
    assert help_text.returncode == 0
    for command in ("run", "check", "cameras", "simulate", "export", "schema"):
        assert f"\n  {command} " in help_text.stdout


def test_schema_prints_what_is_committed(tmp_path: Path) -> None:
    printed = thorsched("schema", cwd=tmp_path)
    assert printed.returncode == 0
    assert printed.stdout == schema_text()
    assert json.loads(printed.stdout)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.real
def test_check_of_a_good_file_says_ready_and_ends_with_0(
    simulator: Simulator, tmp_path: Path
) -> None:
    checked = thorsched("check", file_for(tmp_path, simulator.url), cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "ready to record" in checked.stdout
    assert "jpeg 1280x720 @30fps" in checked.stdout


def test_check_names_every_mistake_with_its_place_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(
        "version: 1\n"
        "server: http://127.0.0.1:1\n"
        "camera: {}\n"
        "cameras:\n"
        "  side:\n"
        "    device: {id: 0}\n"
        "    capability: jpeg 1280x720 @fast\n"
        "schedules:\n"
        "  ever: {cameras: [sidee], daily: 25:00-08:00}\n"
    )
    checked = thorsched("check", "wrong.yaml", cwd=tmp_path)
    assert checked.returncode == 1
    places = [line.split(": ")[0] for line in checked.stderr.splitlines()]
    assert "wrong.yaml:3:1" in places
    assert "wrong.yaml:7:32" in places
    assert "wrong.yaml:9:20" in places
    assert "did you mean 'side'" in checked.stderr
    assert "Traceback" not in checked.stderr


@pytest.mark.real
def test_check_without_a_match_names_the_nearest_and_ends_with_2(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = file_for(tmp_path, simulator.url, "jpeg 1280x720 @>=500fps")
    checked = thorsched("check", file, cwd=tmp_path)
    assert checked.returncode == 2
    assert "nearest: jpeg 1280x720" in checked.stdout
    assert "is below 500" in checked.stdout


def test_check_of_an_absent_server_says_what_to_do_and_ends_with_2(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    checked = thorsched("check", file_for(tmp_path, url), cwd=tmp_path)
    assert checked.returncode == 2
    assert url in checked.stdout
    assert "not ready" in checked.stdout
    assert "Traceback" not in checked.stdout + checked.stderr


@pytest.mark.real
def test_check_as_json_is_for_programs(simulator: Simulator, tmp_path: Path) -> None:
    checked = thorsched("check", file_for(tmp_path, simulator.url), "--json", cwd=tmp_path)
    said = json.loads(checked.stdout)
    assert said["ready"] is True
    assert {"verdict", "subject", "detail"} == set(said["findings"][0])


@pytest.mark.fault(23)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_missing_gstreamer_names_the_package(tmp_path: Path, command: str) -> None:
    file = file_for(tmp_path, f"http://127.0.0.1:{free_port()}")
    done = thorsched(command, file, cwd=tmp_path, env={"PATH": str(tmp_path)})
    assert done.returncode == 2
    assert "gstreamer1.0-tools" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_root_that_cannot_be_written_is_named(tmp_path: Path, command: str) -> None:
    (tmp_path / "recordings").write_text("a file in the way")
    file = file_for(tmp_path, f"http://127.0.0.1:{free_port()}")
    done = thorsched(command, file, cwd=tmp_path)
    assert done.returncode == 2
    assert str(tmp_path / "recordings") in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.real
def test_cameras_lists_what_the_server_offers(simulator: Simulator, tmp_path: Path) -> None:
    listed = thorsched("cameras", simulator.url, cwd=tmp_path)
    assert listed.returncode == 0
    assert "3 cameras" in listed.stdout
    assert listed.stdout.splitlines()[1].startswith("id  name"), "as flush left as any table"
    assert "1280x720" in listed.stdout
    as_json = json.loads(thorsched("cameras", simulator.url, "--json", cwd=tmp_path).stdout)
    assert [device["id"] for device in as_json] == [0, 1, 2]
    assert "image/jpeg,width=1280,height=720,framerate=30/1" in {
        capability["caps"] for capability in as_json[0]["capabilities"]
    }


def test_cameras_of_an_absent_server_ends_with_2_and_a_message(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    listed = thorsched("cameras", url, cwd=tmp_path)
    assert listed.returncode == 2
    assert listed.stdout == ""
    assert url in listed.stderr
    assert "Traceback" not in listed.stderr


@pytest.mark.real
def test_a_reader_that_goes_away_is_no_error(simulator: Simulator, tmp_path: Path) -> None:
    piped = subprocess.run(
        [
            "sh",
            "-c",
            f"{sys.executable} -m thorsched cameras {simulator.url} --json | head -c 1 > /dev/null",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert piped.stderr == ""


@pytest.mark.real
def test_simulate_refuses_a_port_in_use_and_ends_with_2(
    simulator: Simulator, tmp_path: Path
) -> None:
    refused = thorsched("simulate", "--port", str(simulator.port), cwd=tmp_path)
    assert refused.returncode == 2
    assert str(simulator.port) in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.real
def test_simulate_runs_a_command_against_itself_and_passes_its_exit_code_on(
    tmp_path: Path,
) -> None:
    port = free_port()
    listing = ["--", sys.executable, "-m", "thorsched", "cameras", f"http://127.0.0.1:{port}"]
    listed = thorsched("simulate", "--cameras", "2", "--port", str(port), *listing, cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert "2 cameras" in listed.stdout
    assert "nobody called" not in listed.stderr
    failed = thorsched("simulate", "--port", str(port), "--", "sh", "-c", "exit 7", cwd=tmp_path)
    assert failed.returncode == 7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "recordings.yaml", "--for", "20"], "write it with its unit"),
        (["cameras", "ftp://rig"], "does not begin with http://"),
        (["run"], "Missing argument 'FILE'"),
        (["rum", "recordings.yaml"], "No such command 'rum'"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_what_is_right(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = thorsched(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_while_the_program_still_loads_ends_it_silently_with_130(tmp_path: Path) -> None:
    loading = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "thorsched", "check", "absent.yaml"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert loading.stderr is not None
    for line in loading.stderr:
        if "typer" in line:
            loading.send_signal(signal.SIGINT)
            break
    _, said = loading.communicate(timeout=30)
    assert loading.returncode == 130
    assert "Traceback" not in said


class _Listing(http.server.BaseHTTPRequestHandler):
    """A server whose cameras have names that are markup and control characters."""

    names = ("[/x]", "Cam [red]", "a\u202eb\x1b[31m")

    def do_GET(self) -> None:
        modes = [
            {"media_type": "image/jpeg", "width": 640, "height": 480, "framerate": f"{rate}/1"}
            for rate in (30, 60)
        ]
        devices = [{"id": i, "name": n, "caps": modes} for i, n in enumerate(self.names)]
        body = json.dumps(devices).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_cameras_name_is_shown_as_it_is_whatever_is_in_it(tmp_path: Path) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Listing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            listed = thorsched("cameras", f"http://127.0.0.1:{server.server_port}", cwd=tmp_path)
        finally:
            server.shutdown()
            thread.join()
    assert listed.returncode == 0, listed.stderr
    for shown in ("[/x]", "Cam [red]", "a\\u202eb\\x1b[31m"):
        assert f" {shown} " in listed.stdout
    assert "\x1b" not in listed.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["metadata"],
        ["plan"],
        ["rebuild"],
        ["reload"],
        ["report"],
        ["verify"],
    ],
    ids=" ".join,
)
def test_a_python_that_has_imported_nothing_runs_the_command(
    words: list[str], tmp_path: Path
) -> None:
    done = thorsched(*words, "absent", cwd=tmp_path, env={})
    assert done.returncode
    assert "absent" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
