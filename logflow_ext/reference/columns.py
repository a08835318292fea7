"""A column of text cells into a column of values in Arrow's layout."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from logflow_ext.cells import (
    LENGTH,
    MISSING,
    UNITS,
    Converted,
    Observed,
    Request,
    check_request,
)
from logflow_ext.reference.facts import observe
from logflow_ext.reference.values import (
    Cell,
    Number,
    cells,
    parse_moment,
    parse_non_finite,
    parse_number,
    parse_styled,
    read_spans,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["convert", "read"]

BOOLS = {
    spelling: value
    for value in (True, False)
    for spelling in (str(value).encode(), str(value).lower().encode(), str(value).upper().encode())
}
MOST_TEXT = 2**31 - 1
NAN = struct.pack("<Q", 0x7FF8 << 48)


def read(
    columns: Sequence[Request], null_values: tuple[bytes, ...]
) -> list[tuple[Observed | None, Converted]]:
    """The values of columns, and for those that want it the facts about their cells.

    >>> from array import array
    >>> cells = (b"1,x,-2", array("I", [0, 1, 2, 1, 4, 2]), 0, 1, 3, 34, 34)
    >>> [(observed, converted)] = read([Request(*cells, "int64", observe=True)], ())
    >>> array("q", converted.values), converted.bad
    (array('q', [1, 0, -2]), [1])
    >>> bin(converted.validity[0])
    '0b101'
    >>> observed.integers
    0
    """
    return [
        (
            observe(*column[:7], null_values) if column.observe else None,
            converted(column, null_values),
        )
        for column in columns
    ]


def convert(
    data: Buffer,
    spans: Buffer,
    offset: int,
    stride: int,
    rows: int,
    quote: int,
    escape: int,
    null_values: tuple[bytes, ...],
    kind: str,
    **options: Any,
) -> Converted:
    """The values of one column."""
    return converted(
        Request(data, spans, offset, stride, rows, quote, escape, kind, **options), null_values
    )


def converted(request: Request, null_values: tuple[bytes, ...]) -> Converted:
    data, spans, offset, stride, rows, quote, escape, kind, order, unit = request[:10]
    decimal, thousands, zone, precision, scale, nulls, quoted_nulls, exact, _ = request[10:]
    check_request(kind, order, unit, decimal, thousands, precision, scale)
    pairs = read_spans(data, spans, offset, stride, rows)
    if kind == "text":
        check_size(pairs)
    column = cells(data, pairs, quote, escape, null_values)
    if kind == "text":
        return convert_text(column)

    def number(text: bytes) -> Number | None:
        return read_number(text, decimal, thousands)

    readers: dict[str, Callable[[bytes], Any]] = {
        "bool": BOOLS.get,
        "int64": lambda text: read_integer(number(text), -(2**63), 2**63),
        "uint64": lambda text: read_integer(number(text), 0, 2**64),
        "float64": lambda text: read_float(text, number(text), exact, not decimal),
        "decimal128": lambda text: read_decimal(number(text), precision, scale),
        "decimal256": lambda text: read_decimal(number(text), precision, scale),
        "date32": lambda text: read_date(text, order),
        "timestamp": lambda text: read_timestamp(text, order, UNITS[unit], zone),
        "time32": lambda text: read_time(text, UNITS[unit]),
        "time64": lambda text: read_time(text, UNITS[unit]),
    }
    read = readers[kind]
    null = [is_null(cell, nulls, quoted_nulls) for cell in column]
    values = [None if skip else read(cell.value) for cell, skip in zip(column, null, strict=True)]
    bad = [row for row, value in enumerate(values) if value is None and not null[row]]
    there = [value is not None for value in values]
    return Converted(pack(kind, values), None, validity_of(there), there.count(False), bad)


def is_null(cell: Cell, nulls: bool, quoted_nulls: bool) -> bool:
    if cell.quoted:
        return quoted_nulls and (cell.null or not cell.bare)
    return cell.missing or not cell.bare or (nulls and cell.null)


def read_number(text: bytes, decimal: str, thousands: str) -> Number | None:
    """A number in a style, whose groups may be left out; a plain one without a style."""
    if not decimal:
        return parse_number(text)
    number = parse_styled(text, decimal, thousands)
    return number or parse_styled(text, decimal, "")


def read_integer(number: Number | None, least: int, beyond: int) -> int | None:
    value = number.as_integer() if number else None
    return value if value is not None and least <= value < beyond else None


def read_float(text: bytes, number: Number | None, exact: bool, named: bool) -> float | None:
    """The double that is *number*, or with *named* what *text* is a name of, such as ``nan``."""
    if number is None:
        return parse_non_finite(text) if named else None
    value = number.nearest()
    return value if (number.fits(value) if exact else math.isfinite(value)) else None


def read_decimal(number: Number | None, precision: int, scale: int) -> int | None:
    if number is None or not number.is_decimal:
        return None
    if len(number.fraction) > scale or number.int_digits > precision - scale:
        return None
    return number.scaled(scale)


def read_date(text: bytes, order: str) -> int | None:
    moment = parse_moment(text)
    return moment.days.get(order) if moment and moment.clock is None else None


def read_time(text: bytes, digits: int) -> int | None:
    moment = parse_moment(text)
    if moment is None or moment.clock is None or moment.days or moment.subsecond_digits > digits:
        return None
    return units_of(moment.clock, moment.nanoseconds, digits)


def read_timestamp(text: bytes, order: str, digits: int, zone: bool) -> int | None:
    moment = parse_moment(text)
    if moment is None or moment.clock is None or order not in moment.days:
        return None
    if (moment.offset is not None) != zone or moment.subsecond_digits > digits:
        return None
    if digits == UNITS["ns"] and not moment.in_nanosecond_range(order):
        return None
    return units_of(moment.seconds(order), moment.nanoseconds, digits)


def units_of(seconds: int, nanoseconds: int, digits: int) -> int:
    """An instant in units of which a second has ``10**digits``."""
    unit: int = 10**digits
    return seconds * unit + nanoseconds * unit // 10**9


def pack(kind: str, values: list[Any]) -> bytes:
    """Values, ``None`` where there is none, in Arrow's layout."""
    if kind == "bool":
        return pack_bits([bool(value) for value in values])
    if kind == "float64":
        return b"".join(pack_float(0.0 if value is None else value) for value in values)
    size = {"decimal128": 16, "decimal256": 32, "date32": 4, "time32": 4}.get(kind, 8)
    signed = kind != "uint64"
    return b"".join((value or 0).to_bytes(size, "little", signed=signed) for value in values)


