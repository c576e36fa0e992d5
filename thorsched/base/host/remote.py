"""Whether a path is on another machine, whose changes nothing here tells of.

Called by `reload/watching/observers.py`.
"""

import contextlib
import ctypes
import re
import sys
from collections.abc import Callable
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

# Types of Linux' file systems that others may write to without this kernel. One of FUSE's own
# devices (`fuseblk`) is local, everything else of its kind is taken for remote.
_REMOTE = frozenset(
    (
        *("9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fakeowner", "fuse", "gfs2"),
        *("glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "osxfs"),
        *("panfs", "prl_fs", "pvfs2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"),
    )
)
_ESCAPED = re.compile(r"\\([0-7]{3})")
# ID, parent, device, root, mount point, options and more - type source options: proc(5).
_MOUNT = re.compile(r"^\S+ \S+ \S+ \S+ (\S+) .* - (\S+) ", re.MULTILINE)

# winbase.h
_DRIVE_REMOTE = 4
# sys/mount.h of macOS: of `struct statfs`, where its flags and its type's name are.
_STATFS_BYTES, _FLAGS_AT, _NAME_AT, _NAME_BYTES = 4096, 64, 72, 16
_MNT_LOCAL = 0x00001000


def remote_kind(path: Path, platform: str = sys.platform) -> str:
    """Return the name of the remote file system that a path, free of links, is on, or ''.

    What nobody can tell counts as local: a file there is polled all the same, only less often.
    """
    with contextlib.suppress(OSError, AttributeError):
        match platform:
            case "linux":
                mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
                return remote_kind_in(mounts, PurePosixPath(path))
            case "darwin":
                return remote_kind_of_statfs(_statfs(path))
            case "win32":
                return remote_kind_of_drive(
                    PureWindowsPath(path), ctypes.CDLL("kernel32").GetDriveTypeW
                )
    return ""


def remote_kind_in(mountinfo: str, path: PurePosixPath) -> str:
    """Return the same by the text of Linux' /proc/self/mountinfo."""
    kind, length = "", 0
    for line in _MOUNT.finditer(mountinfo):
        place = PurePosixPath(_ESCAPED.sub(lambda m: chr(int(m[1], 8)), line[1]))
        # What is mounted later covers what was there.
        if len(place.parts) >= length and path.is_relative_to(place):
            kind, length = line[2], len(place.parts)
    return kind if kind.partition(".")[0] in _REMOTE else ""


def remote_kind_of_drive(path: PureWindowsPath, drive_type: Callable[[str], int]) -> str:
    """Return the same by Windows' GetDriveTypeW; a share's own name (UNC) has no drive."""
    if path.drive.startswith("\\\\") and not path.drive.startswith("\\\\?\\"):
        return "a share"
    is_remote = drive_type(f"{path.drive}\\") == _DRIVE_REMOTE
    return "a network drive" if is_remote else ""


def remote_kind_of_statfs(found: bytes) -> str:
    """Return the same by macOS' `struct statfs`."""
    if int.from_bytes(found[_FLAGS_AT : _FLAGS_AT + 4], "little") & _MNT_LOCAL:
        return ""
    name = found[_NAME_AT : _NAME_AT + _NAME_BYTES].partition(b"\0")[0]
    return name.decode("ascii", "replace") or "unknown"


def _statfs(path: PurePath) -> bytes:
    """Raises `OSError`; `AttributeError` where there is no such call."""
    buffer = ctypes.create_string_buffer(_STATFS_BYTES)
    libc = ctypes.CDLL(None, use_errno=True)
    # Of Intel's two the one with long inode numbers, which is the only one of others.
    statfs = getattr(libc, "statfs$INODE64", None) or libc.statfs
    if statfs(str(path).encode(), buffer):
        raise OSError(ctypes.get_errno(), "statfs", str(path))
    return buffer.raw
