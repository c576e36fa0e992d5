"""The client itself: PyThorVision's calls, each by the parts that `thorsched run` stands on."""

import atexit
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

from thorsched.base import gstreamer
from thorsched.base.clock import SystemClock
from thorsched.base.endings import heed_termination, undisturbed
from thorsched.base.errors import ConfigError
from thorsched.cameras.capability import Camera
from thorsched.client import answers, arguments, logs, starting
from thorsched.client.answers import ActiveStream, StoppedStream, Stream
from thorsched.client.arguments import AnyCamera, Codec, Keywords, Log, Pairs, Settings
from thorsched.client.choosing import AnyCapability
from thorsched.client.logs import OfClientOrClass
from thorsched.recording import pipeline
from thorsched.recording.keeper import Hold, Keeper
from thorsched.recording.root import prove_writable
from thorsched.recording.spec import Recording
from thorsched.thorvision.address import USUAL_HOST, USUAL_PORT
from thorsched.thorvision.server import ServerClient


class ThorVisionClient:
    """A client of the ThorVision server at `http://HOST:PORT`. Any thread may call it.

    `host` is a name or an IP address; a URL or `HOST:PORT` does too, and then needs no `port`.

    A context manager. What still records when it is left, when the program exits, or when SIGTERM
    or SIGHUP ends a program that has no handler of its own for it, is finalised and its streams are
    stopped. (Only a client that was made in the main thread hears of signals: Python has it so.)

    The server is not asked before the first call. Raises `AddressError` for a host that is none.
    """

    def __init__(self, host: str = USUAL_HOST, port: int = USUAL_PORT) -> None:
        self._server = ServerClient(arguments.server_url(host, port))
        self._turn = threading.RLock()  # a signal handler may call what it interrupts
        self._keeper: Keeper | None = None
        heed_termination()
        # Now, as what is registered while the program exits is not called any more.
        atexit.register(self._clean_up, is_ending=True)

    def __repr__(self) -> str:
        return f"<ThorVisionClient of {self.url}>"

    @property
    def url(self) -> str:
        """Where the server is, e.g. `http://192.168.177.100:8000`."""
        return self._server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clean_up(is_ending=kind is not None and not issubclass(kind, Exception))

    # What the server has

    def cameras(self) -> tuple[Camera, ...]:
        """Return the cameras that the server lists now, as typed objects.

        Raises `Unreachable`, `Refused` or `ProtocolError`; all are `UnavailableError`s.
        """
        return self._server.devices()

    def list_cameras(self) -> list[dict[str, Any]]:
        """Return the cameras as the server writes them; errors as `cameras`.

        Each is `{"id": int, "name": str, "caps": [...]}`, each of the `caps` has `media_type`,
        `format` ("" for JPEG), `width` and `height` in pixels, and `framerate`, a fraction such as
        "30000/1001". Only image/jpeg and video/x-raw are listed.
        """
        return [answers.camera_dict(camera) for camera in self.cameras()]

    def format_camera_capabilities(
        self, cameras: Iterable[Mapping[str, Any] | Camera] | Camera | None = None
    ) -> dict[int, list[str]]:
        """Print each camera's capabilities, grouped by media type, format and resolution.

        Returns the capability strings of each camera by its id, in the server's order. `cameras`
        are those to print, one or several as `list_cameras` or `cameras` return them; by default
        the server is asked. Raises `ConfigError` for what is no camera; else errors as `cameras`.
        """
        listed = answers.camera_dicts(self.cameras() if cameras is None else cameras)
        for camera in listed:
            answers.print_capabilities(camera)
        return {
            camera["id"]: [capability.caps for capability in answers.capabilities_of(camera)]
            for camera in listed
        }

    list_logs = OfClientOrClass(logs.list_logs)
    get_log = OfClientOrClass(logs.get_log)

    # Recording

    def start_stream_with_recording(  # noqa: PLR0913 - PyThorVision's keywords, and three more
        self,
        camera_id: AnyCamera,
        capability: AnyCapability,
        output_dir: str | os.PathLike[str] = "./recordings",
        *,
        max_size_time: float = 3600,
        max_size_bytes: int = 2_000_000_000,
        gstreamer_log: Log = "file",
        max_files: int = 0,
        encoding: Codec | None = None,
        restart: bool = True,
    ) -> Stream:
        """Make the server stream a camera, and record it; return when frames are on disk.

        `camera_id` is an id, or a camera as `cameras` or `list_cameras` return it. `capability` is
        a string of `format_camera_capabilities`, a `Capability`, one of the `caps` of
        `list_cameras`, or a selector as in thorsched's YAML (`jpeg >=1280x720 @30fps`); of a list
        the first that the camera offers. A raw capability is encoded by the server, to JPEG or,
        with `encoding="h265"`, to H.265 (which carries no XDAQ metadata).

        Files are `OUTPUT_DIR/{id}_{name}_{YYYYmmdd_HHMMSS}-%02d.mkv`, in the machine's time, of
        `max_size_time` seconds or `max_size_bytes` bytes each at most; 0 is no limit. `~` in
        `output_dir` is the home directory. With
        `max_files` only so many of the newest are kept, the others are deleted. None is ever
        overwritten. `gstreamer_log` says where the recorder's own words go: to `....log` beside the
        files, to stderr ("console"), or nowhere.

        A recording that ends too early, or into which no frames come any more, is begun anew in new
        files, for as long as it takes; with `restart=False` it stays ended. `list_active_streams`
        says why in both cases.

        A camera that this client records already is left as it is; returns what is known of it, and
        the `message` says so, and whether something else was asked for. One that has ended is begun
        anew. Several calls may run at once, in threads; or see `start_streams_with_recording`.

        Raises `ConfigError` for an argument that cannot be, `MachineError` if GStreamer or the
        directory cannot be had, errors as `cameras`, and `RecordingFailed` if the recording does
        not begin; then nothing of it is left, neither here nor on the server.
        """
        (started,) = self.start_streams_with_recording(
            [(camera_id, capability)],
            output_dir=output_dir,
            max_size_time=max_size_time,
            max_size_bytes=max_size_bytes,
            gstreamer_log=gstreamer_log,
            max_files=max_files,
            encoding=encoding,
            restart=restart,
        )
        return started

    def start_streams_with_recording(
        self,
        pairs: Pairs,
        **keywords: Unpack[Keywords],
    ) -> list[Stream]:
        """Start several cameras at once; return when all of them have frames on disk.

        `pairs` are cameras and capabilities; the keywords, defaults and errors are those of
        `start_stream_with_recording`. Eight cameras take hardly longer than one. Nothing is started
        if an argument is wrong; if some recordings do not begin, the others go on, and the first
        error is raised. Where the call is interrupted (Ctrl-C), all that it has begun is stopped
        again, as its caller is told of none; what had been recorded before it goes on.
        """
        settings = Settings.of(**keywords)
        several = arguments.several_of(pairs)
        recordings = self._recordings(several, settings)
        gstreamer.require(pipeline.elements({r.source.encoding for r in recordings}))
        prove_writable(settings.directory, setting="output_dir")
        keeper = self._keeping()
        wanted = [
            starting.with_log(recording, settings, keeper.scratch) for recording in recordings
        ]
        if len(wanted) == 1:
            return [starting.start(keeper, wanted[0], settings)]
        return starting.start_all(keeper, wanted, settings)

    def _recordings(
        self, several: Sequence[tuple[AnyCamera, AnyCapability]], settings: Settings
    ) -> list[Recording]:
        numbers = [arguments.id_of(camera) for camera, _ in several]
        for number in numbers:
            if numbers.count(number) > 1:
                raise ConfigError(f"camera {number} is given twice; one recording at a time")
        cameras = self.cameras() if several else ()
        return [
            arguments.recording_of(
                arguments.listed(cameras, camera), capability, settings, server=self._server.url
            )
            for camera, capability in several
        ]

    def _keeping(self) -> Keeper:
        """Return who keeps the recordings; a forked child has one of its own."""
        keeper = self._keeper
        if keeper is not None and keeper.is_of_this_process:
            return keeper
        with self._turn:
            if self._keeper is keeper:
                made = Keeper(clock=SystemClock())
                if self._keeper is keeper:
                    self._keeper = made
                else:  # a signal handler was faster
                    made.close()
            keeper = self._keeper
        return keeper if keeper is not None else self._keeping()

    def _kept(self) -> Keeper | None:
        """Return who keeps the recordings of this process, if anybody does."""
        keeper = self._keeper
        return keeper if keeper is not None and keeper.is_of_this_process else None

    def stop_stream(self, camera_id: AnyCamera) -> StoppedStream:
        """Finalise a camera's recording and stop its stream.

        What was filmed before the call is kept to its last frame: so it takes SRT's latency and
        0.5 s. Where nothing records, or the server does not obey, the `message` says so. `files`
        are those of all attempts, in order.
        """
        number, keeper = arguments.id_of(camera_id), self._kept()
        kept = keeper.kept() if keeper is not None else {}
        cameras = [c for c, one in kept.items() if one.recording.source.device_id == number]
        if keeper is not None:
            for stopped in keeper.stop(cameras).values():
                return answers.stopped(stopped)
        return answers.not_there(number)

    def list_active_streams(self) -> dict[int, ActiveStream]:
        """Return what was started and not stopped, by the camera's id.

        `recording` means that frames are arriving on disk; if not, `reason` says why. `files` are
        those of all attempts, in order, the one that is written now included.
        """
        keeper = self._kept()
        if keeper is None:
            return {}
        return {
            kept.recording.source.device_id: answers.active_stream(
                kept, keeper.recorder(camera), keeper.files(camera)
            )
            for camera, kept in keeper.kept().items()
            if kept.hold is Hold.GOING
        }

    def cleanup(self) -> dict[int, StoppedStream]:
        """Finalise every recording and stop every stream, all at once. Twice is safe.

        Nothing that was filmed before the call is lost, and Ctrl-C is heard when all is done. The
        client may be used again afterwards. Returns what `stop_stream` does, by the camera's id.
        """
        return self._clean_up(is_ending=False)

    def _clean_up(self, *, is_ending: bool) -> dict[int, StoppedStream]:
        keeper, stopped = self._keeper, {}
        if keeper is not None and keeper.is_of_this_process:
            with undisturbed(is_ending=is_ending):
                stopped = dict(keeper.close())
                self._forget(keeper)
        elif keeper is not None:  # a forked child: they are the parent's
            self._forget(keeper)
        return {one.recording.source.device_id: answers.stopped(one) for one in stopped.values()}

    def _forget(self, keeper: Keeper) -> None:
        if self._keeper is keeper:
            self._keeper = None
