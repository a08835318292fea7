"""Decoded columns as Arrow arrays."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from logflow_ext.avro_columns import Column

__all__ = ["array_of"]


def array_of(column: Column, kind: pa.DataType, program: tuple[Any, ...]) -> pa.Array:
    """The values of *column*, which *program* has read, as an array of type *kind*."""
    what, *rest = program
    if what in ("nullable", "records"):
        [inner] = column.children()
        return array_of(inner, kind, rest[0] if what == "nullable" else ("record", rest[0]))
    if what == "null":
        return pa.nulls(column.size)
    validity = column.validity()
    first = None if validity is None else pa.py_buffer(validity)
    buffers = [first, *map(pa.py_buffer, column.buffers())]
    if what == "enum":
        indices = pa.Array.from_buffers(pa.int32(), column.size, buffers, column.nulls)
        return pa.array(rest[0], pa.string()).take(indices)
    return pa.Array.from_buffers(
        kind, column.size, buffers, column.nulls, children=_children(column, kind, program)
    )


def _children(column: Column, kind: pa.DataType, program: tuple[Any, ...]) -> list[pa.Array]:
    what, *rest = program
    if what == "record":
        fields = zip(column.children(), kind.fields, rest[0], strict=True)
        return [array_of(child, each.type, inner) for child, each, inner in fields]
    if what == "array":
        [items] = column.children()
        return [array_of(items, kind.value_type, rest[0])]
    if what == "map":
        keys, values = column.children()
        entries = [
            array_of(keys, pa.string(), ("string",)),
            array_of(values, kind.item_type, rest[0]),
        ]
        return [pa.StructArray.from_arrays(entries, fields=[kind.key_field, kind.item_field])]
    return []
