"""The sink that counts rows and writes nothing: to check an input, or to measure reading it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xxhash

from logflow.interfaces.sink import EncodedPart, SinkFile, SinkResult, Staging
from logflow.options import SinkOptions

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["NullEncoder", "NullSink"]


@dataclass(frozen=True, slots=True)
class NullEncoder:
    """Makes parts that have rows but no bytes."""

    table: str | None = None

    def encode(self, batches: Sequence[pa.RecordBatch], index: int) -> Iterator[EncodedPart]:
        """One part for all batches."""
        rows = sum(batch.num_rows for batch in batches)
        yield EncodedPart(index=index, rows=rows, size=0, data=b"", table=self.table)


class NullSink:
    """Says how many rows it was given; makes no file and leaves the destination alone."""

    def __init__(self, staging: Staging, options: SinkOptions) -> None:
        self._rows: Counter[str | None] = Counter()

    def encoder(self, schema: pa.Schema, table: str | None = None) -> NullEncoder:
        """The encoder of *table*, which is in the result even if it gets no rows."""
        self._rows[table] = 0
        return NullEncoder(table)

    def write(self, part: EncodedPart) -> None:
        """Count the rows of *part*."""
        self._rows[part.table] += part.rows

    def close(self, metadata: Mapping[str, str]) -> SinkResult:
        """One entry for each table, of no bytes and without a path."""
        checksum = f"xxh3_128:{xxhash.xxh3_128_hexdigest(b'')}"
        return SinkResult(
            files=[
                SinkFile(path="", rows=rows, size=0, checksum=checksum, table=table)
                for table, rows in self._rows.items()
            ]
        )

    def commit(self) -> None:
        """There is nothing to publish."""

    def abort(self) -> None:
        """There is nothing to remove."""
