"""A file of whose changes nothing is heard: it is polled, and the log says so."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reload.watched import text_of

# The limit is that of a user namespace of its own, so that nobody else is hit.
NONE_LEFT = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"'
EDIT = """\
import logging, pathlib, sys
from tests.reload.watched import text_of, watched

logging.basicConfig(format="%(message)s")
path = pathlib.Path(sys.argv[1])
with watched(path) as edited:
    path.write_text(text_of("1080p"))
    assert edited.comes_to("jpeg 1920x1080")
    path.rename(path.with_suffix(".old"))
    path.write_text(text_of("480p"))
    assert edited.comes_to("jpeg 640x480")
    print(*edited.sizes)
"""


@pytest.mark.fault(55)
@pytest.mark.skipif(shutil.which("unshare") is None, reason="limits a namespace of Linux")
def test_without_inotify_the_file_is_polled_and_the_log_says_so(tmp_path: Path) -> None:
    path = tmp_path / "recordings.yaml"
    path.write_text(text_of("720p"))
    limited = ["unshare", "--user", "--map-root-user", "sh", "-c", NONE_LEFT, "sh"]
    ended = subprocess.run(
        [*limited, sys.executable, "-c", EDIT, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare: " in ended.stderr:
        pytest.skip("no namespaces of users here")
    assert ended.stdout.split() == ["1080p", "480p"], ended.stderr
    assert ended.stderr.splitlines() == ["cannot watch the file, polling it"]
