"""Names from a server or a script that would write elsewhere, if anything obeyed them (57).

Names in a file of rules are in `tests/config/test_mistakes_of_cameras.py`, `test_mistakes.py`
(templates) and `test_references.py` (58, names that are one on many disks).
"""

import json
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order
from tests.support.frames import identities
from tests.support.ports import free_port
from thorsched import Camera, Capability, ThorVisionClient
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

OFFERED = (Capability.parse("image/jpeg,width=640,height=480,framerate=30/1"),)
SENTINEL = "sentinel"


def hostile(directory: Path) -> list[str]:
    """Return names that name the sentinel in `directory`, or are mistaken by some disk or screen.

    A server's names of more than 256 characters are left out of its list, and that is logged.
    """
    sentinel = directory / SENTINEL
    return [
        f'x" ! filesink location="{sentinel}',
        f"../../{SENTINEL}\n%n%s\r\x1b[2J",
        "CON",
        "\u202e" + "\u05d0" * 255,
    ]


def test_devices_of_hostile_names_are_recorded_and_nothing_else_is_written(tmp_path: Path) -> None:
    (tmp_path / SENTINEL).write_text("mine")
    names = hostile(tmp_path)
    devices = [Camera(number, name, OFFERED) for number, name in enumerate(names)]
    with Simulator(devices, port=free_port()) as simulator:
        lab = Lab(simulator, tmp_path)
        lab.write()
        with lab.recording() as running:
            ends_in_order(running, lab)
        lab.assert_all_described()
    assert (tmp_path / SENTINEL).read_text() == "mine"
    assert {path.name for path in lab.root.iterdir()} == {".thorsched", *lab.cameras}
    ours = {SENTINEL, lab.file.name, lab.root.name, "out.txt", "err.txt"}
    assert {path.name for path in tmp_path.iterdir()} == ours
    for camera, name in zip(lab.cameras, names, strict=True):
        assert lab.numbers(camera)
        for segment in lab.files(camera):
            described = json.loads(segment.with_suffix(".json").read_text("utf-8"))
            assert described["device"]["name"] == name, "the fault: the server did send it"


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_script_records_to_a_directory_of_a_hostile_name(tmp_path: Path, which: int) -> None:
    (tmp_path / SENTINEL).write_text("mine")
    output = tmp_path / "a" / "b" / hostile(Path())[which]
    with (
        Simulator([Camera(0, "%n", OFFERED)]) as simulator,
        ThorVisionClient(simulator.host, simulator.port) as client,
    ):
        client.start_stream_with_recording(0, OFFERED[0], output_dir=output)
        client.stop_stream(0)
    assert (tmp_path / SENTINEL).read_text() == "mine"
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix == ".mkv"]
    assert written
    assert {path.parent.resolve() for path in written} == {output.resolve()}
    assert identities(*written)
    others = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert others <= {"", ".mkv", ".log"}
