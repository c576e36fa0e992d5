"""The errors of thorsched, grouped by who must act.

Raised in every room, mostly as kinds of their own; `cli/` ends with what reaches it. A message says
where, what, and what would be right; the command line prints it without a traceback. Anything that
is not a `ThorschedError` is a bug of ours.
"""


class ThorschedError(Exception):
    """Something that a message to the person can mend."""


class ConfigError(ThorschedError):
    """The operator must edit the file, or the call, that asks; trying again cannot help."""


class UnavailableError(ThorschedError):
    """The world outside failed; the next pass tries again."""


class FileError(ThorschedError):
    """A recorded file is not what it was taken for; another one is needed, or a repair."""


class MachineError(ThorschedError):
    """Whoever runs this machine must act: something is missing, full, taken or not permitted."""
