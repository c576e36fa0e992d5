"""Why a recorder ended, from what gst-launch really printed (1.22, 1.26), and prints here."""

import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recording.rig import VGA
from tests.support.ports import free_port
from tests.support.waiting import eventually
from thorsched.base.gstreamer import tool
from thorsched.cameras.selector import Encoding
from thorsched.recording.diagnosis import EXIT_UNKNOWN, diagnose
from thorsched.recording.trouble import Cause
from thorsched.simulator.server import Simulator
from thorsched.thorvision.server import ServerClient

ROOM_BYTES = 10**12
ROOT = Path("/data")

HEAD = """\
Setting pipeline to PAUSED ...
Pipeline is live and does not need PREROLL ...
Pipeline is PREROLLED ...
Setting pipeline to PLAYING ...
New clock: GstSystemClock
Redistribute latency...
Got message #47 from element "splitmuxsink0" (element): splitmuxsink-fragment-opened, \
location=(string)side_20260301T120000Z-00000.mkv, running-time=(guint64)0;
"""
TAIL = """\
Execution ended after 0:00:03.015578896
Setting pipeline to NULL ...
Freeing pipeline ...
"""
SRT = "/GstPipeline:pipeline0/GstSRTClientSrc:srtclientsrc0"
MUX = "/GstPipeline:pipeline0/GstSplitMuxSink:splitmuxsink0"


def error(path: str, words: str, *debug: str) -> str:
    return "\n".join([f"ERROR: from element {path}: {words}", "Additional debug info:", *debug, ""])


ABSENT = error(
    SRT,
    "Could not read from resource.",
    f"../ext/srt/gstsrtsrc.c(206): gst_srt_src_fill (): {SRT}:",
    "Error on SRT socket: Connection timeout",
) + error(
    SRT,
    "Internal data stream error.",
    f"../libs/gst/base/gstbasesrc.c(3132): gst_base_src_loop (): {SRT}:",
    "streaming stopped, reason error (-5)",
)
ENDED = ABSENT.replace("Connection timeout", "Unknown or erroneous")
ODD = ABSENT.replace("Connection timeout", "Bad parameters")
BACKLOG = ABSENT.replace("Connection timeout", "Listener's backlog exceeded")
REJECTED = ABSENT.replace(
    "Error on SRT socket: Connection timeout",
    "Failed to authenticate: Password required or unexpected",
)
# Of 1.26, which tells it now this way and now the other.
SHUT = ABSENT.replace("Error on SRT socket: Connection timeout", "Socket is broken or closed")
# Two threads print, and a line of the one may come into the error of the other.
# The error of one thread in the middle of the line of another.
WOVEN = f'Got message #50 from pad "srtclientsrc0:src" (stream-status): {REJECTED}'
TORN = REJECTED.replace("Failed", 'Got message #47 from element "queue0": no details\nFailed')
FULL = error(
    f"{MUX}/GstFileSink:sink",
    "No space left on the resource.",
    f"../plugins/elements/gstelements_private.c(338): gst_writev_iovecs (): {MUX}/GstFileSink:sink",
)
# What is told of other elements comes in between the lines of an error.
FULL_AND_MORE = FULL + 'Got message #154 from element "muxer" (state-changed): no message details\n'
QUOTA = error(
    f"{MUX}/GstFileSink:sink",
    'Error while writing to file "side-00001.mkv".',
    f"../plugins/elements/gstelements_private.c(351): gst_writev_iovecs (): {MUX}/GstFileSink:sink",
    "Disk quota exceeded",
)
# Of frames that were sent in one burst.
OUT_OF_ORDER = error(
    MUX,
    "Timestamping error on input streams",
    f"../gst/multifile/gstsplitmuxsink.c(2594): handle_gathered_gop (): {MUX}:",
    "Queued GOP time is negative -0:00:00.000000611",
)
NO_DIRECTORY = error(
    f"{MUX}/GstFileSink:sink",
    'Could not open file "side-00001.mkv" for writing.',
    f"../plugins/elements/gstfilesink.c(458): gst_file_sink_open_file (): {MUX}/GstFileSink:sink:",
    "system error: No such file or directory",
)
OTHER_CAPS = error(
    f"{MUX}/GstMatroskaMux:muxer",
    "Could not multiplex stream.",
    f"../gst/matroska/matroska-mux.c(1130): gst_matroska_mux_video_pad_setcaps (): {MUX}:",
    "Caps changes are not supported by Matroska",
    "Current: `image/jpeg, parsed=(boolean)true, width=(int)640, height=(int)480`",
)


