"""Rows divided by the values of partition columns, and the directories for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from logflow.errors import OptionError
from logflow.ingest.staged import path_segment
from logflow.interfaces.sink import Partition

__all__ = ["check_columns", "directories", "partitions"]

NULL = "__HIVE_DEFAULT_PARTITION__"
"""The directory of null; a text that is spelled so is escaped, as its first character is ``_``."""


def partitions(table: pa.Table, columns: Sequence[str]) -> Iterator[tuple[Partition, pa.Table]]:
    """The rows of *table* by the values of *columns*, which the pieces do not have any more.

    Partitions come in the order of their first rows, rows in their own order.

    >>> table = pa.table({"day": ["mo", "tu", "mo"], "n": [1, 2, 3]})
    >>> [(partition, part["n"].to_pylist()) for partition, part in partitions(table, ["day"])]
    [((('day', 'mo'),), [1, 3]), ((('day', 'tu'),), [2])]
    """
    if not columns:
        yield (), table
        return
    if not table.num_rows:
        return
    import pyarrow.compute as pc  # not needed without partitions, and slow to import

    texts = [_texts(table[name]) for name in columns]
    groups = _group_numbers(texts)
    order = pc.sort_indices(groups)
    rest = table.drop_columns(list(columns)).take(order)
    start = 0
    for count in pc.value_counts(groups.take(order)).field("counts").to_pylist():
        row = order[start].as_py()
        values = (text[row].as_py() for text in texts)
        yield tuple(zip(columns, values, strict=True)), rest.slice(start, count)
        start += count


def check_columns(schema: pa.Schema, columns: Sequence[str]) -> None:
    """Raise :exc:`~logflow.errors.OptionError` unless *columns* can divide rows of *schema*."""
    names = tuple(schema.names)
    for column in columns:
        if column not in names:
            raise OptionError(
                f"option 'partition_by' names {column!r}; the columns are {', '.join(names)}",
                name="partition_by",
                valid=names,
            )
        kind = schema.field(column).type
        if not _has_texts(kind):
            raise OptionError(
                f"option 'partition_by' names {column!r}, but values of type {kind} make no "
                "directory names",
                name="partition_by",
            )
    if columns and set(columns) == set(names):
        raise OptionError(
            "option 'partition_by' names all columns: one has to stay for the files",
            name="partition_by",
        )


def directories(partition: Partition, style: str) -> list[str]:
    """The names of the nested directories of *partition* in the given style.

    >>> directories((("day", "8/2024"), ("city", None)), "hive")
    ['day=8%2F2024', 'city=__HIVE_DEFAULT_PARTITION__']
    """
    return [
        _directory(name, NULL if value is None else path_segment(value), style)
        for name, value in partition
    ]


def _directory(name: str, segment: str, style: str) -> str:
    if style == "hive":
        return f"{path_segment(name)}={segment}"
    if not segment:
        raise OptionError(
            f"partition column {name!r} has an empty text, which no directory can be called: "
            "use partition_style='hive'",
            name="partition_style",
        )
    return segment


def _texts(column: pa.ChunkedArray) -> pa.Array:
    return column.cast(pa.string()).combine_chunks()


def _group_numbers(texts: Sequence[pa.Array]) -> pa.Array:
    """For each row the number of its combination of values, from 0 in order of appearance."""
    import pyarrow.compute as pc

    numbers = None
    for text in texts:
        codes = text.dictionary_encode(null_encoding="encode")
        if numbers is None:
            numbers = codes.indices.cast(pa.int64())
        else:
            pairs = pc.add(pc.multiply(numbers, len(codes.dictionary)), codes.indices)
            numbers = pairs.dictionary_encode().indices.cast(pa.int64())
    return numbers


def _has_texts(kind: pa.DataType) -> bool:
    """Whether every value of a type can be written as text; bytes need not be."""
    storage = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    if storage in (pa.binary(), pa.large_binary(), pa.binary_view()):
        return False
    if pa.types.is_fixed_size_binary(storage):
        return False
    try:
        pa.nulls(0, storage).cast(pa.string())
    except pa.ArrowNotImplementedError:
        return False
    return True
