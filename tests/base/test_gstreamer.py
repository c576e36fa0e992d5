"""GStreamer's tools are found, or what is missing is named with the package that brings it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from thorsched.base.errors import MachineError
from thorsched.base.gstreamer import (
    ELEMENT_PACKAGES,
    environment,
    install_hint,
    launch_environment,
    missing_elements,
    require,
    tool,
    version,
)


def fake_tool(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def path_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is all of the PATH."""
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    return tmp_path


def test_a_tool_on_the_path_is_found(path_dir: Path) -> None:
    fake_tool(path_dir, "gst-launch-1.0", "exit 0")
    assert tool("gst-launch-1.0") == path_dir / "gst-launch-1.0"


@pytest.fixture
def wheel_dir(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The directory of tools of wheels laid out as those of `gstreamer-bundle` 1.28."""
    site = tmp_path_factory.mktemp("site")
    tools = site / "gstreamer_cli" / "bin"
    tools.mkdir(parents=True)
    (site / "gstreamer_libs.py").write_text(
        f"def gstreamer_env():\n    return {{'FROM_WHEELS': 'yes'}}, {str(tools)!r}\n"
    )
    monkeypatch.syspath_prepend(site)
    yield tools
    sys.modules.pop("gstreamer_libs", None)


def test_the_program_in_the_bundles_wheels_is_taken_before_the_wrapper_on_the_path(
    path_dir: Path, wheel_dir: Path
) -> None:
    fake_tool(path_dir, "gst-launch-1.0", "exit 0")
    assert tool("gst-launch-1.0") == path_dir / "gst-launch-1.0"
    fake_tool(wheel_dir, "gst-launch-1.0", "exit 0")
    assert tool("gst-launch-1.0") == wheel_dir / "gst-launch-1.0"


def test_tools_of_the_bundles_wheels_are_run_in_their_environment(wheel_dir: Path) -> None:
    fake_tool(wheel_dir, "gst-inspect-1.0", 'test "$FROM_WHEELS" = yes')
    assert environment() == {"FROM_WHEELS": "yes"}
    assert missing_elements(["element-of-wheels"]) == ()


def test_without_wheels_tools_are_run_in_our_own_environment() -> None:
    assert environment() == os.environ
    assert launch_environment() == {**os.environ, "GST_REGISTRY_UPDATE": "no"}


@pytest.mark.fault(23)
def test_fault_23_a_missing_tool_is_named_with_what_to_install(path_dir: Path) -> None:
    assert list(path_dir.iterdir()) == []
    with pytest.raises(MachineError, match=r"^gst-launch-1\.0 not found; install it with: "):
        tool("gst-launch-1.0")
    with pytest.raises(MachineError, match=r"^gst-inspect-1\.0 not found"):
        missing_elements(["some-element"])


@pytest.mark.skipif(sys.platform != "linux", reason="names Debian's packages")
def test_without_gstreamer_all_that_is_needed_is_named_at_once(path_dir: Path) -> None:
    assert list(path_dir.iterdir()) == []
    with pytest.raises(MachineError) as caught:
        require(["element-of-no-gstreamer"])
    for part in ("tools", "plugins-base", "plugins-good", "plugins-bad"):
        assert f" gstreamer1.0-{part}" in str(caught.value)


@pytest.mark.fault(23)
def test_fault_23_missing_elements_are_named_with_their_packages(path_dir: Path) -> None:
    fake_tool(path_dir, "gst-inspect-1.0", "exit 1")
    with pytest.raises(MachineError) as caught:
        require(["no-such-a", "no-such-b"])
    assert "this GStreamer has no no-such-a, no-such-b; install it with: " in str(caught.value)


def test_what_was_missing_is_looked_for_again_and_what_was_found_is_not(path_dir: Path) -> None:
    # Elements of their own, as what is found stays known for the life of the process.
    fake_tool(path_dir, "gst-inspect-1.0", f'[ -e "{path_dir}/$2" ]')
    assert missing_elements(["late-a", "late-b"]) == ("late-a", "late-b")
    (path_dir / "late-a").touch()
    assert missing_elements(["late-a", "late-b"]) == ("late-b",)
    (path_dir / "gst-inspect-1.0").unlink()
    assert missing_elements(["late-a"]) == ()


def test_a_tool_that_cannot_run_is_the_machines_trouble(path_dir: Path) -> None:
    (path_dir / "gst-inspect-1.0").write_text("#!/no/such/interpreter\n")
    (path_dir / "gst-inspect-1.0").chmod(0o755)
    with pytest.raises(MachineError, match=r"does not answer"):
        missing_elements(["unasked-element"])


def test_the_hint_names_each_package_once_and_suits_the_system() -> None:
    assert install_hint(["b", "a", "b"], "linux") == "install it with: sudo apt install a b"
    for platform in ("darwin", "win32"):
        assert install_hint(["a"], platform) == (
            "install it with: pip install 'thorsched[gstreamer]'"
        )


@pytest.mark.real
def test_this_machine_has_every_element_that_our_pipelines_name() -> None:
    require(ELEMENT_PACKAGES)
    assert missing_elements(["queue", "no-such-element"]) == ("no-such-element",)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("printf 'gst-launch-1.0 version 1.22.0\\nGStreamer 1.22.0\\nhttp://x\\n'", "1.22.0"),
        ("echo 'no word of it'", ""),
        ("exit 1", ""),
    ],
)
def test_its_version_is_what_it_says(path_dir: Path, script: str, told: str) -> None:
    version.cache_clear()
    fake_tool(path_dir, "gst-launch-1.0", script)
    assert version() == told
    version.cache_clear()


@pytest.mark.usefixtures("path_dir")
def test_without_gstreamer_there_is_no_version() -> None:
    version.cache_clear()
    assert version() == ""
    version.cache_clear()
