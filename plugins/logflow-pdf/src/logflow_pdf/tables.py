"""Tables of pages as one: which of them go on, and what their columns are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa

from logflow.detection.header import has_header, header_rows, joined, names_columns
from logflow.errors import DecodeError
from logflow.ingest.schema.names import distinct
from logflow_pdf.options import PdfOptions

__all__ = ["PAGE", "TABLE", "Row", "rows_of"]

PAGE, TABLE = "_page", "_table"
"""The columns with the numbers of page and table, from 1."""
_UNMAPPED = re.compile(r"\(cid:\d+\)")
"""What pdfminer has for a glyph if the document does not say what letter it is."""

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, or a page that is *bad*.

    *record* is its number from 1, *bad* the type of the error and what it says, *skipped* why it is
    no data.
    """

    record: int
    cells: Mapping[str, str | None]
    bad: tuple[str, str] | None = None
    skipped: str = ""

    @property
    def text(self) -> str:
        """The row as people read it."""
        cells = [cell for name, cell in self.cells.items() if name not in (PAGE, TABLE)]
        return " | ".join(filter(None, cells))


def rows_of(pages: Iterator[pa.RecordBatch], options: PdfOptions) -> Iterator[Row]:
    """The rows of all tables, by what :mod:`logflow_pdf.child` has of each page.

    Raises :exc:`~logflow.errors.DecodeError` if there are none.
    """
    record = count = letters = 0
    table = _Table(options)
    for page in pages:
        found = page.to_pylist()
        count += bool(found)
        letters += sum(row["letters"] or 0 for row in found)
        for row in _rows_of_page(found, table):
            record += 1
            yield Row(record, row.cells, row.bad, row.skipped)
    if not record:
        raise DecodeError(_nothing(count, letters, options))


def _nothing(pages: int, letters: int, options: PdfOptions) -> str:
    where = f"there is no table on its {pages:,} page{'s' * (pages != 1)}"
    if not pages:
        return "it has none of the pages that are asked for"
    if not letters:
        return f"{where}, nor text: what is on pictures is not read"
    if options.edges == "lines":
        return f"{where} with lines around its cells: --edges text needs none"
    return where


def _rows_of_page(found: Sequence[Mapping[str, Any]], table: _Table) -> Iterator[Row]:
    """The rows of a page, without their numbers."""
    for number, rows in groupby(found, lambda row: row["table"]):
        if number is None:
            for row in rows:
                if row["error"]:
                    yield Row(0, {PAGE: str(row["page"])}, ("bad_page", row["error"]))
        else:
            texts = list(rows)
            cells = [[cell or "" for cell in row["cells"]] for row in texts]
            yield from table.rows(texts[0]["page"], cells, may_go_on=number == 0)


@dataclass(slots=True)
class _Table:
    """The table that was read last, which may go on with the next one."""

    options: PdfOptions
    number: int = 0
    page: int = 0
    names: Sequence[str] = ()
    header: Sequence[Cells] = ()

    def rows(self, page: int, rows: Sequence[Cells], *, may_go_on: bool) -> Iterator[Row]:
        """The rows of a table of a page; it *may_go_on* from the page before if it is the first."""
        repeats = bool(self.header) and rows[: len(self.header)] == self.header
        follows = may_go_on and page == self.page + 1 and len(rows[0]) == len(self.names)
        if not (follows and (repeats or not self._begins(rows))):
            self._begin(rows)
            repeats = bool(self.header)
        self.page = page
        for number, cells in enumerate(rows):
            yield self._row(cells, is_header=repeats and number < len(self.header))

    def _begins(self, rows: Sequence[Cells]) -> bool:
        """Whether the first row shows that it is a header, and not one of the table before."""
        texts = _encoded(rows)
        return self.options.header is None and names_columns(texts[0], texts[1:])

    def _begin(self, rows: Sequence[Cells]) -> None:
        """A table: its header and the names of its columns."""
        texts = _encoded(rows)
        asked = self.options.header
        named = has_header(texts[0], texts[1:])[0] if asked is None else asked
        self.number += 1
        self.header = rows[: header_rows(texts)] if named else []
        names = [name.decode() for name in joined(_encoded(self.header), max(map(len, rows)))]
        shown = [" ".join(name.split()) or f"column_{n}" for n, name in enumerate(names, 1)]
        self.names = distinct([PAGE, TABLE, *shown])[2:]

    def _row(self, cells: Cells, *, is_header: bool) -> Row:
        named = {name: cell or None for name, cell in zip(self.names, cells, strict=False)}
        values = {PAGE: str(self.page), TABLE: str(self.number), **named}
        if is_header:
            return Row(0, values, skipped="header")
        if not any(cells):
            return Row(0, values, skipped="blank")
        if any(_UNMAPPED.search(cell) for cell in cells):
            message = "the document does not say what letters some of its glyphs are"
            return Row(0, values, ("unmapped_text", message))
        return Row(0, values)


def _encoded(rows: Sequence[Cells]) -> list[list[bytes]]:
    return [[cell.encode() for cell in row] for row in rows]
