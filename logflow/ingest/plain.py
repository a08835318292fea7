"""Dictionary encoding taken off: for files it is a way to write values, not a type of theirs."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import pyarrow as pa

__all__ = ["plain", "plain_schema", "plain_type"]

_LISTS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (pa.types.is_list, pa.list_),
    (pa.types.is_large_list, pa.large_list),
    (pa.types.is_list_view, pa.list_view),
    (pa.types.is_large_list_view, pa.large_list_view),
)


def plain(table: pa.Table, *, keep: Container[pa.DataType] = ()) -> pa.Table:
    """*table* without dictionary encoding, but for columns of texts of the types in *keep*.

    >>> table = pa.table({"a": pa.array(["x", "x"]).dictionary_encode()})
    >>> plain(table)["a"].type
    DataType(string)
    """
    for index, field in enumerate(plain_schema(table.schema)):
        kind = table.schema.field(index).type
        if kind == field.type or (pa.types.is_dictionary(kind) and kind.value_type in keep):
            continue
        table = table.set_column(index, field, table.column(index).cast(field.type))
    return table


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """*schema* with :func:`plain_type` of every column; names and metadata stay."""
    return pa.schema([_plain_field(field) for field in schema], schema.metadata)


def plain_type(kind: Any) -> Any:
    """*kind* without dictionary encoding at any depth; arrays can be cast to it.

    >>> plain_type(pa.list_(pa.dictionary(pa.int8(), pa.string())))
    ListType(list<item: string>)
    """
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([_plain_field(field) for field in kind])
    if pa.types.is_map(kind):
        keys, items = _plain_field(kind.key_field), _plain_field(kind.item_field)
        return pa.map_(keys, items, keys_sorted=kind.keys_sorted)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_plain_field(kind.value_field), kind.list_size)
    for is_kind, make in _LISTS:
        if is_kind(kind):
            return make(_plain_field(kind.value_field))
    return kind


def _plain_field(field: pa.Field) -> pa.Field:
    return field.with_type(plain_type(field.type))
