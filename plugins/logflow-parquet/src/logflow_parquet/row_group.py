"""A table as one row group: the bytes of its column chunks, and what a file has to know of them.

The bytes stay in the pieces in which they were made: together they are as large as the file, and
a copy in new memory takes longer than to write them.

Columns of the common flat types are laid out by :mod:`logflow_parquet.layout`, which costs a
fraction of what pyarrow's writer takes; pyarrow writes the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from logflow_parquet.arrow_writer import codec, write_file
from logflow_parquet.layout import ColumnChunk, Laid, Layout, lay_out
from logflow_parquet.metadata import (
    CHILDREN,
    CHUNK_METADATA,
    COLUMN_INDEX,
    COLUMN_INDEX_LENGTH,
    COMPRESSED_SIZE,
    DATA_PAGES,
    DICTIONARY,
    FILE_ROW_GROUPS,
    FILE_SCHEMA,
    FIRST_ROW,
    OFFSET_INDEX,
    OFFSET_INDEX_LENGTH,
    PAGE_LOCATIONS,
    PAGE_OFFSET,
    PAGE_SIZE,
    ROW_GROUP_COLUMNS,
    footer_of,
    shift,
    values,
)
from logflow_parquet.options import NEWEST, ParquetOptions
from logflow_parquet.thrift import I32, Struct, read_struct

__all__ = ["Body", "RowGroup", "encode"]

Body = Sequence[pa.Buffer]
"""The bytes of the column chunks of a row group, in pieces."""

CODEC_NAMES = {"lz4": "lz4_raw"}
"""Arrow's names of codecs where they differ from Parquet's."""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """What a file has to know of a row group, whose column chunks follow each other."""

    rows: int
    columns: Sequence[ColumnChunk]

    @property
    def size(self) -> int:
        """Bytes of all column chunks."""
        return sum(column.size for column in self.columns)


def encode(table: pa.Table, options: ParquetOptions) -> tuple[Body, RowGroup]:
    """*table* as a row group: its bytes, and what to say of them.

    Raises ``ValueError`` for values that Parquet cannot hold.
    """
    name = codec(options)
    layout = Layout(
        dictionary=options.dictionary,
        page_bytes=options.page_bytes,
        codec=None
        if name == "none"
        else pa.Codec(CODEC_NAMES.get(name, name), options.compression_level),
        bloom_filters=options.bloom_filters,
    )
    columns = zip(table.columns, table.schema, strict=True)
    laid = [
        lay_out(column, field, layout) if options.version == NEWEST else None
        for column, field in columns
    ]
    others = [i for i, chunk in enumerate(laid) if chunk is None]
    written = _written(write_file(table.select(others), options)) if others else iter(())
    chunks = [one for chunk in laid for one in ([chunk] if chunk else next(written))]
    body = [pa.py_buffer(piece) for _, pieces in chunks for piece in pieces]
    return body, RowGroup(table.num_rows, [chunk for chunk, _ in chunks])


def _written(file: pa.Buffer) -> Iterator[list[Laid]]:
    """The column chunks of a Parquet file with one row group, those of a column at a time."""
    data = memoryview(file)
    footer, _ = footer_of(data)
    chunks = iter(values(values(footer, FILE_ROW_GROUPS)[0], ROW_GROUP_COLUMNS))
    for leaves in _leaves(values(footer, FILE_SCHEMA)):
        yield [_chunk(data, next(chunks)) for _ in range(leaves)]


def _leaves(elements: Sequence[Struct]) -> Iterator[int]:
    """How many column chunks each column has, by the elements of a file's schema."""
    at = 1
    while at < len(elements):
        end = _end(elements, at)
        yield sum(not element.get(CHILDREN, (I32, 0))[1] for element in elements[at:end])
        at = end


def _end(elements: Sequence[Struct], at: int) -> int:
    """The position behind a schema element and all below it."""
    end = at + 1
    for _ in range(elements[at].get(CHILDREN, (I32, 0))[1]):
        end = _end(elements, end)
    return end


def _chunk(data: memoryview, column: Struct) -> Laid:
    """A column chunk of a Parquet file."""
    meta: Struct = column[CHUNK_METADATA][1]
    start = meta.get(DICTIONARY, meta[DATA_PAGES])[1]
    locations = _index(data, column, OFFSET_INDEX, OFFSET_INDEX_LENGTH)
    pages = values(read_struct(locations)[0], PAGE_LOCATIONS) if locations else []
    chunk = ColumnChunk(
        shift(meta, -start),
        _index(data, column, COLUMN_INDEX, COLUMN_INDEX_LENGTH),
        [(page[PAGE_OFFSET][1] - start, page[PAGE_SIZE][1], page[FIRST_ROW][1]) for page in pages],
    )
    return chunk, [data[start : start + meta[COMPRESSED_SIZE][1]]]


def _index(data: memoryview, column: Struct, offset: int, length: int) -> bytes | None:
    if offset not in column:
        return None
    start = column[offset][1]
    return bytes(data[start : start + column[length][1]])
