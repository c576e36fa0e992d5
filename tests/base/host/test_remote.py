"""Which directories are on another machine: by the mounts of Linux and what others answer."""

import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from thorsched.base.host import remote_kind
from thorsched.base.host.remote import (
    remote_kind_in,
    remote_kind_of_drive,
    remote_kind_of_statfs,
)

MOUNTS = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 0:40 / /srv/lab rw,relatime shared:9 master:1 - nfs4 nas:/lab rw,vers=4.2
31 30 0:41 / /srv/lab/here rw - tmpfs tmpfs rw
32 27 0:42 / /mnt/my\040share rw - cifs //nas/share rw
33 27 0:43 / /mnt/far rw - fuse.sshfs me@far: rw
34 27 8:1 / /mnt/stick rw - fuseblk /dev/sdb1 rw
35 27 0:44 / /mnt/twice rw - ext4 /dev/sdc rw
36 35 0:45 / /mnt/twice rw - 9p host rw
37 27 0:46 /lab.yaml /etc/lab.yaml rw - nfs4 nas:/lab rw
damaged
"""


@pytest.mark.parametrize(
    ("directory", "kind"),
    [
        ("/home/me", ""),
        ("/srv/lab", "nfs4"),
        ("/srv/lab/a/b", "nfs4"),
        ("/srv/labels", ""),
        ("/srv/lab/here/a", ""),
        ("/mnt/my share/a", "cifs"),
        ("/mnt/far", "fuse.sshfs"),
        ("/mnt/stick/a", ""),
        ("/mnt/twice/a", "9p"),
        ("/etc/lab.yaml", "nfs4"),
    ],
)
def test_linux_tells_it_by_its_mounts(directory: str, kind: str) -> None:
    assert remote_kind_in(MOUNTS, PurePosixPath(directory)) == kind


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_a_directory_of_this_machine_is_here(tmp_path: Path) -> None:
    assert remote_kind(tmp_path.resolve()) == ""


def test_windows_tells_it_by_the_type_of_the_drive() -> None:
    drives = {"C:\\": 3, "Z:\\": 4}
    asked = drives.__getitem__
    assert remote_kind_of_drive(PureWindowsPath(r"C:\lab"), asked) == ""
    assert remote_kind_of_drive(PureWindowsPath(r"Z:\lab"), asked) == "a network drive"
    assert remote_kind_of_drive(PureWindowsPath(r"\\nas\lab\a"), asked) == "a share"


def test_macos_tells_it_by_a_flag_of_the_mount() -> None:
    def answer(flags: int, name: bytes) -> bytes:
        return bytes(64) + flags.to_bytes(4, "little") + bytes(4) + name.ljust(16, b"\0")

    assert remote_kind_of_statfs(answer(0x1000, b"apfs")) == ""
    assert remote_kind_of_statfs(answer(0, b"smbfs")) == "smbfs"
    assert remote_kind_of_statfs(answer(0, b"")) == "unknown"


def test_what_nobody_can_tell_counts_as_local(tmp_path: Path) -> None:
    assert remote_kind(tmp_path, "win32") == ""
    assert remote_kind(tmp_path / "absent", "freebsd") == ""
