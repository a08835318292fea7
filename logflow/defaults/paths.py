"""Local paths as people write them, and the errors of the operating system as logflow's."""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

from logflow.errors import LogflowError, SourceNotFoundError, StorageError, UsageError

__all__ = ["local_path", "path_error", "shown"]


def local_path(location: str) -> str:
    """The path that *location*, a path or a ``file://`` URL, names.

    A URL that names another host raises :exc:`~logflow.errors.UsageError`.

    >>> local_path("file:///data/a%20b.csv"), local_path("data/a%20b.csv")
    ('/data/a b.csv', 'data/a%20b.csv')
    """
    if not location.startswith("file://"):
        return location
    host, slash, rest = location.removeprefix("file://").partition("/")
    if host not in ("", "localhost") or not slash:
        raise UsageError(f"{shown(location)}: a file URL is written file:///path, without a host")
    return os.fsdecode(unquote_to_bytes(slash + rest))


def shown(location: str) -> str:
    """*location* on one line of printable text, whatever is in the name.

    >>> shown("a.csv"), shown("a\\nb.csv")
    ('a.csv', "'a\\\\nb.csv'")
    """
    return location if location and location.isprintable() else ascii(location)


def path_error(location: str, err: OSError | ValueError) -> LogflowError:
    """What *err*, met while *location* was read or written, means to users.

    ``ValueError`` is what Python raises for a path that cannot exist, with a NUL in it.
    """
    where = shown(location)
    if isinstance(err, FileNotFoundError | NotADirectoryError):
        return SourceNotFoundError(f"{where}: no such file")
    if isinstance(err, IsADirectoryError):
        return StorageError(f"{where}: is a directory")
    if isinstance(err, PermissionError):
        return StorageError(f"{where}: permission denied")
    if isinstance(err, ValueError):
        return SourceNotFoundError(f"{where}: not a path: {err}")
    return StorageError(f"{where}: {err.strerror or err}")
