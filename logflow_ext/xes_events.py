"""What the kernel of XES and its twin share: names of what they find, and the results."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ERRORS", "KINDS", "Broken", "Column", "Cut", "Log"]

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
)
"""What can be wrong with an event or a trace."""

KINDS = ("string", "date", "int", "float", "boolean", "id", "list", "container", "other")
"""Kinds of attributes; kind *i* is bit *i* of :attr:`Column.kinds`."""


class Cut(NamedTuple):
    """Whole traces, and events outside of them: their bytes, and how many records these are."""

    size: int
    records: int


class Broken(NamedTuple):
    """A record that is no row: its number from 0, and its bytes ``[start, end)``.

    *error* is one of :data:`ERRORS`, *offset* where it shows.
    """

    record: int
    start: int
    end: int
    error: str
    offset: int


class Column(NamedTuple):
    """The attributes of one key; those of traces are called ``case:`` and their key.

    *kinds* are bits of the kinds that there are.  *values* has a pair for each row, as
    :mod:`logflow_ext.cells` says; *inner* those of the markup inside of attributes, if there is.
    """

    name: str
    kinds: int
    values: memoryview
    inner: memoryview | None


class Log(NamedTuple):
    """The rows of a part of a log.

    *text* is the data with references to characters replaced in place, if there are any.  *starts*
    are where the rows' elements start, *numbers* the ordinals of their records, both native
    unsigned 32-bit integers.  *empty* counts traces without events, which are records.
    """

    columns: list[Column]
    rows: int
    text: memoryview
    starts: memoryview
    numbers: memoryview
    records: int
    empty: int
    broken: list[Broken]
