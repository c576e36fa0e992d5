"""Which segments follow each other, as one film of one camera. Pure.

Called by `session.py`. Times are those of the sidecars: when frames arrived, within 0.1 s.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, count

from thorsched.base.errors import FileError
from thorsched.base.text import printable
from thorsched.export.told import Segment
from thorsched.recording.naming import slug

# The ends of a file are known that well; attempts that overlap do so for a second and more.
_INEXACT = timedelta(milliseconds=100)


class SeveralServers(FileError):
    """Their XDAQs count apart, and a file has one clock."""


@dataclass(frozen=True, slots=True)
class Series:
    """Segments of one camera, device and capability that follow each other."""

    name: str
    """The camera's name; `NAME_2` and so on where one film could not hold all of it."""
    segments: tuple[Segment, ...]

    @property
    def first(self) -> Segment:
        return self.segments[0]


def series_of(segments: Iterable[Segment]) -> tuple[Series, ...]:
    """Return what is one film each, by camera and time.

    A camera has another one where its device or its capability changed, and where two attempts
    overlap, as for a moment after an edit: the frames of that moment are in both.

    Raises `SeveralServers`.
    """
    films: list[list[Segment]] = []
    in_time = sorted(segments, key=lambda one: (one.told.first_frame, one.path.name))
    _refuse_several_servers(in_time)
    for segment in in_time:
        film = _film_before(segment, films)
        if film is None:
            films.append(film := [])
        film.append(segment)
    return tuple(_named(films))


def _film_before(segment: Segment, films: list[list[Segment]]) -> list[Segment] | None:
    """Return the film that goes on with `segment`: its attempt's, or the one that ended last."""
    alike = [film for film in films if _what(film[-1]) == _what(segment)]
    for film in alike:
        if film[-1].attempt == segment.attempt:
            return film
    begins = segment.told.first_frame + _INEXACT
    ended = [film for film in alike if film[-1].told.last_frame_end <= begins]
    return max(ended, key=lambda film: film[-1].told.last_frame_end, default=None)


def _what(segment: Segment) -> tuple[object, ...]:
    told = segment.told
    return told.camera, told.device.name, told.capability, segment.size


def _named(films: list[list[Segment]]) -> Iterator[Series]:
    taken: set[str] = set()
    for film in sorted(films, key=lambda film: (film[0].told.camera, film[0].told.first_frame)):
        camera = _harmless(film[0].told.camera)
        numbered = (f"{camera}_{number}" for number in count(2))
        name = next(name for name in chain([camera], numbered) if name not in taken)
        taken.add(name)
        yield Series(name, tuple(film))


def _harmless(camera: str) -> str:
    """Return a camera's name; one that is not of our making may mean something to HDF5."""
    return "".join(c if c in "-_" else slug(c) for c in camera[:64]) or "camera"


def _refuse_several_servers(segments: Iterable[Segment]) -> None:
    cameras: dict[str, set[str]] = {}
    for one in segments:
        cameras.setdefault(one.told.server, set()).add(one.told.camera)
    if len(cameras) > 1:
        whose = "; ".join(
            f"{printable(server)} ({printable(', '.join(sorted(names)))})"
            for server, names in sorted(cameras.items())
        )
        raise SeveralServers(
            f"these files are of {len(cameras)} servers, whose XDAQs count each for itself: {whose}; "
            "export those of each server apart"
        )
