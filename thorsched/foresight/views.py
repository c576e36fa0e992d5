"""What the servers offer, asked once by a command: `cli/check.py` and `cli/plan/command.py`."""

from concurrent.futures import ThreadPoolExecutor

from thorsched.base.errors import UnavailableError
from thorsched.cameras.roster import Roster
from thorsched.config.models import Config
from thorsched.engine.sources import View
from thorsched.recording.blame import trouble_of
from thorsched.thorvision.server import ServerClient


def views_of(*configs: Config) -> dict[str, View]:
    """Return what the servers of all cameras say, by URL; they are asked all at once."""
    urls = sorted({config.server_of(camera).url for config in configs for camera in config.cameras})
    with ThreadPoolExecutor(max_workers=max(len(urls), 1)) as pool:
        return dict(zip(urls, pool.map(_view, urls), strict=True))


def _view(url: str) -> View:
    try:
        devices = ServerClient(url).devices()
    except UnavailableError as error:
        return View(Roster.unknown(), trouble_of(error))
    return View(Roster.unknown().fold(devices, now_s=0.0))
