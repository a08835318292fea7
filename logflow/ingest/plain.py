"""Dictionary encoding taken off: for files it is a way to write values, not a type of theirs."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import pyarrow as pa

__all__ = ["plain", "plain_schema", "plain_type", "rebuilt"]

_LISTS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (pa.types.is_list, pa.list_),
    (pa.types.is_large_list, pa.large_list),
    (pa.types.is_list_view, pa.list_view),
    (pa.types.is_large_list_view, pa.large_list_view),
)


def plain(table: pa.Table, *, keep: Container[pa.DataType] = ()) -> pa.Table:
    """*table* without dictionary encoding, but for columns of values of the types in *keep*.

    >>> table = pa.table({"a": pa.array(["x", "x"]).dictionary_encode()})
    >>> plain(table)["a"].type
    DataType(string)
    """
    for index, field in enumerate(plain_schema(table.schema)):
        kind = table.schema.field(index).type
        if kind == field.type or (pa.types.is_dictionary(kind) and kind.value_type in keep):
            continue
        table = table.set_column(index, field, _cast(table.column(index), field.type))
    return table


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if not (pa.types.is_dictionary(column.type) and pa.types.is_nested(column.type.value_type)):
        return column.cast(kind)
    # Values of nested types are not known to casts.
    chunks = [chunk.dictionary.cast(kind).take(chunk.indices) for chunk in column.chunks]
    return pa.chunked_array(chunks, kind)


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """*schema* with :func:`plain_type` of every column; names and metadata stay."""
    fields = [field.with_type(plain_type(field.type)) for field in schema]
    return pa.schema(fields, schema.metadata)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """*kind* without dictionary encoding at any depth; arrays can be cast to it.

    >>> plain_type(pa.list_(pa.dictionary(pa.int8(), pa.string())))
    ListType(list<item: string>)
    """
    return rebuilt(kind, _value_type)


def rebuilt(kind: Any, change: Callable[[Any], Any]) -> Any:
    """*kind* with every type that *change* has another for replaced by that, at any depth.

    *change* gives ``None`` for a type that stays, or whose inner types may change.

    >>> rebuilt(pa.list_(pa.int8()), {pa.int8(): pa.int64()}.get)
    ListType(list<item: int64>)
    """

    def inner(field: pa.Field) -> pa.Field:
        return field.with_type(rebuilt(field.type, change))

    if (changed := change(kind)) is not None:
        return changed
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, rebuilt(kind.value_type, change), kind.ordered)
    if pa.types.is_struct(kind):
        return pa.struct([inner(field) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(inner(kind.key_field), inner(kind.item_field), keys_sorted=kind.keys_sorted)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(inner(kind.value_field), kind.list_size)
    for is_kind, make in _LISTS:
        if is_kind(kind):
            return make(inner(kind.value_field))
    return kind


def _value_type(kind: Any) -> Any:
    return plain_type(kind.value_type) if pa.types.is_dictionary(kind) else None
