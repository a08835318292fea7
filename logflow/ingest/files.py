"""What sinks have in common whose tables are a file each, written from its start to its end."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Protocol

import pyarrow as pa

from logflow.errors import OptionError, StorageError
from logflow.ingest.pieces import cut
from logflow.ingest.plain import plain
from logflow.ingest.staged import StagedWriter, check_tables, table_file
from logflow.interfaces.sink import EncodedPart, Encoder, SinkFile, SinkResult, Staging
from logflow.options import SinkOptions

__all__ = ["AppendedSink", "BatchEncoder", "FileWriter", "FilesSink"]

DIVIDING = ("partition_by", "target_file_size", "max_rows_per_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEncoder:
    """Makes record batches of bounded size; every part is one, as an IPC message.

    Columns of dictionary type become the plain values that they stand for, because a dictionary
    would have to be the same in all parts.
    """

    schema: pa.Schema
    options: SinkOptions
    table: str | None = None

    def encode(self, batches: Sequence[pa.RecordBatch], index: int) -> Iterator[EncodedPart]:
        """Record batches in row order."""
        table = plain(pa.Table.from_batches(batches, self.schema))
        rows, size = self.options.row_group_rows, self.options.row_group_bytes
        for piece in cut(table, rows=rows, size=size):
            for batch in piece.combine_chunks().to_batches():
                data = batch.serialize()
                yield EncodedPart(
                    index=index, rows=batch.num_rows, size=data.size, data=data, table=self.table
                )


class FileWriter(Protocol):
    """Writes the parts of one file."""

    def write(self, part: EncodedPart) -> None:
        """Append a part."""
        ...

    def close(self) -> None:
        """Write what stands behind all parts."""
        ...


class FilesSink(ABC):
    """Writes a file a table.  A ``Sink``.

    A format gives its *extension*, its encoder, what writes a file, and how rows are counted in one
    that is read back.
    """

    extension: ClassVar[str]

    def __init__(self, staging: Staging, options: SinkOptions) -> None:
        """Raises :exc:`~logflow.errors.OptionError` for options that divide files."""
        for name in DIVIDING:
            if getattr(options, name):
                raise OptionError(
                    f"option {name!r} divides files, which this format does not do: leave it out",
                    name=name,
                )
        self.options = options
        self._staging = staging
        self._files: dict[str | None, _File] = {}
        self._started = time.monotonic()

    @abstractmethod
    def make_encoder(self, schema: pa.Schema, table: str | None) -> Encoder:
        """The encoder of rows of *schema*."""

    @abstractmethod
    def begin(self, out: StagedWriter, schema: pa.Schema) -> FileWriter:
        """What writes a file of rows of *schema* to *out*."""

    @abstractmethod
    def count_rows(self, stream: BinaryIO) -> int:
        """The rows in a file that was written."""

    def encoder(self, schema: pa.Schema, table: str | None = None) -> Encoder:
        """The encoder of *table*, whose file is begun."""
        check_tables(self._staging, [*self._files, table])
        encoder = self.make_encoder(schema, table)
        name = table_file(self._staging, table, self.extension)
        stream, path = self._staging.create(name), self._staging.path(name)
        out = StagedWriter(stream, path)
        self._files[table] = _File(stream, path, out, self.begin(out, schema))
        return encoder

    def write(self, part: EncodedPart) -> None:
        """Append a part to the file of its table."""
        file = self._files[part.table]
        file.writer.write(part)
        file.rows += part.rows

    def close(self, metadata: Mapping[str, str]) -> SinkResult:
        """Finish all files and count their rows in them."""
        files = [self._finish(file, table) for table, file in self._files.items()]
        return SinkResult(files=files, duration=time.monotonic() - self._started)

    def commit(self) -> None:
        """Publish all files at once."""
        self._staging.publish()

    def abort(self) -> None:
        """Remove all files."""
        with suppress(Exception):
            self._staging.discard()

    def _finish(self, file: _File, table: str | None) -> SinkFile:
        file.writer.close()
        file.out.flush()
        file.stream.seek(0)
        try:
            rows = self.count_rows(file.stream)
        except (pa.ArrowException, OSError) as err:
            raise StorageError(f"{file.path} cannot be read back: {err}") from err
        if rows != file.rows:
            raise StorageError(f"{file.path} has {rows:,} rows, but {file.rows:,} were written")
        return SinkFile(
            path=file.path, rows=rows, size=file.out.size, checksum=file.out.checksum, table=table
        )


@dataclass(slots=True)
class _File:
    """One staged file; *writer* is on top of *out*, on top of *stream*."""

    stream: BinaryIO
    path: str
    out: StagedWriter
    writer: FileWriter
    rows: int = 0


class AppendedSink(FilesSink):
    """Writes text files, which are nothing but one part after the other."""

    def __init__(self, staging: Staging, options: SinkOptions) -> None:
        """Raises :exc:`~logflow.errors.OptionError` for options that divide or compress files."""
        super().__init__(staging, options)
        if options.compression not in (None, "none"):
            raise OptionError(
                f"option 'compression' is {options.compression!r}, but there is none inside "
                "of text: leave it out",
                name="compression",
                valid=("none",),
            )

    def head(self, schema: pa.Schema) -> bytes:
        """What stands before all rows."""
        return b""

    def begin(self, out: StagedWriter, schema: pa.Schema) -> FileWriter:
        """What appends parts as they are."""
        out.write(self.head(schema))
        return _Appending(out)


@dataclass(frozen=True, slots=True)
class _Appending:
    out: StagedWriter

    def write(self, part: EncodedPart) -> None:
        self.out.write(part.data)

    def close(self) -> None:
        """There is nothing behind the parts."""
