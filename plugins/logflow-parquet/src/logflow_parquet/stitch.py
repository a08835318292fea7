"""Row groups stitched into one Parquet file.

Encoders know everything about their row groups but where they will be.  All offsets in Parquet are
absolute, so they are set here.  The page indexes of all row groups stand together before the
footer, where readers fetch them in one go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logflow.errors import StorageError
from logflow.ingest.staged import StagedWriter
from logflow_parquet.layout import ColumnChunk
from logflow_parquet.metadata import (
    BLOOM_FILTER,
    BLOOM_FILTER_LENGTH,
    CHUNK_METADATA,
    CHUNK_OFFSET,
    FILE_METADATA,
    FILE_ROW_GROUPS,
    FILE_ROWS,
    FIRST_ROW,
    KEY,
    MAGIC,
    PAGE_LOCATIONS,
    PAGE_OFFSET,
    PAGE_SIZE,
    PLAIN_SIZE,
    ROW_GROUP_COLUMNS,
    ROW_GROUP_COMPRESSED,
    ROW_GROUP_OFFSET,
    ROW_GROUP_ROWS,
    ROW_GROUP_SIZE,
    ROW_GROUP_SORTING,
    SORTING_COLUMN,
    SORTING_DESCENDING,
    SORTING_NULLS_FIRST,
    VALUE,
    shift,
    values,
)
from logflow_parquet.row_group import Body, RowGroup
from logflow_parquet.thrift import BINARY, I32, I64, LIST, STRUCT, TRUE, Struct, encoded

__all__ = ["Stitcher"]

MAX_FOOTER = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class _Columns:
    """The column chunks of a row group that was written.

    Their metadata are encoded, because files may have very many, as far as they are known: the
    lengths of their page indexes are, where these will be is not.
    """

    starts: Sequence[bytes]
    index_lengths: Sequence[tuple[int, int]]
    rest: Struct


class _Order:
    """Which columns ascend through the whole file, without nulls."""

    def __init__(self) -> None:
        self._ends: dict[int, tuple[Any, Any]] | None = None

    def add(self, columns: Sequence[ColumnChunk]) -> None:
        """Go on with the column chunks of another row group."""
        added = {i: column.ends for i, column in enumerate(columns) if column.ends is not None}
        if self._ends is None:
            self._ends = added
        else:
            self._ends = {
                i: (first, added[i][1])
                for i, (first, last) in self._ends.items()
                if i in added and last <= added[i][0]
            }

    def columns(self) -> list[int]:
        """The columns that ascend, but for those of one value: rows are sorted by all of them."""
        return [i for i, (first, last) in (self._ends or {}).items() if first < last]


class Stitcher:
    """Writes one Parquet file of row groups.

    *template* is the footer of a file with the same schema, of which everything but the row groups
    is kept.
    """

    def __init__(self, out: StagedWriter, template: Struct) -> None:
        self._out = out
        self._template = template
        self._row_groups: list[_Columns] = []
        self._column_indexes = bytearray()
        self._offset_indexes = bytearray()
        self._order = _Order()
        self.rows = 0
        out.write(MAGIC)

    @property
    def size(self) -> int:
        """Bytes written so far, and those that wait for the end of the file."""
        return self._out.size + len(self._column_indexes) + len(self._offset_indexes)

    def append(self, body: Body, group: RowGroup) -> None:
        """Append a row group, whose column chunks are *body*."""
        size = sum(piece.size for piece in body)
        if size != group.size:
            raise StorageError(f"an encoded row group is damaged: {size} bytes, not {group.size}")
        start = self._out.size
        filter_start = start + size
        starts = []
        lengths = []
        for column in group.columns:
            meta = shift(column.meta, start)
            if column.bloom_filter:
                meta[BLOOM_FILTER] = I64, filter_start
                meta[BLOOM_FILTER_LENGTH] = I32, len(column.bloom_filter)
                filter_start += len(column.bloom_filter)
            chunk: Struct = {CHUNK_OFFSET: (I64, 0), CHUNK_METADATA: (STRUCT, meta)}
            starts.append(encoded(chunk)[:-1])  # more fields follow
            lengths.append(self._keep_indexes(column, start))
            start += column.size
        rest: Struct = {
            ROW_GROUP_SIZE: (I64, sum(column.meta[PLAIN_SIZE][1] for column in group.columns)),
            ROW_GROUP_ROWS: (I64, group.rows),
            ROW_GROUP_OFFSET: (I64, self._out.size),
            ROW_GROUP_COMPRESSED: (I64, size),
        }
        self._order.add(group.columns)
        self._row_groups.append(_Columns(starts, lengths, rest))
        self.rows += group.rows
        for piece in body:
            self._out.write(piece)
        for column in group.columns:
            if column.bloom_filter:
                self._out.write(column.bloom_filter)

    def _keep_indexes(self, column: ColumnChunk, start: int) -> tuple[int, int]:
        """Set the page indexes of a column chunk aside; gives their lengths, 0 for none."""
        column_index = column.column_index or b""
        offset_index = b""
        if column.locations:
            pages: list[Struct] = [
                {PAGE_OFFSET: (I64, start + at), PAGE_SIZE: (I32, size), FIRST_ROW: (I64, row)}
                for at, size, row in column.locations
            ]
            offset_index = encoded({PAGE_LOCATIONS: (LIST, (STRUCT, pages))})
        self._column_indexes += column_index
        self._offset_indexes += offset_index
        return len(column_index), len(offset_index)

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Write page indexes and footer; *metadata* goes beside that of the template."""
        column_indexes = self._out.size
        offset_indexes = column_indexes + self._out.write(self._column_indexes)
        self._out.write(self._offset_indexes)
        groups = []
        sorting = _sorting(self._order.columns())
        for group in self._row_groups:
            columns = []
            for start, lengths in zip(group.starts, group.index_lengths, strict=True):
                columns.append(start + _places(column_indexes, offset_indexes, *lengths))
                column_indexes += lengths[0]
                offset_indexes += lengths[1]
            fields = {ROW_GROUP_COLUMNS: (LIST, (STRUCT, columns))} | group.rest | sorting
            groups.append(encoded(dict(sorted(fields.items()))))
        footer = encoded(
            self._template
            | {
                FILE_ROWS: (I64, self.rows),
                FILE_ROW_GROUPS: (LIST, (STRUCT, groups)),
                FILE_METADATA: _key_values(self._template, metadata),
            }
        )
        if len(footer) > MAX_FOOTER:
            raise StorageError(
                f"{len(groups):,} row groups need a footer of {len(footer):,} bytes, "
                "more than Parquet can have: use larger row groups or several files"
            )
        self._out.write(footer)
        self._out.write(len(footer).to_bytes(4, "little") + MAGIC)
        self._out.flush()


