"""The Arrow sinks: record batches, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

import pyarrow as pa

from logflow.ingest.compression import chosen_codec
from logflow.ingest.files import BatchEncoder, FilesSink, FileWriter
from logflow.ingest.plain import plain_schema
from logflow.ingest.staged import StagedWriter
from logflow.interfaces.sink import EncodedPart, Encoder, Staging
from logflow.options import SinkOptions

__all__ = ["ArrowFileSink", "ArrowStreamSink"]

CODECS = ("none", "lz4", "zstd")


class ArrowFileSink(FilesSink):
    """Writes the file format, uncompressed if not said otherwise.

    It has no place for metadata that is known only at the end of a run.
    """

    extension: ClassVar[str] = ".arrow"

    def __init__(self, staging: Staging, options: SinkOptions) -> None:
        """Raises :exc:`~logflow.errors.OptionError` for what Arrow IPC cannot do."""
        super().__init__(staging, options)
        self._settings = _settings(options)

    def make_encoder(self, schema: pa.Schema, table: str | None) -> Encoder:
        """The encoder of rows of *schema*."""
        return BatchEncoder(schema=schema, options=self.options, table=table)

    def begin(self, out: StagedWriter, schema: pa.Schema) -> FileWriter:
        """What writes record batches."""
        written = plain_schema(schema)
        return _Writer(self._open_writer(out, written), written)

    def count_rows(self, stream: BinaryIO) -> int:
        """The rows of all batches."""
        return sum(batch.num_rows for batch in self._batches(stream))

    def _open_writer(self, out: StagedWriter, schema: pa.Schema) -> Any:
        return pa.ipc.new_file(out, schema, options=self._settings)

    def _batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        reader = pa.ipc.open_file(stream)
        return map(reader.get_batch, range(reader.num_record_batches))


class ArrowStreamSink(ArrowFileSink):
    """Writes the stream format, otherwise as :class:`ArrowFileSink`."""

    extension: ClassVar[str] = ".arrows"

    def _open_writer(self, out: StagedWriter, schema: pa.Schema) -> Any:
        return pa.ipc.new_stream(out, schema, options=self._settings)

    def _batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        return iter(pa.ipc.open_stream(stream))


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes record batches by pyarrow's *writer*."""

    writer: Any
    schema: pa.Schema

    def write(self, part: EncodedPart) -> None:
        self.writer.write_batch(pa.ipc.read_record_batch(part.data, self.schema))

    def close(self) -> None:
        self.writer.close()


def _settings(options: SinkOptions) -> pa.ipc.IpcWriteOptions:
    codec = chosen_codec(options, valid=CODECS, default="none")
    if codec == "none":
        return pa.ipc.IpcWriteOptions()
    return pa.ipc.IpcWriteOptions(compression=pa.Codec(codec, options.compression_level))
