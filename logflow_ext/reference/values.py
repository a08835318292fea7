"""What the twins of the typing kernels share: cells as written, and the grammar of values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from logflow_ext.cells import ESCAPABLE, ESCAPED, LENGTH, MISSING, QUOTED, check_column, flat

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "Cell",
    "Moment",
    "Number",
    "cells",
    "day_of",
    "parse_moment",
    "parse_non_finite",
    "parse_number",
    "parse_styled",
    "read_spans",
]

BLANKS = b" \t"
MOST_EXPONENT = 99999
"""An exponent further from 0 makes any number too large or too small, whatever its digits."""
MOST_SIGNIFICANT = 800
"""More digits than any double has."""
MOST_OFFSET = timedelta(hours=18)
EPOCH = date(1970, 1, 1)

NUMBER = re.compile(rb"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
NON_FINITE = re.compile(rb"-?(?:inf|Inf|INF|infinity|Infinity)|nan|NaN|NAN")
YEAR_FIRST = re.compile(rb"([0-9]{4})([-/])([0-9]{2})\2([0-9]{2})")
YEAR_LAST = re.compile(rb"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
DAY_AND_NAME = re.compile(rb"([0-9]{1,2})([- /])([A-Za-z]+)\2([0-9]{4})")
NAME_AND_DAY = re.compile(rb"([A-Za-z]+) ([0-9]{1,2}),? ([0-9]{4})")
MONTHS = (
    b"january", b"february", b"march", b"april", b"may", b"june",
    b"july", b"august", b"september", b"october", b"november", b"december",
)  # fmt: skip
TIME = rb"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(?: ?([AaPp])[Mm])?"
ZONE = rb"(?: ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?))?"
AFTER_DATE = re.compile(rb"([T ])" + TIME + ZONE)
TIME_OF_DAY = re.compile(TIME)


class Cell(NamedTuple):
    """A cell, from what is written to what it says."""

    missing: bool
    quoted: bool
    written: bytes
    """The bytes between the quotes, or of the whole cell."""
    bare: bytes
    """The same, unquoted without the blanks around it."""
    null: bool
    """Whether *bare* is one of the null tokens."""
    text: bytes
    """*written* with its escapes undone, unless it is a null token."""

    @property
    def value(self) -> bytes:
        """The text as types other than text see it."""
        return self.text if self.quoted else self.text.strip(BLANKS)


def read_spans(
    data: Buffer, spans: Buffer, offset: int, stride: int, rows: int
) -> list[tuple[int, int]]:
    """Start and word of each cell; ``ValueError`` unless all are there and inside the data."""
    pairs = flat(spans)
    check_column(pairs.nbytes, offset, stride, rows)
    words = pairs.cast("I")
    beyond = offset + rows * stride
    column = [(words[2 * i], words[2 * i + 1]) for i in range(offset, beyond, stride)]
    size = flat(data).nbytes
    for row, (start, word) in enumerate(column):
        if start + (word & LENGTH) > size and not word & MISSING:
            raise ValueError(f"the cell of row {row} is not inside the data")
    return column


def cells(
    data: Buffer,
    column: list[tuple[int, int]],
    quote: int,
    escape: int,
    null_values: tuple[bytes, ...],
) -> list[Cell]:
    """The cells of a column that :func:`read_spans` read."""
    view = flat(data)
    nulls = frozenset(null_values) - {b""}
    return [_cell(view, start, word, quote, escape, nulls) for start, word in column]


def _cell(
    data: memoryview, start: int, word: int, quote: int, escape: int, nulls: frozenset[bytes]
) -> Cell:
    if word & MISSING:
        return Cell(True, False, b"", b"", False, b"")
    written = bytes(data[start : start + (word & LENGTH)])
    quoted = bool(word & QUOTED)
    bare = written if quoted else written.strip(BLANKS)
    null = bare in nulls
    escaped = word & ESCAPED and not null
    text = undo(written, quote, escape, quoted=quoted) if escaped else written
    return Cell(False, quoted, written, bare, null, text)


def undo(written: bytes, quote: int, escape: int, *, quoted: bool = True) -> bytes:
    """*written* with its escapes undone; an escape byte that escapes nothing stays.

    Outside of quotes, those before letters, digits and what is not ASCII escape nothing.

    >>> undo(b'a ""b"" "', ord('"'), ord('"'))
    b'a "b" "'
    >>> undo(b"it[[s [] [", -1, ord("["))
    b'it[s ] ['
    """
    if escape < 0:
        return written
    mark = re.escape(bytes([escape]))
    escaped = mark if escape == quote else b"." if quoted else ESCAPABLE
    return re.sub(mark + b"(" + escaped + b")", rb"\1", written, flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, its digits in pieces."""

    spelled: bytes
    negative: bool
    integer: bytes
    fraction: bytes
    exponent: bytes | None

    @property
    def significant(self) -> bytes:
        """The digits from the first that is not 0 to the last."""
        return (self.integer + self.fraction).lstrip(b"0")

    @property
    def int_digits(self) -> int:
        """Digits before the point; a lone 0 does not count."""
        return len(self.integer.lstrip(b"0"))

    @property
    def is_decimal(self) -> bool:
        """Whether it can be written without exponent and without a negative zero."""
        return self.exponent is None and not (self.negative and not self.significant)

    @property
    def is_integer(self) -> bool:
        return self.is_decimal and not self.fraction

    @property
    def is_shortest(self) -> bool:
        return self.fraction == b"0" or not self.fraction.endswith(b"0")

    def as_integer(self) -> int | None:
        """The integer it is, if 64 bits can hold it, with or without sign."""
        if not self.is_integer or len(self.integer) > 20:
            return None
        value = int(self.spelled)
        return value if -(2**63) <= value < 2**64 else None

    def scaled(self, scale: int) -> int:
        """The number times ``10**scale``."""
        zeros = b"0" * (scale - len(self.fraction))
        return int((b"-" if self.negative else b"") + self.integer + self.fraction + zeros)

    def nearest(self) -> float:
        """The nearest double: infinite if it is too large, zero if it is too small."""
        if self.significant and abs(self._power) > MOST_EXPONENT:
            magnitude = math.inf if self._power > 0 else 0.0
            return math.copysign(magnitude, -1 if self.negative else 1)
        return float(self.spelled)

    def fits(self, value: float) -> bool:
        """Whether the nearest double *value* stands for the number.

        Printed with as many significant digits, or with as few as it needs, it is the number
        again.  (Next to some powers of two the latter is not the former.)
        """
        digits = self.significant
        if not digits:
            return True
        if value == 0 or math.isinf(value) or len(digits) > MOST_SIGNIFICANT:
            return False
        printed = Decimal(f"{abs(value):.{len(digits) - 1}e}")
        shortest = Decimal(repr(abs(value))).normalize()
        number = (0, tuple(map(int, digits.decode())), self._power - len(self.fraction))
        return number in (printed.as_tuple(), shortest.as_tuple())

    @property
    def _power(self) -> int:
        """The exponent, or one just beyond the largest that matters."""
        written = self.exponent or b"0"
        power = min(int(written.lstrip(b"+-0")[:6] or b"0"), MOST_EXPONENT + 1)
        return -power if written.startswith(b"-") else power


