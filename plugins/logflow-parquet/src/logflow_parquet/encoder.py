"""Arrow rows to row groups.  Runs on any worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from logflow.errors import SchemaError
from logflow.ingest.pieces import cut
from logflow.ingest.plain import plain
from logflow.interfaces.sink import EncodedPart
from logflow_parquet.options import ParquetOptions
from logflow_parquet.partitions import partitions
from logflow_parquet.row_group import encode

__all__ = ["ParquetEncoder"]

TEXTS = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())
"""Dictionaries of these are written as they are, which costs least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetEncoder:
    """Encodes batches of *schema*; every part is one row group: the bytes of its column chunks.

    Columns of dictionary type are written as the plain values that they stand for.
    """

    schema: pa.Schema
    options: ParquetOptions
    table: str | None = None

    def encode(self, batches: Sequence[pa.RecordBatch], index: int) -> Iterator[EncodedPart]:
        """Row groups in row order, partition by partition in the order of their first rows.

        Raises :exc:`~logflow.errors.SchemaError` for values that Parquet cannot hold, such as
        nanoseconds in old versions of the format.
        """
        table = plain(pa.Table.from_batches(batches, self.schema), keep=TEXTS)
        if table.num_rows and not table.num_columns:
            raise SchemaError("Parquet cannot hold rows without columns")
        rows = min(self.options.row_group_rows, self.options.max_rows_per_file or table.num_rows)
        for partition, part in partitions(table, self.options.partition_by):
            for group in cut(part, rows=max(rows, 1), size=self.options.row_group_bytes):
                try:
                    data, footer = encode(group, self.options)
                except (pa.ArrowInvalid, ValueError) as err:
                    raise SchemaError(f"Parquet cannot hold the values: {err}") from err
                yield EncodedPart(
                    index=index,
                    rows=group.num_rows,
                    size=data.size,
                    data=data,
                    table=self.table,
                    partition=partition,
                    footer=footer,
                )
