"""Row groups from several Parquet files stitched into one file.

The bytes of the column chunks are copied; what changes is where they are.  All offsets in Parquet
are absolute, so those in the footer and those in every offset index are shifted.  The page indexes
of all row groups stand together before the footer, where readers fetch them in one go.

The format: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logflow.errors import StorageError
from logflow.ingest.staged import StagedWriter
from logflow_parquet.thrift import BINARY, I32, I64, LIST, STRUCT, Struct, encoded, read_struct

__all__ = ["Stitcher", "footer_of", "shift"]

MAGIC = b"PAR1"
TAIL = 8
"""Bytes after the footer: its length and the magic."""

MAX_FOOTER = (1 << 31) - 1

# Field ids of the Thrift structs, by struct.
FILE_SCHEMA, FILE_ROWS, FILE_ROW_GROUPS, FILE_METADATA = 2, 3, 4, 5
ROW_GROUP_COLUMNS, ROW_GROUP_ROWS, ROW_GROUP_OFFSET, ROW_GROUP_ORDINAL = 1, 3, 5, 7
CHUNK_OFFSET, CHUNK_METADATA = 2, 3
OFFSET_INDEX, OFFSET_INDEX_LENGTH, COLUMN_INDEX, COLUMN_INDEX_LENGTH = 4, 5, 6, 7
DATA_PAGES, INDEX_PAGES, DICTIONARY, BLOOM_FILTER = 9, 10, 11, 14
PAGE_LOCATIONS = 1
PAGE_OFFSET = 1
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


class Stitcher:
    """Writes one Parquet file from the row groups of others.

    *template* is the footer of a file with the same schema, of which everything but the row groups
    is kept.  What is remembered of a row group is its part of the footer and its page index,
    encoded, because files may have very many.
    """

    def __init__(self, out: StagedWriter, template: Struct) -> None:
        self._out = out
        self._template = template
        self._row_groups: list[bytes] = []
        self._column_indexes = bytearray()
        self._offset_indexes = bytearray()
        self.rows = 0
        out.write(MAGIC)

    @property
    def size(self) -> int:
        """Bytes written so far, and those that wait for the end of the file."""
        return self._out.size + len(self._column_indexes) + len(self._offset_indexes)

    def append(self, part: memoryview) -> None:
        """Append all row groups of the Parquet file *part*.

        Raises :exc:`~logflow.errors.StorageError` if it is damaged or has another schema.
        """
        try:
            self._append(part)
        except (KeyError, ValueError, TypeError) as err:
            raise StorageError(f"an encoded row group is damaged: {err}") from err

    def _append(self, part: memoryview) -> None:
        footer, end = footer_of(part)
        if footer[FILE_SCHEMA] != self._template[FILE_SCHEMA]:
            raise ValueError("its schema is not that of the file")
        groups: list[Struct] = _values(footer, FILE_ROW_GROUPS)
        columns = [column for group in groups for column in _values(group, ROW_GROUP_COLUMNS)]
        indexes = [
            column[i][1] for column in columns for i in (COLUMN_INDEX, OFFSET_INDEX) if i in column
        ]
        base = self._out.size - len(MAGIC)
        for column in columns:
            self._move_indexes(column, part[:end], base)
            _shift_chunk(column, base)
        for group in groups:
            group.pop(ROW_GROUP_ORDINAL, None)  # 16 bits, and only encryption needs it
            shift(group, ROW_GROUP_OFFSET, base)
            self._row_groups.append(encoded(group))
            self.rows += group[ROW_GROUP_ROWS][1]
        self._out.write(part[len(MAGIC) : min(indexes, default=end)])

    def _move_indexes(self, column: Struct, part: memoryview, base: int) -> None:
        """Set the page indexes of a column chunk aside; its footer says where among the others."""
        if COLUMN_INDEX in column:
            index = _slice(part, column, COLUMN_INDEX, COLUMN_INDEX_LENGTH)
            _place(column, COLUMN_INDEX, COLUMN_INDEX_LENGTH, index, self._column_indexes)
        if OFFSET_INDEX in column:
            index = _slice(part, column, OFFSET_INDEX, OFFSET_INDEX_LENGTH)
            index = _shifted(index, base)
            _place(column, OFFSET_INDEX, OFFSET_INDEX_LENGTH, index, self._offset_indexes)

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Write page indexes and footer; *metadata* goes beside that of the template."""
        column_indexes = self._out.size
        offset_indexes = column_indexes + self._out.write(self._column_indexes)
        self._out.write(self._offset_indexes)
        self._row_groups = [
            _with_indexes(group, column_indexes, offset_indexes) for group in self._row_groups
        ]
        footer = encoded(
            self._template
            | {
                FILE_ROWS: (I64, self.rows),
                FILE_ROW_GROUPS: (LIST, (STRUCT, self._row_groups)),
                FILE_METADATA: _key_values(self._template, metadata),
            }
        )
        if len(footer) > MAX_FOOTER:
            raise StorageError(
                f"{len(self._row_groups):,} row groups need a footer of {len(footer):,} bytes, "
                "more than Parquet can have: use larger row groups or several files"
            )
        self._out.write(footer)
        self._out.write(len(footer).to_bytes(4, "little") + MAGIC)
        self._out.flush()


