"""Sinks: Arrow batches into files or tables.  Firm.

An :class:`Encoder` is pure and runs on any worker; only the :class:`Sink`, on the driver, holds
files.  Nothing is visible at the destination before :meth:`Sink.commit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EncodedPart", "Encoder", "Sink", "SinkFile", "SinkResult", "Staging"]

Partition = tuple[tuple[str, str | None], ...]
"""Names and values of the partition columns, outermost first; ``None`` is null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPart:
    """Encoded rows, ready to be appended: a row group, a run of record batches.

    *index* is the chunk's index, *size* the bytes of *data*; *footer* is the encoder's message
    to its sink.  Picklable.
    """

    index: int
    rows: int
    size: int
    data: Any
    table: str | None = None
    partition: Partition = ()
    footer: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkFile:
    """One file that a sink made; *rows* were counted by reading the staged file back.

    *size* is in bytes, *checksum* is ``xxh3_128:`` and 32 hexadecimal digits.
    """

    path: str
    rows: int
    size: int
    checksum: str
    table: str | None = None
    partition: Partition = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkResult:
    """What a sink made: its files, and their sums.  *duration* is seconds from first to last."""

    files: Sequence[SinkFile]
    duration: float = 0.0

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(file.rows for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the files are."""
        return tuple(file.path for file in self.files)

    @property
    def rows_by_table(self) -> Mapping[str | None, int]:
        """Rows of each table."""
        sums: dict[str | None, int] = {}
        for file in self.files:
            sums[file.table] = sums.get(file.table, 0) + file.rows
        return sums


@runtime_checkable
class Staging(Protocol):
    """Where a sink's files wait until all of them are published at once.

    The core makes one for the destination that the user named and hands it to the sink.
    """

    @property
    def destination(self) -> str:
        """The path that the user named."""
        ...

    @property
    def is_directory(self) -> bool:
        """Whether the destination is a directory of files rather than one file."""
        ...

    def create(self, name: str = "") -> BinaryIO:
        """A new staged file, readable and writable.

        *name* is its path below a destination directory, with ``/``; empty for the one file
        at the destination itself.
        """
        ...

    def path(self, name: str = "") -> str:
        """Where the file *name* will be once it is published."""
        ...

    def publish(self) -> None:
        """Make all staged files durable and visible, replacing what the user allowed."""
        ...

    def discard(self) -> None:
        """Remove all staged files; the destination stays as it was."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """Encodes rows into parts.  Frozen, picklable and pure."""

    def encode(self, batches: Sequence[pa.RecordBatch], index: int) -> Iterator[EncodedPart]:
        """Encode the consecutive *batches* of chunk *index* into parts, in row order.

        *batches* may have no rows at all; then nothing need be yielded.
        """
        ...


@runtime_checkable
class Sink(Protocol):
    """Appends parts in order and publishes them as a whole.

    After an exception, or where a run is given up, :meth:`abort` is called.
    """

    def encoder(self, schema: pa.Schema, table: str | None = None) -> Encoder:
        """The encoder of *table*; called once for each table, before its first part."""
        ...

    def write(self, part: EncodedPart) -> None:
        """Append a part; parts come in the order of the input."""
        ...

    def close(self, metadata: Mapping[str, str]) -> SinkResult:
        """Finish all staged files, read them back and say what is in them.

        *metadata*, known only at the end of a run, goes into every file whose format has a
        place for keys and values, beside the metadata of the schema.  A file that reads back
        differently raises :exc:`~logflow.errors.StorageError`.
        """
        ...

    def commit(self) -> None:
        """Publish what :meth:`close` finished, as a whole."""
        ...

    def abort(self) -> None:
        """Remove what was staged; the destination stays as it was.  Never raises."""
        ...
