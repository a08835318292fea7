"""The decoder of Office Open XML: chunks of whole rows, sheet by sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from logflow.errors import DecodeError, LimitError
from logflow.ingest.window import Window
from logflow.interfaces.decoder import Chunk, DecodedBatch, Observation
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_excel.layout import HEAD_ROWS, find_layout
from logflow_excel.options import ExcelOptions
from logflow_excel.package import Sheet, Workbook
from logflow_excel.sheets import chosen, doubt_of, table_names
from logflow_excel.table import SheetContext, Table, exact_columns, head_of
from logflow_ext import kernel
from logflow_ext.sheet_cells import Cut, Reading

__all__ = ["XlsxContext", "XlsxDecoder"]

_START = re.compile(rb"<(?:[\w.-]+:)?sheetData\b[^>]*?(/?)>")
MOST_BEFORE = 16 << 20
"""Bytes before the first row."""
MOST_ROW = 64 << 20
"""Bytes of a row, which is in memory as a whole."""
HEAD = 1 << 20
"""Bytes of the first rows, which are looked at."""
MOST_CELLS = 1 << 24
"""Cells that are decoded at a time, those that are not there counted."""
MOST_COLUMNS = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class XlsxContext(SheetContext):
    """Also how the cells are read."""

    reading: Reading


class XlsxDecoder:
    """Reads the table of a sheet, or of several.  A ``ChunkDecoder``.

    Only the shared strings are in memory as a whole.
    """

    name = "xlsx"

    def __init__(self, options: ExcelOptions | None = None) -> None:
        self._options = options or ExcelOptions()

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The sheets; without a name, the one that is read if none is asked for."""
        return table_names(Workbook(source).sheets, self._options)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of whole rows.

        Raises :exc:`~logflow.errors.LimitError` for a row that is too long to be kept, and
        :exc:`~logflow.errors.DecodeError` for a damaged workbook.
        """
        book = Workbook(source)
        sheets = chosen(book.sheets, table, self._options, source.location)
        doubt = doubt_of(book.sheets, table, self._options)
        index = records = 0
        for sheet in sheets:
            rows = _Rows(self._options, book, sheet, options, several=len(sheets) > 1)
            for payload, cut, context in rows.chunks():
                count = cut.row - context.row
                yield Chunk(
                    decoder=self.name,
                    source=source,
                    index=index,
                    start=0,
                    length=0,
                    records=count,
                    first_record=records + 1,
                    first_line=None,
                    table=table,
                    context=context,
                    payload=payload,
                    doubt=doubt if index == 0 else None,
                )
                index += 1
                records += count

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk's rows."""
        return self._table(chunk, None, options).observe()

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk."""
        yield from self._table(chunk, schema, options).decode(schema)

    def _table(self, chunk: Chunk, schema: pa.Schema | None, options: DecodeOptions) -> Table:
        context: XlsxContext = chunk.context
        reading = context.reading
        grid = kernel("sheet").shred(
            memoryview(chunk.payload).cast("B"),
            row=context.row,
            body=context.layout.body,
            reading=Reading(
                strings=reading.strings,
                formats=reading.formats,
                exact=exact_columns(context.layout, schema, MOST_COLUMNS),
                from_1904=reading.from_1904,
                keep_blank=reading.keep_blank,
            ),
            last=context.last,
        )
        return Table.of(chunk, grid, options)


class _Rows:
    """The rows of a sheet, as its markup comes."""

    def __init__(
        self,
        options: ExcelOptions,
        book: Workbook,
        sheet: Sheet,
        decode: DecodeOptions,
        *,
        several: bool,
    ) -> None:
        self._header = options.header
        self._book = book
        self._sheet = sheet
        self._decode = decode
        self._several = several
        self._reading = Reading(
            strings=book.strings,
            formats=book.formats,
            from_1904=book.from_1904,
            keep_blank=options.header is False,
        )

    def chunks(self) -> Iterator[tuple[pa.Buffer, Cut, XlsxContext]]:
        """Whole rows, where they end, and what there is to know of them."""
        with self._book.open(self._sheet.part) as stream:
            text = Window(stream)
            if not self._skip_to_rows(text):
                return
            _, head = self._cut(text, 0, HEAD_ROWS, HEAD)
            grid = kernel("sheet").shred(
                text.peek(head.size)[0], row=0, body=1, reading=self._reading, last=False
            )
            layout = find_layout(self._sheet.name, head_of(grid, 1), self._header)
            row = 0
            closed = False
            while not closed:
                _, cut = self._cut(text, row, self._decode.chunk_rows, self._decode.chunk_bytes)
                closed = cut.closed
                context = XlsxContext(
                    layout=layout,
                    row=row,
                    several=self._several,
                    last=closed,
                    reading=self._reading,
                )
                if cut.row > row:
                    yield text.take(cut.size), cut, context
                row = cut.row

    def _skip_to_rows(self, text: Window) -> bool:
        """Go behind the tag that the rows follow; false if there are none."""
        size = 1 << 16
        while True:
            view, ended = text.peek(size)
            found = _START.search(view)
            if found or ended or size > MOST_BEFORE:
                break
            size *= 4
        if found is None:
            raise DecodeError(
                "a sheet has no rows where they should be (sheetData)",
                file=self._book.location,
                member=self._sheet.part,
            )
        text.take(found.end())
        return not found[1]

    def _cut(self, text: Window, row: int, most_rows: int, most_bytes: int) -> tuple[int, Cut]:
        size = most_bytes + 1
        while True:
            view, ended = text.peek(size)
            cut = kernel("sheet").cut(
                view,
                row=row,
                max_rows=most_rows,
                max_bytes=most_bytes,
                max_cells=MOST_CELLS,
                final=ended,
            )
            if cut.size or cut.closed:
                return size, cut
            if size > MOST_ROW:
                raise LimitError(
                    f"{self._book.location}: in sheet {self._sheet.name}, a row of more than "
                    f"{MOST_ROW:,} bytes follows row {row:,}"
                )
            size *= 2
