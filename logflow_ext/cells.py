"""What the typing kernels and their twins share: cells, the bits of facts, and the results.

A *column* of text cells is ``(data, spans, offset, stride, rows)``: cell ``i`` is pair number
``offset + i * stride`` of *spans*, a buffer of native ``uint32`` pairs ``[start, word]``.  The
word is the cell's length in bytes and three flags.  What is between the bytes is the cell *as
written*: without its quotes, its escapes not yet undone.
"""

from __future__ import annotations

from enum import IntFlag
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "ESCAPABLE",
    "ESCAPED",
    "KINDS",
    "LENGTH",
    "MISSING",
    "NO_FRACTION",
    "ORDERS",
    "QUOTED",
    "STYLES",
    "STYLES_WITH",
    "STYLE_BITS",
    "UNITS",
    "Bit",
    "Converted",
    "Digits",
    "Observed",
    "Request",
    "check_choice",
    "check_column",
    "check_request",
    "flat",
    "merge",
]

QUOTED = 1 << 31
"""The cell stood between quotes."""
ESCAPED = 1 << 30
"""The cell has escapes to undo."""

ESCAPABLE = rb"[^0-9A-Za-z\r\n\x80-\xff]"
"""What an escape byte outside of quotes escapes: punctuation and blanks of ASCII."""
MISSING = 1 << 29
"""There is no such cell (the record is too short): always null, its span is not looked at."""
LENGTH = MISSING - 1
"""The bits of a word that are the length."""

NO_FRACTION = 2**31 - 1
""":attr:`Observed.min_frac_digits` of a column without numbers."""

KINDS = (
    "bool",
    "int64",
    "uint64",
    "float64",
    "decimal128",
    "decimal256",
    "date32",
    "timestamp",
    "time32",
    "time64",
    "text",
)
"""What a column can be converted to."""
ORDERS = ("ymd", "dmy", "mdy")
"""The orders of year, month and day."""
UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
"""The units of timestamps and times, and how many digits of a second's fraction they hold."""
STYLES = (
    (".", ","),
    (".", " "),
    (".", "\u00a0"),
    (".", "\u202f"),
    (".", "'"),
    (",", ""),
    (",", "."),
    (",", " "),
    (",", "\u00a0"),
    (",", "\u202f"),
    (",", "'"),
)
"""The decimal mark of numbers and the separator of their thousands, which all have that are four
digits long or more; a bit of :class:`Bit` each, in this order."""


class Bit(IntFlag):
    """What can be true of every value of a column."""

    BOOL_LOWER = 1 << 0
    """``true`` or ``false``."""
    BOOL_TITLE = 1 << 1
    """``True`` or ``False``."""
    BOOL_UPPER = 1 << 2
    """``TRUE`` or ``FALSE``."""
    INT64 = 1 << 3
    UINT64 = 1 << 4
    FLOAT64 = 1 << 5
    """A double that, printed with as many significant digits as written, or with as few as it
    needs, is the number again; or ``nan``, ``inf``."""
    DECIMAL = 1 << 6
    """A number without exponent; the digits are counted in :class:`Observed`."""
    SHORTEST = 1 << 7
    """A number whose fraction, if it has one, is ``.0`` or does not end in 0."""
    DATE_YMD = 1 << 8
    DATE_DMY = 1 << 9
    DATE_MDY = 1 << 10
    TS_YMD = 1 << 11
    TS_DMY = 1 << 12
    TS_MDY = 1 << 13
    NAIVE = 1 << 14
    """A timestamp without offset from UTC."""
    OFFSET = 1 << 15
    """A timestamp with offset."""
    TS_NS_RANGE = 1 << 16
    """A timestamp that 64 bits can count in nanoseconds, in every order in which it is one."""
    TIME_MINUTES = 1 << 17
    """A time of the day in hours and minutes."""
    TIME_SECONDS = 1 << 18
    """The same with seconds."""
    POINT_COMMA = 1 << 19
    """A number, as all that follow, with a decimal point if it has a fraction, and a comma between
    thousands if it is so large; negative zero is none."""
    POINT_SPACE = 1 << 20
    POINT_NO_BREAK_SPACE = 1 << 21
    POINT_NARROW_NO_BREAK_SPACE = 1 << 22
    POINT_APOSTROPHE = 1 << 23
    COMMA_UNGROUPED = 1 << 24
    """The same with a decimal comma, and nothing between thousands."""
    COMMA_POINT = 1 << 25
    COMMA_SPACE = 1 << 26
    COMMA_NO_BREAK_SPACE = 1 << 27
    COMMA_NARROW_NO_BREAK_SPACE = 1 << 28
    COMMA_APOSTROPHE = 1 << 29


