"""The files in `configs/`, which people copy: right, complete, and true to the defaults."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from thorsched.cameras.binding import Bound, bind
from thorsched.cameras.choice import Choice, choose
from thorsched.config import blocks, blocks_storage, blocks_time, models
from thorsched.config.load import Loaded, load
from thorsched.config.problems import FileModel
from thorsched.config.schema import json_schema
from thorsched.config.wording import KeyPath
from thorsched.config.yaml.document import Document, parse
from thorsched.simulator.devices import default_devices

CONFIGS = Path(__file__).parents[2] / "configs"
FILES = sorted(CONFIGS.glob("*.yaml"))
REFERENCE = CONFIGS / "reference.yaml"

# What cannot stand beside `to`.
INSTEAD = {"command", "check"}
# The model of each block, by its path; `*` stands for any name.
BLOCKS: dict[KeyPath, type[FileModel]] = {
    (): models.Config,
    ("servers", "*"): blocks.Server,
    ("storage",): blocks_storage.Storage,
    ("storage", "keep"): blocks_storage.Keep,
    ("storage", "offload"): blocks_storage.Offload,
    ("hooks",): blocks_storage.Hooks,
    ("segment",): blocks.SegmentLimits,
    ("defaults",): blocks.Defaults,
    ("defaults", "segment"): blocks.CameraSegmentLimits,
    ("defaults", "keep"): blocks_storage.Keep,
    ("cameras", "*"): blocks.Camera,
    ("cameras", "*", "device"): blocks.Device,
    ("cameras", "*", "segment"): blocks.CameraSegmentLimits,
    ("cameras", "*", "keep"): blocks_storage.Keep,
    ("experiment",): blocks_time.Experiment,
    ("schedules", "*"): blocks_time.Schedule,
    ("schedules", "*", "segment"): blocks.CameraSegmentLimits,
    ("schedules", "*", "storage"): blocks_storage.ScheduleStorage,
}


def _defaults(model: type[FileModel]) -> dict[str, Any]:
    """The keys of a block with their defaults; those without one are left out."""
    fields = model.model_fields
    return {
        key: fields[name].get_default(call_default_factory=True)
        for key, name in model.file_keys().items()
        if not fields[name].is_required()
    }


def _model_at(path: KeyPath) -> type[FileModel] | None:
    starred = tuple(
        "*" if n == 1 and path[0] in ("servers", "cameras", "schedules") else part
        for n, part in enumerate(path)
    )
    return BLOCKS.get(starred)


def _keys(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of all keys that belong to a model."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if _model_at(path) is not None:
                yield (*path, key)
            yield from _keys(inner, (*path, key))


def _comment(document: Document, path: KeyPath, lines: list[str]) -> str:
    """What the comment behind a key says."""
    line = lines[document.position(path, at_key=True).line - 1]
    return line.partition(" # ")[2]


@pytest.fixture(name="reference", scope="module")
def _reference() -> tuple[Loaded, Document]:
    return load(REFERENCE), parse(REFERENCE.read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_example_is_right(path: Path) -> None:
    assert load(path).config.cameras


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_example_is_right_in_an_editor_too(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=../schemas/recordings.schema.json\n")
    jsonschema.Draft202012Validator(json_schema()).validate(parse(text).data)


def test_the_examples_are_those_that_the_readme_names() -> None:
    assert [path.stem for path in FILES] == [
        "bursts", "demo", "light_cycle", "minimal", "reference", "two_cages"
    ]  # fmt: skip


def test_the_smallest_example_has_fewer_than_twelve_lines() -> None:
    assert len((CONFIGS / "minimal.yaml").read_text("utf-8").splitlines()) < 12


def test_no_line_of_an_example_is_too_long_for_a_screen() -> None:
    for path in FILES:
        assert max(map(len, path.read_text("utf-8").splitlines())) <= 100, path


def test_the_reference_has_every_key_of_every_block(reference: tuple[Loaded, Document]) -> None:
    _, document = reference
    seen: dict[type[FileModel], set[object]] = {model: set() for model in BLOCKS.values()}
    for path in _keys(document.data):
        model = _model_at(path[:-1])
        assert model is not None
        seen[model].add(path[-1])
    for key in INSTEAD:
        assert f"#   {key}: [" in REFERENCE.read_text("utf-8")
    seen[blocks_storage.Offload] |= INSTEAD
    assert {m.__name__: keys for m, keys in seen.items()} == {
        m.__name__: set(m.file_keys()) for m in seen
    }


def test_what_the_reference_calls_a_default_is_the_default(
    reference: tuple[Loaded, Document],
) -> None:
    loaded, document = reference
    lines = loaded.path.read_text("utf-8").splitlines()
    called: set[tuple[str, object]] = set()
    for path in _keys(document.data):
        if not re.match(r"default\.", _comment(document, path, lines)):
            continue
        model = _model_at(path[:-1])
        assert model is not None
        name = model.file_keys()[str(path[-1])]
        written = getattr(_block_at(loaded.config, path[:-1]), name)
        default = _defaults(model)[str(path[-1])]
        assert written == (CONFIGS / default if isinstance(default, Path) else default), path
        called.add((model.__name__, path[-1]))
    # Whatever has a default that can be written must be shown with it.
    writable = {
        (model.__name__, key)
        for model in BLOCKS.values()
        for key, default in _defaults(model).items()
        if default is not None and not isinstance(default, FileModel | dict)
    }
    assert called == writable


def _block_at(config: models.Config, path: KeyPath) -> object:
    block: Any = config
    for part in path:
        block = block[part] if isinstance(block, dict) else getattr(block, str(part))
    return block


def test_the_reference_says_of_every_key_whether_it_is_needed(
    reference: tuple[Loaded, Document],
) -> None:
    loaded, document = reference
    lines = loaded.path.read_text("utf-8").splitlines()
    explained: dict[tuple[type[FileModel], object], str] = {}
    for path in _keys(document.data):
        model = _model_at(path[:-1])
        assert model is not None
        comment = _comment(document, path, lines)
        if re.match(r"(default[.:]|needed)", comment):
            explained[(model, path[-1])] = comment.split()[0].rstrip(".:")
    for (model, key), word in explained.items():
        assert (word == "needed") == (key not in _defaults(model)), (model, key)
    unexplained = {
        (m.__name__, k) for m in BLOCKS.values() for k in m.file_keys() if (m, k) not in explained
    }
    # Blocks that consist of defaults, and what stands there as a comment.
    instead = {("Offload", key) for key in INSTEAD}
    assert unexplained == {("Config", "storage"), ("Config", "segment"), *instead}


def test_each_camera_of_the_demo_finds_its_mode_on_the_simulated_rig() -> None:
    config = load(CONFIGS / "demo.yaml").config
    bindings = bind({c: spec.device for c, spec in config.cameras.items()}, default_devices(4))
    chosen = {}
    for camera, binding in bindings.items():
        assert isinstance(binding, Bound)
        choice = choose(config.cameras[camera].capability, binding.device)
        assert isinstance(choice, Choice)
        chosen[camera] = (str(choice.capability), choice.rank)
    assert chosen == {
        "overhead": ("jpeg 1280x720 @30fps", 0),
        "side": ("jpeg 640x480 @15fps", 0),
        "wheel": ("jpeg 1280x720 @60fps", 1),
        "nest": ("jpeg 640x480 @30fps", 0),
    }
    assert config.storage.root == CONFIGS.parent / "demo-recordings"
