"""`thorsched export nwb`: a whole file or none, and a clear word for each that cannot be in it."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pynwb
import pytest

from tests.export.filmed import filmed, sidecar
from tests.support.disks import mounted_tmpfs
from tests.support.frames import numbers, segments
from tests.support.program import thorsched


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("made")
    filmed(directory / "side_a-00000.mkv", range(60), bare=frozenset({7}))
    filmed(directory / "side_a-00001.mkv", range(62, 90))
    return directory


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Path:
    """A directory with the segments in `recordings`."""
    shutil.copytree(made, tmp_path / "recordings")
    return tmp_path


def export(directory: Path, *options: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    words = ("export", "nwb", "recordings", "-o", "session.nwb", *options)
    return thorsched(*words, cwd=directory, **kwargs)


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_it_says_what_is_in_the_file_and_by_which_clock(here: Path) -> None:
    ended = export(here)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        "side: 2 files, 88 frames, 2 dropped, 1 of interpolated time\n"
        "session.nwb: times are seconds of the XDAQ's sample counter at 30000 Hz "
        "(the nearest usual rate, measured 30000.00)\n"
    )
    assert list(pynwb.validate(path=str(here / "session.nwb"))) == []
    assert names(here) == {"recordings", "session.nwb"}


def test_the_frames_between_two_attempts_are_not_counted_as_dropped(here: Path) -> None:
    filmed(here / "recordings" / "side_b-00000.mkv", range(101, 130))
    ended = export(here)
    assert ended.returncode == 0
    assert ended.stdout.startswith("side: 3 files, 117 frames, 2 dropped, ")


def test_an_output_that_is_there_is_replaced_only_by_force(here: Path) -> None:
    output = here / "session.nwb"
    output.write_text("a year of work")
    ended = export(here)
    assert ended.returncode == 2
    assert ended.stderr == "session.nwb exists already; --force replaces it\n"
    assert output.read_text() == "a year of work"
    assert export(here, "--force").returncode == 0
    assert list(pynwb.validate(path=str(output))) == []
    assert names(here) == {"recordings", "session.nwb"}


def test_what_cannot_be_exported_leaves_the_output_as_it_was(here: Path) -> None:
    output, first = here / "session.nwb", here / "recordings" / "side_a-00000.mkv"
    output.write_text("a year of work")
    first.with_suffix(".json").unlink()
    (here / "recordings" / "side_a-00001.json").write_text("{")
    ended = export(here, "--force")
    assert (ended.returncode, ended.stdout) == (2, "")
    told = ended.stderr.splitlines()
    assert len(told) == 2
    assert told[0].startswith("recordings/side_a-00000.mkv has no sidecar")
    assert told[1].startswith("recordings/side_a-00001.json is no sidecar")
    assert output.read_text() == "a year of work"


def test_files_are_left_out_if_asked_for_and_named(here: Path) -> None:
    first = here / "recordings" / "side_a-00000.mkv"
    with first.open("ab") as file:
        file.write(b"more")
    ended = export(here)
    assert ended.returncode == 2
    assert ended.stderr.endswith("\nnothing is written; --skip leaves that file out\n")
    ended = export(here, "--skip")
    assert ended.returncode == 0
    assert ended.stderr.startswith("left out: recordings/side_a-00000.mkv has changed")
    assert ended.stdout.startswith("side: 1 file, 28 frames, 0 dropped")


def test_a_file_that_is_gone_is_named_and_the_others_are_exported(here: Path) -> None:
    (here / "recordings" / "side_a-00001.mkv").unlink()
    ended = export(here)
    assert ended.returncode == 0
    assert ended.stderr == "note: 1 file not there: recordings/side_a-00001.mkv: missing\n"


def test_what_nwb_does_not_take_of_the_operators_keys_is_told(here: Path) -> None:
    for path in (here / "recordings").glob("*.json"):
        about = {"age": 90, "weight": "25 g"}
        path.write_text(json.dumps(json.loads(path.read_text()) | {"about": about}))
    ended = export(here)
    assert ended.returncode == 0
    assert ended.stderr == (
        "note: about.age: '90' is nothing that NWB's subject takes, and stands in an export's "
        "notes alone; write it with a unit, as ISO 8601 has it: P90D, P12W\n"
    )


def test_without_pynwb_it_says_what_to_install(here: Path) -> None:
    (here / "lib" / "pynwb").mkdir(parents=True)
    (here / "lib" / "pynwb" / "__init__.py").write_text("raise ImportError")
    ended = export(here, env={"PYTHONPATH": str(here / "lib")})
    assert ended.returncode == 2
    assert "pip install 'thorsched[nwb]'" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (here / "session.nwb").exists()


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_full_disk_is_told_and_nothing_left_on_it(here: Path, force: tuple[str]) -> None:
    with mounted_tmpfs(here / "disk", size="40k") as disk:
        words = ("export", "nwb", "recordings", "-o", "disk/session.nwb", *force)
        ended = thorsched(*words, cwd=here)
        assert ended.returncode == 2
        told = (
            "disk/session.nwb: No space left on device; make room, or name another disk by --output"
        )
        assert ended.stderr == f"{told}\n"
        assert "Traceback" not in ended.stderr
        assert names(disk) == set()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["recordings", "-o", "session.h5"], "must end in .nwb"),
        (["recordings"], "--output"),
        (["recordings", "-o", "a.nwb", "--clock", "sun"], "xdaq"),
        (["recordings", "-o", "a.nwb", "--clock", "server", "--sampling-rate", "1"], "--clock"),
        (["recordings", "-o", "nodir/a.nwb"], "nodir is no directory; make it first"),
        (["nope", "-o", "a.nwb"], "there is no file or directory nope; name recorded .mkv files"),
        (["lib", "-o", "a.nwb"], "lib holds no .mkv file; name recorded"),
        (
            ["recordings", "-o", "a.nwb", "--sampling-rate", "20000"],
            "and not 20000 as --sampling-rate says; without that it is found",
        ),
    ],
)
def test_what_is_wrong_with_the_command_is_told(here: Path, words: list[str], told: str) -> None:
    (here / "lib").mkdir()
    ended = thorsched("export", "nwb", *words, cwd=here)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert names(here) == {"recordings", "lib"}


def test_several_servers_are_told_apart(here: Path) -> None:
    path = here / "recordings" / "side_a-00001.mkv"
    told = sidecar(path, range(62, 90), server="http://rig-b:8000")
    path.with_suffix(".json").write_text(json.dumps(told))
    ended = export(here, "--skip")
    assert ended.returncode == 2
    assert "these files are of 2 servers" in ended.stderr


def anew(path: Path, number: int) -> None:
    """Write a segment of a server that begins to count from 0 when frame `number` is due."""
    seen = sidecar(path, range(number, number + 60))
    filmed(path, range(60), **{end: seen[end] for end in ("first_frame", "last_frame_end")})


@pytest.mark.parametrize("clock", ["xdaq", "server"])
def test_over_a_restart_of_the_server_the_commands_that_are_told_export_all(
    tmp_path: Path, clock: str
) -> None:
    recordings = tmp_path / "my recordings"
    for camera, later in (("side", 0), ("top", 5)):
        filmed(recordings / f"{camera}_a-00000.mkv", range(later, 60), camera=camera)
        for attempt, number in (("b", 300), ("c", 900)):
            anew(recordings / f"{camera}_{attempt}-00000.mkv", number + later)
            path = recordings / f"{camera}_{attempt}-00000.json"
            path.write_text(json.dumps(json.loads(path.read_text()) | {"camera": camera}))
    words = ("export", "nwb", "my recordings", "-o", "session.nwb", "--clock", clock)
    ended = thorsched(*words, cwd=tmp_path)
    assert ended.returncode == 2
    why, *commands = ended.stderr.splitlines()
    assert "began anew between my recordings/side_a-00000.mkv and my recordings/side_b-000" in why
    assert why.endswith("export them apart (and so in 3 other places)"), "no other clock is advised"
    assert len(commands) == 3
    for command in commands:
        ended = thorsched(*shlex.split(command)[1:], cwd=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert re.findall(r"(\w+): 1 file,", ended.stdout) == ["side", "top"]
    assert names(tmp_path) == {"my recordings", *(f"session-{n}.nwb" for n in (1, 2, 3))}


@pytest.mark.parametrize(("clock", "lost"), [("xdaq", 2000), ("server", 100)])
def test_a_server_that_was_restarted_and_is_further_on_than_before_is_no_pause(
    tmp_path: Path, clock: str, lost: int
) -> None:
    recordings = tmp_path / "recordings"
    filmed(recordings / "side_a-00000.mkv", range(60))
    seen = sidecar(recordings, range(90 + lost, 150 + lost))
    ends = {end: seen[end] for end in ("first_frame", "last_frame_end")}
    filmed(recordings / "side_b-00000.mkv", range(90, 150), **ends)
    ended = export(tmp_path, "--clock", clock)
    assert ended.returncode == 2
    why, *commands = ended.stderr.splitlines()
    assert f"began {(90 + lost) / 30:.0f} s apart by the clock of the machine, and 3 s by" in why
    for command in commands:
        assert thorsched(*shlex.split(command)[1:], cwd=tmp_path).returncode == 0
    assert names(tmp_path) == {"recordings", "session-1.nwb", "session-2.nwb"}


def test_a_clock_of_the_machine_that_was_set_within_an_attempt_is_no_break(tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    filmed(recordings / "side_a-00000.mkv", range(60))
    seen = sidecar(recordings, range(90_000, 90_060))
    ends = {end: seen[end] for end in ("first_frame", "last_frame_end")}
    filmed(recordings / "side_a-00001.mkv", range(60, 120), **ends)
    assert export(tmp_path).returncode == 0


def test_a_time_in_which_no_file_begins_is_told_with_those_in_which_they_do(here: Path) -> None:
    ended = export(here, "--from", "2026-03-02")
    assert ended.returncode == 2
    assert ended.stderr == (
        "no file begins in that time: "
        "they begin 2026-03-01T12:00:00.000Z to 2026-03-01T12:00:02.066Z\n"
    )
    assert "'noon' is no time" in export(here, "--until", "noon").stderr


@pytest.mark.real
def test_what_was_recorded_is_in_the_file_frame_by_frame(directory: Path) -> None:
    assert thorsched("run", "recordings.yaml", "--for", "5s", cwd=directory).returncode == 0
    ended = export(directory)
    assert ended.returncode == 0, ended.stderr
    recorded = segments(directory / "recordings", "side")
    sent = np.array(numbers(*recorded))
    with pynwb.NWBHDF5IO(str(directory / "session.nwb"), "r") as io:
        side = io.read().acquisition["side"]
        assert side.timestamps[:] == pytest.approx((sent - sent[0]) / 30, abs=1e-6)
        assert [directory / path for path in side.external_file[:]] == recorded
        assert side.dimension[:].tolist() == [640, 480]
    assert list(pynwb.validate(path=str(directory / "session.nwb"))) == []
