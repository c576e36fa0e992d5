"""Which trouble an error means: the one place where what was raised gets its cause.

Called by `attempt.py` and `supervision.py` for a start that failed, by `engine/watches.py` and
`foresight/views.py` for a list that was not had.
"""

from thorsched.base.errors import ThorschedError, UnavailableError
from thorsched.recording.root import StorageError
from thorsched.recording.streams import StreamBusy
from thorsched.recording.trouble import Cause, Trouble
from thorsched.thorvision.errors import ProtocolError, Refused
from thorsched.thorvision.ports import PortsExhausted


class DeviceChanged(UnavailableError):
    """The device's id does not stand for the device any more that is to be recorded."""


def trouble_of(error: Exception) -> Trouble:
    """Return the trouble in the words of `error`; what nobody meant to raise is a bug of ours."""
    match error:
        case StorageError():
            cause = Cause.STORAGE
        case DeviceChanged():
            cause = Cause.NO_DEVICE
        case StreamBusy():
            cause = Cause.DEVICE_TAKEN
        case PortsExhausted():
            cause = Cause.NO_PORT
        case Refused():
            cause = Cause.SERVER_REFUSED
        case ProtocolError():
            cause = Cause.SERVER_UNUSABLE
        case UnavailableError():
            cause = Cause.SERVER_UNREACHABLE
        case ThorschedError() | OSError():
            cause = Cause.MACHINE
        case _:
            return Trouble(Cause.BUG, f"{error!r}; its log says where")
    return Trouble(cause, str(error))
