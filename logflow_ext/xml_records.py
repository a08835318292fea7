"""What the kernel of XML and its twin share: the results."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Column", "Cut", "Left", "Records"]


class Cut(NamedTuple):
    """Whole elements and what stands before them: their bytes, and how many records these are.

    *inside* says that nothing follows, and that the last element has no end; *waiting* that one
    starts behind them whose end is not in sight.
    """

    size: int
    records: int
    inside: bool
    waiting: bool


class Column(NamedTuple):
    """The values of one path: a pair for each row, as :mod:`logflow_ext.cells` says.

    *first* is the row of the first value.
    """

    name: str
    values: memoryview
    first: int


class Left(NamedTuple):
    """A row that is not read: it is left to a parser.  *whole* if its end tag is there."""

    row: int
    whole: bool


class Records(NamedTuple):
    """The rows of a part of a document, those that are left to a parser among them.

    Columns are in the order of their first values.  *text* is the data with references to
    characters replaced in place, and with what was made of repeated elements behind it, if there
    are any.  *starts* and *ends* are those of the rows' elements, *numbers* the ordinals of their
    records, all native unsigned 32-bit integers.  *outside* counts values outside of the elements,
    which are records.
    *wide* says that there are too many columns or cells; then the rest means nothing.
    """

    columns: list[Column]
    text: memoryview
    starts: memoryview
    ends: memoryview
    numbers: memoryview
    left: list[Left]
    records: int
    outside: int
    wide: bool
