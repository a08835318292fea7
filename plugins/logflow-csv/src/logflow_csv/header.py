"""Is the first record the names of the columns?  And which names does the table get?"""

from __future__ import annotations

from collections.abc import Sequence

from logflow_csv.cells import Kind, kind_of, main_kind

__all__ = ["column_names", "has_header", "title_rows"]

Record = Sequence[bytes]
LONG = 100
"""A cell of more bytes than this is no name."""


def has_header(first: Record, body: Sequence[Record]) -> tuple[bool, str]:
    """Whether *first* names the columns of *body*, and why.

    Each column votes: names differ in kind from what is beneath them, data do not.  Where no
    vote decides, as in a table of nothing but text, the first record is the header: that is what
    most files have.
    """
    if not any(map(bytes.strip, first)):
        return False, "the first record is empty"
    if not body:
        names = all(kind_of(cell) in (Kind.TEXT, Kind.MIXED) for cell in first)
        return names, f"the only record {'has' if names else 'does not have'} text in every field"
    votes = [_vote(cell, column) for cell, column in zip(first, _columns(body), strict=False)]
    if sum(votes) < 0:
        return False, "the first record looks like those beneath it"
    if max(votes, default=0) >= 2:
        return True, "the first record is text over columns that are not"
    return True, "nothing in the first record speaks against its being names"


def _vote(cell: bytes, column: Sequence[bytes]) -> float:
    kind, beneath = kind_of(cell), main_kind(column)
    if kind is Kind.EMPTY:
        return 0
    if kind in (Kind.TEXT, Kind.MIXED):
        if beneath is not Kind.TEXT:
            return 2
        return -1 if len(cell) > LONG or cell in column else 0.5
    if kind is not beneath:
        return -1 if beneath is Kind.TEXT else 1
    is_lone_year = _is_year(cell) and sum(map(_is_year, column)) <= 0.1 * len(column)
    return 1 if is_lone_year else -3


def _is_year(cell: bytes) -> bool:
    return len(cell) == 4 and cell.isdigit() and cell[:2] in (b"19", b"20")


def _columns(body: Sequence[Record]) -> list[list[bytes]]:
    width = max(map(len, body))
    return [[record[i] for record in body if i < len(record)] for i in range(width)]


def title_rows(records: Sequence[Record]) -> int:
    """How many records at the start are titles that spreadsheets padded to the table's width.

    Those have text in their first fields and nothing in most others; a fuller record of text,
    the header, has to follow.

    >>> title_rows([[b"Spending 2015", b"", b""], [b"", b"", b""], [b"Date", b"Name", b"Sum"]])
    2
    """
    for i, record in enumerate(records):
        filled = [kind_of(cell) for cell in record if cell.strip()]
        if any(kind not in (Kind.TEXT, Kind.MIXED) for kind in filled):
            return 0
        if len(filled) > max(1, len(record) // 4):
            return i if len(record) > 2 or not any(map(any, records[max(0, i - 1) : i])) else 0
        if not record[0].strip() and (filled or i == 0):
            return 0
    return 0


def column_names(header: Sequence[bytes], columns: int) -> tuple[str, ...]:
    """A name for each column: those of the header, without spaces around them, made distinct.

    An empty or missing name becomes ``column_3`` (counted from 1), the second ``a`` becomes
    ``a_2``; a name made up never takes one that the header has.

    >>> column_names([b"a", b"a_2", b" a", b""], 5)
    ('a', 'a_2', 'a_3', 'column_4', 'column_5')
    """
    written = [cell.decode("utf-8", "backslashreplace").strip() for cell in header]
    written += [""] * (columns - len(written))
    taken = set(written)
    names: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for position, name in enumerate(written, start=1):
        base = candidate = name or f"column_{position}"
        while candidate in names or (candidate in taken and candidate != name):
            numbers[base] = numbers.get(base, 1) + 1
            candidate = f"{base}_{numbers[base]}"
        names[candidate] = None
    return tuple(names)
