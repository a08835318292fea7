"""The cells of a part of a sheet as typed rows: what all formats of workbooks share."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from logflow import TextColumn, decode_columns, observe_columns
from logflow.ingest.positions import counted
from logflow.ingest.schema.facts import TextFacts, TypedFacts
from logflow.ingest.schema.names import distinct
from logflow.ingest.schema.text import BadCell
from logflow.interfaces.decoder import (
    Chunk,
    ColumnFacts,
    DecodedBatch,
    Observation,
    Positions,
    Reject,
    Skipped,
)
from logflow.options import DecodeOptions
from logflow_excel.facts import DURATION, CellFacts
from logflow_excel.layout import HEAD_ROWS, Layout, Row, letters
from logflow_ext.cells import MISSING
from logflow_ext.sheet_cells import KINDS, Broken, Column, Grid

__all__ = ["SHEET", "SheetContext", "Table", "exact_columns", "head_of"]

SHEET = "_sheet"
"""The column with the name of the sheet, where several are read."""
_TEXT = 1 << KINDS.index("text")
_NO_CELL = struct.pack("=II", 0, MISSING)

_EXPECTED = {
    "bad_tag": "expected a tag",
    "bad_attribute": 'expected an attribute of a tag, such as r="A1"',
    "bad_entity": "expected a reference to a character, such as &amp; or &#233;",
    "mismatched_tag": "expected the end tag of the element that is open",
    "no_end_tag": "expected the end tag of the element",
    "too_deep": "expected fewer elements inside each other",
    "ill_formed_utf8": "expected text in UTF-8",
    "cut_off": "expected more: the sheet ends too early",
    "bad_reference": "expected rows and cells in ascending order",
    "bad_value": "expected a value of the cell's type",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetContext:
    """Which sheet a chunk is of: where its table is, and the number of the row before the chunk.

    *several* says that others are read, too; *last* that nothing follows in the sheet.
    """

    layout: Layout
    row: int
    several: bool = False
    last: bool = False


def head_of(grid: Grid, first_row: int) -> list[Row]:
    """The first rows that are not blank."""
    count = min(len(grid.starts), HEAD_ROWS)
    columns = [TextColumn(grid.text, c.values, 0, 1, len(grid.starts)) for c in grid.columns]
    plain = [not column.kinds & ~_TEXT for column in grid.columns]
    rows = []
    for row in range(count):
        cells = [column.cell(row).decode("utf-8", "backslashreplace") for column in columns]
        texts = all(plain[i] or not cell or _is_text(cell) for i, cell in enumerate(cells))
        if any(cells):
            rows.append(Row(first_row + grid.numbers[row], cells, texts))
    return rows


def _is_text(cell: str) -> bool:
    """Whether a cell of a column of mixed kinds is one of text, as it looks."""
    return cell not in ("true", "false") and not cell.replace(".", "", 1).lstrip("-")[:1].isdigit()


def exact_columns(layout: Layout, schema: pa.Schema | None, width: int) -> bytes:
    """A byte for each of so many columns: whether instants have a time, durations are numbers."""
    if schema is None:
        return b""
    exact = {
        each.name
        for each in schema
        if pa.types.is_timestamp(each.type) or pa.types.is_duration(each.type)
    }
    names = _names(layout, width)
    return bytes(name in exact for name in names)


def _names(layout: Layout, width: int) -> list[str]:
    """The names of all columns of a sheet, by their number."""
    known = [layout.name_of(i) for i in range(layout.first, layout.first + len(layout.names))]
    named = distinct(known)
    taken = set(named)
    names = []
    for column in range(width):
        index = column - layout.first
        if 0 <= index < len(named):
            names.append(named[index])
            continue
        name = letters(column)
        while name in taken:
            name += "_2"
        names.append(name)
    return names


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a chunk."""

    chunk: Chunk
    grid: Grid
    options: DecodeOptions
    columns: dict[str, TextColumn] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    """Where in the sheet the columns are, from 0."""
    errors: dict[str, dict[int, str]] = field(default_factory=dict)
    """What errors there are in columns, by row: those have no cells there."""

    @classmethod
    def of(cls, chunk: Chunk, grid: Grid, options: DecodeOptions) -> Table:
        """The table of a grid."""
        layout = chunk.context.layout
        plain = replace(options, null_values=(), decimal=None, thousands=None)
        table = cls(chunk, grid, plain)
        rows = len(grid.starts)
        width = max(len(grid.columns), layout.first + len(layout.names))
        names = _names(layout, width)
        empty = memoryview(_NO_CELL * rows)
        errors: dict[int, list[int]] = {}
        for row, number in grid.errors:
            errors.setdefault(number, []).append(row)
        for number, name in enumerate(names):
            column = grid.columns[number] if number < len(grid.columns) else Column(0, empty)
            if number < layout.first and not column.kinds:
                continue
            written = layout.name_of(number)
            cells = TextColumn(
                grid.text, column.values, 0, 1, rows, name=None if written == name else written
            )
            if number in errors:
                table.errors[name] = {row: cells.shown(row) for row in errors[number]}
                cells = replace(cells, spans=_without(column.values, errors[number]))
            table.columns[name] = cells
            table.kinds[name] = column.kinds
            table.numbers[name] = number
        return table

    def observe(self) -> Observation:
        """The facts of the rows."""
        facts = self._facts(observe_columns(self.columns, self.options))
        return Observation(facts=facts, rows=len(self.grid.starts), rejects=len(self.grid.broken))

    def _facts(self, found: Mapping[str, ColumnFacts]) -> dict[str, ColumnFacts]:
        facts: dict[str, ColumnFacts] = {
            name: CellFacts(kinds=self.kinds[name], text=each)
            if isinstance(each, TextFacts)
            else each
            for name, each in found.items()
        }
        if self.chunk.context.several:
            facts[SHEET] = TypedFacts(pa.string(), {}, "the name of the sheet")
        return facts

    def decode(self, schema: pa.Schema) -> Iterator[DecodedBatch]:
        """The rows, as batches of *schema*."""
        rows = len(self.grid.starts)
        failed = self._failed(schema)
        wanted = pa.schema(
            [
                each.with_type(pa.int64()) if each.type == DURATION else each
                for each in schema
                if each.name != SHEET or not self.chunk.context.several
            ]
        )
        typed = decode_columns(self.columns, wanted, self.options, rows=rows)
        facts = self._facts(typed.facts)
        if typed.drift:
            empty = pa.RecordBatch.from_pylist([], schema=schema)
            yield DecodedBatch(batch=empty, facts=facts, drift=True)
            return
        batch = self._whole(typed.batch, schema)
        bad = dict(typed.bad) | failed
        rejects = [*self._broken(), *(self._bad(row, cell) for row, cell in bad.items())]
        positions = self._positions()
        if bad:
            good = pa.array([row not in bad for row in range(rows)])
            batch, positions = batch.filter(good), positions.filter(good)
        most = self.options.chunk_rows
        skipped, listed = self._skipped()
        for at in range(0, max(1, batch.num_rows), most):
            yield DecodedBatch(
                batch=batch.slice(at, most),
                facts=facts,
                rejects=sorted(rejects, key=lambda each: each.record) if at == 0 else (),
                skipped=skipped if at == 0 else {},
                noted={"hidden": self.grid.hidden} if at == 0 and self.grid.hidden else {},
                positions=positions.slice(at, most),
                listed=listed if at == 0 else (),
            )

    def _whole(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        """*batch* with durations, and with the name of the sheet."""
        rows = len(self.grid.starts)
        if not len(schema):
            return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))
        arrays = []
        for each in schema:
            if each.name == SHEET and self.chunk.context.several:
                arrays.append(pa.repeat(self.chunk.context.layout.sheet, rows))
            else:
                array = self._with_errors(each.name, batch.column(each.name))
                arrays.append(array.cast(DURATION) if each.type == DURATION else array)
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _failed(self, schema: pa.Schema) -> dict[int, BadCell]:
        """Rows with an error in a column that has another type than text."""
        failed: dict[int, BadCell] = {}
        for index, each in enumerate(schema):
            if pa.types.is_string(each.type):
                continue
            for row, shown in self.errors.get(each.name, {}).items():
                place = self._address(self.numbers[each.name], row)
                message = f"{place} is the error {shown}: expected a value"
                failed.setdefault(row, BadCell(each.name, index, message))
        return failed

    def _with_errors(self, name: str, array: pa.Array) -> pa.Array:
        """A column of text with its errors."""
        if name not in self.errors or not pa.types.is_string(array.type):
            return array
        values = array.to_pylist()
        for row, shown in self.errors[name].items():
            values[row] = shown
        return pa.array(values, array.type)

    def _address(self, column: int, row: int) -> str:
        context = self.chunk.context
        number = context.row + 1 + self.grid.numbers[row]
        return f"{context.layout.sheet}!{letters(column)}{number}"

    def _positions(self) -> Positions:
        if "_record" not in self.options.coordinates:
            return Positions()
        return Positions(record=counted(self.grid.numbers, self.chunk.first_record))

    def _skipped(self) -> tuple[dict[str, int], Sequence[Skipped]]:
        """What is no data: blank rows, and what stands before the body."""
        context = self.chunk.context
        start = context.row + 1
        stop = start + self.grid.records
        named = [each for each in context.layout.skipped if start <= each.record < stop]
        counts = Counter(each.reason for each in named)
        before = max(0, min(stop, context.layout.body) - start)
        counts["blank"] = self.grid.blank + before - len(named)
        offset = self.chunk.first_record - start
        listed = [replace(each, record=each.record + offset) for each in named]
        return {reason: count for reason, count in counts.items() if count}, listed

    def _broken(self) -> list[Reject]:
        """The rejects of rows that cannot be read."""
        return [
            self._reject(each.record, each.error, self._message(each), each.start, each.end)
            for each in self.grid.broken
        ]

    def _message(self, broken: Broken) -> str:
        context = self.chunk.context
        data = memoryview(self.chunk.payload).cast("B")
        found = bytes(data[broken.offset : broken.offset + 24]).decode("utf-8", "backslashreplace")
        place = f"{context.layout.sheet}, row {context.row + 1 + broken.record:,}"
        return f"{place}: {_EXPECTED[broken.error]}" + (f", found {found!r}" if found else "")

    def _bad(self, row: int, cell: BadCell) -> Reject:
        """The reject of a row with a value that is not of its column's type."""
        start, record = self.grid.starts[row], self.grid.numbers[row]
        number = self.numbers[cell.column]
        is_error = row in self.errors.get(cell.column, {})
        kind = "error_cell" if is_error else "bad_value"
        message = cell.message if is_error else f"{self._address(number, row)}: {cell.message}"
        rest = [each.start for each in self.grid.broken if each.start > start]
        later = self.grid.starts[row + 1] if row + 1 < len(self.grid.starts) else None
        ends = [end for end in (*rest[:1], later) if end is not None]
        end = min(ends) if ends else None
        reject = self._reject(record, kind, message, start, end)
        return replace(reject, column=cell.column, column_index=cell.column_index)

    def _reject(self, record: int, error: str, message: str, start: int, end: int | None) -> Reject:
        return Reject(
            record=self.chunk.first_record + record,
            line=None,
            byte_offset=None,
            error_type=error,
            message=message,
            raw=self._raw(start, end),
        )

    def _raw(self, start: int, end: int | None) -> bytes:
        """The markup of a row, if it is markup."""
        if isinstance(self.chunk.payload, pa.RecordBatch):
            return b""
        return bytes(memoryview(self.chunk.payload).cast("B")[start:end]).rstrip()


def _without(spans: memoryview, rows: Sequence[int]) -> memoryview:
    """The cells of a column, some of which are not there."""
    cells = bytearray(spans)
    for row in rows:
        cells[row * len(_NO_CELL) : (row + 1) * len(_NO_CELL)] = _NO_CELL
    return memoryview(bytes(cells))