STYLE_BITS = dict(zip(STYLES, tuple(Bit)[-len(STYLES) :], strict=True))
"""The bit of each style of numbers."""
STYLES_WITH = {
    mark: sum(int(bit) for (decimal, _), bit in STYLE_BITS.items() if decimal == mark)
    for mark in ".,"
}
"""The bits of all styles with each decimal mark."""
ALL_STYLES = sum(STYLES_WITH.values())


class Digits(NamedTuple):
    """The digits of all values of a column as numbers with one decimal mark.

    As if there were no values where no style with that mark holds all of them.
    """

    max_int: int = -1
    """As :attr:`Observed.max_int_digits` (max)."""
    max_frac: int = -1
    """As :attr:`Observed.max_frac_digits` (max)."""
    min_frac: int = NO_FRACTION
    """As :attr:`Observed.min_frac_digits` (min)."""
    max_significant: int = -1
    """As :attr:`Observed.max_significant` (max)."""
    padded: bool = False
    """Whether some fraction ends in 0 and is more than just one 0 (or)."""

    def merge(self, other: Digits) -> Digits:
        """The digits of the values of two columns."""
        return Digits(
            max(self.max_int, other.max_int),
            max(self.max_frac, other.max_frac),
            min(self.min_frac, other.min_frac),
            max(self.max_significant, other.max_significant),
            self.padded or other.padded,
        )


class Request(NamedTuple):
    """A column of text cells, and the values that it is to be converted to.

    *quote* and *escape* are the byte values that undo escapes (equal ones: doubled quotes; -1:
    none).  *kind* is one of :data:`KINDS`.
    """

    data: Buffer
    spans: Buffer
    offset: int
    stride: int
    rows: int
    quote: int
    escape: int
    kind: str
    order: str = "ymd"
    """Of dates and timestamps, one of :data:`ORDERS`."""
    unit: str = "us"
    """Of timestamps and times, one of :data:`UNITS`."""
    decimal: str = ""
    """Of numbers, with *thousands* one of :data:`STYLES`; plain numbers if empty."""
    thousands: str = ""
    zone: bool = False
    """Timestamps must have an offset from UTC and become instants, rather than have none."""
    precision: int = 38
    """Of decimals."""
    scale: int = 0
    """Of decimals: zeros written beyond it do not fit either."""
    nulls: bool = True
    """Unquoted null tokens are null."""
    quoted_nulls: bool = False
    """Quoted empty cells and quoted null tokens are null."""
    exact: bool = True
    """Floats must stand for the number as written (:attr:`Bit.FLOAT64`), rather than be finite."""
    observe: bool = False
    """Facts about the cells are wanted, too."""


