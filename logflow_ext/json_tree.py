"""What the kernel of JSON and its twin share: names of what they are asked for, and the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ERRORS", "FORMS", "KINDS", "MODES", "Broken", "Counts", "Cut", "Keep", "Node", "Tree"]

FORMS = ("lines", "values", "elements", "members")
"""How records stand in a text: one a line; one after the other; as elements of an array and as
members of an object, with commas between them."""

MODES = ("typed", "texts", "written")
"""How a column is kept: strings are unescaped and containers taken apart; strings are only
unescaped; strings are kept as they are written and containers taken apart."""

KINDS = ("bools", "numbers", "strings", "objects", "arrays")
"""What a value may be, null left out."""

ERRORS = (
    "none",
    "no_value",
    "no_key",
    "no_colon",
    "no_comma_in_object",
    "no_comma_in_array",
    "bad_number",
    "bad_literal",
    "control_character",
    "bad_escape",
    "lone_surrogate",
    "ill_formed_utf8",
    "cut_off",
    "too_deep",
    "more_than_one",
)
"""What can be wrong with a record."""

Keep = tuple[tuple[str | None, ...], str]
"""A path of keys, with ``None`` for the items of an array, and the mode of the column there."""


class Cut(NamedTuple):
    """As many whole records as there may be: their bytes and number.

    *ended* says that no comma follows any more: then the text goes on with the last element, which
    is not counted and ends at *end*, and that is at its bracket, or that of the data.
    """

    size: int
    records: int
    ended: bool
    end: int


class Broken(NamedTuple):
    """A record that is no row: its number from 0, and its bytes ``[start, end)``.

    *error* is one of :data:`ERRORS`, *offset* where it shows.
    """

    record: int
    start: int
    end: int
    error: str
    offset: int


class Counts(NamedTuple):
    """How many values of each kind a column has."""

    nulls: int
    bools: int
    numbers: int
    strings: int
    objects: int
    arrays: int


class Node(Protocol):
    """The values at one path: a slot for each object, or array element, that may have one."""

    @property
    def slots(self) -> int: ...
    @property
    def identity(self) -> int:
        """A number that no other node of the tree has."""
        ...

    def span(self, slot: int) -> tuple[int, int]:
        """Where the value of a slot starts, and how long it is; strings without their quotes."""
        ...

    @property
    def counts(self) -> Counts: ...
    @property
    def ambiguous(self) -> bool:
        """Whether some string reads like a number, a truth value or null."""
        ...

    @property
    def wide(self) -> bool:
        """Whether there are more keys than allowed; then objects are not taken apart."""
        ...

    def children(self) -> list[tuple[str, Node]]:
        """The columns of the objects' keys, in the order of their appearance."""
        ...

    def items(self) -> Node | None:
        """The column of the arrays' items."""
        ...

    def cells(self, kinds: Sequence[str]) -> memoryview:
        """A pair for each slot, as :mod:`logflow_ext.cells` says; other kinds are ``MISSING``."""
        ...

    def validity(self, kind: str) -> memoryview:
        """A bit for each slot, as Arrow has them: whether it is of a kind."""
        ...

    def offsets(self) -> memoryview:
        """``slots + 1`` native ``int32``: where the items of each slot start."""
        ...


class Tree(NamedTuple):
    """What records are made of.

    *text* is the data with strings unescaped in place, if any is escaped; *starts* are where the
    values of the rows start and *numbers* the ordinals of their records, native unsigned 32-bit
    integers.  *records* counts all records, of which *blank* are empty lines; *duplicates* counts
    the rows in which an object has a key twice, of which the last one counts.
    """

    root: Node
    rows: int
    text: memoryview
    starts: memoryview
    numbers: memoryview
    records: int
    blank: int
    duplicates: int
    broken: list[Broken]
