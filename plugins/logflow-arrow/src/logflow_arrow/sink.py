"""The Arrow sinks: record batches, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

import pyarrow as pa

from logflow.errors import StorageError
from logflow.ingest.appended import check_undivided
from logflow.ingest.compression import chosen_codec
from logflow.ingest.pieces import cut
from logflow.ingest.plain import plain, plain_schema
from logflow.ingest.staged import StagedWriter, check_tables, table_file
from logflow.interfaces.sink import EncodedPart, SinkFile, SinkResult, Staging
from logflow.options import SinkOptions

__all__ = ["ArrowEncoder", "ArrowFileSink", "ArrowStreamSink"]

CODECS = ("none", "lz4", "zstd")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrowEncoder:
    """Makes record batches of bounded size; every part is one, as an IPC message.

    Columns of dictionary type are written as the plain values that they stand for, because a
    dictionary would have to be the same in all parts.
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


class ArrowFileSink:
    """Writes the file format, uncompressed if not said otherwise.

    It has no place for metadata that is known only at the end of a run.
    """

    extension: ClassVar[str] = ".arrow"

    def __init__(self, staging: Staging, options: SinkOptions) -> None:
        """Raises :exc:`~logflow.errors.OptionError` for what Arrow IPC cannot do."""
        check_undivided(options)
        self._settings = _settings(options)
        self._staging = staging
        self._options = options
        self._files: dict[str | None, _File] = {}
        self._started = time.monotonic()

    def encoder(self, schema: pa.Schema, table: str | None = None) -> ArrowEncoder:
        """The encoder of *table*, whose file is begun."""
        check_tables(self._staging, [*self._files, table])
        name = table_file(self._staging, table, self.extension)
        stream, path = self._staging.create(name), self._staging.path(name)
        out = StagedWriter(stream, path)
        written = plain_schema(schema)
        writer = self._open_writer(out, written)
        self._files[table] = _File(stream, path, out, writer, written)
        return ArrowEncoder(schema=schema, options=self._options, table=table)

    def write(self, part: EncodedPart) -> None:
        """Append the record batch of a part to the file of its table."""
        self._files[part.table].append(part)

    def close(self, metadata: Mapping[str, str]) -> SinkResult:
        """Finish all files and read them back."""
        files = [self._finish(file, table) for table, file in self._files.items()]
        return SinkResult(files=files, duration=time.monotonic() - self._started)

    def commit(self) -> None:
        """Publish all files at once."""
        self._staging.publish()

    def abort(self) -> None:
        """Remove all files."""
        with suppress(Exception):
            self._staging.discard()

    def _open_writer(self, out: StagedWriter, schema: pa.Schema) -> Any:
        return pa.ipc.new_file(out, schema, options=self._settings)

    def _batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        reader = pa.ipc.open_file(stream)
        return map(reader.get_batch, range(reader.num_record_batches))

    def _finish(self, file: _File, table: str | None) -> SinkFile:
        file.writer.close()
        file.out.flush()
        file.stream.seek(0)
        try:
            rows = sum(batch.num_rows for batch in self._batches(file.stream))
        except (pa.ArrowException, OSError) as err:
            raise StorageError(f"{file.path} cannot be read back: {err}") from err
        if rows != file.rows:
            raise StorageError(f"{file.path} has {rows:,} rows, but {file.rows:,} were written")
        return SinkFile(
            path=file.path, rows=rows, size=file.out.size, checksum=file.out.checksum, table=table
        )


class ArrowStreamSink(ArrowFileSink):
    """Writes the stream format, otherwise as :class:`ArrowFileSink`."""

    extension: ClassVar[str] = ".arrows"

    def _open_writer(self, out: StagedWriter, schema: pa.Schema) -> Any:
        return pa.ipc.new_stream(out, schema, options=self._settings)

    def _batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        return iter(pa.ipc.open_stream(stream))


@dataclass(slots=True)
class _File:
    """One staged file; *writer* is pyarrow's, on top of *out*, on top of *stream*."""

    stream: BinaryIO
    path: str
    out: StagedWriter
    writer: Any
    schema: pa.Schema
    rows: int = 0

    def append(self, part: EncodedPart) -> None:
        self.writer.write_batch(pa.ipc.read_record_batch(part.data, self.schema))
        self.rows += part.rows


def _settings(options: SinkOptions) -> pa.ipc.IpcWriteOptions:
    codec = chosen_codec(options, valid=CODECS, default="none")
    if codec == "none":
        return pa.ipc.IpcWriteOptions()
    return pa.ipc.IpcWriteOptions(compression=pa.Codec(codec, options.compression_level))
