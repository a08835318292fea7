"""Plain text in columns, and the values of Arrow columns as text or JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["aligned", "as_json", "as_text", "tsv"]


def aligned(rows: Iterable[Sequence[str]], indent: int = 0) -> str:
    """Rows of text in columns as wide as needed; the last one ends where it ends.

    >>> print(aligned([("name", "type"), ("id", "int64")]))
    name  type
    id    int64
    """
    rows = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join((" " * indent + line).rstrip() for line in lines)


def tsv(cells: Iterable[str | None]) -> str:
    r"""One line of tab-separated text; null is empty, what would break the line is escaped.

    >>> tsv(["a\tb", None, "c"])
    'a\\tb\t\tc'
    """
    escapes = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
    return "\t".join("" if cell is None else cell.translate(escapes) for cell in cells)


def as_text(column: pa.ChunkedArray) -> list[str | None]:
    """The values as people read them; null is ``None``, bytes are shown as UTF-8.

    >>> import pyarrow as pa
    >>> as_text(pa.chunked_array([[1.5, None]])), as_text(pa.chunked_array([[b"caf\\xff"]]))
    (['1.5', None], ['caf\\\\xff'])
    """
    values = column.to_pylist() if _is_bytes(column.type) else as_json(column)
    return [_text(value) for value in values]


def _is_bytes(kind: pa.DataType) -> bool:
    from pyarrow import types

    tests = (
        types.is_binary,
        types.is_large_binary,
        types.is_binary_view,
        types.is_fixed_size_binary,
    )
    return any(test(kind) for test in tests)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return json.dumps(value, ensure_ascii=False)


def as_json(column: pa.ChunkedArray) -> list[Any]:
    """The values as JSON can hold them: what it has no kind for is text.

    >>> import datetime, pyarrow as pa
    >>> as_json(pa.chunked_array([[datetime.date(2024, 2, 29), None]]))
    ['2024-02-29', None]
    """
    import pyarrow as pa

    kind = column.type
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        texts: list[str | None] = column.cast(pa.string()).to_pylist()
        return texts
    return [_json_value(value) for value in column]


def _json_value(value: pa.Scalar) -> Any:
    import pyarrow as pa

    kind = value.type
    if not value.is_valid:
        return None
    if pa.types.is_dictionary(kind):
        return _json_value(value.value)
    if pa.types.is_struct(kind):
        return {name: _json_value(value[i]) for i, name in enumerate(kind.names)}
    if pa.types.is_nested(kind):
        return [_json_value(item) for item in value.values]
    plain = value.as_py() if not pa.types.is_temporal(kind) else value.cast(pa.string()).as_py()
    if isinstance(plain, bytes):
        return plain.hex()
    if isinstance(plain, float) and not math.isfinite(plain):
        return str(plain)
    return plain if isinstance(plain, str | int | float) else str(plain)
