"""What the package offers to scripts can be had, found by the tab key, and read about."""

import importlib
import logging
import pickle
import pydoc
import subprocess
import sys

import pytest

import thorsched
from thorsched import client

LIBRARIES = ("thorsched", "thorsched.client", "thorsched.metadata")


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_name_that_is_offered_is_there_and_shown(name: str) -> None:
    library = importlib.import_module(name)
    assert set(library.__all__) <= set(dir(library))
    for offered in library.__all__:
        assert getattr(library, offered) is not None


def test_every_error_of_the_client_is_one_of_ours() -> None:
    errors = [getattr(client, name) for name in client.__all__]
    kinds = [one for one in errors if isinstance(one, type) and issubclass(one, Exception)]
    assert len(kinds) == 11
    assert all(issubclass(kind, thorsched.ThorschedError) for kind in kinds)


def test_a_name_that_is_not_offered_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'ThorVision'"):
        _ = thorsched.ThorVision


def test_help_on_a_camera_says_what_its_fields_are() -> None:
    page = pydoc.plain(pydoc.render_doc(thorsched.Camera))
    assert "class Camera(" in page
    assert "Device" not in page
    for field in ("`id`", "`name`", "`capabilities`"):
        assert field in page


def test_a_camera_shows_itself_under_the_name_that_scripts_know() -> None:
    camera = thorsched.Camera(0, "HD", ())
    assert repr(camera) == "Camera(id=0, name='HD', capabilities=())"
    assert pickle.loads(pickle.dumps(camera)) == camera


def _stderr_of(script: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stderr


_LOGS = """
import logging, sys, thorsched
{before}
logging.getLogger("thorsched.recording").warning("backing off", extra={{"why": "no frame"}})
logging.getLogger("lab").warning("of the script")
"""


def test_a_script_sees_nothing_of_the_log_unless_it_wants_to() -> None:
    assert _stderr_of(_LOGS.format(before="")) == "of the script\n"


def test_a_script_that_wants_the_log_has_whole_lines_and_its_own_as_before() -> None:
    said = _stderr_of(_LOGS.format(before="thorsched.enable_logging('debug')")).splitlines()
    assert "of the script" in said
    (line,) = [line for line in said if line != "of the script"]
    assert line.endswith('WARNING backing off why="no frame"')


@pytest.mark.parametrize("level", ["loud", 7, None])
def test_a_level_that_is_none_is_refused(level: object) -> None:
    before = list(logging.getLogger("thorsched").handlers)
    with pytest.raises(thorsched.ConfigError, match="write DEBUG, INFO, WARNING, ERROR"):
        thorsched.enable_logging(level)  # type: ignore[arg-type]
    assert logging.getLogger("thorsched").handlers == before
