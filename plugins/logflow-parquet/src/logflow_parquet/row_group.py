"""A table as one row group: a small Parquet file in memory.

Columns of the common flat types are laid out by :mod:`logflow_parquet.layout`, which costs a
fraction of what pyarrow's writer takes; pyarrow writes the others, and all files without rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from logflow_parquet.arrow_writer import codec, empty_file, write_file
from logflow_parquet.layout import ColumnChunk, Layout, lay_out
from logflow_parquet.options import ParquetOptions
from logflow_parquet.stitch import (
    CHUNK_METADATA,
    CHUNK_OFFSET,
    COLUMN_INDEX,
    COLUMN_INDEX_LENGTH,
    DATA_PAGES,
    DICTIONARY,
    FILE_ROW_GROUPS,
    FILE_ROWS,
    FILE_SCHEMA,
    MAGIC,
    OFFSET_INDEX,
    OFFSET_INDEX_LENGTH,
    PAGE_LOCATIONS,
    PAGE_OFFSET,
    ROW_GROUP_COLUMNS,
    ROW_GROUP_OFFSET,
    ROW_GROUP_ROWS,
    footer_of,
    shift,
)
from logflow_parquet.thrift import I32, I64, LIST, STRUCT, Struct, encoded, read_struct

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["write_row_group"]

PLAIN_SIZE, COMPRESSED_SIZE = 6, 7
ROW_GROUP_BYTES, ROW_GROUP_COMPRESSED = 2, 6
CHILDREN = 5
"""The field of a schema element that says how many elements below it follow."""

NEWEST = "2.6"
"""The version of the format whose types are those that :mod:`logflow_parquet.layout` writes."""


CODEC_NAMES = {"lz4": "lz4_raw"}
"""Arrow's names of codecs where they differ from Parquet's."""


@dataclass(frozen=True, slots=True)
class Template:
    """What row groups of a schema share: a footer without row groups, its schema encoded, and
    how many column chunks each top-level column has."""

    footer: Struct
    leaves: Sequence[int]


def write_row_group(table: pa.Table, options: ParquetOptions) -> pa.Buffer:
    """*table* as a Parquet file with one row group.

    Raises ``ValueError`` for values that Parquet cannot hold.
    """
    if options.version != NEWEST or not table.num_rows:
        return write_file(table, options)
    template = _template(table.schema.serialize().to_pybytes(), options)
    name = codec(options)
    layout = Layout(
        dictionary=options.dictionary,
        page_bytes=options.page_bytes,
        codec=None
        if name == "none"
        else pa.Codec(CODEC_NAMES.get(name, name), options.compression_level),
    )
    columns = zip(table.columns, table.schema, strict=True)
    laid = [lay_out(column, field, layout) for column, field in columns]
    others = [i for i, chunk in enumerate(laid) if chunk is None]
    written = _chunks(write_file(table.select(others), options)) if others else iter(())
    chunks = [
        one
        for chunk, leaves in zip(laid, template.leaves, strict=True)
        for one in ([chunk] if chunk else [next(written) for _ in range(leaves)])
    ]
    return _file(chunks, table.num_rows, template.footer)


@lru_cache(maxsize=16)
def _template(schema: bytes, options: ParquetOptions) -> Template:
    """The template of a serialized schema, whose metadata counts: it may have field ids."""
    file = empty_file(pa.ipc.read_schema(pa.py_buffer(schema)), options)
    footer, _ = footer_of(memoryview(file))
    elements: list[Struct] = footer[FILE_SCHEMA][1][1]
    leaves = []
    at = 1
    while at < len(elements):
        end = _end(elements, at)
        leaves.append(sum(not element.get(CHILDREN, (I32, 0))[1] for element in elements[at:end]))
        at = end
    footer[FILE_SCHEMA] = LIST, (STRUCT, [encoded(element) for element in elements])
    return Template(footer, leaves)


def _end(elements: Sequence[Struct], at: int) -> int:
    """The position behind a schema element and all below it."""
    end = at + 1
    for _ in range(elements[at].get(CHILDREN, (I32, 0))[1]):
        end = _end(elements, end)
    return end


def _chunks(file: pa.Buffer) -> Iterator[ColumnChunk]:
    """The column chunks of a Parquet file with one row group that pyarrow wrote."""
    data = memoryview(file)
    footer, _ = footer_of(data)
    for column in footer[FILE_ROW_GROUPS][1][1][0][ROW_GROUP_COLUMNS][1][1]:
        meta: Struct = column[CHUNK_METADATA][1]
        start = meta.get(DICTIONARY, meta[DATA_PAGES])[1]
        for field in (DATA_PAGES, DICTIONARY):
            shift(meta, field, -start)
        locations = _index(data, column, OFFSET_INDEX, OFFSET_INDEX_LENGTH)
        pages = read_struct(locations)[0][PAGE_LOCATIONS][1][1] if locations else []
        for page in pages:
            shift(page, PAGE_OFFSET, -start)
        yield ColumnChunk(
            [data[start : start + meta[COMPRESSED_SIZE][1]]],
            meta,
            _index(data, column, COLUMN_INDEX, COLUMN_INDEX_LENGTH),
            pages,
        )


def _index(data: memoryview, column: Struct, offset: int, length: int) -> bytes | None:
    if offset not in column:
        return None
    start = column[offset][1]
    return bytes(data[start : start + column[length][1]])


def _file(chunks: Sequence[ColumnChunk], rows: int, template: Struct) -> pa.Buffer:
    """The file of one row group: column chunks, column indexes, offset indexes, footer."""
    pieces: list[Buffer] = [MAGIC]
    end = len(MAGIC)
    columns: list[Struct] = []
    for chunk in chunks:
        for field in (DATA_PAGES, DICTIONARY):
            shift(chunk.meta, field, end)
        for page in chunk.locations:
            shift(page, PAGE_OFFSET, end)
        columns.append({CHUNK_OFFSET: (I64, 0), CHUNK_METADATA: (STRUCT, chunk.meta)})
        pieces += chunk.pieces
        end += chunk.meta[COMPRESSED_SIZE][1]
    offset_indexes = [
        encoded({PAGE_LOCATIONS: (LIST, (STRUCT, chunk.locations))}) if chunk.locations else None
        for chunk in chunks
    ]
    column_indexes = [chunk.column_index for chunk in chunks]
    for fields, indexes in (
        ((COLUMN_INDEX, COLUMN_INDEX_LENGTH), column_indexes),
        ((OFFSET_INDEX, OFFSET_INDEX_LENGTH), offset_indexes),
    ):
        for column, index in zip(columns, indexes, strict=True):
            if index is not None:
                column |= dict(zip(fields, ((I64, end), (I32, len(index))), strict=True))
                pieces.append(index)
                end += len(index)
    footer = encoded(
        template
        | {
            FILE_ROWS: (I64, rows),
            FILE_ROW_GROUPS: (LIST, (STRUCT, [_row_group(columns, chunks, rows)])),
        }
    )
    pieces += [footer, len(footer).to_bytes(4, "little"), MAGIC]
    return pa.py_buffer(b"".join(pieces))


def _row_group(columns: Sequence[Struct], chunks: Sequence[ColumnChunk], rows: int) -> Struct:
    return {
        ROW_GROUP_COLUMNS: (LIST, (STRUCT, [dict(sorted(column.items())) for column in columns])),
        ROW_GROUP_BYTES: (I64, sum(chunk.meta[PLAIN_SIZE][1] for chunk in chunks)),
        ROW_GROUP_ROWS: (I64, rows),
        ROW_GROUP_OFFSET: (I64, len(MAGIC)),
        ROW_GROUP_COMPRESSED: (I64, sum(chunk.meta[COMPRESSED_SIZE][1] for chunk in chunks)),
    }
