"""Where in a sheet the table is: its header, what stands before it, and its first column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logflow.detection.header import has_header, header_rows, joined
from logflow.interfaces.decoder import Skipped

__all__ = ["HEAD_ROWS", "Layout", "Row", "find_layout", "letters"]

HEAD_ROWS = 100
"""Rows at the start of a sheet that are looked at."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank: its number from 1, and its cells; empty texts where there is none.

    *plain* tells that all of its cells are texts.
    """

    number: int
    cells: Sequence[str]
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The table of a *sheet*: its columns from number *first* (from 0) on, its rows from *body* on.

    *names* are those of the header, the first ones of the columns.  *skipped* are the rows before
    the body, and why each is no data.
    """

    sheet: str
    first: int = 0
    body: int = 1
    names: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def name_of(self, column: int) -> str:
        """The name of a column, by its number in the sheet from 0; its letters if it has none."""
        index = column - self.first
        name = self.names[index] if 0 <= index < len(self.names) else ""
        return name or letters(column)


def letters(column: int) -> str:
    """What a column is called, by its number from 0.

    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def find_layout(sheet: str, rows: Sequence[Row], header: bool | None) -> Layout:
    """The layout of a sheet, by its first rows that are not blank.

    Titles above the table fill less than half of its columns.  *header* tells whether it has one;
    ``None`` to find out, ``False`` to take the sheet as it is.
    """
    if not rows:
        return Layout(sheet=sheet)
    first = min(_first(row) for row in rows)
    if header is False:
        return Layout(sheet=sheet, first=first, body=rows[0].number)
    table = rows[_titles(rows) :]
    first = min(_first(row) for row in table)
    count = _header_rows(table, first, header)
    width = max(len(row.cells) for row in table) - first
    names = [each.decode() for each in joined([_texts(r, first) for r in table[:count]], width)]
    titles = rows[: len(rows) - len(table)]
    return Layout(
        sheet=sheet,
        first=first,
        body=table[count].number if count < len(table) else table[-1].number + 1,
        names=tuple(names),
        skipped=(
            *(_skipped("preamble", row) for row in titles),
            *(_skipped("header", row) for row in table[:count]),
        ),
    )


def _first(row: Row) -> int:
    return next(i for i, cell in enumerate(row.cells) if cell)


def _filled(row: Row) -> int:
    return sum(map(bool, row.cells))


def _titles(rows: Sequence[Row]) -> int:
    """How many rows are above the table."""
    counts = sorted(map(_filled, rows))
    usual = counts[len(counts) // 2]
    enough = max(2, (usual + 1) // 2)
    if usual < 2:
        return 0
    return next((i for i, row in enumerate(rows) if _filled(row) >= enough), 0)


def _header_rows(table: Sequence[Row], first: int, asked: bool | None) -> int:
    """How many rows are the header."""
    texts = [_texts(row, first) for row in table]
    if not asked and not (table[0].plain or _has_years(table[0])):
        return 0
    if not (asked or has_header(texts[0], texts[1:])[0]):
        return 0
    return header_rows(texts) if table[0].plain else 1


def _has_years(row: Row) -> bool:
    """Whether what is no text in a row may be the years over columns."""
    cells = [cell for cell in row.cells if cell]
    return any(not cell.isdigit() for cell in cells) and all(
        not cell.replace(".", "").isdigit() or (len(cell) == 4 and cell[:2] in ("19", "20"))
        for cell in cells
    )


def _texts(row: Row, first: int) -> list[bytes]:
    return [cell.encode() for cell in row.cells[first:]]


def _skipped(reason: str, row: Row) -> Skipped:
    text = " | ".join(filter(None, row.cells))
    return Skipped(reason=reason, record=row.number, line=None, text=text)
