"""What the kernel of Avro and its twin share: the columns that are asked for, and the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ERRORS", "FATAL", "KINDS", "MOST_DEPTH", "MOST_EMPTY", "Broken", "Column", "Decoded"]

ERRORS = (
    "none",
    "cut_off",
    "bad_varint",
    "bad_length",
    "bad_branch",
    "too_deep",
    "left_over",
    "ill_formed_utf8",
    "bad_symbol",
    "bad_bool",
    "out_of_range",
    "inexact",
)
"""What can be wrong with a record."""

FATAL = frozenset(ERRORS[1 : ERRORS.index("ill_formed_utf8")])
"""Errors behind which it is not known where the next record starts."""

MOST_EMPTY = 1 << 20
"""Items of arrays that may take no bytes, in a block."""
MOST_DEPTH = 1000
"""Values inside each other in a text of JSON, at most."""

KINDS = (
    "null",
    "boolean",
    "integer",
    "float32",
    "float64",
    "bytes",
    "string",
    "fixed",
    "symbols",
    "array",
    "map",
    "record",
    "choice",
)
"""Kinds of types in texts of JSON."""

Program = tuple[Any, ...]
"""How the values at a place of the schema are read.

``("null",)``, ``("boolean",)``, ``("float",)``, ``("double",)``, ``("bytes",)``, ``("string",)``;
``("int", least, most)``, ``("long", least, most)``, ``("enum", symbols)``, ``("fixed", width)``;
``("decimal", bits, precision, width)`` of 128 or 256 bits, with a width of -1 for bytes;
``("array", items, least)`` and ``("map", values, least)``, with the least bytes of one;
``("record", fields)``; ``("nullable", other, null, branches)`` with the number of null's branch, or
-1, and how many there are; ``("numbers", type, branches)`` of type long or double with names of
types; ``("records", fields, branches)`` with numbers of fields, or ``None``, for each branch;
``("json", number)`` with the number of a type.
"""

Type = tuple[str, int, tuple[str, ...], tuple[int, ...]]
"""A type that becomes text of JSON: one of :data:`KINDS`, its width in bytes, names as texts of
JSON (of symbols and fields), and the numbers of the types inside it."""


class Broken(NamedTuple):
    """A record that is no row, or, if the error is one of :data:`FATAL`, a block of them.

    *block*, *record* and *field* are numbers from 0; *offset* is where it shows in the block, and
    the bytes ``[start, end)`` are those of the record.
    """

    block: int
    record: int
    field: int
    error: str
    offset: int
    start: int
    end: int


class Column(Protocol):
    """Values, as Arrow lays them out."""

    @property
    def size(self) -> int: ...
    @property
    def nulls(self) -> int: ...

    def validity(self) -> memoryview | None:
        """A bit for each value; nothing if there are no nulls."""
        ...

    def buffers(self) -> list[memoryview]:
        """The others of its buffers."""
        ...

    def children(self) -> Sequence[Column]:
        """Of a nullable column the one that it is, of a map the keys and values."""
        ...


class Decoded(NamedTuple):
    """The columns of the fields, how many rows there are, and what is broken."""

    columns: Sequence[Column]
    rows: int
    broken: list[Broken]
