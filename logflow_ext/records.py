"""What the kernel of delimited text and its twin share: the dialect, and the results."""

from __future__ import annotations

import re
from typing import NamedTuple

from logflow_ext.cells import ESCAPABLE, MISSING

__all__ = [
    "ERRORS",
    "MAX_COMMENTS",
    "Damage",
    "Dialect",
    "Index",
    "Place",
    "Sample",
    "checked",
    "unescape",
]

ERRORS = (
    "stray_quote",
    "unterminated_quote",
    "record_too_long",
    "too_few_fields",
    "too_many_fields",
)
"""What can be wrong with a record."""

MAX_COMMENTS = 100
"""How many comments are told one by one."""

LF, CR, SPACE = b"\n\r "


class Damage(NamedTuple):
    """A record that is not a row.

    *record* is its number in the data, from 0; it is the bytes ``[start, end)``, without its
    line end; *error* is one of :data:`ERRORS`, and the byte at *offset* is where it shows.
    *fields* is how many fields the record has, counting the one that *error* cut short.
    """

    record: int
    start: int
    end: int
    error: str
    fields: int
    offset: int


class Index(NamedTuple):
    """Where the fields of data are.

    *spans* has a pair of numbers for each field, row after row, as :mod:`logflow_ext.cells` says,
    ``MISSING`` only in *padded* records.  *row_starts* and *row_records* have one number for each
    row: the offset of its first byte, and the number of its record.  *surplus* has, if rows may be
    extended, one pair for each row: what the record has behind its last column, as written (and so
    marked as quoted), or ``MISSING``; *padded* and *extended* are the records with too few and with
    too many fields that are rows.  All six are writable views of native unsigned 32-bit integers.
    *records* counts all records, of which *blank* are empty lines and *comment* comments; *covered*
    is the sum of their bytes with line ends; *comments* are the first :data:`MAX_COMMENTS` ones.
    """

    rows: int
    spans: memoryview
    row_starts: memoryview
    row_records: memoryview
    records: int
    blank: int
    comment: int
    covered: int
    damaged: list[Damage]
    surplus: memoryview
    padded: memoryview
    extended: memoryview
    comments: list[Place]


class Place(NamedTuple):
    """A record by its number, and its bytes ``[start, end)`` without its line end."""

    record: int
    start: int
    end: int


class Sample(NamedTuple):
    """One record, unescaped: the bytes ``[start, end)``, without its line end.

    *kind* is ``row``, ``blank``, ``comment`` or ``damaged``; *fields* are the values with whether
    they were quoted, empty unless *kind* is ``row``; *error* says what damaged it.
    """

    start: int
    end: int
    kind: str
    fields: list[tuple[bytes, bool]]
    error: str | None


class Dialect(NamedTuple):
    """A checked dialect; *quote* and *escape* are bytes as numbers, and -1 is none."""

    delimiter: bytes
    merge: bool
    quote: int
    escape: int
    comment: bytes
    skip_spaces: bool
    max_record_bytes: int


def checked(
    delimiter: bytes,
    merge: bool,
    quote: int | None,
    escape: int | None,
    comment: bytes,
    skip_spaces: bool,
    max_record_bytes: int,
) -> Dialect:
    """The dialect, or :exc:`ValueError` saying what is wrong with it."""
    quote = -1 if quote is None else quote
    escape = -1 if escape is None else escape
    delimiter = bytes(delimiter)
    if not delimiter or LF in delimiter or CR in delimiter:
        raise ValueError(f"delimiter must be bytes other than CR and LF, not {delimiter!r}")
    for name, byte in (("quote", quote), ("escape", escape)):
        if not -1 <= byte <= 255 or byte in (LF, CR):
            raise ValueError(f"{name} must be one byte other than CR and LF, not {byte}")
        if byte >= 0 and byte in delimiter:
            raise ValueError(f"delimiter, quote and escape must differ: {delimiter!r} has {byte}")
    if escape >= 0 > quote:
        raise ValueError("escape has a meaning only where there is a quote")
    if skip_spaces and SPACE in (*delimiter, quote, escape):
        raise ValueError("skip_spaces cannot be used where a space is delimiter, quote or escape")
    if LF in comment or CR in comment:
        raise ValueError(f"comment must not contain a line end: {comment!r}")
    if not 1 <= max_record_bytes < MISSING:
        raise ValueError(f"max_record_bytes must be in 1..{MISSING - 1}, not {max_record_bytes}")
    return Dialect(delimiter, merge, quote, escape, bytes(comment), skip_spaces, max_record_bytes)


def unescape(field: bytes, quote: int | None, escape: int | None, *, quoted: bool = True) -> bytes:
    """What a *field* stands for; of a *quoted* one, given what is between its quotes.

    Outside of quotes, an escape byte before letters, digits and what is not ASCII is data.

    >>> unescape(b'a ""b"" c', 34, 34)
    b'a "b" c'
    >>> unescape(b"back\\\\\\\\slash", 34, 92)
    b'back\\\\slash'
    >>> unescape(b"C:\\\\data\\\\, old", 34, 92, quoted=False)
    b'C:\\\\data, old'
    """
    if escape is None or escape < 0:
        return field
    if escape == quote:
        return field.replace(bytes([quote, quote]), bytes([quote]))
    escaped = b"." if quoted else ESCAPABLE
    return re.sub(re.escape(bytes([escape])) + b"(%s)" % escaped, rb"\1", field, flags=re.DOTALL)