def _sorting(columns: Sequence[int]) -> Struct:
    """What a row group says of ascending columns, if there are any."""
    if not columns:
        return {}
    order: list[Struct] = [
        {
            SORTING_COLUMN: (I32, i),
            SORTING_DESCENDING: (TRUE, False),
            SORTING_NULLS_FIRST: (TRUE, False),
        }
        for i in columns
    ]
    return {ROW_GROUP_SORTING: (LIST, (STRUCT, order))}


def _places(column_index: int, offset_index: int, column_size: int, offset_size: int) -> bytes:
    """The end of an encoded ``ColumnChunk``: where its page indexes are, if it has them.

    Thrift counts a field's number from the one before, here the third.
    """
    fields: Struct = {}
    if offset_size:
        fields |= {1: (I64, offset_index), 2: (I32, offset_size)}
    if column_size:
        fields |= {3: (I64, column_index), 4: (I32, column_size)}
    return encoded(fields)


def _key_values(template: Struct, metadata: Mapping[str, str]) -> tuple[int, Any]:
    """The key-value list of the footer, where *metadata* replaces what has the same key."""
    new = {key.encode(): value.encode() for key, value in metadata.items()}
    old = values(template, FILE_METADATA) if FILE_METADATA in template else []
    pairs = [pair for pair in old if pair[KEY][1] not in new]
    pairs += [{KEY: (BINARY, key), VALUE: (BINARY, value)} for key, value in new.items()]
    return LIST, (STRUCT, pairs)
