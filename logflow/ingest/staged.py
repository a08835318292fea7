"""What sinks of several formats need to write staged files: names, sizes, checksums, errors."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

import xxhash

from logflow.errors import OptionError, StorageError
from logflow.interfaces.sink import Staging

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["StagedWriter", "check_tables", "path_segment", "table_file"]

UNESCAPED = frozenset(" !(),-.@_~")
"""What stays as it is in a path, beside letters, digits and everything that is not ASCII."""

WRITE_BACK_BYTES = 8 << 20
"""Bytes after which the system is asked to start to write, so that little is left at the end."""


class StagedWriter:
    """Writes a staged file from its start to its end; knows its size in bytes and its checksum.

    Failures of the operating system are raised as :exc:`~logflow.errors.StorageError` that names
    *location*.  The stream stays open: it is its staging's.

    >>> import io
    >>> writer = StagedWriter(io.BytesIO(), "a.bin")
    >>> writer.write(b"spam")
    4
    >>> writer.size, len(writer.checksum)
    (4, 41)
    """

    def __init__(self, stream: BinaryIO, location: str) -> None:
        self._stream = stream
        self._location = location
        self._digest = xxhash.xxh3_128()
        self._written_back = 0
        self.size = 0

    @property
    def checksum(self) -> str:
        """``xxh3_128:`` and the hexadecimal digits of what was written so far."""
        return "xxh3_128:" + self._digest.hexdigest()

    @property
    def closed(self) -> bool:
        """Whether the stream is closed; pyarrow asks."""
        return self._stream.closed

    def write(self, data: ReadableBuffer) -> int:
        """Append *data*; gives the number of its bytes."""
        view = memoryview(data).cast("B")
        try:
            self._stream.write(view)
        except OSError as err:
            raise self._failed(err) from err
        self._digest.update(view)
        self.size += len(view)
        if self.size - self._written_back >= WRITE_BACK_BYTES:
            self._write_back()
        return len(view)

    def _write_back(self) -> None:
        """Let the system start to write, where it can; what is not written yet stays in memory."""
        start, self._written_back = self._written_back, self.size
        with suppress(OSError, AttributeError):  # no file, or a system without the call
            descriptor = self._stream.fileno()
            os.posix_fadvise(descriptor, start, self.size - start, os.POSIX_FADV_DONTNEED)

    def flush(self) -> None:
        """Hand everything to the operating system."""
        try:
            self._stream.flush()
        except OSError as err:
            raise self._failed(err) from err

    def _failed(self, err: OSError) -> StorageError:
        return StorageError(f"cannot write {self._location}: {err.strerror or err}")


def path_segment(text: str) -> str:
    """*text* as one component of a path: percent-encoded where it has to be.

    A leading ``.`` or ``_`` is encoded as well, because readers skip files that start so.

    >>> path_segment("Zürich, 8/2024"), path_segment(".."), path_segment("_tmp")
    ('Zürich, 8%2F2024', '%2E.', '%5Ftmp')
    """
    segment = "".join(
        char if char.isalnum() or char in UNESCAPED or char > "\x7f" else f"%{ord(char):02X}"
        for char in text
    )
    return f"%{ord(segment[0]):02X}{segment[1:]}" if segment[:1] in (".", "_") else segment


def table_file(staging: Staging, table: str | None, extension: str) -> str:
    """The name to create the file of a whole *table* by."""
    if not staging.is_directory:
        return ""
    return f"{'part-00000' if table is None else path_segment(table)}{extension}"


def check_tables(staging: Staging, tables: Iterable[str | None]) -> None:
    """Raise :exc:`~logflow.errors.OptionError` if several *tables* are meant for one file."""
    names = tuple(str(table) for table in tables)
    if len(names) > 1 and not staging.is_directory:
        raise OptionError(
            f"{staging.destination} is one file, but the input has several tables: choose one "
            f"with table=... ({', '.join(names)}), or end the destination with '/'",
            name="table",
            valid=names,
        )
