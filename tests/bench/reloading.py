"""How soon an edit counts, and what passes cost: `python -m tests.bench.reloading`.

Prints the README's tables.
"""

import shutil

from tests.bench.passes import LOADS, SIZES, load_row, load_times, passes
from tests.bench.passes import rows as pass_rows
from tests.bench.saving import CAMERAS, SAVES, UNHEARD, saves
from tests.bench.saving import rows as save_rows


def main() -> None:
    heard = saves(CAMERAS, repeats=SAVES)
    has_namespaces = shutil.which("unshare") is not None
    polled = saves(CAMERAS, repeats=SAVES, inside=UNHEARD) if has_namespaces else None
    print(save_rows(heard, polled))
    print()
    print(load_row(load_times(repeats=LOADS)))
    print()
    print(pass_rows([passes(cameras, repeats=repeats) for cameras, repeats in SIZES.items()]))


if __name__ == "__main__":
    main()
