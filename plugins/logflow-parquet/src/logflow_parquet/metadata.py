"""The numbers of the fields of Parquet's metadata, and how to get at them.

The format: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from typing import Any

from logflow_parquet.thrift import Struct, read_struct

__all__ = ["MAGIC", "footer_of", "shift", "values"]

MAGIC = b"PAR1"
TAIL = 8
"""Bytes after the footer: its length and the magic."""

# FileMetaData
FILE_SCHEMA, FILE_ROWS, FILE_ROW_GROUPS, FILE_METADATA = 2, 3, 4, 5
# SchemaElement
CHILDREN = 5
# RowGroup
ROW_GROUP_COLUMNS, ROW_GROUP_SIZE, ROW_GROUP_ROWS = 1, 2, 3
ROW_GROUP_SORTING, ROW_GROUP_OFFSET, ROW_GROUP_COMPRESSED = 4, 5, 6
# SortingColumn
SORTING_COLUMN, SORTING_DESCENDING, SORTING_NULLS_FIRST = 1, 2, 3
# ColumnChunk
CHUNK_OFFSET, CHUNK_METADATA = 2, 3
OFFSET_INDEX, OFFSET_INDEX_LENGTH, COLUMN_INDEX, COLUMN_INDEX_LENGTH = 4, 5, 6, 7
# ColumnMetaData
PLAIN_SIZE, COMPRESSED_SIZE, DATA_PAGES, INDEX_PAGES, DICTIONARY = 6, 7, 9, 10, 11
BLOOM_FILTER, BLOOM_FILTER_LENGTH = 14, 15
# OffsetIndex and PageLocation
PAGE_LOCATIONS = 1
PAGE_OFFSET, PAGE_SIZE, FIRST_ROW = 1, 2, 3
# KeyValue
KEY, VALUE = 1, 2


def footer_of(file: memoryview) -> tuple[Struct, int]:
    """The footer (``FileMetaData``) of a whole Parquet file, and where it starts.

    Raises ``ValueError`` if there is none.
    """
    if len(file) < len(MAGIC) + TAIL or file[:4] != MAGIC or file[-4:] != MAGIC:
        raise ValueError(f"{len(file)} bytes that do not start and end with {MAGIC!r}")
    end = len(file) - TAIL
    start = end - int.from_bytes(file[end : end + 4], "little")
    if start < len(MAGIC):
        raise ValueError(f"a footer of {end - start} bytes in a file of {len(file)}")
    return read_struct(bytes(file[start:end]))[0], start


def values(struct: Struct, field: int) -> list[Any]:
    """The elements of a list field."""
    found: list[Any] = struct[field][1][1]
    return found


def shift(meta: Struct, distance: int) -> Struct:
    """The ``ColumnMetaData`` of a column chunk that lies *distance* bytes further on."""
    moved = dict(meta)
    for field in (DATA_PAGES, INDEX_PAGES, DICTIONARY):
        if field in meta:
            kind, value = meta[field]
            moved[field] = kind, value + distance
    return moved