def parse_number(text: bytes) -> Number | None:
    """The number that *text* is.

    >>> parse_number(b"-12.50").scaled(3)
    -12500
    >>> [parse_number(text) for text in (b"007", b".5", b"5.", b"+1", b"1_000")]
    [None, None, None, None, None]
    """
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, integer, fraction, exponent = match.groups()
    return Number(text, sign == b"-", integer, fraction or b"", exponent)


def parse_styled(text: bytes, decimal: str, thousands: str) -> Number | None:
    """The number that *text* is in a style of :data:`logflow_ext.cells.STYLES`.

    Its digits are those of a plain number.

    >>> parse_styled(b"-1.299,50", ",", ".").scaled(2)
    -129950
    >>> [parse_styled(text, ",", ".") for text in (b"1299,5", b"12.99", b"-0,0")]
    [None, None, None]
    """
    mark, group = re.escape(decimal.encode()), re.escape(thousands.encode())
    more = rb"{0,2}(?:%b[0-9]{3})*" % group if thousands else b"*"
    if not re.fullmatch(rb"-?(?:0|[1-9][0-9]%b)(?:%b[0-9]+)?" % (more, mark), text):
        return None
    plain = text.replace(thousands.encode(), b"") if thousands else text
    number = parse_number(plain.replace(decimal.encode(), b"."))
    return number if number and number.is_decimal else None


