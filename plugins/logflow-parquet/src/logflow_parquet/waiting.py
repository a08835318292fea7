"""Rows of partitions that wait until there are enough of them for a row group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pyarrow as pa

__all__ = ["Pieces", "WaitingRows", "packed", "unpacked"]

Key = TypeVar("Key")


@dataclass(slots=True)
class Pieces:
    """Packed rows of a partition, in order; *size* is in bytes."""

    data: list[pa.Buffer] = field(default_factory=list)
    rows: int = 0
    size: int = 0


class WaitingRows(Generic[Key]):
    """Packed rows by partition; *size* are the bytes of all of them.

    >>> waiting = WaitingRows[str]()
    >>> for key, n in [("a", 500), ("b", 700), ("a", 300)]:
    ...     waiting.add(key, packed(pa.table({"n": range(n)})), n)
    >>> waiting.largest(), waiting["a"].rows, waiting["c"].rows
    ('a', 800, 0)
    >>> unpacked(waiting.take("a").data, pa.schema({"n": pa.int64()})).num_rows, list(waiting)
    (800, ['b'])
    """

    def __init__(self) -> None:
        self._waiting: dict[Key, Pieces] = {}
        self.size = 0

    def __iter__(self) -> Iterator[Key]:
        return iter(self._waiting)

    def __getitem__(self, key: Key) -> Pieces:
        """What waits for a partition, perhaps nothing."""
        return self._waiting.get(key, Pieces())

    def add(self, key: Key, data: pa.Buffer, rows: int) -> None:
        """Append *rows* packed rows."""
        pieces = self._waiting.setdefault(key, Pieces())
        pieces.data.append(data)
        pieces.rows += rows
        pieces.size += data.size
        self.size += data.size

    def take(self, key: Key) -> Pieces:
        """Remove what waits for a partition."""
        pieces = self._waiting.pop(key)
        self.size -= pieces.size
        return pieces

    def largest(self) -> Key:
        """The partition for which most bytes wait."""
        return max(self._waiting, key=lambda key: self._waiting[key].size)


def packed(table: pa.Table) -> pa.Buffer:
    """The rows of *table* in memory of their own, without what it was sliced from."""
    (batch,) = table.combine_chunks().to_batches()
    return batch.serialize()


def unpacked(pieces: Sequence[pa.Buffer], schema: pa.Schema) -> pa.Table:
    """The rows of *schema* that were packed."""
    return pa.Table.from_batches([pa.ipc.read_record_batch(piece, schema) for piece in pieces])
