"""Arrow arrays as texts of JSON (RFC 8259), a text a value, without a Python object for any."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from logflow.errors import DataError, SchemaError
from logflow.ingest.plain import plain_type
from logflow.ingest.schema.json_text import is_json_text

__all__ = ["check_type", "texts"]

_CONTROL = r"[\x00-\x1f]"
_QUOTED = (
    pa.types.is_date,
    pa.types.is_time,
    pa.types.is_timestamp,
)
_PLAIN = (pa.types.is_integer, pa.types.is_boolean, pa.types.is_decimal)
_LISTS = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_list_view,
    pa.types.is_large_list_view,
)


def _is(kind: pa.DataType, *tests: Callable[[Any], bool]) -> bool:
    return any(test(kind) for test in tests)


def _is_text(kind: pa.DataType) -> bool:
    return _is(kind, pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


def check_type(field: pa.Field, path: str = "", *, form: str = "JSON") -> None:
    """Raise :exc:`~logflow.errors.SchemaError` for a type that JSON has no place for.

    *form* is what the format is called in that message.
    """
    path = f"{path}.{field.name}" if path else field.name
    kind = plain_type(field.type)
    if _is(kind, *_LISTS):
        check_type(kind.value_field, path, form=form)
    elif pa.types.is_struct(kind):
        for child in kind.fields:
            check_type(child, path, form=form)
    elif pa.types.is_map(kind):
        if not _is_text(plain_type(kind.key_type)):
            raise SchemaError(f"column {path}: keys in {form} are text, not {kind.key_type}")
        check_type(kind.item_field, path, form=form)
    elif not (
        _is_text(kind) or _is(kind, *_QUOTED, *_PLAIN, pa.types.is_floating, pa.types.is_null)
    ):
        raise SchemaError(
            f"column {path}: {form} has no place for {kind}; write Parquet or Arrow, or leave the "
            "column out"
        )


def texts(array: pa.Array, field: pa.Field) -> pa.Array:
    """The values of *array*, a column of *field*, as JSON; ``null`` where there is none.

    >>> texts(pa.array([[1, None], None]), pa.field("a", pa.list_(pa.int64()))).to_pylist()
    ['[1,null]', 'null']

    Raises :exc:`~logflow.errors.DataError` for a float that is no number.
    """
    kind = plain_type(field.type)
    if kind != array.type:
        array = array.cast(kind)
    if is_json_text(field):
        return _filled(array.cast(pa.string()))
    if _is_text(kind):
        return _filled(_quoted(array.cast(pa.string())))
    if _is(kind, *_QUOTED):
        return _filled(_join('"', _moments(array, kind), '"'))
    if pa.types.is_floating(kind):
        return _filled(_floats(array, field))
    if pa.types.is_struct(kind):
        return _structs(array, kind)
    if pa.types.is_map(kind):
        return _maps(array, kind)
    if _is(kind, *_LISTS):
        return _lists(array, kind)
    return _filled(array.cast(pa.string()))


def _join(*parts: Any) -> pa.Array:
    texts = [pa.scalar(part, pa.string()) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*texts, pa.scalar("", pa.string()))


def _filled(array: pa.Array) -> pa.Array:
    return array.fill_null("null") if array.null_count else array


def _quoted(array: pa.Array) -> pa.Array:
    """Strings of JSON; most texts have nothing to escape."""
    array = pc.replace_substring(array, "\\", "\\\\")
    array = pc.replace_substring(array, '"', '\\"')
    if pc.any(pc.match_substring_regex(array, _CONTROL)).as_py():
        for code in range(0x20):
            array = pc.replace_substring(array, chr(code), json.dumps(chr(code))[1:-1])
    return _join('"', array, '"')


def _moments(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Dates, times and timestamps as ISO 8601 writes them; those of a zone are in UTC."""
    if not pa.types.is_timestamp(kind):
        return array.cast(pa.string())
    if kind.tz is not None:
        array = array.cast(pa.timestamp(kind.unit, "UTC"))
    return pc.replace_substring(array.cast(pa.string()), " ", "T", max_replacements=1)


def _floats(array: pa.Array, field: pa.Field) -> pa.Array:
    """Numbers that are read back as floats, too: with a full stop or an exponent."""
    finite = pc.all(pc.is_finite(array.cast(pa.float64()))).as_py()
    if finite is False:
        raise DataError(
            f"column {field.name}: JSON has no place for NaN and infinity; write Parquet or Arrow"
        )
    if not pa.types.is_float64(array.type):
        array = array.cast(pa.float32())
    numbers = array.cast(pa.string())
    whole = pc.invert(pc.match_substring_regex(numbers, "[.e]"))
    return pc.if_else(whole, _join(numbers, ".0"), numbers)


def _structs(array: pa.Array, kind: pa.DataType) -> pa.Array:
    parts: list[Any] = []
    for index, child in enumerate(kind.fields):
        parts += ["," if index else "{", json.dumps(child.name, ensure_ascii=False) + ":"]
        parts.append(texts(array.field(index), child))
    if not parts:
        made = pa.array(["{}"] * len(array), pa.string())
    else:
        made = _join(*parts, "}")
    return _where_valid(made, array)


def _lists(array: pa.Array, kind: pa.DataType) -> pa.Array:
    array = array.cast(pa.large_list(kind.value_field))
    start, size = _extent(array)
    items = texts(array.values.slice(start, size), kind.value_field)
    return _joined("[", array, items, "]")


def _maps(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Maps as objects; a key that comes twice does so in the object."""
    start, size = _extent(array)
    keys = texts(array.keys.slice(start, size), kind.key_field)
    values = texts(array.items.slice(start, size), kind.item_field)
    return _joined("{", array, _join(keys, ":", values), "}")


def _extent(array: pa.Array) -> tuple[int, int]:
    """Where the items of these lists start among those of all, and how many there are."""
    offsets = array.offsets
    start = offsets[0].as_py()
    return start, offsets[-1].as_py() - start


def _joined(start: str, array: pa.Array, items: pa.Array, end: str) -> pa.Array:
    """The items of each list with commas between them."""
    offsets = pc.subtract(array.offsets.cast(pa.int64()), array.offsets[0].as_py())
    lists = pa.LargeListArray.from_arrays(offsets, items)
    return _where_valid(_join(start, pc.binary_join(lists, ","), end), array)


def _where_valid(made: pa.Array, array: pa.Array) -> pa.Array:
    return pc.if_else(array.is_valid(), made, "null") if array.null_count else made
