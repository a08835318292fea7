"""The decoders of older workbooks and of OpenDocument, by python-calamine in another process."""

from __future__ import annotations

import itertools
import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from logflow.errors import DecodeError
from logflow.ingest.child_process import read_in_child
from logflow.interfaces.decoder import Chunk, DecodedBatch, Observation
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_excel.layout import HEAD_ROWS, Layout, find_layout
from logflow_excel.options import ExcelOptions
from logflow_excel.sheets import chosen, doubt_of, table_names
from logflow_excel.table import SheetContext, Table, exact_columns, head_of
from logflow_ext.cells import MISSING, QUOTED
from logflow_ext.sheet_cells import KINDS, Column, ErrorCell, Grid

__all__ = ["CalamineContext", "CalamineDecoder", "OdsDecoder", "XlsDecoder", "XlsbDecoder"]

_DATE, _DURATION, _ERROR = map(KINDS.index, ("date", "duration", "error"))


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    visible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalamineContext(SheetContext):
    """Also whether blank rows are kept, and the number of the chunk's last row."""

    keep_blank: bool
    stop: int


class CalamineDecoder:
    """Reads the table of a sheet, or of several.  A ``ChunkDecoder``."""

    name: ClassVar[str]

    def __init__(self, options: ExcelOptions | None = None) -> None:
        self._options = options or ExcelOptions()

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The sheets; without a name, the one that is read if none is asked for."""
        return table_names(self._sheets(source), self._options)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of rows.  Raises :exc:`~logflow.errors.DecodeError` for a damaged workbook."""
        sheets = self._sheets(source)
        read = chosen(sheets, table, self._options, source.location)
        doubt = doubt_of(sheets, table, self._options)
        batches = _read(source, [sheet.name for sheet in read])
        index = records = 0
        for sheet in read:
            rows = itertools.takewhile(lambda batch: batch.num_rows, batches)
            for payload, context in self._chunks(sheet, rows, options, several=len(read) > 1):
                count = context.stop - context.row
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

    def _sheets(self, source: Source) -> list[_Sheet]:
        metadata: Mapping[bytes, bytes] = next(_read(source, ())).schema.metadata
        return [_Sheet(name, visible) for name, visible in json.loads(metadata[b"sheets"])]

    def _chunks(
        self,
        sheet: _Sheet,
        batches: Iterator[pa.RecordBatch],
        options: DecodeOptions,
        *,
        several: bool,
    ) -> Iterator[tuple[pa.RecordBatch, CalamineContext]]:
        layout: Layout | None = None
        row = 0
        for batch in batches:
            if layout is None:
                head = _grid(batch.slice(0, HEAD_ROWS), row=0, stop=0, layout=None, exact=b"")
                layout = find_layout(sheet.name, head_of(head, 1), self._options.header)
            for at in range(0, batch.num_rows, options.chunk_rows):
                piece = batch.slice(at, options.chunk_rows)
                stop = piece.column("row")[-1].as_py()
                context = CalamineContext(
                    layout=layout,
                    row=row,
                    several=several,
                    keep_blank=self._options.header is False,
                    stop=stop,
                )
                yield piece, context
                row = stop

    def _table(self, chunk: Chunk, schema: pa.Schema | None, options: DecodeOptions) -> Table:
        context: CalamineContext = chunk.context
        width = max(
            (c for row in chunk.payload.column("columns").to_pylist() for c in row), default=0
        )
        grid = _grid(
            chunk.payload,
            row=context.row,
            stop=context.stop,
            layout=context.layout,
            exact=exact_columns(context.layout, schema, width + 1),
            keep_blank=context.keep_blank,
        )
        return Table.of(chunk, grid, options)


class XlsDecoder(CalamineDecoder):
    """Workbooks of Excel 97 to 2003, and before."""

    name = "xls"


class XlsbDecoder(CalamineDecoder):
    """Binary workbooks."""

    name = "xlsb"


class OdsDecoder(CalamineDecoder):
    """OpenDocument spreadsheets."""

    name = "ods"


def _read(source: Source, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    with source.open() as stream:
        try:
            yield from read_in_child(
                stream,
                "logflow_excel.child:main",
                *names,
                crashed="the library crashed on it, which damaged and huge workbooks do",
            )
        except DecodeError as err:
            err.record = None
            raise


def _grid(
    batch: pa.RecordBatch,
    *,
    row: int,
    stop: int,
    layout: Layout | None,
    exact: bytes,
    keep_blank: bool = False,
) -> Grid:
    """Rows behind number *row*, as the kernel of sheets gives them."""
    body = layout.body if layout else 1
    text = bytearray()
    columns: dict[int, dict[int, tuple[int, int]]] = {}
    kinds: dict[int, int] = {}
    numbers = array("I")
    errors: list[ErrorCell] = []
    blank = 0
    last = row
    for number, places, found, texts in zip(*(c.to_pylist() for c in batch.columns), strict=True):
        for missing in range(max(last + 1, body), number):
            blank += not keep_blank
            if keep_blank:
                numbers.append(missing - row - 1)
        last = number
        if number < body:
            continue
        for column, kind, cell in zip(places, found, texts, strict=True):
            shown = _shown(kind, cell, column < len(exact) and exact[column]).encode()
            place = len(text), len(shown) | QUOTED
            columns.setdefault(column, {})[len(numbers)] = place
            kinds[column] = kinds.get(column, 0) | 1 << kind
            if kind == _ERROR:
                errors.append(ErrorCell(len(numbers), column))
            text += shown
        numbers.append(number - row - 1)
    rows = len(numbers)
    width = max(columns, default=-1) + 1
    return Grid(
        [Column(kinds.get(n, 0), _spans(columns.get(n, {}), rows)) for n in range(width)],
        memoryview(bytes(text)),
        memoryview(array("I", bytes(4 * rows))),
        memoryview(numbers),
        errors,
        [],
        stop - row,
        blank,
        0,
    )


def _spans(cells: Mapping[int, tuple[int, int]], rows: int) -> memoryview:
    pairs = array("I")
    for row in range(rows):
        pairs.extend(cells.get(row, (0, MISSING)))
    return memoryview(pairs.tobytes())


def _shown(kind: int, text: str, exact: int) -> str:
    """A cell as it is to be read, or as people read it."""
    if kind == _DATE and exact:
        return text + "T00:00:00"
    if kind == _DURATION and not exact:
        value = int(text)
        seconds, micros = divmod(abs(value), 1_000_000)
        fraction = f".{micros:06}".rstrip("0") if micros else ""
        clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"
        return "-" * (value < 0) + clock
    return text
