"""The ledger of a run with scripted outages says what the simulator knows."""

import json
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.lab import Lab, ends_in_order, lab_of
from tests.faults.test_recorders import records_again
from tests.support.program import thorsched

pytestmark = pytest.mark.real

WITHIN_S = 1.0
CAUSES = {"cam0": "stream ended", "cam1": "stalled", "cam2": "recorder exited"}


def reported(lab: Lab, *, code: int) -> dict[str, Any]:
    """Return what `thorsched report` says of each camera, since its first frame."""
    done = thorsched("report", str(lab.file), "--json", cwd=lab.directory)
    assert done.returncode == code, done
    said = json.loads(done.stdout)
    return {one["camera"]: one for one in said["cameras"]}


def outage(one: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a camera's gaps between its first frame and the end of the program."""
    apart = {"starting", "thorsched did not run", "thorsched was ended"}
    return [gap for gap in one["gaps"] if gap["cause"] not in apart]


@pytest.mark.fault(2, 3, 18)
def test_the_report_of_a_night_with_outages_is_what_the_server_knows(tmp_path: Path) -> None:
    with lab_of(4, tmp_path) as lab:
        with lab.recording() as running:
            known = {camera: len(lab.files(camera)) for camera in CAUSES}
            lab.simulator.faults.kill(0)
            lab.simulator.faults.freeze(1)
            (recorder,) = lab.recorders("cam2")
            recorder.send_signal(signal.SIGKILL)
            running.until(partial(records_again, lab, known), what="segments of a new attempt")
            meanwhile = reported(lab, code=2)
            ends_in_order(running, lab)
        after = reported(lab, code=2)
        for found in (meanwhile, after):
            for camera, cause in CAUSES.items():
                (gap,) = outage(found[camera])
                gone, back = lab.missed(camera)
                assert back - gone > 0.2, "nothing was missed"
                assert gap["cause"] == cause
                assert gap["seconds"] == pytest.approx(back - gone, abs=WITHIN_S)
            assert outage(found["cam3"]) == []
        for camera in lab.cameras:
            due = [lab.due(camera)[number] for number in lab.numbers(camera)]
            gone, back = lab.missed(camera) if camera in CAUSES else (0.0, 0.0)
            recorded_s = due[-1] - due[0] - (back - gone)
            assert after[camera]["recorded_s"] == pytest.approx(recorded_s, abs=WITHIN_S)
            assert after[camera]["frames"] == len(due)
            sums = after[camera]["recorded_s"] + after[camera]["missing_s"]
            assert after[camera]["wanted_s"] == pytest.approx(sums, abs=0.01)
