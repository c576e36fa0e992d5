"""Which revision of a file runs below a root, or ran there last, as its journal tells.

Called by commands; reads the journal and looks at the lock, and changes nothing.
"""

from pathlib import Path

from thorsched.base.errors import ConfigError, MachineError
from thorsched.catalogue.consulting import consulted, trouble_with
from thorsched.config.load import Loaded, load_bytes
from thorsched.engine.foresight import Found, Running
from thorsched.recording.root import holder_of


def running_in(root: Path) -> Found:
    """Return what runs below `root`, or ran there last."""
    pid = holder_of(root)
    try:
        with consulted(root) as journal:
            applied = journal.last_revision()
    except MachineError:
        return Found(None, trouble_with(root) or "nothing has run there")
    if applied is None:
        return Found(None, "nothing has run there")
    try:
        loaded = load_bytes(applied.text.encode(), applied.path)
    except ConfigError:  # of a version that read other files
        words = f"revision {applied.revision[:8]} is none that this version reads"
        return Found(None, words)
    loaded = Loaded(loaded.config, loaded.path, applied.revision, loaded.text)
    return Found(Running(loaded, applied.at, pid))