def pack_float(value: float) -> bytes:
    return NAN if math.isnan(value) else struct.pack("<d", value)


def pack_bits(bits: list[bool]) -> bytes:
    """One bit for each item, the first in the least significant bit of the first byte."""
    number = sum(1 << i for i, bit in enumerate(bits) if bit)
    return number.to_bytes((len(bits) + 7) // 8, "little")


def validity_of(there: list[bool]) -> bytes | None:
    return None if all(there) else pack_bits(there)


def convert_text(column: list[Cell]) -> Converted:
    """Texts end to end; only unquoted empty cells and missing ones are null."""
    there = [cell.quoted or cell.text != b"" for cell in column]
    offsets = accumulate((len(cell.text) for cell in column), initial=0)
    return Converted(
        b"".join(cell.text for cell in column),
        b"".join(struct.pack("<i", offset) for offset in offsets),
        validity_of(there),
        there.count(False),
        [],
    )


def check_size(column: list[tuple[int, int]]) -> None:
    """Raise ``OverflowError`` if texts are too long as written for 32-bit offsets."""
    written = sum(word & LENGTH for _, word in column if not word & MISSING)
    if written > MOST_TEXT:
        raise OverflowError(f"the texts have {written} bytes; 32-bit offsets reach {MOST_TEXT}")
