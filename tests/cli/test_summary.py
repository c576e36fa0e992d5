"""What somebody reads when a run has ended: where the files are, and what is missing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from tests.support.values import NOON, recording, source
from thorsched.cli.run.summary import nothing_recorded, summary
from thorsched.engine.sources import Chosen
from thorsched.engine.status import CameraStatus, Status
from thorsched.engine.tally import Tally
from thorsched.engine.wrong import Kind, Wrong
from thorsched.recording.lifecycle import Phase
from thorsched.recording.segments import Described, Quarantined, Segment
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window

TROUBLE = Trouble(Cause.SERVER_UNREACHABLE, "http://rig:8000: the connection was refused")


def span(seconds: float) -> Window:
    return Window(NOON, NOON + timedelta(seconds=seconds))


def described(root: Path, below: str) -> Described:
    own = recording()
    output = replace(own.output, root=root)
    segment = Segment(root / below, replace(own, output=output), NOON, ())
    return Described(segment, 1000, 30, span(1), finalised=True)


def camera(
    name: str,
    tally: Tally,
    *,
    missed_s: float = 0.0,
    kept_bytes: int = 0,
    chosen: Chosen | None = None,
) -> CameraStatus:
    return CameraStatus(
        name=name,
        phase=Phase.IDLE,
        chosen=chosen,
        window=None,
        trouble=None,
        kept_bytes=kept_bytes,
        missed_s=missed_s,
        open_segment=None,
        tally=tally,
        retry_in_s=None,
    )


def status(*cameras: CameraStatus) -> Status:
    return Status(
        at=NOON,
        revision="0123",
        applied=NOON,
        root=Path("newest"),
        wrong=None,
        next_edge=None,
        lead=timedelta(0),
        cameras=cameras,
        until=None,
    )


def shown(*cameras: CameraStatus, width: int = 200) -> list[str]:
    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(summary(status(*cameras)))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_every_root_is_named_that_has_files_of_this_run() -> None:
    tally = Tally().record(described(Path("old"), "side/2026-03-01/side_1-00000.mkv"))
    tally = tally.record(described(Path("new"), "side/2026-03-01/side_2-00000.mkv"))
    lines = shown(camera("side", tally))
    assert "side: files in new/side/2026-03-01" in lines
    assert "side: files in old/side/2026-03-01" in lines


def test_several_days_in_one_root_are_one_line() -> None:
    tally = Tally()
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        tally = tally.record(described(Path("root"), f"side/{day}/side_1-00000.mkv"))
    assert [line for line in shown(camera("side", tally)) if "files in" in line] == [
        "side: files in root/side"
    ]


def test_files_in_quarantine_are_counted_and_their_place_is_named() -> None:
    tally = Tally().want([span(1)]).record(described(Path("root"), "side/a/side_1-00000.mkv"))
    for name in ("side/a/side_2-00000.mkv", "side/b/side_3-00000.mkv"):
        apart = described(Path("root/.thorsched/quarantine"), name)
        apart = replace(apart, quarantined=Quarantined("whose?", Path("root") / name))
        tally = tally.record(apart)
    lines = shown(camera("side", tally))
    assert "side: 2 files in quarantine: root/.thorsched/quarantine/side" in lines
    assert "side: files in root/side/a" in lines


def test_a_camera_without_one_frame_is_told_last_and_loudly() -> None:
    empty = camera("overhead", Tally().want([span(20)]).suffer(TROUBLE), missed_s=20.0)
    good = Tally().want([span(1)]).record(described(Path("root"), "side/side-00000.mkv"))
    assert shown(empty, camera("side", good))[-1] == (
        f"overhead: NOTHING was recorded of 20.0 s wanted: {TROUBLE}"
    )


def test_a_camera_with_a_gap_says_how_much_it_missed_and_why() -> None:
    tally = Tally().want([span(20)]).suffer(TROUBLE)
    tally = tally.record(described(Path("root"), "side/side-00000.mkv"))
    lines = shown(camera("side", tally, missed_s=19.0))
    assert lines[-1] == f"side: missed 19.0 s; last trouble: {TROUBLE}"


def test_only_what_was_wanted_for_a_while_can_be_recorded_not_at_all() -> None:
    wanted, hardly = Tally().want([span(20)]), Tally().want([span(1.5)])
    cameras = [camera("wanted", wanted), camera("hardly", hardly), camera("idle", Tally())]
    assert [one.name for one in nothing_recorded(status(*cameras))] == ["wanted"]


def test_bytes_that_could_not_be_described_are_not_called_nothing() -> None:
    tally = Tally().want([span(20)]).suffer(TROUBLE)
    assert shown(camera("side", tally, missed_s=20.0, kept_bytes=35_200_000))[-1] == (
        f"side: 35.2 MB on disk, not described, of 20.0 s wanted: {TROUBLE}"
    )


def test_in_80_columns_the_rows_of_four_cameras_are_whole() -> None:
    names = ["overhead", "side", "twelve_chars", "nest"]
    tally = Tally(
        wanted=(span(20),), recorded=(span(20),), segments=3, frames=2390, size_bytes=152_000_000
    )
    chosen = Chosen(source(), "jpeg 1280x720 @30fps", 0)
    lines = shown(*(camera(name, tally, chosen=chosen) for name in names), width=80)
    rest = "jpeg 1280x720 @30fps 20.0 s 20.0 s 3 2390 152 MB"
    assert [" ".join(line.split()) for line in lines[-4:]] == [f"{name} {rest}" for name in names]


def test_what_finds_no_room_is_cut_from_the_capability_and_not_from_the_name() -> None:
    chosen = Chosen(source(), "jpeg 1280x720 @30fps", 0)
    name = "overhead-of-the-second-cage"
    lines = shown(camera(name, Tally(), chosen=chosen), width=80)
    assert lines[-1].startswith(f"{name} ")
    assert "…" in lines[-1]


def test_cameras_that_have_nothing_for_one_reason_are_one_line() -> None:
    tally = Tally().want([span(20)]).suffer(TROUBLE)
    lines = shown(camera("side", tally, missed_s=20.0), camera("top", tally, missed_s=20.0))
    assert lines[-1] == f"side, top: NOTHING was recorded of 20.0 s wanted: {TROUBLE}"
    assert sum("NOTHING" in line for line in lines) == 1


def test_what_waits_for_its_copy_is_told_before_what_went_wrong() -> None:
    tally = Tally().want([span(20)]).suffer(TROUBLE)
    console = Console(width=200, force_terminal=False)
    with console.capture() as capture:
        console.print(summary(status(camera("side", tally)), "2 files wait for their copy"))
    waiting, trouble = capture.get().splitlines()[-2:]
    assert waiting == "2 files wait for their copy"
    assert trouble.startswith("side: NOTHING was recorded")


def test_a_file_that_is_wrong_at_the_end_is_told_as_the_next_run_would_refuse_it() -> None:
    wrong = Wrong(Kind.GONE, Path("/lab/night.yaml"), NOON, why="/lab/night.yaml: the file is gone")
    console = Console(width=200, force_terminal=False)
    with console.capture() as capture:
        console.print(summary(replace(status(camera("side", Tally())), wrong=wrong)))
    line, undo = [line for line in capture.get().splitlines() if "night.yaml" in line]
    assert line.startswith(f"night.yaml is gone since {NOON.astimezone():%H:%M:%S}; mend it before")
    assert line.endswith("(thorsched check /lab/night.yaml)")
    assert undo == "to undo: thorsched history /lab/night.yaml --restore current"


def test_segments_that_an_audit_found_wanting_are_counted_with_the_last_ones_flaw() -> None:
    tally = (
        Tally().audit("").audit("a.mkv: black picture (6 of 10)").audit("").audit("b.mkv: x (y)")
    )
    assert "side: 2 of 4 audited segments not good: b.mkv: x (y)" in shown(camera("side", tally))
    assert not [line for line in shown(camera("side", Tally().audit(""))) if "audited" in line]
