"""The examples and the README's tutorial do what they say, against the simulator."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.frames import numbers
from tests.support.program import recorders
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

PROJECT = Path(__file__).parents[2]
EXAMPLES = sorted((PROJECT / "configs" / "examples").glob("*.py"))
_LONGEST_S = 90.0


def run(*arguments: str, cwd: Path) -> str:
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    assert recorders(cwd) == []
    return ended.stdout


def test_two_cameras_are_recorded_at_once(simulator: Simulator, tmp_path: Path) -> None:
    (example,) = [path for path in EXAMPLES if "two_cameras" in path.name]
    said = run(str(example), simulator.host, str(simulator.port), cwd=tmp_path)
    assert "camera 0: all is well" in said
    assert "camera 1: all is well" in said
    for camera in (0, 1):
        (file,) = (tmp_path / "recordings").glob(f"{camera}_*.mkv")
        assert len(numbers(file)) > 250


def test_frames_are_aligned_with_samples(simulator: Simulator, tmp_path: Path) -> None:
    (example,) = [path for path in EXAMPLES if "align" in path.name]
    said = run(str(example), simulator.host, str(simulator.port), cwd=tmp_path)
    (file,) = (tmp_path / "recordings").glob("*.mkv")
    found = numbers(file)
    assert said.startswith(f"{len(found)} frames, ")
    rises = re.search(r"^TTL line 0 rises at samples \[(.+)\]$", said, re.MULTILINE)
    assert rises is not None
    # The simulated line is high in every odd second of 30000 samples.
    assert all(int(sample) // 30_000 % 2 == 1 for sample in rises[1].split(", "))
    assert f"the first frame is at sample {1000 * found[0]}, the last at {1000 * found[-1]}" in said


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("address", "words"),
    [
        (["http://127.0.0.1:1"], "http://127.0.0.1:1/cameras: connection refused"),
        (["127.0.0.1", "99999"], "port is 99999; write a number from 1 to 65535"),
        (["127.0.0.1", "first"], "argument port: invalid int value: 'first'"),
    ],
)
def test_an_example_says_what_is_wrong_with_an_address(
    example: Path, address: list[str], words: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, str(example), *address],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    assert ended.returncode != 0
    assert words in ended.stderr.splitlines()[-1]


def test_there_is_a_test_for_each_example() -> None:
    assert [path.stem for path in EXAMPLES] == ["align_with_ephys", "record_two_cameras"]


def test_the_readmes_tutorial_runs_as_it_stands(simulator: Simulator, tmp_path: Path) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Scripts")[2].partition("\n## ")[0]
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(blocks) >= 2
    tutorial = "\n".join(blocks).replace(
        "ThorVisionClient()", f"ThorVisionClient({simulator.host!r}, {simulator.port})"
    )
    assert simulator.host in tutorial
    (tmp_path / "tutorial.py").write_text(tutorial)
    said = run("tutorial.py", cwd=tmp_path)
    assert "Camera 0: HD USB Camera" in said
    (file,) = (tmp_path / "recordings").glob("*.mkv")
    assert len(numbers(file)) > 30


def test_the_client_brings_nothing_that_a_schedule_needs(tmp_path: Path) -> None:
    said = run(
        "-c",
        "import sys, thorsched; print(sorted(m for m in sys.modules if 'thorsched.' in m))\n"
        "thorsched.ThorVisionClient\n"
        "print([m for m in ('apscheduler', 'watchdog', 'fastapi', 'typer') if m in sys.modules])",
        cwd=tmp_path,
    )
    first, second = said.splitlines()
    assert "numpy" not in first
    assert second == "[]"