def _values(struct: Struct, field: int) -> list[Any]:
    """The elements of a list field."""
    values: list[Any] = struct[field][1][1]
    return values


def shift(struct: Struct, field: int, distance: int) -> None:
    """Add *distance* to an offset, if the struct has it."""
    if field in struct:
        kind, value = struct[field]
        struct[field] = kind, value + distance


def _shift_chunk(column: Struct, distance: int) -> None:
    """Move a column chunk; its own offset is 0 where the writer leaves it out."""
    if column[CHUNK_OFFSET][1]:
        shift(column, CHUNK_OFFSET, distance)
    for field in (DATA_PAGES, INDEX_PAGES, DICTIONARY, BLOOM_FILTER):
        shift(column[CHUNK_METADATA][1], field, distance)


def _slice(part: memoryview, column: Struct, offset: int, length: int) -> bytes:
    start, size = column[offset][1], column[length][1]
    if not (len(MAGIC) <= start and 0 <= size <= len(part) - start):
        raise ValueError(f"a page index of {size} bytes at byte {start} of {len(part)}")
    return bytes(part[start : start + size])


def _place(column: Struct, offset: int, length: int, index: bytes, area: bytearray) -> None:
    """Append *index* to *area*; the column chunk's footer gets its place there."""
    column[offset] = I64, len(area)
    column[length] = I32, len(index)
    area += index


def _shifted(offset_index: bytes, distance: int) -> bytes:
    index, _ = read_struct(offset_index)
    for location in _values(index, PAGE_LOCATIONS):
        shift(location, PAGE_OFFSET, distance)
    return encoded(index)


def _with_indexes(group: bytes, column_indexes: int, offset_indexes: int) -> bytes:
    """A row group's footer with the places of its indexes counted from the start of the file."""
    struct, _ = read_struct(group)
    for column in _values(struct, ROW_GROUP_COLUMNS):
        shift(column, COLUMN_INDEX, column_indexes)
        shift(column, OFFSET_INDEX, offset_indexes)
    return encoded(struct)


def _key_values(template: Struct, metadata: Mapping[str, str]) -> tuple[int, Any]:
    """The key-value list of the footer, where *metadata* replaces what has the same key."""
    new = {key.encode(): value.encode() for key, value in metadata.items()}
    old = _values(template, FILE_METADATA) if FILE_METADATA in template else []
    pairs = [pair for pair in old if pair[KEY][1] not in new]
    pairs += [{KEY: (BINARY, key), VALUE: (BINARY, value)} for key, value in new.items()]
    return LIST, (STRUCT, pairs)
