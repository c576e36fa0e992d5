"""What `defaults` says for the cameras: filled in where a camera says nothing.

Called by `models.py` and `references.py` with blocks as they are written. A mistake in `defaults`
is told there, once, and not of the cameras that it counts for. Only single values are filled in;
blocks of keys are merged where `Config` is asked for them.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from thorsched.cameras.selector import Selector
from thorsched.config.blocks import Camera, Defaults
from thorsched.config.problems import meant
from thorsched.config.readers import is_astray

_BLOCKS: Final = frozenset({"segment", "keep", "about"})
# Of a file that is refused for its `defaults`: what cameras lack is not told on top of that.
_ANYTHING: Final = {"capability": (Selector.parse("any"),)}


def filled_in(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the blocks of a file, the cameras with what `defaults` says for them."""
    cameras = written.get("cameras")
    if "defaults" not in written or not isinstance(cameras, Mapping):
        return written
    said: Mapping[str, Any]
    try:
        defaults: Any = Defaults.model_validate(written["defaults"])
        said = _single_values(defaults)
    except ValidationError:
        defaults = written["defaults"]
        said = {key: one for key, one in _ANYTHING.items() if may_say(defaults, key)}
    keys = Camera.file_keys().keys()
    filled = {
        name: block if is_astray(name, block, keys) else _filled(block, said)
        for name, block in cameras.items()
    }
    return {**written, "defaults": defaults, "cameras": filled}


def may_say(defaults: object, key: str) -> bool:
    """Whether `defaults`, right or wrong or None, is there to say something of `key`."""
    if isinstance(defaults, Defaults):
        return getattr(defaults, key) is not None
    if isinstance(defaults, Mapping):
        return key in meant(defaults, Defaults)
    return defaults is not None


def _single_values(defaults: Defaults) -> Mapping[str, Any]:
    values = {name: getattr(defaults, name) for name in Defaults.model_fields}
    return {name: one for name, one in values.items() if name not in _BLOCKS and one is not None}


def _filled(block: object, said: Mapping[str, Any]) -> object:
    if isinstance(block, Camera):
        unsaid = said.keys() - block.model_fields_set
        return block.model_copy(update={key: said[key] for key in unsaid})
    if isinstance(block, Mapping):
        own = meant(block, Camera)
        return {**{key: one for key, one in said.items() if key not in own}, **block}
    return block
