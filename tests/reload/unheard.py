"""Programs for `test_unheard.py`, each in namespaces of its own: `none` or `far`, then a directory.

They print what was applied, in turn, and on stderr what the log says.
"""

import logging
import sys
from pathlib import Path

from tests.reload.watched import text_of, watched
from tests.support.faraway import far_away
from tests.support.waiting import pause


def without_inotify(path: Path) -> list[str]:
    """Save it in two ways, where no inotify is to be had."""
    path.write_text(text_of("720p"))
    with watched(path) as edited:
        path.write_text(text_of("1080p"))
        assert edited.comes_to("jpeg 1920x1080")
        path.rename(path.with_suffix(".old"))
        path.write_text(text_of("480p"))
        assert edited.comes_to("jpeg 640x480")
    return edited.sizes


def on_another_machine(path: Path) -> list[str]:
    """Save it over there, and a moment later again, as if the first had been half of it."""
    with far_away(path.parent, path.name, text_of("720p").encode()) as far, watched(path) as edited:
        far.save(text_of("480p").encode())
        pause(1.0)
        far.save(text_of("1080p").encode())
        assert edited.comes_to("jpeg 1920x1080")
    return edited.sizes


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s %(why)s", force=True)
    logging.getLogger("thorsched.reload.revisions").setLevel(logging.WARNING)
    run = without_inotify if sys.argv[1] == "none" else on_another_machine
    print(*run(Path(sys.argv[2]) / "recordings.yaml"))
