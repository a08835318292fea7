"""The sink of JSON Lines: an object a row, in the order of the columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from logflow.ingest.files import AppendedSink
from logflow.ingest.json_texts import check_type, texts
from logflow.ingest.pieces import cut
from logflow.interfaces.sink import EncodedPart, Encoder

__all__ = ["JsonLinesEncoder", "JsonLinesSink"]

PIECE_BYTES = 4 << 20
"""Arrow bytes that become text at a time."""
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLinesEncoder:
    """Makes lines of rows; a null is written as one, so that every line has all keys."""

    schema: pa.Schema
    rows: int
    table: str | None = None

    def encode(self, batches: Sequence[pa.RecordBatch], index: int) -> Iterator[EncodedPart]:
        """Lines in row order."""
        table = pa.Table.from_batches(batches, self.schema)
        for piece in cut(table, rows=self.rows, size=PIECE_BYTES):
            data = self._lines(piece)
            yield EncodedPart(
                index=index, rows=piece.num_rows, size=data.size, data=data, table=self.table
            )

    def _lines(self, piece: pa.Table) -> pa.Buffer:
        if not piece.num_columns:
            return pa.py_buffer(b"{}\n" * piece.num_rows)
        columns = [column.combine_chunks() for column in piece.columns]
        rows = pa.StructArray.from_arrays(columns, fields=list(self.schema))
        lines = pc.binary_join_element_wise(texts(rows, pa.field("row", rows.type)), "", "\n")
        _, offsets, data = lines.buffers()
        ends = memoryview(offsets).cast("i")
        first, last = ends[lines.offset], ends[lines.offset + len(lines)]
        return data.slice(first, last - first)


class JsonLinesSink(AppendedSink):
    """Writes JSON Lines in UTF-8."""

    extension: ClassVar[str] = ".jsonl"

    def make_encoder(self, schema: pa.Schema, table: str | None) -> Encoder:
        """Raises :exc:`~logflow.errors.SchemaError` for a type that JSON has no place for."""
        for field in schema:
            check_type(field)
        return JsonLinesEncoder(schema=schema, rows=self.options.row_group_rows, table=table)

    def count_rows(self, stream: BinaryIO) -> int:
        """Line ends: inside of strings they are escaped."""
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(BLOCK_BYTES), b""))
