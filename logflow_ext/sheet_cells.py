"""What the kernel of sheets and its twin share: names of what they find, and the results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "ERRORS",
    "FORMATS",
    "KINDS",
    "ZEROS",
    "Broken",
    "Column",
    "Cut",
    "ErrorCell",
    "Grid",
    "Reading",
    "Strings",
]

ERRORS = (
    "none",
    "bad_tag",
    "bad_attribute",
    "bad_entity",
    "mismatched_tag",
    "no_end_tag",
    "too_deep",
    "ill_formed_utf8",
    "cut_off",
    "bad_reference",
    "bad_value",
)
"""What can be wrong with a row."""

KINDS = ("text", "number", "boolean", "date", "datetime", "time", "duration", "error")
"""Kinds of cells; kind *i* is bit *i* of :attr:`Column.kinds`."""

FORMATS = ("number", "date", "datetime", "time", "duration")
"""What a number is shown as."""
ZEROS = 16
"""From this format on, a number is shown with ``format - ZEROS`` digits at least."""


class Cut(NamedTuple):
    """Whole rows: their bytes, the number of the last, and whether the sheet's data end there."""

    size: int
    row: int
    closed: bool


class Strings(NamedTuple):
    """The shared strings of a workbook, one after the other in *text*.

    *ends* tells where each one ends, as ``uint32``.  *error* is one of :data:`ERRORS`, *offset*
    where it shows.
    """

    text: bytes
    ends: bytes
    error: str = "none"
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read the cells of a workbook.

    *formats* has a byte for each style: an index of :data:`FORMATS`, or :data:`ZEROS` and a number
    of digits.  *exact* has a byte for each column, not 0 where timestamps are to have a time, and
    durations to be numbers of microseconds.  *keep_blank* makes rows of blank ones.
    """

    strings: Strings
    formats: bytes = b""
    exact: bytes = b""
    from_1904: bool = False
    keep_blank: bool = False


class Column(NamedTuple):
    """The cells of one column: bits of their kinds, and pairs as :mod:`logflow_ext.cells` says."""

    kinds: int
    values: memoryview


class ErrorCell(NamedTuple):
    """A cell with an error: its row among those found, and its column, both from 0."""

    row: int
    column: int


class Broken(NamedTuple):
    """A record that is no row: its number from 0, and its bytes ``[start, end)``.

    *error* is one of :data:`ERRORS`, *offset* where it shows.
    """

    record: int
    start: int
    end: int
    error: str
    offset: int


class Grid(NamedTuple):
    """The rows of a part of a sheet.

    *columns* are all up to the last one with a value; their cells are in *text*.  *starts* has the
    offset of each row, *numbers* the number of its record from 0, both ``uint32``.  *blank* records
    of the body are no rows, *hidden* ones are.
    """

    columns: list[Column]
    text: memoryview
    starts: memoryview
    numbers: memoryview
    errors: list[ErrorCell]
    broken: list[Broken]
    records: int
    blank: int
    hidden: int
