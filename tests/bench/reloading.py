"""How soon an edit counts, and what passes cost: `python -m tests.bench.reloading`.

Prints the README's tables.
"""

from tests.bench.passes import SIZES, passes
from tests.bench.passes import rows as pass_rows


def main() -> None:
    print(pass_rows([passes(cameras, repeats=repeats) for cameras, repeats in SIZES.items()]))


if __name__ == "__main__":
    main()
