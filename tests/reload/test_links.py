"""Which names a path leads through: links of every kind, read from a table."""

from pathlib import Path

import pytest

from thorsched.reload.watching.links import names_on

FILE = "/etc/lab/recordings.yaml"


@pytest.mark.parametrize(
    ("links", "names"),
    [
        ({}, [FILE]),
        ({FILE: "/srv/real.yaml"}, [FILE, "/srv/real.yaml"]),
        ({FILE: "../shared/real.yaml"}, [FILE, "/etc/shared/real.yaml"]),
        (
            {FILE: "..data/recordings.yaml", "/etc/lab/..data": "..2026_1"},
            [FILE, "/etc/lab/..data", "/etc/lab/..2026_1/recordings.yaml"],
        ),
        (
            {"/etc/lab": "/srv/current/lab", "/srv/current": "releases/7"},
            ["/etc/lab", "/srv/current", "/srv/releases/7/lab/recordings.yaml"],
        ),
        ({FILE: "./a/../b.yaml", "/etc/lab/a": "/x/y"}, [FILE, "/etc/lab/a", "/x/b.yaml"]),
        ({FILE: "/"}, [FILE, "/"]),
    ],
    ids=["plain", "absolute", "relative", "ConfigMap", "directories", "dots", "root"],
)
def test_each_link_and_where_they_end_is_named(links: dict[str, str], names: list[str]) -> None:
    table = {Path(link): Path(target) for link, target in links.items()}
    assert names_on(Path(FILE), table.get) == tuple(map(Path, names))


def test_a_loop_of_links_ends() -> None:
    table = {Path(FILE): Path("other"), Path("/etc/lab/other"): Path("recordings.yaml")}
    assert set(names_on(Path(FILE), table.get)) == set(table)
