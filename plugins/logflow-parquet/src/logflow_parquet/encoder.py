"""Arrow rows to row groups.  Runs on any worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from logflow.errors import SchemaError
from logflow.ingest.pieces import cut
from logflow.ingest.plain import plain
from logflow.interfaces.sink import EncodedPart, Partition
from logflow_parquet.options import ParquetOptions
from logflow_parquet.partitions import partitions
from logflow_parquet.row_group import Body, RowGroup, encode
from logflow_parquet.waiting import packed

__all__ = ["ParquetEncoder", "row_groups"]

TEXTS = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())
"""Dictionaries of these are written as they are, which costs least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetEncoder:
    """Encodes batches of *schema*; columns of dictionary type are written as what they stand for.

    A part is a row group: the bytes of its column chunks in pieces, and what to say of them as the
    footer.  With partitions, which may have few rows in many chunks, it is packed rows of one of
    them without a footer, of which the sink makes row groups.
    """

    schema: pa.Schema
    options: ParquetOptions
    table: str | None = None

    def encode(self, batches: Sequence[pa.RecordBatch], index: int) -> Iterator[EncodedPart]:
        """Parts in row order, partition by partition in the order of their first rows.

        Raises :exc:`~logflow.errors.SchemaError` for values that Parquet cannot hold, such as
        nanoseconds in old versions of the format.
        """
        columns = self.options.partition_by
        rows = pa.Table.from_batches(batches, self.schema)
        table = plain(rows, keep=() if columns else TEXTS)
        if table.num_rows and not table.num_columns:
            raise SchemaError("Parquet cannot hold rows without columns")
        if columns:
            for partition, part in partitions(table, columns):
                rows_ = packed(part)
                yield self._part(index, part.num_rows, rows_, rows_.size, None, partition)
        else:
            for body, group in row_groups(table, self.options):
                yield self._part(index, group.rows, body, group.size, group)

    def _part(
        self,
        index: int,
        rows: int,
        data: Body | pa.Buffer,
        size: int,
        group: RowGroup | None,
        partition: Partition = (),
    ) -> EncodedPart:
        return EncodedPart(
            index=index,
            rows=rows,
            size=size,
            data=data,
            table=self.table,
            partition=partition,
            footer=group,
        )


def row_groups(table: pa.Table, options: ParquetOptions) -> Iterator[tuple[Body, RowGroup]]:
    """The rows of *table* in row groups that are no larger than the options say.

    Raises :exc:`~logflow.errors.SchemaError` for values that Parquet cannot hold.
    """
    rows = min(options.row_group_rows, options.max_rows_per_file or options.row_group_rows)
    for piece in cut(table, rows=rows, size=options.row_group_bytes):
        try:
            yield encode(piece, options)
        except (pa.ArrowInvalid, ValueError) as err:
            raise SchemaError(f"Parquet cannot hold the values: {err}") from err
