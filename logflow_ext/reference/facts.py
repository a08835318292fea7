"""Facts about all cells of a column of text."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from logflow_ext.cells import NO_FRACTION, STYLE_BITS, STYLES_WITH, Bit, Digits, Observed
from logflow_ext.reference.values import (
    Cell,
    Moment,
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

__all__ = ["observe"]

BOOLS = {
    b"true": Bit.BOOL_LOWER,
    b"false": Bit.BOOL_LOWER,
    b"True": Bit.BOOL_TITLE,
    b"False": Bit.BOOL_TITLE,
    b"TRUE": Bit.BOOL_UPPER,
    b"FALSE": Bit.BOOL_UPPER,
}
DATES = {"ymd": Bit.DATE_YMD, "dmy": Bit.DATE_DMY, "mdy": Bit.DATE_MDY}
TIMESTAMPS = {"ymd": Bit.TS_YMD, "dmy": Bit.TS_DMY, "mdy": Bit.TS_MDY}
ALL = (1 << len(Bit)) - 1
STYLES = STYLES_WITH["."] | STYLES_WITH[","]

Value = Number | Moment | float | Bit | None


def observe(
    data: Buffer,
    spans: Buffer,
    offset: int,
    stride: int,
    rows: int,
    quote: int,
    escape: int,
    null_values: tuple[bytes, ...],
) -> Observed:
    """What all values of a column have in common.

    >>> from array import array
    >>> facts = observe(b"1,-2", array("I", [0, 1, 2, 2]), 0, 1, 2, 34, 34, ())
    >>> Bit(facts.possible) & (Bit.INT64 | Bit.UINT64 | Bit.FLOAT64)
    <Bit.INT64|FLOAT64: 40>
    >>> facts.int_min, facts.int_max, facts.cleared[4]
    (-2, 1, 1)
    """
    column = cells(data, read_spans(data, spans, offset, stride, rows), quote, escape, null_values)
    there = [cell for cell in column if not cell.missing]
    values = {row: cell for row, cell in enumerate(column) if is_value(cell)}
    parsed = {row: parse(cell.value) for row, cell in values.items()}
    kept = {row: bits_of(parsed[row]) | style_bits(cell.value) for row, cell in values.items()}
    possible = int(reduce(and_, kept.values(), ALL))
    texts = [cell.value for cell in values.values()]
    return Observed(
        rows=rows,
        missing=rows - len(there),
        quoted=sum(cell.quoted for cell in there),
        unquoted=sum(not cell.quoted for cell in there),
        empty_quoted=sum(cell.quoted and not cell.bare for cell in there),
        empty_unquoted=sum(not cell.quoted and not cell.bare for cell in there),
        null_quoted=sum(cell.quoted and cell.null for cell in there),
        null_unquoted=sum(not cell.quoted and cell.null for cell in there),
        trimmed=sum(is_trimmed(cell) for cell in values.values()),
        values=len(values),
        possible=possible,
        cleared=tuple(
            next((row for row, bits in kept.items() if not bits & bit), -1) for bit in Bit
        ),
        **measure(list(parsed.values()) if possible & ~STYLES else []),
        point=digits_of(texts, possible & STYLES_WITH["."]),
        comma=digits_of(texts, possible & STYLES_WITH[","]),
    )


def is_value(cell: Cell) -> bool:
    return not (cell.missing or cell.null) and cell.bare != b""


def is_trimmed(cell: Cell) -> bool:
    return len(cell.bare) != len(cell.written)


def parse(text: bytes) -> Value:
    """What *text* is; of a truth value only the letter case."""
    for parser in (parse_number, parse_non_finite, BOOLS.get, parse_moment):
        value = parser(text)
        if value is not None:
            return value
    return None


def bits_of(value: Value) -> int:
    """The bits that a value keeps."""
    match value:
        case Number():
            return number_bits(value)
        case Moment():
            return moment_bits(value)
        case float():
            return Bit.FLOAT64 | Bit.SHORTEST
        case Bit():
            return value
        case _:
            return 0


def number_bits(number: Number) -> int:
    bits = 0
    integer = number.as_integer()
    if integer is not None:
        bits |= Bit.INT64 if integer < 2**63 else 0
        bits |= Bit.UINT64 if integer >= 0 else 0
    if number.fits(number.nearest()):
        bits |= Bit.FLOAT64
    if number.is_decimal:
        bits |= Bit.DECIMAL
    if number.is_shortest:
        bits |= Bit.SHORTEST
    return bits


def style_bits(text: bytes) -> int:
    """The styles in which *text* is a number."""
    return sum(bit for style, bit in STYLE_BITS.items() if parse_styled(text, *style))


def moment_bits(moment: Moment) -> int:
    if moment.clock is None:
        return sum(DATES[order] for order in moment.days)
    if not moment.days:
        return Bit.TIME_MINUTES if moment.fraction is None else Bit.TIME_SECONDS
    bits: int = sum(TIMESTAMPS[order] for order in moment.days)
    bits += Bit.NAIVE if moment.offset is None else Bit.OFFSET
    if all(moment.in_nanosecond_range(order) for order in moment.days):
        bits += Bit.TS_NS_RANGE
    return bits


def measure(values: list[Value]) -> dict[str, int]:
    """The fields of :class:`Observed` that are about values."""
    numbers = [value for value in values if isinstance(value, Number)]
    integers = [integer for n in numbers if (integer := n.as_integer()) is not None]
    moments = [value for value in values if isinstance(value, Moment)]
    dates = [moment for moment in moments if moment.clock is None]
    timestamps = [moment for moment in moments if moment.days and moment.clock is not None]
    clocks = [moment.subsecond_digits for moment in moments if moment.clock is not None]
    seconds = [moment.seconds(order) for moment in timestamps for order in moment.days]
    return {
        "integers": len(integers),
        "int_min": min(integers, default=0),
        "int_max": max(integers, default=0),
        "numbers": len(numbers),
        "max_int_digits": max((n.int_digits for n in numbers), default=-1),
        "max_frac_digits": max((len(n.fraction) for n in numbers), default=-1),
        "min_frac_digits": min((len(n.fraction) for n in numbers), default=NO_FRACTION),
        "max_significant": max((len(n.significant) for n in numbers), default=-1),
        "exponents": sum(n.exponent is not None for n in numbers),
        "non_finite": sum(isinstance(value, float) for value in values),
        "dates": len(dates),
        "timestamps": len(timestamps),
        "max_subsecond_digits": max(clocks, default=-1),
        "min_seconds": min(seconds, default=0),
        "max_seconds": max(seconds, default=0),
    }


def digits_of(texts: list[bytes], held: int) -> Digits:
    """The digits of *texts*, which are numbers in each of the styles *held*, if any."""
    for style, bit in STYLE_BITS.items():
        if bit & held:
            numbers = [number for text in texts if (number := parse_styled(text, *style))]
            return Digits(
                max((n.int_digits for n in numbers), default=-1),
                max((len(n.fraction) for n in numbers), default=-1),
                min((len(n.fraction) for n in numbers), default=NO_FRACTION),
                max((len(n.significant) for n in numbers), default=-1),
                any(not n.is_shortest for n in numbers),
            )
    return Digits()
