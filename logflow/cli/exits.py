"""The exit statuses of the ``logflow`` program."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Exit"]


class Exit(IntEnum):
    """What the program's exit status says."""

    CLEAN = 0
    """All went well, and every record was read."""
    FAILED = 1
    """It could not be done; nothing was published, with ``--each`` of what failed."""
    USAGE = 2
    """The command line is wrong: other arguments would help."""
    REJECTS = 3
    """It was done, but some records were rejected."""
    LIMIT = 4
    """A limit was reached, such as ``--max-rejects``; nothing was published."""
    INTERRUPTED = 130
    """Ctrl-C; nothing was published."""
