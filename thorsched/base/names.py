r"""What Windows makes of names and paths: devices, ends that it drops, lengths that it refuses.

Called by `config/`, `recording/naming.py` and `base/host/`. Names are held to it everywhere: a disk
may be read on Windows, and a file of rules may run there. From Microsoft's
"Naming Files, Paths, and Namespaces" and "Maximum Path Length Limitation"; read, not run. Pure.
"""

import ntpath

_WINDOWS = "win32"
# A directory must leave room for a file of 8.3 in it, and MAX_PATH counts the closing NUL.
LONGEST_DIRECTORY = 247
LONGEST_FILE = 259
_AS_IT_STANDS = ("\\\\?\\", "\\\\.\\")
# Windows opens devices under these names, in any directory, in either case, whatever the ending.
_DEVICES = frozenset(
    (
        *("con", "prn", "aux", "nul", "conin$", "conout$"),
        *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789\u00b9\u00b2\u00b3"),
    )
)


def is_device(name: str) -> bool:
    """Return whether Windows opens a device under this part of a path, as `CON` or `nul.txt`."""
    return name.partition(".")[0].rstrip(" ").lower() in _DEVICES


def is_cut_short(name: str) -> bool:
    """Return whether this part of a path ends with what Windows drops, dots or spaces."""
    return name.endswith((".", " "))


def too_long(directory: str, file: str, platform: str) -> str:
    """Return why Windows' programs cannot use a file in that directory, '' if they can.

    `file` is its whole path. gst-launch declares no long paths, and no program has one for its
    working directory.
    """
    for what, path, longest in (
        ("a directory", directory, LONGEST_DIRECTORY),
        ("a file", file, LONGEST_FILE),
    ):
        if platform == _WINDOWS and len(path) > longest:
            return f"the path of {what} would have {len(path)} characters, Windows takes {longest}"
    return ""


def extended(path: str, platform: str) -> str:
    r"""Return `path` so that Windows opens it whatever its length: by `\\?\`, if it needs that.

    Only for what we open ourselves; other programs, and working directories, take no such path. A
    relative path is left alone, as are those of other platforms.
    """
    is_rooted = bool(ntpath.splitdrive(path)[0]) and ntpath.isabs(path)
    if platform != _WINDOWS or len(path) <= LONGEST_DIRECTORY or not is_rooted:
        return path
    if path.startswith(_AS_IT_STANDS):
        return path
    plain = ntpath.normpath(path)  # after the prefix nothing is resolved any more
    if plain.startswith("\\\\"):
        return "\\\\?\\UNC" + plain[1:]
    return "\\\\?\\" + plain