@pytest.mark.parametrize(
    ("exit_code", "said", "cause", "detail"),
    [
        (
            *(1, HEAD + ABSENT + TAIL, Cause.SERVER_UNREACHABLE),
            (
                "the server answers, but its video does not: nothing came from the stream's UDP "
                "port for 3 s; is a firewall in between, which lets no UDP through?"
            ),
        ),
        (
            *(1, HEAD + ENDED + TAIL, Cause.STREAM_ENDED),
            (
                "the server ended the stream, or the connection broke; was the camera unplugged, "
                "the server restarted, or does another program (the GUI?) use this camera now?"
            ),
        ),
        (
            *(1, HEAD + ODD + TAIL, Cause.STREAM_ENDED),
            "Could not read from resource. Error on SRT socket: Bad parameters",
        ),
        (
            *(1, HEAD + REJECTED + TAIL, Cause.SERVER_REFUSED),
            (
                "the stream lets nobody in without a password: another program may have begun it, "
                "or streams on the same port; end that program, or give the server other `ports`"
            ),
        ),
        (
            *(1, HEAD + WOVEN + TAIL, Cause.SERVER_REFUSED),
            (
                "the stream lets nobody in without a password: another program may have begun it, "
                "or streams on the same port; end that program, or give the server other `ports`"
            ),
        ),
        (
            *(1, HEAD + TORN + TAIL, Cause.SERVER_REFUSED),
            (
                "the stream lets nobody in without a password: another program may have begun it, "
                "or streams on the same port; end that program, or give the server other `ports`"
            ),
        ),
        (
            *(1, HEAD + SHUT + TAIL, Cause.SERVER_REFUSED),
            (
                "the stream lets nobody in: another program may have begun it with a password, or "
                "have called it at the same moment; it is called again"
            ),
        ),
        (
            *(1, HEAD + BACKLOG + TAIL, Cause.SERVER_REFUSED),
            "another program called the same stream at the same moment; it is called again",
        ),
        (
            *(1, HEAD + OUT_OF_ORDER + TAIL, Cause.TIMESTAMPS),
            (
                "GStreamer dated a frame before the one that came before it, and ended the "
                "recording: the server sent them in one burst, or this machine was too busy to "
                "take them in time; it is begun anew (Queued GOP time is negative "
                "-0:00:00.000000611)"
            ),
        ),
        (
            *(1, HEAD + NO_DIRECTORY + TAIL, Cause.STORAGE),
            (
                'Could not open file "side-00001.mkv" for writing. '
                "system error: No such file or directory"
            ),
        ),
        (
            *(1, HEAD + OTHER_CAPS + TAIL, Cause.RECORDER_EXITED),
            "Could not multiplex stream. Caps changes are not supported by Matroska",
        ),
        (
            *(1, 'WARNING: erroneous pipeline: no element "jpegparse"\n', Cause.MACHINE),
            (
                'GStreamer does not take the recorder\'s pipeline: no element "jpegparse"; '
                "`thorsched check` says what to install"
            ),
        ),
        (-9, HEAD, Cause.RECORDER_EXITED, "killed by SIGKILL, without a word"),
        (
            EXIT_UNKNOWN,
            HEAD,
            Cause.RECORDER_EXITED,
            "exit code not known (an earlier run began it), without a word",
        ),
        (-35, HEAD, Cause.RECORDER_EXITED, "killed by signal 35, without a word"),
        (0, HEAD + TAIL, Cause.RECORDER_EXITED, "exit code 0, without a word"),
        (127, "", Cause.RECORDER_EXITED, "exit code 127, without a word"),
    ],
)
def test_the_first_error_is_told_in_words(
    exit_code: int, said: str, cause: Cause, detail: str
) -> None:
    trouble = diagnose(exit_code, said, free_bytes=ROOM_BYTES, root=ROOT)
    assert (trouble.cause, trouble.detail) == (cause, detail)


@pytest.mark.parametrize(
    ("exit_code", "said", "free_bytes", "what"),
    [
        (1, HEAD + FULL + TAIL, 0, "the disk is full (0 B free on /data)"),
        (1, HEAD + FULL_AND_MORE + TAIL, 40_960, "the disk is full (41 kB free on /data)"),
        (
            *(1, HEAD + FULL + TAIL, 83 * 10**9),
            "the disk is full (83 GB free on /data: it may hold as many files as it can)",
        ),
        (1, HEAD + QUOTA + TAIL, 83 * 10**9, "your disk quota is used up on /data"),
        (1, HEAD, 0, "the disk is full, or gone (0 B free on /data)"),
    ],
)
def test_a_disk_that_takes_no_more_is_told_with_what_to_do(
    exit_code: int, said: str, free_bytes: int, what: str
) -> None:
    trouble = diagnose(exit_code, said, free_bytes=free_bytes, root=ROOT)
    assert trouble.cause is Cause.STORAGE
    assert trouble.detail == (
        f"{what}: remove what is not needed, or name another storage.root; it is tried again"
    )


def test_who_was_killed_did_not_end_for_want_of_room() -> None:
    assert diagnose(-9, HEAD, free_bytes=0, root=ROOT).cause is Cause.RECORDER_EXITED


def test_words_from_outside_cannot_forge_a_line_of_the_log() -> None:
    hostile = error(SRT, "\x1b[2Jall is well\r" + "x" * 1000, "../here", "\u202eevil")
    detail = diagnose(1, hostile, free_bytes=ROOM_BYTES, root=ROOT).detail
    assert detail.isprintable()
    assert len(detail) < 400


