"""Tables to Parquet files in memory by pyarrow, which knows every type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from logflow.errors import SchemaError
from logflow.ingest.compression import chosen_codec
from logflow.ingest.plain import plain_schema
from logflow_parquet.options import NEWEST, ParquetOptions

__all__ = ["codec", "empty_file", "leaves", "write_file"]

CODECS = ("none", "snappy", "gzip", "brotli", "lz4", "zstd")
DEFAULT_CODEC = "snappy"

SAMPLE_ROWS = 50_000
"""Rows of a row group that decide about dictionaries."""

EARLY_ROWS = 20_000
"""Enough rows to see most columns without repetitions for what they are, at less cost."""

FEW_ROWS = 1_000
"""Rows that are counted in Python."""

MAX_DISTINCT = 0.3
"""With a larger part of distinct values, a dictionary does not pay."""


def codec(options: ParquetOptions) -> str:
    """The codec of all columns; :exc:`~logflow.errors.OptionError` if Parquet does not have it."""
    return chosen_codec(options, valid=CODECS, default=DEFAULT_CODEC)


def empty_file(schema: pa.Schema, options: ParquetOptions) -> pa.Buffer:
    """A Parquet file without rows of *schema*, which it stores with plain types.

    Raises :exc:`~logflow.errors.SchemaError` that names the first column whose type Parquet does
    not have.
    """
    schema = plain_schema(schema)
    try:
        return write_file(schema.empty_table(), options)
    except pa.ArrowException as err:
        bad = next((field for field in schema if not _is_writable(field, options)), None)
        what = f"column {bad.name!r} of type {bad.type}" if bad else "these columns together"
        raise SchemaError(f"Parquet cannot hold {what}: {err}") from err


def _is_writable(field: pa.Field, options: ParquetOptions) -> bool:
    try:
        write_file(pa.schema([field]).empty_table(), options)
    except pa.ArrowException:
        return False
    return True


def write_file(table: pa.Table, options: ParquetOptions) -> pa.Buffer:
    """*table* as a Parquet file with one row group."""
    out = pa.BufferOutputStream()
    with pq.ParquetWriter(
        out,
        table.schema,
        version=options.version,
        compression=codec(options),
        compression_level=options.compression_level,
        data_page_size=options.page_bytes,
        use_dictionary=_dictionary_columns(table, options),
        store_decimal_as_integer=options.version == NEWEST,
        write_page_index=True,
        write_page_checksum=True,
    ) as writer:
        writer.write_table(table, row_group_size=max(table.num_rows, 1))
    return out.getvalue()


def _dictionary_columns(table: pa.Table, options: ParquetOptions) -> bool | list[str]:
    if options.dictionary != "auto":
        return options.dictionary == "always"
    sample = table.slice(0, SAMPLE_ROWS).combine_chunks()
    return [
        path
        for name, column in zip(sample.column_names, sample.columns, strict=True)
        for chunk in column.chunks
        for path, values in leaves(name, chunk)
        if _repeats(values)
    ]


def leaves(path: str, array: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """The primitive columns that Parquet makes of *array*, by their paths in the file.

    >>> points = pa.array([{"at": 1, "tags": ["a", "b"]}])
    >>> [(path, len(values)) for path, values in leaves("points", points)]
    [('points.at', 1), ('points.tags.list.element', 2)]
    """
    kind: Any = array.type
    if isinstance(kind, pa.BaseExtensionType):
        yield from leaves(path, array.storage)
    elif pa.types.is_struct(kind):
        for field, values in zip(kind, array.flatten(), strict=True):
            yield from leaves(f"{path}.{field.name}", values)
    elif pa.types.is_map(kind):
        yield from leaves(f"{path}.key_value.key", array.keys)
        yield from leaves(f"{path}.key_value.value", array.items)
    elif pa.types.is_nested(kind):
        yield from leaves(f"{path}.list.element", array.flatten())
    else:
        yield path, array


def _repeats(values: pa.Array) -> bool:
    """Whether few enough of *values* are distinct for a dictionary to pay."""
    if pa.types.is_dictionary(values.type):
        values = values.indices
    if pa.types.is_boolean(values.type):
        return False  # Parquet has no dictionaries of them
    limit = MAX_DISTINCT * (len(values) - values.null_count)
    try:
        return all(_distinct(values.slice(0, rows)) < limit for rows in (EARLY_ROWS, len(values)))
    except pa.ArrowNotImplementedError:
        return True  # the writer itself falls back where a dictionary grows too large


def _distinct(values: pa.Array) -> int:
    """The number of distinct values; nulls are none.

    Few values are counted without Arrow's compute functions, whose import takes longer than the
    conversion of a small file.
    """
    if len(values) <= FEW_ROWS:
        return len({value for value in values if value.is_valid})
    return len(values.unique()) - bool(values.null_count)