def parse_non_finite(text: bytes) -> float | None:
    """The infinity or the NaN that *text* is.

    >>> parse_non_finite(b"-Inf")
    -inf
    """
    return float(text) if NON_FINITE.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, with *clock* a timestamp, without *days* a time of the day.

    *days* are the days since 1970 that its date can be, by order; *clock* is the seconds since
    midnight, *fraction* the digits after them (``None`` if there are no seconds), *offset* the
    seconds east of UTC.
    """

    days: dict[str, int]
    clock: int | None = None
    fraction: bytes | None = None
    offset: int | None = None

    @property
    def subsecond_digits(self) -> int:
        """Digits of the fraction, zeros at its end not counted."""
        return len((self.fraction or b"").rstrip(b"0"))

    @property
    def nanoseconds(self) -> int:
        return int((self.fraction or b"").ljust(9, b"0"))

    def seconds(self, order: str) -> int:
        """Whole seconds since 1970, in UTC where there is an offset."""
        return self.days[order] * 86400 + (self.clock or 0) - (self.offset or 0)

    def in_nanosecond_range(self, order: str) -> bool:
        return -(2**63) <= self.seconds(order) * 10**9 + self.nanoseconds < 2**63


def parse_moment(text: bytes) -> Moment | None:
    """The date, timestamp or time that *text* is, dates in at least one order.

    >>> parse_moment(b"3.4.1970")
    Moment(days={'dmy': 92}, clock=None, fraction=None, offset=None)
    >>> parse_moment(b"1970-01-02T00:01:00,5+01:00")
    Moment(days={'ymd': 1}, clock=60, fraction=b'5', offset=3600)
    >>> parse_moment(b"12:01 AM")
    Moment(days={}, clock=60, fraction=None, offset=None)
    """
    if match := TIME_OF_DAY.fullmatch(text):
        hour, minute, second, fraction, half = match.groups()
        return _timed({}, b"", hour, minute, second, fraction, half, None)
    found = _dated(text)
    if found is None:
        return None
    readings, rest = found
    dated = {order: day_of(*reading) for order, reading in readings.items()}
    days = {order: day for order, day in dated.items() if day is not None}
    if not days or not rest:
        return Moment(days) if days else None
    match = AFTER_DATE.fullmatch(rest)
    return _timed(days, *match.groups()) if match else None


def _dated(text: bytes) -> tuple[dict[str, tuple[bytes, bytes, bytes]], bytes] | None:
    """Year, month and day by order of the date that *text* starts with, and what follows it."""
    if match := YEAR_FIRST.match(text):
        year, _, month, day = match.groups()
        readings = {"ymd": (year, month, day)}
    elif match := YEAR_LAST.match(text):
        first, separator, second, year = match.groups()
        readings = {"dmy": (year, second, first)}
        if separator != b".":
            readings["mdy"] = (year, first, second)
    elif match := DAY_AND_NAME.match(text):
        day, _, name, year = match.groups()
        readings = {"dmy": (year, month_of(name), day)}
    elif match := NAME_AND_DAY.match(text):
        name, day, year = match.groups()
        readings = {"mdy": (year, month_of(name), day)}
    else:
        return None
    return readings, text[match.end() :]


def month_of(name: bytes) -> bytes:
    """The number of the month with that English name, or those three letters; 0 if none has it."""
    wanted = name.lower()
    return b"%d" % next(
        (month for month, full in enumerate(MONTHS, 1) if wanted in (full, full[:3])), 0
    )


def _timed(
    days: dict[str, int],
    separator: bytes,
    hour: bytes,
    minute: bytes,
    second: bytes | None,
    fraction: bytes | None,
    half: bytes | None,
    zone: bytes | None,
) -> Moment | None:
    hours, minutes, seconds = int(hour), int(minute), int(second or b"0")
    if len(hour) == 1 and not half and separator != b" ":
        return None  # it may be a duration's
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + 12 * (half in b"Pp")
    offset = _offset_of(zone) if zone else timedelta()
    if hours > 23 or minutes > 59 or seconds > 59 or offset is None:
        return None
    return Moment(
        days,
        (hours * 60 + minutes) * 60 + seconds,
        None if second is None else fraction or b"",
        int(offset.total_seconds()) if zone else None,
    )


def day_of(year: bytes, month: bytes, day: bytes) -> int | None:
    """Days since 1970 of a date, or ``None`` if there is no such day."""
    try:
        return (date(int(year), int(month), int(day)) - EPOCH).days
    except ValueError:
        return None


def _offset_of(zone: bytes) -> timedelta | None:
    if zone == b"Z":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(b":") or b"0")
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or offset > MOST_OFFSET:
        return None
    return -offset if zone.startswith(b"-") else offset
