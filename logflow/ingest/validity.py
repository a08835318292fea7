"""Whether Arrow data from outside can be relied on."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from logflow.ingest.plain import rebuilt

__all__ = ["check_batch"]


def check_batch(batch: pa.RecordBatch) -> None:
    """Raise ``pyarrow.ArrowInvalid`` if the buffers of *batch* contradict each other, and
    ``pyarrow.ArrowNotImplementedError`` for a type of which pyarrow has no arrays.

    Lengths, offsets, dictionary indices and UTF-8 are checked.  Numbers that are only beyond what
    their type means (a decimal of more digits than its precision, a date64 within a day) pass:
    they are what the input says, and harm nobody.

    >>> check_batch(pa.record_batch({"a": ["x"]}))
    """
    for index, name in enumerate(batch.schema.names):
        column = _column(batch, index)
        kind = rebuilt(column.type, _stored_as)
        try:
            (column if kind == column.type else column.view(kind)).validate(full=True)
        except pa.ArrowInvalid as err:
            raise pa.ArrowInvalid(f"column {name!r}: {err}") from err


def _column(batch: pa.RecordBatch, index: int) -> pa.Array:
    try:
        return batch.column(index)
    except KeyError:
        field = batch.schema.field(index)
        raise pa.ArrowNotImplementedError(
            f"column {field.name!r}: pyarrow has no arrays of type {field.type}"
        ) from None


def _stored_as(kind: Any) -> pa.DataType | None:
    """A type of the same layout, all of whose bit patterns are values."""
    if pa.types.is_decimal(kind):
        return pa.binary(kind.byte_width)
    if pa.types.is_date64(kind) or pa.types.is_time64(kind):
        return pa.int64()
    if pa.types.is_time32(kind):
        return pa.int32()
    return None
