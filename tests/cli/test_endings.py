"""How `thorsched run` ends, and what it says of what happened meanwhile."""

import re
from pathlib import Path

import pytest

from tests.support.frames import segments
from tests.support.program import program, thorsched

pytestmark = pytest.mark.real

OVERHEAD = "  overhead: {device: {id: 9}, capability: jpeg 640x480 @30fps}\n"


@pytest.fixture
def file(directory: Path) -> Path:
    return directory / "recordings.yaml"


def test_a_camera_without_one_frame_ends_the_run_with_2_and_is_the_last_that_is_said(
    file: Path,
) -> None:
    file.write_text(file.read_text().replace("cameras:\n", f"cameras:\n{OVERHEAD}"))
    done = thorsched("run", file.name, "--for", "4s", cwd=file.parent)
    assert done.returncode == 2, done.stderr
    last = done.stdout.splitlines()[-1]
    said = re.match(r"overhead: NOTHING was recorded of (\d\.\d) s wanted: no such device: ", last)
    assert said is not None, last
    assert 3.0 < float(said[1]) < 9.0, "the time between the first pass and the end"
    assert "side: files in" in done.stdout


def test_after_an_edit_of_the_root_both_places_of_the_files_are_named(file: Path) -> None:
    root = file.parent
    with program("run", file.name, cwd=root) as running:
        running.until(lambda: segments(root / "recordings", "side"), what="a file")
        text = (
            file.read_text().replace("./recordings", "./elsewhere").replace("640x480", "1280x720")
        )
        file.write_text(text)
        running.until(lambda: segments(root / "elsewhere", "side"), what="a file elsewhere")
        running.until(lambda: "recorder recording" in running.err.read_text(), what="growth")
        running.interrupt()
        assert running.ends() == 130, running.outputs
    for place in ("recordings", "elsewhere"):
        (directory,) = {segment.parent for segment in segments(root / place, "side")}
        assert f"side: files in {directory}\n" in running.out.read_text()


def test_a_file_that_is_deleted_is_told_once_and_its_return_too(file: Path) -> None:
    text = file.read_text()
    with program("run", file.name, cwd=file.parent) as running:
        running.until(lambda: running.says("recorder recording"), what="growth")
        file.unlink()
        running.until(lambda: running.says("the file is gone"), what="a word of the loss")
        file.write_text(text)
        running.until(lambda: running.says("back at the running revision"), what="its return")
        running.interrupt()
        assert running.ends() == 130, running.outputs
    log = running.err.read_text()
    assert log.count("the file is gone") == 1
    assert log.count("recorder starting") == 1
