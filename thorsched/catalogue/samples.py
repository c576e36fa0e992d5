"""The newest segments of a camera, read as measures of its data rate.

For the forecast of the disk, and the sizes that a plan tells. Never writes.
"""

from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from thorsched.catalogue import columns
from thorsched.catalogue.entries import Sample
from thorsched.catalogue.reading import reading

MOST = 2000
"""So many of a camera are looked at: two weeks of segments of ten minutes."""
# By the index, the newest first: a year of segments is not read.
_NEWEST = """
    SELECT a.capability, a.encoding, s.first_frame, s.last_frame_end, s.pauses, s.size_bytes
    FROM (
        SELECT * FROM segments WHERE camera = ? AND quarantined = ''
        ORDER BY last_frame_end DESC LIMIT ?
    ) AS s
    JOIN attempts AS a ON a.id = s.attempt
    ORDER BY s.last_frame_end DESC
"""


def samples(journal: Path, cameras: Iterable[str]) -> dict[str, list[Sample]]:
    """Return the newest segments of each camera, newest first; removed ones, too.

    Raises `sqlite3.Error`, and `OSError`. A row that holds what no journal holds is left out.
    """
    with closing(reading(journal)) as connection:
        rows = {camera: connection.execute(_NEWEST, (camera, MOST)) for camera in cameras}
        return {camera: _read(found) for camera, found in rows.items()}


def _read(rows: Iterable[tuple[Any, ...]]) -> list[Sample]:
    found = []
    for row in rows:
        with suppress(ValueError):
            found.append(_sample(row))
    return found


def _sample(row: tuple[Any, ...]) -> Sample:
    capability, encoding, first, end, pauses, size_bytes = row
    last = columns.moment(end)
    paused_s = sum(pause.length.total_seconds() for pause in columns.windows(pauses))
    return Sample(
        capability=columns.text(capability),
        encoding=columns.text(encoding),
        end=last,
        recorded_s=(last - columns.moment(first)).total_seconds() - paused_s,
        size_bytes=columns.count(size_bytes),
    )