class Observed(NamedTuple):
    """Facts about the cells of a column; how they merge stands behind each.

    *null* tokens and *empty* cells are judged as written, unquoted ones without the spaces and
    tabs around them.  Everything after *cleared* is about values, and is empty (as if the column
    had none) once ``possible`` has no bit left but those of :data:`STYLES`; *point* and *comma*
    are about these.
    """

    rows: int
    """Cells (sum)."""
    missing: int
    """Cells that do not exist (sum)."""
    quoted: int
    """Cells between quotes (sum)."""
    unquoted: int
    """Other cells, without the missing ones (sum)."""
    empty_quoted: int
    """Empty cells between quotes (sum)."""
    empty_unquoted: int
    """Other empty cells (sum)."""
    null_quoted: int
    """Null tokens between quotes (sum)."""
    null_unquoted: int
    """Other null tokens (sum)."""
    trimmed: int
    """Unquoted values with spaces or tabs around them (sum)."""
    values: int
    """Cells that are none of missing, empty, null token (sum)."""
    possible: int
    """The :class:`Bit` of all that holds for every value (and)."""
    cleared: tuple[int, ...]
    """For each bit the row of the first value that cleared it, or -1 (least that is not -1)."""
    integers: int
    """Values that are integers and fit in 64 bits, signed or unsigned (sum)."""
    int_min: int
    """The least of these; 0 if there are none (min)."""
    int_max: int
    """The largest of these; 0 if there are none (max)."""
    numbers: int
    """Values that are finite numbers as written, of any size (sum)."""
    max_int_digits: int
    """Most digits before the point, a lone 0 not counted; -1 without numbers (max)."""
    max_frac_digits: int
    """Most digits after the point, 0 for integers; -1 without numbers (max)."""
    min_frac_digits: int
    """Fewest digits after the point; :data:`NO_FRACTION` without numbers (min)."""
    max_significant: int
    """Most digits from the first that is not 0 to the last written; -1 without numbers (max)."""
    exponents: int
    """Numbers with an exponent (sum)."""
    non_finite: int
    """``inf`` and ``nan`` (sum)."""
    dates: int
    """Dates, in any order (sum)."""
    timestamps: int
    """Timestamps, in any order (sum)."""
    max_subsecond_digits: int
    """Most digits of a second's fraction in timestamps and times, zeros at its end not counted; -1
    without (max)."""
    min_seconds: int
    """The earliest timestamp in seconds since 1970 after its offset, in any order in which it is
    one, its fraction cut off; 0 without timestamps (min)."""
    max_seconds: int
    """The latest timestamp likewise (max)."""
    point: Digits
    """The digits in a style with a decimal point."""
    comma: Digits
    """The digits in a style with a decimal comma."""


class Converted(NamedTuple):
    """A column in Arrow's layout: buffers for ``Array.from_buffers``, and what did not fit."""

    values: Buffer
    """The values; those of null slots are zero bytes."""
    offsets: Buffer | None
    """``rows + 1`` ``int32`` offsets into *values*; only of text."""
    validity: Buffer | None
    """A bit for each row that is not null; ``None`` if none is null."""
    null_count: int
    """Null slots, the bad ones included."""
    bad: list[int]
    """The rows whose cell does not fit the type, ascending."""


def merge(first: Observed, second: Observed) -> Observed:
    """The facts of two columns together; their rows must be counted from one origin.

    Commutative and associative.
    """
    possible = first.possible & second.possible
    counted = map(add, first[:COUNTED], second[:COUNTED])
    cleared = tuple(map(_earlier, first.cleared, second.cleared))
    measured = _measured(first, second) if possible & ~ALL_STYLES else NOTHING
    point = first.point.merge(second.point) if possible & STYLES_WITH["."] else Digits()
    comma = first.comma.merge(second.comma) if possible & STYLES_WITH[","] else Digits()
    return Observed._make((*counted, possible, cleared, *measured, point, comma))


