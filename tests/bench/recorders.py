"""What one recorder costs beside `ffmpeg -c copy`: both record one stream over the same seconds.

Called by `session.py`. A machine without ffmpeg, or with one that has no SRT, measures ours alone
and says why.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from tests.bench.measure import Load, await_frames, loads
from tests.bench.rig import CAPABILITY, Rig
from tests.support.ports import free_ports
from tests.support.values import recording, source
from tests.support.waiting import pause
from thorsched.base.gstreamer import launch_environment, tool
from thorsched.cameras.capability import JPEG, Capability
from thorsched.cameras.selector import Encoding
from thorsched.recording.pipeline import arguments
from thorsched.thorvision.server import ServerClient

MODES: Mapping[str, Capability] = {
    "720p30": CAPABILITY,
    "1080p30": Capability(JPEG, 1920, 1080, 30, 1),
}
_CAMERA = 0
# One file for as long as anybody measures.
_SEGMENT_S = "3600"


@dataclass(frozen=True, slots=True)
class Copying:
    """One measurement in one of `MODES`; `ffmpeg` is None on a machine that has none."""

    mode: str
    recorder: Load
    ffmpeg: Load | None
    stream_mbit_s: float


def why_no_ffmpeg() -> str:
    """Return why ffmpeg cannot be measured here; empty if it can."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        return "ffmpeg is not installed"
    told = subprocess.run(
        [ffmpeg, "-hide_banner", "-protocols"], check=True, capture_output=True, text=True
    )
    return "" if "srt" in told.stdout.split() else "this ffmpeg has no SRT"


@contextmanager
def streaming(server: Rig, mode: str) -> Iterator[int]:
    """Let the first camera stream in `mode`; yields the SRT port."""
    client, (port,) = ServerClient(server.url), free_ports(1)
    client.start_stream(_CAMERA, port, MODES[mode], Encoding.JPEG)
    try:
        yield port
    finally:
        client.stop_stream(_CAMERA)


def copying(server: Rig, mode: str, port: int, *, settle_s: float, over_s: float) -> Copying:
    """Return what our recorder and ffmpeg cost, side by side, once `settle_s` have passed."""
    commands = {"recorder": _recorder(server, mode, port)}
    if not why_no_ffmpeg():
        commands["ffmpeg"] = _ffmpeg(server, port)
    with tempfile.TemporaryDirectory(prefix="thorsched-bench-") as root:
        directories = [Path(root, name) for name in commands]
        with _running(commands, directories) as processes:
            await_frames(directories, is_over=lambda: _is_one_over(processes))
            pause(settle_s)
            before_bytes = _size_bytes(directories[0])
            costs = loads([[psutil.Process(each.pid)] for each in processes], over_s=over_s)
            grown_bytes = _size_bytes(directories[0]) - before_bytes
            assert not _is_one_over(processes), "one of the two ended while it was measured"
    return Copying(
        mode, costs[0], costs[1] if len(costs) > 1 else None, grown_bytes * 8e-6 / over_s
    )


def _recorder(server: Rig, mode: str, port: int) -> Sequence[str]:
    wanted = recording(of=replace(source(), capability=MODES[mode]))
    said = arguments(wanted, host=server.address.host, port=port, prefix="bench")
    return [str(tool("gst-launch-1.0")), *said]


def _ffmpeg(server: Rig, port: int) -> Sequence[str]:
    # Frames get the time of their arrival, as ours do.
    source = ["-f", "mjpeg", "-i", f"srt://{server.address.host}:{port}?latency=500000"]
    sink = ["-c", "copy", "-f", "segment", "-segment_time", _SEGMENT_S, "bench-%05d.mkv"]
    quiet = ["-nostdin", "-loglevel", "error", "-fflags", "nobuffer"]
    return ["ffmpeg", *quiet, "-use_wallclock_as_timestamps", "1", *source, *sink]


@contextmanager
def _running(
    commands: Mapping[str, Sequence[str]], directories: Sequence[Path]
) -> Iterator[Sequence["subprocess.Popen[bytes]"]]:
    processes = []
    try:
        for command, directory in zip(commands.values(), directories, strict=True):
            directory.mkdir()
            with (directory / "log").open("wb") as log:
                process = subprocess.Popen(
                    command,
                    cwd=directory,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=launch_environment(),
                )
            processes.append(process)
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _is_one_over(processes: Sequence["subprocess.Popen[bytes]"]) -> bool:
    return any(process.poll() is not None for process in processes)


def _size_bytes(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.glob("*.mkv"))
