"""Every error logflow raises on purpose, grouped by what the caller can do.

::

    LogflowError
    ├── UsageError                  change the call
    │   ├── OptionError             an option is unknown, misplaced or has a wrong value
    │   ├── UnknownFormatError      nothing installed reads or writes this
    │   ├── AmbiguousFormatError    two formats fit equally well: name one
    │   ├── SourceNotFoundError     there is nothing to read at this location
    │   └── DestinationExistsError  the destination is there already: ask for it to be replaced
    ├── PluginError                 fix, update or disable a plugin
    │   └── PluginConflictError     two plugins offer one name
    ├── DataError                   the input is not what it should be
    │   ├── DecodeError             a record, or the whole input, cannot be decoded
    │   ├── EncodingDrift           text is not in the encoding that the head promised
    │   ├── TypeDrift               a value does not fit the type that the head promised
    │   ├── SchemaError             the columns of the inputs do not go together
    │   └── SourceChangedError      the input changed while it was read
    ├── LimitError                  a limit set by the caller, or a safety limit, was reached
    ├── StorageError                a place where bytes live did not do its work
    │   └── TransientError          the same, and trying again may help
    ├── ReceiptError                the sums of a run do not hold: nothing was published
    ├── PartialError                some of several inputs were converted, others were not
    └── Cancelled                   the caller asked to stop

``except LogflowError`` catches all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "AmbiguousFormatError",
    "Cancelled",
    "DataError",
    "DecodeError",
    "DestinationExistsError",
    "EncodingDrift",
    "LimitError",
    "LogflowError",
    "OptionError",
    "PartialError",
    "PluginConflictError",
    "PluginError",
    "ReceiptError",
    "SchemaError",
    "SourceChangedError",
    "SourceNotFoundError",
    "StorageError",
    "TransientError",
    "TypeDrift",
    "UnknownFormatError",
    "UsageError",
]


class LogflowError(Exception):
    """The root of every error that logflow raises on purpose."""


class UsageError(LogflowError):
    """The call itself is wrong; changing its arguments helps."""


class OptionError(UsageError):
    """An option is unknown, misplaced or has a value that is not allowed.

    *name* is the option as the caller wrote it, *valid* the names or values that would do.
    """

    def __init__(self, message: str, *, name: str = "", valid: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.name = name
        self.valid = valid


class UnknownFormatError(UsageError):
    """No installed plugin reads (or writes) the format."""


class AmbiguousFormatError(UsageError):
    """Two formats fit the input equally well; the message names both."""


class SourceNotFoundError(UsageError):
    """There is nothing to read at the location."""


class DestinationExistsError(UsageError):
    """The destination exists and the caller did not ask for it to be replaced."""


class PluginError(LogflowError):
    """A plugin is broken or misbehaved.

    The message names the plugin, its distribution and version, and the hook or function.
    """


class PluginConflictError(PluginError):
    """Two plugins offer one name; the message names both and how to disable one."""


class DataError(LogflowError):
    """The input is not what it should be."""


class DecodeError(DataError):
    """A record, or the input as a whole, cannot be decoded.

    Positions are 1-based for records and lines, 0-based for byte offsets, and ``None`` where
    they are not known.

    >>> str(DecodeError("expected 3 fields, found 2", file="a.csv", record=7, line=9,
    ...                 byte_offset=120))
    'a.csv, record 7, line 9, byte 120: expected 3 fields, found 2'
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        member: str | None = None,
        record: int | None = None,
        line: int | None = None,
        byte_offset: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.member = member
        self.record = record
        self.line = line
        self.byte_offset = byte_offset
        self.column = column

    def __str__(self) -> str:
        named = (
            ("", self.file),
            ("member ", self.member),
            ("record ", self.record),
            ("line ", self.line),
            ("byte ", self.byte_offset),
            ("column ", None if self.column is None else repr(self.column)),
        )
        where = ", ".join(f"{label}{value}" for label, value in named if value is not None)
        return f"{where}: {self.message}" if where else self.message


class EncodingDrift(DataError):
    """The input is not in the encoding that its head looked like, and cannot be read again."""


class TypeDrift(DataError):
    """A later value does not fit the types found in the head (``typing="head"`` only)."""


class SchemaError(DataError):
    """The columns of several inputs, or of an input and a declared schema, do not go together."""


class SourceChangedError(DataError):
    """The input changed between the two times it was read."""


class LimitError(LogflowError):
    """A limit set by the caller (rejects, memory, record size) was reached."""


class StorageError(LogflowError):
    """A place where bytes live did not do its work; the message names the location."""


class TransientError(StorageError):
    """A storage error that may go away when the same thing is tried again."""


class ReceiptError(LogflowError):
    """Records or bytes are unaccounted for.  Nothing was published; please report it."""


class PartialError(LogflowError):
    """Of inputs that are converted one by one, some could not be; the outputs of the others stay.

    *results* are those of the inputs that were converted, *failures* the errors of the others by
    the name of the input.
    """

    def __init__(self, results: Sequence[Any], failures: Mapping[str, LogflowError]) -> None:
        first = next(iter(failures.values()))
        count = len(results) + len(failures)
        super().__init__(
            f"{len(failures):,} of {count:,} inputs could not be converted; the first: {first}"
        )
        self.results = results
        self.failures = failures


class Cancelled(LogflowError):
    """The caller asked to stop.  Nothing was published."""
