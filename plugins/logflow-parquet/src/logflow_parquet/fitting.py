"""Batches that have types, made to fit the types that are asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from logflow.errors import SchemaError
from logflow.interfaces.decoder import Reject

__all__ = ["Fitted", "fit"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A batch of the schema that was asked for, without the rows that were rejected."""

    batch: pa.RecordBatch
    rejects: Sequence[Reject] = ()
    drift: bool = False


def fit(
    batch: pa.RecordBatch, schema: pa.Schema, declared: Mapping[str, str], first_record: int
) -> Fitted:
    """*batch* with exactly the columns and types of *schema*; a column that it lacks is null.

    A value that does not survive the cast is a reject if its column is *declared*, else drift;
    *first_record* is the number of the first row.  Raises :exc:`~logflow.errors.SchemaError` for
    types that are never cast into each other.

    >>> batch = pa.record_batch({"n": [1, 300, 3]})
    >>> fitted = fit(batch, pa.schema([("n", pa.int8())]), {"n": "int8"}, first_record=1)
    >>> fitted.batch["n"].to_pylist(), [(reject.record, reject.raw) for reject in fitted.rejects]
    ([1, 3], [(2, b'{"n": 300}')])
    """
    arrays = [_cast(batch, field) for field in schema]
    misfits = [field for field, array in zip(schema, arrays, strict=True) if array is None]
    if not misfits:
        return Fitted(pa.RecordBatch.from_arrays(arrays, schema=schema))
    if any(field.name not in declared for field in misfits):
        return Fitted(pa.RecordBatch.from_pylist([], schema=schema), drift=True)
    reasons: dict[int, pa.Field] = {}
    for field in misfits:
        for row in _bad_rows(batch.column(field.name), field.type):
            reasons.setdefault(row, field)
    good = batch.filter(pa.array([row not in reasons for row in range(batch.num_rows)]))
    rejects = [_reject(batch, row, first_record, reasons[row]) for row in sorted(reasons)]
    return replace(fit(good, schema, declared, first_record), rejects=rejects)


def _cast(batch: pa.RecordBatch, field: pa.Field) -> pa.Array | None:
    """The column for *field*; ``None`` if a value does not fit its type."""
    if field.name not in batch.schema.names:
        return pa.nulls(batch.num_rows, field.type)
    column = batch.column(field.name)
    try:
        return column if column.type == field.type else column.cast(field.type)
    except pa.ArrowInvalid:
        return None
    except pa.ArrowNotImplementedError as err:
        raise SchemaError(
            f"column {field.name!r} is {column.type}, which cannot be read as {field.type}"
        ) from err


def _bad_rows(column: pa.Array, kind: pa.DataType, start: int = 0) -> list[int]:
    """The rows, counted from *start*, whose values cannot be cast; found by halving."""
    try:
        column.cast(kind)
    except pa.ArrowInvalid:
        if len(column) == 1:
            return [start]
        middle = len(column) // 2
        left, right = column.slice(0, middle), column.slice(middle)
        return _bad_rows(left, kind, start) + _bad_rows(right, kind, start + middle)
    return []


def _reject(batch: pa.RecordBatch, row: int, first_record: int, field: pa.Field) -> Reject:
    """The reject of a row; its raw form is the row as JSON."""
    column = batch.column(field.name)
    values = batch.slice(row, 1).to_pylist()[0]
    return Reject(
        record=first_record + row,
        line=None,
        byte_offset=None,
        error_type="bad_value",
        message=f"{str(column[row].as_py())[:100]!r} is not {field.type}",
        raw=json.dumps(values, default=str, ensure_ascii=False).encode(),
        column=field.name,
        column_index=batch.schema.names.index(field.name),
    )
