"""Copies elsewhere for tests: who makes them, and what has become of them."""

from pathlib import Path

from tests.catalogue.shelf import Shelf
from thorsched.catalogue.entries import Copied
from thorsched.catalogue.keeping.offload import Offloader
from thorsched.config.blocks_storage import Offload


def offloader(shelf: Shelf, **keys: object) -> Offloader:
    """Return the one of a file that says this under `offload`."""
    offload = Offload.model_validate(
        {k: str(v) if isinstance(v, Path) else v for k, v in keys.items()}
    )
    storage = shelf.config.storage.model_copy(update={"offload": offload})
    shelf.config = shelf.config.model_copy(update={"storage": storage})
    return Offloader(
        clock=shelf.root.clock,
        config=lambda: shelf.config,
        check_root=lambda _: None,
        tell=shelf.told.append,
    )


def copied(shelf: Shelf) -> list[tuple[Path, str]]:
    return [(one.path, one.state) for one in shelf.told if isinstance(one, Copied)]


def inside(shelf: Shelf, path: Path, nas: Path) -> Path:
    return nas / path.relative_to(shelf.root.path)


def tell_journal(shelf: Shelf) -> None:
    with shelf.root.written() as journal:
        for entry in shelf.told:
            journal.tell(entry)