def _measured(first: Observed, second: Observed) -> tuple[int, ...]:
    """The fields from ``integers`` to ``max_seconds``."""
    whole = [one for one in (first, second) if one.integers]
    timed = [one for one in (first, second) if one.timestamps]
    return (
        first.integers + second.integers,
        min((one.int_min for one in whole), default=0),
        max((one.int_max for one in whole), default=0),
        first.numbers + second.numbers,
        max(first.max_int_digits, second.max_int_digits),
        max(first.max_frac_digits, second.max_frac_digits),
        min(first.min_frac_digits, second.min_frac_digits),
        max(first.max_significant, second.max_significant),
        first.exponents + second.exponents,
        first.non_finite + second.non_finite,
        first.dates + second.dates,
        first.timestamps + second.timestamps,
        max(first.max_subsecond_digits, second.max_subsecond_digits),
        min((one.min_seconds for one in timed), default=0),
        max((one.max_seconds for one in timed), default=0),
    )


def _earlier(row: int, other: int) -> int:
    """The lesser of two rows, of which -1 is none."""
    if row < 0 or 0 <= other < row:
        return other
    return row


COUNTED = Observed._fields.index("possible")
NOTHING = (0, 0, 0, 0, -1, -1, NO_FRACTION, -1, 0, 0, 0, 0, -1, 0, 0)
"""What is measured without values."""


def flat(buffer: Buffer) -> memoryview:
    """The bytes of a contiguous buffer of any format and shape."""
    view = memoryview(buffer)
    return view.cast("B") if view.nbytes else memoryview(b"")


def check_column(size: int, offset: int, stride: int, rows: int) -> None:
    """Raise ``ValueError`` unless all pairs of the column lie within *size* bytes of spans."""
    pairs, rest = divmod(size, 8)
    if rest:
        raise ValueError(f"spans are pairs of 4 bytes each, but there are {size} bytes")
    if offset < 0 or stride < 1 or rows < 0:
        raise ValueError(
            f"no column has offset {offset}, stride {stride} and {rows} rows: "
            "at least 0, 1 and 0 are needed"
        )
    if rows and offset + (rows - 1) * stride >= pairs:
        raise ValueError(
            f"{rows} rows from pair {offset} on, every {stride}, need more than {pairs} pairs"
        )


_RIGHT: set[tuple[object, ...]] = set()
"""The requests that have been checked: there are few, and each comes once a chunk."""


def check_request(
    kind: str,
    order: str,
    unit: str,
    decimal: str,
    thousands: str,
    precision: int,
    scale: int,
) -> None:
    """Raise ``ValueError`` unless a column can be converted so."""
    request = (kind, order, unit, decimal, thousands, precision, scale)
    if request in _RIGHT:
        return
    check_choice("kind", kind, KINDS)
    check_choice("order", order, ORDERS)
    check_choice("unit", unit, UNITS)
    check_unit(kind, unit)
    check_decimal(kind, precision, scale)
    check_style(decimal, thousands)
    _RIGHT.add(request)


def check_choice(name: str, value: str, valid: Any) -> None:
    """Raise ``ValueError`` naming the valid values unless *value* is one of them."""
    if value not in valid:
        raise ValueError(f"{name} is {value!r}; valid are {', '.join(valid)}")


def check_decimal(kind: str, precision: int, scale: int) -> None:
    """Raise ``ValueError`` unless *kind* can have this precision and scale."""
    most = {"decimal128": 38, "decimal256": 76}.get(kind)
    if most and not (1 <= precision <= most and 0 <= scale <= precision):
        raise ValueError(
            f"{kind} has a precision from 1 to {most} and a scale from 0 to the precision, "
            f"not {precision} and {scale}"
        )


def check_style(decimal: str, thousands: str) -> None:
    """Raise ``ValueError`` unless numbers can be written so; both empty is no style."""
    if (decimal or thousands) and (decimal, thousands) not in STYLES:
        raise ValueError(
            f"no numbers have the decimal mark {decimal!r} and {thousands!r} between thousands"
        )


def check_unit(kind: str, unit: str) -> None:
    """Raise ``ValueError`` unless *kind* can have this unit."""
    valid = {"time32": ("s", "ms"), "time64": ("us", "ns")}.get(kind, tuple(UNITS))
    if unit not in valid:
        raise ValueError(f"unit of {kind} is {unit!r}; valid are {', '.join(valid)}")
