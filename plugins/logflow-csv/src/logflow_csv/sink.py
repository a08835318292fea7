"""The sinks of CSV and TSV: RFC 4180, in UTF-8, written by pyarrow."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from logflow.errors import DataError, OptionError
from logflow.ingest.files import AppendedSink
from logflow.ingest.json_texts import check_type, texts
from logflow.ingest.pieces import cut
from logflow.ingest.plain import plain
from logflow.interfaces.sink import EncodedPart, Encoder, Staging
from logflow.options import SinkOptions, option
from logflow_ext import kernel
from logflow_ext.cells import LENGTH

__all__ = ["CsvEncoder", "CsvSink", "CsvSinkOptions", "TsvSink", "TsvSinkOptions"]

PIECE_BYTES = 4 << 20
"""Arrow bytes that become text at a time."""
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class CsvSinkOptions(SinkOptions):
    """How text is written."""

    delimiter: str = option(",", "What stands between fields: one character of ASCII.")
    header: bool = option(True, "Whether the first record has the names of the columns.")
    quoting: Literal["text", "all", "none"] = option(
        "text",
        "What stands in quotes: texts, all values, or nothing, which is an error where a value "
        "has a delimiter, a quote or a line end in it. Nulls never do.",
    )

    def __post_init__(self) -> None:
        if len(self.delimiter) != 1 or not self.delimiter.isascii() or self.delimiter in '"\r\n':
            raise OptionError(
                f"option 'delimiter' is {self.delimiter!r}; expected a character of ASCII that is "
                "neither a quote nor a line end",
                name="delimiter",
            )


@dataclass(frozen=True, kw_only=True)
class TsvSinkOptions(CsvSinkOptions):
    """The same, with tabs."""

    delimiter: str = option("\t", "What stands between fields: one character of ASCII.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvEncoder:
    """Makes records of rows; nested values are texts of JSON."""

    schema: pa.Schema
    options: CsvSinkOptions
    table: str | None = None

    def encode(self, batches: Sequence[pa.RecordBatch], index: int) -> Iterator[EncodedPart]:
        """Records in row order.

        Raises :exc:`~logflow.errors.DataError` for what cannot be written without quotes, or would
        be a blank line.
        """
        table = plain(pa.Table.from_batches(batches, self.schema))
        for piece in cut(table, rows=self.options.row_group_rows, size=PIECE_BYTES):
            data = text_of(piece, self.options, header=False)
            yield EncodedPart(
                index=index, rows=piece.num_rows, size=len(data), data=data, table=self.table
            )


def text_of(table: pa.Table, options: CsvSinkOptions, *, header: bool) -> bytes:
    """The records of *table*, after one of its names if there is to be a *header*."""
    if table.num_columns == 1 and table.column(0).null_count:
        raise DataError(
            f"a null of {table.column_names[0]!r}, the only column, would be a blank line: write "
            "JSON Lines or Parquet"
        )
    settings = pa.csv.WriteOptions(
        include_header=header, delimiter=options.delimiter, quoting_style=_STYLES[options.quoting]
    )
    columns = [_written(table.column(i), field) for i, field in enumerate(table.schema)]
    out = io.BytesIO()
    try:
        pa.csv.write_csv(pa.table(columns, table.column_names), out, settings)
    except pa.ArrowInvalid as err:
        raise DataError(f"{str(err).partition(chr(10))[0]} (quoting is {options.quoting})") from err
    return out.getvalue()


_STYLES = {"text": "needed", "all": "all_valid", "none": "none"}


def _written(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    """A column as pyarrow can write it: nested values as texts of JSON."""
    if pa.types.is_nested(field.type):
        written = pa.chunked_array([texts(chunk, field) for chunk in column.chunks], pa.string())
        return pc.if_else(column.is_valid(), written, pa.scalar(None, pa.string()))
    if pa.types.is_null(field.type):
        return column.cast(pa.string())
    return column.cast(pa.float32()) if pa.types.is_float16(field.type) else column


class CsvSink(AppendedSink):
    """Writes CSV."""

    extension: ClassVar[str] = ".csv"
    options: CsvSinkOptions

    def __init__(self, staging: Staging, options: CsvSinkOptions | None = None) -> None:
        super().__init__(staging, options or CsvSinkOptions())

    def make_encoder(self, schema: pa.Schema, table: str | None) -> Encoder:
        """Raises :exc:`~logflow.errors.SchemaError` for a type that CSV has no place for."""
        for field in schema:
            check_type(field, form="CSV")
        return CsvEncoder(schema=schema, options=self.options, table=table)

    def head(self, schema: pa.Schema) -> bytes:
        """The names of the columns, if they are wanted."""
        empty = plain(schema.empty_table())
        return text_of(empty, self.options, header=True) if self.options.header else b""

    def count_rows(self, stream: BinaryIO) -> int:
        """Records but the header, blank ones of tables without columns too."""
        count, rest = 0, b""
        dialect = {
            "delimiter": self.options.delimiter.encode(),
            "quote": None if self.options.quoting == "none" else ord('"'),
            "escape": None if self.options.quoting == "none" else ord('"'),
        }
        final = False
        while not final:
            block = stream.read(BLOCK_BYTES)
            final, data = not block, rest + block
            size, records, _ = kernel("delimited").split(
                data, **dialect, **_PLAIN, max_record_bytes=LENGTH, final=final
            )
            count, rest = count + records, data[size:]
        return count - self.options.header


_PLAIN = {
    "merge": False,
    "comment": b"",
    "skip_spaces": False,
    "max_records": sys.maxsize,
    "max_bytes": sys.maxsize,
}


class TsvSink(CsvSink):
    """Writes the same with tabs."""

    extension: ClassVar[str] = ".tsv"

    def __init__(self, staging: Staging, options: TsvSinkOptions | None = None) -> None:
        super().__init__(staging, options or TsvSinkOptions())
