"""How fast a verification reads: `python -m tests.bench.verifying`, beside sha256sum and cat.

Each of them reads the same segments by turns, after the machine has forgotten them: what a disk
gives and what a processor reckons, in one run. As much is written before as fits, 10 GB at most.
Prints the README's table.
"""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Spread
from tests.bench.measure import await_quiet, wall_s
from tests.catalogue.stock import DIRECTORY, name, told_text

MOST_BYTES = 10 * 10**9
SEGMENT_BYTES = 100 * 10**6
REPEATS = 3
_BLOCK_BYTES = 10**7
_PATIENCE_S = 60.0
_HEAD = "| | expected | median of the runs (lowest to highest) | explains |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Verifying:
    """Seconds that each reader took for so many bytes."""

    size_bytes: int
    times_s: Mapping[str, Sequence[float]]

    def speed(self, reader: str) -> Spread:
        """Return it in MB/s."""
        return Spread.of(self.size_bytes / 1e6 / time_s for time_s in self.times_s[reader])


def stored(root: Path, segments: int, *, size_bytes: int) -> list[Path]:
    """Write segments of noise with their sidecars, none as another; return them."""
    (root / DIRECTORY).mkdir(parents=True)
    (root / ".thorsched").mkdir()
    noise = os.urandom(_BLOCK_BYTES)
    paths = [root / name(number) for number in range(segments)]
    for number, path in enumerate(paths):
        reckoned = hashlib.sha256()
        with path.open("wb") as file:
            for block in _blocks(noise, number, size_bytes):
                file.write(block)
                reckoned.update(block)
            os.fsync(file.fileno())
        path.with_suffix(".json").write_text(told_text(path, size_bytes, reckoned.hexdigest()))
    return paths


def _blocks(noise: bytes, number: int, size_bytes: int) -> list[bytes]:
    turned = noise[number:] + noise[:number]
    whole, rest = divmod(size_bytes, len(turned))
    return [turned] * whole + [turned[:rest]]


def forget(paths: Sequence[Path]) -> None:
    """Have the machine read them from the disk again."""
    for path in paths:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def readers(root: Path, paths: Sequence[Path]) -> dict[str, list[str]]:
    names = list(map(str, paths))
    found = {
        "thorsched verify": [sys.executable, "-m", "thorsched", "verify", str(root)],
        "sha256sum": ["sha256sum", *names],
        "cat": ["cat", *names],
    }
    return {name: command for name, command in found.items() if shutil.which(command[0])}


def measured(root: Path, *, segments: int, size_bytes: int, repeats: int) -> Verifying:
    paths = stored(root, segments, size_bytes=size_bytes)
    commands = readers(root, paths)
    times_s: dict[str, list[float]] = {reader: [] for reader in commands}
    for repeat in range(repeats):
        for reader, command in commands.items():
            await_quiet(_PATIENCE_S if repeats > 1 else 0.0)
            forget(paths)
            times_s[reader].append(wall_s(command))
            print(f"{reader}, {repeat + 1} of {repeats}", file=sys.stderr)
    return Verifying(segments * size_bytes, times_s)


def rows(found: Verifying) -> str:
    """Return the README's table."""
    size = f"{found.size_bytes / 1e9:.3g} GB, not in memory"
    others = [
        f"`{reader}` {_words(found.speed(reader))}"
        for reader in found.times_s
        if reader != "thorsched verify"
    ]
    ours = _words(found.speed("thorsched verify"))
    why = f"in the same run: {', '.join(others)}; OpenSSL uses what the processor has for SHA-256"
    return f"{_HEAD}\n| `thorsched verify` of {size} | as `sha256sum` | {ours} | {why} |"


def _words(speed: Spread) -> str:
    return f"{speed.median:.0f} MB/s ({speed.lowest:.0f}-{speed.highest:.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.verifying", description=__doc__)
    parser.add_argument("--in", dest="directory", type=Path, help="on which disk")
    directory = parser.parse_args().directory
    with tempfile.TemporaryDirectory(prefix="thorsched-bench-", dir=directory) as root:
        fits = min(MOST_BYTES, shutil.disk_usage(root).free // 2)
        segments = max(fits // SEGMENT_BYTES, 1)
        found = measured(Path(root), segments=segments, size_bytes=SEGMENT_BYTES, repeats=REPEATS)
    print(rows(found))


if __name__ == "__main__":
    main()
