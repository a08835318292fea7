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
    """The values as people read them; null is ``None``.

    >>> import pyarrow as pa
    >>> as_text(pa.chunked_array([[1.5, None]]))
    ['1.5', None]
    """
    return [
        value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for value in as_json(column)
    ]


def as_json(column: pa.ChunkedArray) -> list[Any]:
    """The values as JSON can hold them: what it has no kind for is text.

    >>> import datetime, pyarrow as pa
    >>> as_json(pa.chunked_array([[datetime.date(2024, 2, 29), None]]))
    ['2024-02-29', None]
    """
    import pyarrow as pa

    kind = column.type
    plain = pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_nested(kind)
    if pa.types.is_dictionary(kind):
        return as_json(column.cast(kind.value_type))
    if plain or pa.types.is_floating(kind) or pa.types.is_binary(kind):
        return [_json_value(value) for value in column.to_pylist()]
    texts: list[str | None] = column.cast(pa.string()).to_pylist()
    return texts


def _json_value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _json_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    return value if isinstance(value, str | int | float | None) else str(value)
