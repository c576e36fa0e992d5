"""What differs between Linux, macOS and Windows in processes, signals, syncing, names and locks.

Called by whatever starts, stops, syncs or locks; who calls what is said in the modules, whose names
are all here. The functions that decide take the platform's name as an argument, so that every
branch is tested on every platform; what was run where is said in the README.
"""

from thorsched.base.host.children import (
    Signalled,
    has_open,
    inheritance_kwargs,
    interrupt,
    interrupt_command,
    own_session_kwargs,
    termination_signals,
    thread_wakeups,
    waits_for_disk,
)
from thorsched.base.host.disk import (
    drafted,
    redrafted,
    sync_descriptor,
    sync_directory,
    sync_file,
    write_durably,
)
from thorsched.base.host.locks import (
    freshen,
    is_locked,
    lock_exclusively,
    remove_locked,
    stands_at,
)
from thorsched.base.host.modesty import Modest, be_modest
from thorsched.base.host.opening import (
    followed_file_opener,
    open_regular,
    place_of,
    plain_file_opener,
)
from thorsched.base.host.patience import remove, rename, replace
from thorsched.base.host.platforms import (
    can_hand_over,
    can_simulate,
    inherits_locks,
    meeting_place,
)
from thorsched.base.host.remote import remote_kind
from thorsched.base.host.within import has_links, opener_within, remove_within
from thorsched.base.host.writers import is_open_for_writing

__all__ = [
    "Modest",
    "Signalled",
    "be_modest",
    "can_hand_over",
    "can_simulate",
    "drafted",
    "followed_file_opener",
    "freshen",
    "has_links",
    "has_open",
    "inheritance_kwargs",
    "inherits_locks",
    "interrupt",
    "interrupt_command",
    "is_locked",
    "is_open_for_writing",
    "lock_exclusively",
    "meeting_place",
    "open_regular",
    "opener_within",
    "own_session_kwargs",
    "place_of",
    "plain_file_opener",
    "redrafted",
    "remote_kind",
    "remove",
    "remove_locked",
    "remove_within",
    "rename",
    "replace",
    "stands_at",
    "sync_descriptor",
    "sync_directory",
    "sync_file",
    "termination_signals",
    "thread_wakeups",
    "waits_for_disk",
    "write_durably",
]
