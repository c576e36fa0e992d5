"""The program makes room by its own rule, before its recorders come upon a disk that is full."""

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.shelf import Shelf
from tests.faults.lab import Lab, ends_in_order
from tests.support.disks import mounted_tmpfs
from thorsched.catalogue.reader import JournalReader

pytestmark = pytest.mark.real


@pytest.mark.fault(35)
def test_35_room_is_made_of_old_files_and_what_is_not_journalled_stays(lab: Lab) -> None:
    lab.root.mkdir()
    with mounted_tmpfs(lab.root, size="60m"):
        (lab.root / ".thorsched").mkdir()
        shelf = Shelf(Root(lab.root))
        foreign = shelf.record(9, camera="cam1", size=10_000_000)
        audited = [shelf.record(8 - day, camera="cam1", size=10_000_000) for day in range(2)]
        shelf.journalled(*audited)
        text = lab.file.read_text()
        lab.file.write_text(text.replace("min_free: 1MB", "min_free: 20MB, keep: {size: 1GB}"))
        with lab.running() as running:
            running.until(lambda: running.says("old files removed"), what="room")
            running.until(lambda: lab.has_segments("cam0", 2), what="recordings")
            assert not audited[0].exists()
            assert foreign.exists()
            ends_in_order(running, lab)
        with JournalReader(shelf.root.journal) as journal:
            removed = {lab.root / s.path: s.removed_why for s in journal.segments() if s.removed}
    assert removed[audited[0]] == "min_free 20MB"
    assert set(removed) <= {*audited}
