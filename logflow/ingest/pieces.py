"""Cutting Arrow tables into pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

__all__ = ["cut"]


def cut(table: pa.Table, *, rows: int, size: int) -> Iterator[pa.Table]:
    """The rows of *table* in order, in pieces of at most *rows* rows and *size* Arrow bytes.

    A piece over *size* is halved until it fits, is a single row, or halving no longer helps,
    because its bytes are a dictionary that all rows share.  A table without rows has no pieces.

    >>> [piece.num_rows for piece in cut(pa.table({"a": range(10)}), rows=4, size=1000)]
    [4, 4, 2]
    >>> [piece.num_rows for piece in cut(pa.table({"a": range(10)}), rows=10, size=40)]
    [5, 5]
    """
    for start in range(0, table.num_rows, rows):
        piece = table.slice(start, min(rows, table.num_rows - start))
        yield from _halved(piece, size)


def _halved(table: pa.Table, size: int) -> Iterator[pa.Table]:
    whole = _size(table)
    if whole > size and table.num_rows > 1:
        middle = table.num_rows // 2
        halves = table.slice(0, middle), table.slice(middle)
        if sum(map(_size, halves)) < whole * 1.5:
            for half in halves:
                yield from _halved(half, size)
            return
    yield table


def _size(table: pa.Table) -> int:
    """The bytes that the rows of *table* take; older pyarrow knows only whole buffers of views."""
    try:
        return int(table.nbytes)
    except pa.ArrowTypeError:
        return int(table.get_total_buffer_size())
