"""Schedules that override what cameras record, while `thorsched run` records: all is real."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.frames import identities, numbers, segments, sent_meanwhile
from tests.support.ports import free_port, free_ports
from tests.support.program import program
from thorsched.base.clock import SystemClock
from thorsched.base.units import parse_utc
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.trouble import Blame, Cause, blame_of
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

FILE = """\
version: 1
timezone: UTC
storage: {{root: ./recordings, min_free: 1MB}}
server: {{url: "{url}", ports: {ports}, latency: 200ms}}
lead: 1s
cameras:
  side: {{device: {{id: 0}}, capability: jpeg 640x480 @15fps}}
  wheel: {{device: {{id: 2}}, capability: jpeg 640x480 @30fps}}
schedules:
  low: {{cameras: all, always: true}}
"""
MORE = """\
  bursts:
    cameras: [wheel]
    from: "{start}"
    to: "{end}"
    capability: jpeg 640x480 @120fps
  short:
    cameras: [side]
    from: "{start}"
    to: "{end}"
    segment: {{time: 1s}}
    storage: {{template: "{{camera}}/short/{{camera}}_{{start}}"}}
  vain: {{cameras: [side], from: "{start}", to: "{end}", capability: jpeg @1000fps}}
"""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=3, port=free_port()) as simulator:
        yield simulator


def test_a_burst_costs_no_more_than_its_changeovers_and_other_segments_cost_nothing(
    simulator: Simulator, tmp_path: Path
) -> None:
    ports, root = free_ports(20), tmp_path / "recordings"
    file = tmp_path / "recordings.yaml"
    file.write_text(FILE.format(url=simulator.url, ports=f"{ports[0]}-{ports[-1]}"))
    with program("run", str(file), cwd=tmp_path) as thorsched:
        thorsched.until(
            lambda: all(segments(root, name) for name in ("side", "wheel")), what="the low rate"
        )
        # As soon as a busy machine may have read the edit, and come to the burst's lead.
        start = SystemClock().now().replace(microsecond=0) + timedelta(seconds=7)
        end = start + timedelta(seconds=2)
        ends = {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        with file.open("a") as more:
            more.write(MORE.format(**ends))
        thorsched.until(
            lambda: is_recording_again(thorsched.err.read_text()), what="all as before the burst"
        )
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
        assert thorsched.err.read_text().count("drift camera=side") == 1
    files = segments(root, "wheel")
    low, burst, again = (identities(path) for path in files)
    assert [frames[0].capability.rate_fps for frames in (low, burst, again)] == [30, 120, 30]
    for frames in (low, burst, again):
        recorded = [frame.number for frame in frames]
        assert recorded == sent_meanwhile(simulator.truth(2), recorded), "frames are missing"
    spans = [span_of(path) for path in files]
    assert spans[1][0] <= start, "the burst has begun late"
    assert end <= spans[1][1], "the burst has ended early"
    with JournalReader(path_below(root)) as journal:
        gaps = [gap for gap in journal.gaps() if gap.trouble.cause is not Cause.STARTING]
    assert [(gap.camera, gap.trouble.cause) for gap in gaps] == [
        ("wheel", Cause.CAPABILITY_CHANGED),
        ("wheel", Cause.CAPABILITY_CHANGED),
    ]
    assert "by schedule bursts: jpeg" in gaps[0].trouble.detail
    assert "at the end of schedule bursts: jpeg" in gaps[1].trouble.detail
    assert blame_of(Cause.CAPABILITY_CHANGED) is Blame.NOBODY
    asked = sidecar(files[1])
    assert (asked["requested"], asked["schedules"]) == ("jpeg 640x480 @120fps", ["low", "bursts"])
    assert asked["override"]["by"] == {"capability": "bursts"}
    assert "override" not in sidecar(files[2])

    side = segments(root, "side")
    short = [path for path in side if path.parent.name == "short"]
    assert len(short) >= 3, "no other segments"
    assert "jpeg @1000fps" in sidecar(short[0])["unmatched"]
    assert span_of(short[-1])[1] >= end
    frames_of_side = sorted(set(numbers(*side)))
    assert frames_of_side == sent_meanwhile(simulator.truth(0), frames_of_side), "frames are lost"


def is_recording_again(log: str) -> bool:
    is_side_again = log.count("recorder changed over camera=side") == 2
    return is_side_again and log.count("recorder recording camera=wheel") == 3


def sidecar(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    return told


def span_of(path: Path) -> tuple[datetime, datetime]:
    told = sidecar(path)
    return parse_utc(told["first_frame"]), parse_utc(told["last_frame_end"])
