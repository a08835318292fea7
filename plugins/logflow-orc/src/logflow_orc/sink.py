"""The sink of ORC, by the library that comes with pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

import pyarrow as pa
import pyarrow.orc

from logflow.errors import DataError, SchemaError, StorageError
from logflow.ingest.compression import chosen_codec
from logflow.ingest.files import BatchEncoder, FilesSink, FileWriter
from logflow.ingest.plain import plain, plain_schema, rebuilt
from logflow.ingest.staged import StagedWriter
from logflow.interfaces.sink import EncodedPart, Encoder

__all__ = ["OrcEncoder", "OrcSink", "stored_as"]

CODECS = ("none", "snappy", "zlib", "lz4", "zstd")

_WIDER = {
    pa.null(): pa.string(),
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
    pa.float16(): pa.float32(),
    pa.date64(): pa.date32(),
    pa.string_view(): pa.string(),
    pa.binary_view(): pa.binary(),
}
_HAVE = (
    pa.types.is_boolean,
    pa.types.is_signed_integer,
    pa.types.is_floating,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_fixed_size_binary,
    pa.types.is_date32,
    pa.types.is_timestamp,
    pa.types.is_decimal128,
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_map,
    pa.types.is_struct,
)


def stored_as(field: pa.Field) -> pa.Field:
    """A field as ORC stores it: the type itself, or the next wider one that ORC has.

    Timestamps are in nanoseconds, as they are read.  Raises
    :exc:`~logflow.errors.SchemaError` for a type that ORC has no place for.

    >>> stored_as(pa.field("a", pa.list_(pa.uint8()))).type
    ListType(list<item: int16>)
    """

    def change(kind: Any) -> pa.DataType | None:
        if kind in _WIDER:
            return _WIDER[kind]
        if pa.types.is_timestamp(kind):
            return pa.timestamp("ns", kind.tz)
        if pa.types.is_decimal256(kind) and kind.precision <= 38:
            return pa.decimal128(kind.precision, kind.scale)
        if not any(test(kind) for test in _HAVE):
            raise SchemaError(
                f"column {field.name}: ORC has no place for {kind}; write Parquet or Arrow, or "
                "leave the column out"
            )
        return None

    return field.with_type(rebuilt(field.type, change))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrcEncoder:
    """Makes record batches of the types that ORC has."""

    schema: pa.Schema
    batches: BatchEncoder

    def encode(self, batches: Sequence[pa.RecordBatch], index: int) -> Iterator[EncodedPart]:
        """Record batches in row order.

        Raises :exc:`~logflow.errors.DataError` for a timestamp that nanoseconds cannot tell.
        """
        table = plain(pa.Table.from_batches(batches, self.schema))
        try:
            cast = table.cast(self.batches.schema)
        except pa.ArrowInvalid as err:
            raise DataError(f"ORC has no place for a value: {err}; write Parquet") from err
        return self.batches.encode(cast.to_batches(), index)


class OrcSink(FilesSink):
    """Writes ORC, compressed with Zstandard if not said otherwise.

    The library writes on the driver alone; only what comes before it is done in parallel.
    """

    extension: ClassVar[str] = ".orc"

    def make_encoder(self, schema: pa.Schema, table: str | None) -> Encoder:
        """Raises :exc:`~logflow.errors.SchemaError` for a type that ORC has no place for."""
        if not len(schema):
            raise SchemaError("ORC cannot hold rows without columns")
        batches = BatchEncoder(schema=_stored(schema), options=self.options, table=table)
        return OrcEncoder(schema=schema, batches=batches)

    def begin(self, out: StagedWriter, schema: pa.Schema) -> FileWriter:
        """What writes stripes."""
        codec = chosen_codec(self.options, valid=CODECS, default="zstd")
        held = _Held(out)
        writer = pa.orc.ORCWriter(
            pa.PythonFile(held, "w"),
            compression="uncompressed" if codec == "none" else codec,
            stripe_size=self.options.row_group_bytes,
        )
        stored = _stored(schema)
        writer.write(stored.empty_table())  # or a file without rows would have no schema
        return _Writer(writer, stored, held)

    def count_rows(self, stream: BinaryIO) -> int:
        """The rows that the footer tells."""
        return int(pa.orc.ORCFile(stream).nrows)


def _stored(schema: pa.Schema) -> pa.Schema:
    return pa.schema([stored_as(field) for field in plain_schema(schema)])


@dataclass(slots=True)
class _Held:
    """A file whose errors wait: a writer that meets one as it is thrown away ends the process."""

    out: StagedWriter
    closed: bool = False
    error: Exception | None = None

    def write(self, data: Any) -> int:
        if self.error is None:
            try:
                self.out.write(data)
            except (StorageError, ValueError) as err:  # ValueError: of a closed file
                self.error = err
        return len(memoryview(data).cast("B"))

    def flush(self) -> None:
        """The sink does so."""

    def check(self) -> None:
        """Raise the error that waits."""
        if self.error is not None:
            raise self.error


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes record batches by pyarrow's *writer*."""

    writer: Any
    schema: pa.Schema
    held: _Held

    def write(self, part: EncodedPart) -> None:
        batch = pa.ipc.read_record_batch(part.data, self.schema)
        self.writer.write(pa.Table.from_batches([batch]))
        self.held.check()

    def close(self) -> None:
        self.writer.close()
        self.held.check()