@given(st.integers(-64, 255), st.text(max_size=300) | st.just(HEAD + FULL), st.integers(0, 300))
def test_whatever_was_printed_there_is_a_cause(exit_code: int, said: str, cut: int) -> None:
    trouble = diagnose(exit_code, said[cut:], free_bytes=ROOM_BYTES, root=ROOT)
    assert trouble.detail.isprintable()


# What this machine's gst-launch says


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Return a function that runs a recorder to its end: exit code and words."""

    def run(
        *,
        port: int,
        parser: str = "jpegparse",
        directory: Path = tmp_path,
        most_bytes: int | None = None,
        meanwhile: Callable[[subprocess.Popen[bytes]], None] | None = None,
    ) -> tuple[int, str]:
        source = ["srtclientsrc", f"uri=srt://127.0.0.1:{port}", "latency=100"]
        sink = ["splitmuxsink", "muxer-factory=matroskamux", "location=side-%05d.mkv"]
        limit = most_bytes or resource.RLIM_INFINITY
        log = tmp_path / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    *("prlimit", f"--fsize={limit}", tool("gst-launch-1.0"), "-e", "-m"),
                    *(*source, "auto-reconnect=false", "!", "queue", "!", parser, "!", *sink),
                ],
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            try:
                if meanwhile is not None:
                    meanwhile(process)
                return process.wait(20), log.read_text()
            finally:
                process.kill()
                process.wait()

    return run


@pytest.mark.real
def test_a_server_that_is_not_there_is_said_to_be_unreachable(
    run: Callable[..., tuple[int, str]],
) -> None:
    exit_code, said = run(port=free_port())
    trouble = diagnose(exit_code, said, free_bytes=ROOM_BYTES, root=ROOT)
    assert trouble.cause is Cause.SERVER_UNREACHABLE
    assert "firewall" in trouble.detail


@pytest.mark.real
def test_an_element_that_is_not_there_is_named(run: Callable[..., tuple[int, str]]) -> None:
    exit_code, said = run(port=free_port(), parser="nosuchparse")
    trouble = diagnose(exit_code, said, free_bytes=ROOM_BYTES, root=ROOT)
    assert trouble.cause is Cause.MACHINE
    assert "nosuchparse" in trouble.detail


@pytest.mark.real
def test_real_ends_of_a_real_stream_are_told_apart(
    run: Callable[..., tuple[int, str]], small_disk: Path, tmp_path: Path
) -> None:
    with Simulator(cameras=1) as simulator:
        port = free_port()
        ServerClient(simulator.url).start_stream(0, port, VGA, Encoding.JPEG)

        def kill_while_it_records(process: subprocess.Popen[bytes]) -> None:
            assert eventually((tmp_path / "side-00000.mkv").exists)
            process.send_signal(signal.SIGKILL)

        killed = diagnose(
            *run(port=port, meanwhile=kill_while_it_records), free_bytes=ROOM_BYTES, root=ROOT
        )
        assert killed.detail == "killed by SIGKILL, without a word"
        too_long = diagnose(*run(port=port, most_bytes=200_000), free_bytes=ROOM_BYTES, root=ROOT)
        assert too_long.detail == "killed by SIGXFSZ, without a word"
        full = diagnose(*run(port=port, directory=small_disk), free_bytes=0, root=small_disk)
        assert full.cause is Cause.STORAGE
        assert full.detail.startswith(f"the disk is full (0 B free on {small_disk}): remove ")
        simulator.faults.refuse(0)
        rejected = diagnose(*run(port=port), free_bytes=ROOM_BYTES, root=ROOT)
        assert rejected.cause is Cause.SERVER_REFUSED
        assert "lets nobody in" in rejected.detail


def stop(simulator: Simulator) -> None:
    ServerClient(simulator.url).stop_stream(0)


def say_goodbye(simulator: Simulator) -> None:
    simulator.faults.kill(0, goodbye=True)


def die(simulator: Simulator) -> None:
    simulator.faults.kill(0)


def freeze(simulator: Simulator) -> None:
    simulator.faults.freeze(0)


@pytest.mark.real
@pytest.mark.parametrize("end", [stop, say_goodbye, die, freeze])
def test_a_stream_that_ends_however_is_said_to_have_ended(
    run: Callable[..., tuple[int, str]], end: Callable[[Simulator], None], tmp_path: Path
) -> None:
    with Simulator(cameras=1) as simulator:
        port = free_port()
        ServerClient(simulator.url).start_stream(0, port, VGA, Encoding.JPEG)

        def end_while_it_records(_: subprocess.Popen[bytes]) -> None:
            assert eventually((tmp_path / "side-00000.mkv").exists)
            end(simulator)

        ended = diagnose(
            *run(port=port, meanwhile=end_while_it_records), free_bytes=ROOM_BYTES, root=ROOT
        )
    assert ended.cause is Cause.STREAM_ENDED
    assert ended.detail.startswith("the server ended the stream, or the connection broke; ")
