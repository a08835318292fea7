"""The rows of one chunk, and the records that did not become rows."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from logflow import Reject, TextColumn
from logflow.ingest.positions import counted
from logflow.interfaces.decoder import Chunk, Positions, Skipped
from logflow_csv.context import CsvContext
from logflow_csv.lazy_quotes import Field, divided
from logflow_csv.skipped import Section, comments, lines, listed
from logflow_csv.table import RAW_LINES
from logflow_ext import kernel
from logflow_ext.cells import MISSING

if TYPE_CHECKING:
    from logflow_ext.records import Damage, Index

__all__ = ["Bad", "Rows", "read_rows"]


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that is no row: its number and its bytes ``[start, end)`` within the body."""

    record: int
    start: int
    end: int
    error: str
    message: str
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Where the rows of a chunk are, and what else is in it.

    *body* is the chunk without preamble, header and footer; it begins at record *first_record*,
    *first_line* and byte *start* of the input.  *spans*, *starts*, *records*, *surplus*, *padded*
    and *extended* are those of the kernel's index, for rows only; *lazy* are the records of those
    rows in which quotes are data that are not where they should be.  *bad* are the other records
    with data, *skipped* counts those without, and *listed* are the first of these that are not
    blank and not the header; *covered* is the sum of the bytes of all, those of
    the other sections included.
    """

    context: CsvContext
    body: memoryview
    first_record: int
    first_line: int
    start: int
    spans: memoryview
    starts: memoryview
    records: memoryview
    surplus: memoryview
    padded: memoryview
    extended: memoryview
    lazy: tuple[int, ...]
    bad: tuple[Bad, ...]
    skipped: dict[str, int]
    listed: list[Skipped]
    covered: int

    def __len__(self) -> int:
        return len(self.records)

    def columns(self) -> dict[str, TextColumn]:
        """The cells of each column; a name without a field has missing ones only."""
        width = self.context.columns
        missing = memoryview(array("I", (0, MISSING)) * len(self))
        columns = {
            name: replace(
                self._column(self.spans, i, width) if i < width else self._column(missing, 0, 1),
                name=written if written != name else None,
            )
            for i, (name, written) in enumerate(self.context.spelled_names())
        }
        if self.context.extra is not None:
            columns[self.context.extra] = self._column(self.surplus, 0, 1)
        return columns

    def _column(self, spans: memoryview, offset: int, stride: int) -> TextColumn:
        syntax = self.context.syntax
        # Where people write 12,5, programs put semicolons between fields.
        decimal = "," if syntax.delimiter == b";" and self.context.columns > 1 else ""
        return TextColumn(
            self.body, spans, offset, stride, len(self), syntax.quote, syntax.escape, decimal
        )

    def bad_row(self, row: int, error: str, message: str, column: int) -> Bad:
        """The record of *row*, because of the cell in *column*."""
        start = self.starts[row]
        return Bad(self.records[row], start, self._end(row), error, message, column)

    def noted(self, bad: Iterable[Bad]) -> dict[str, int]:
        """How many rows were padded, extended or trimmed, or have lazy quotes; those of *bad*
        records are not counted."""
        gone = {record.record for record in bad}
        longer = "trimmed" if self.context.extra is None else "extended"
        kept = {
            "padded": len(self.padded) - sum(record in gone for record in self.padded),
            longer: len(self.extended) - sum(record in gone for record in self.extended),
            "lazily_quoted": len(self.lazy) - sum(record in gone for record in self.lazy),
        }
        return {what: count for what, count in kept.items() if count}

    def positions(self, wanted: Sequence[str]) -> Positions:
        """Where the rows start, as far as that is *wanted*."""
        starts = self.starts
        lines = kernel("delimited").lines_before(self.body, starts) if "_line" in wanted else None
        return Positions(
            record=counted(self.records, self.first_record) if "_record" in wanted else None,
            line=None if lines is None else counted(lines, self.first_line),
            byte_offset=counted(starts, self.start) if "_byte_offset" in wanted else None,
        )

    def rejects(self, bad: Iterable[Bad]) -> list[Reject]:
        """Rejects for *bad* records, in the order of the input."""
        found = []
        line, at = self.first_line, 0
        for record in sorted(bad, key=lambda record: record.start):
            line += kernel("delimited").count_lines(self.body[at:], record.start - at)
            at = record.start
            found.append(
                Reject(
                    record=self.first_record + record.record,
                    line=line,
                    byte_offset=self.start + record.start,
                    error_type=record.error,
                    message=record.message,
                    raw=bytes(self.body[record.start : record.end]),
                    column=None if record.column is None else self.context.all_names[record.column],
                    column_index=record.column,
                )
            )
        return found

    def _end(self, row: int) -> int:
        """Where the record of *row* ends, without its line end."""
        start = self.starts[row]
        [sample] = kernel("delimited").rows(
            self.body[start:], **self.context.dialect, limit=1, final=True
        )
        return start + int(sample.end)

    def _with_lazy_quotes(self, *, typed: bool) -> Rows:
        """The same with the records as rows whose only damage are quotes that may be data."""
        found: dict[int, Sequence[Field]] = {}
        for number, bad in enumerate(self.bad):
            if bad.error == "stray_quote":
                record = bytes(self.body[bad.start : bad.end])
                fields = divided(record, self.context.syntax, self.context.columns, typed=typed)
                if fields:
                    found[number] = fields
        if not found:
            return self
        new = [self.bad[number] for number in found]
        places = [bisect_right(self.records, bad.record) for bad in new]
        spans = [_spans(fields, bad.start) for fields, bad in zip(found.values(), new, strict=True)]
        surplus = [array("I", (bad.end, MISSING)) for bad in new]
        return replace(
            self,
            spans=_with(self.spans, places, spans, 2 * self.context.columns),
            starts=_with(self.starts, places, [array("I", [bad.start]) for bad in new]),
            records=_with(self.records, places, [array("I", [bad.record]) for bad in new]),
            surplus=_with(self.surplus, places, surplus, 2) if self.context.extra else self.surplus,
            lazy=tuple(bad.record for bad in new),
            bad=tuple(bad for number, bad in enumerate(self.bad) if number not in found),
        )

    def _without_invalid_text(self) -> Rows:
        """The same without the rows that are not UTF-8: those are bad."""
        bad = {row: self._invalid_row(row, at) for row, at in self._invalid()}
        if not bad:
            return self
        good = list(_runs_between(bad, len(self)))
        return replace(
            self,
            spans=_joined(self.spans, good, 2 * self.context.columns),
            starts=_joined(self.starts, good),
            records=_joined(self.records, good),
            surplus=_joined(self.surplus, good, 2),
            bad=(*self.bad, *bad.values()),
        )

    def _invalid(self) -> Iterator[tuple[int, int]]:
        """Each row that is not UTF-8, with the offset of its first bad byte."""
        first_invalid = kernel("utf8").first_invalid
        at = first_invalid(self.body)
        while at >= 0:
            row = bisect_right(self.starts, at) - 1
            if row >= 0 and at < self._end(row):
                yield row, at
            if row + 1 == len(self):
                return
            at = first_invalid(self.body, self.starts[row + 1])

    def _invalid_row(self, row: int, at: int) -> Bad:
        width = self.context.columns
        starts = self.spans[2 * row * width : 2 * (row + 1) * width].tolist()[::2]
        message = f"expected UTF-8, found byte 0x{self.body[at]:02x} at byte {self.start + at}"
        return self.bad_row(row, "invalid_utf8", message, max(0, bisect_right(starts, at) - 1))


def read_rows(chunk: Chunk, *, typed: bool = True) -> Rows:
    """Find the rows of *chunk*; *typed* tells whether columns may be other than text."""
    context: CsvContext = chunk.context
    data = memoryview(chunk.payload).cast("B")
    top = context.preamble + context.header
    preamble, head = data[: context.preamble], data[context.preamble : top]
    body, footer = data[top : len(data) - context.footer], data[len(data) - context.footer :]
    before, after = _index_lines(preamble, context), _index_lines(footer, context)
    dialect = {**context.dialect, "columns": max(1, context.columns)}
    header: Index = kernel("delimited").index(head, **dialect)
    index: Index = kernel("delimited").index(
        body, **dialect, pad=context.pad, extend=context.extra is not None
    )
    start = chunk.start + top
    first_line = chunk.first_line or 1
    sections = (before, header, index, after)
    skipped = {
        "preamble": _filled(before),
        "header": _filled(header),
        "footer": _filled(after),
        "blank": sum(section.blank for section in sections),
        "comment": sum(section.comment for section in sections),
    }
    first_record = chunk.first_record + before.records + header.records
    rows = Rows(
        context=context,
        body=body,
        first_record=first_record,
        first_line=first_line + kernel("delimited").count_lines(data, top),
        start=start,
        spans=index.spans,
        starts=index.row_starts,
        records=index.row_records,
        surplus=index.surplus,
        padded=index.padded,
        extended=index.extended,
        lazy=(),
        bad=tuple(_bad(damage, context, start) for damage in index.damaged),
        skipped={reason: count for reason, count in skipped.items() if count},
        listed=listed(
            data,
            first_line,
            (
                Section(chunk.first_record, 0, lines(preamble, context, "preamble")),
                Section(first_record - header.records, context.preamble, comments(header.comments)),
                Section(first_record, top, comments(index.comments)),
                Section(
                    first_record + index.records,
                    len(data) - len(footer),
                    lines(footer, context, "footer"),
                ),
            ),
        ),
        covered=sum(section.covered for section in sections),
    )
    if context.lazy_quotes:
        rows = rows._with_lazy_quotes(typed=typed)
    return rows._without_invalid_text()


def _filled(index: Index) -> int:
    """How many records are neither blank nor comments."""
    return index.records - index.blank - index.comment


def _index_lines(preamble: memoryview, context: CsvContext) -> Index:
    """The index of lines that are no records of the table; asking for two columns lets it count
    the blank ones."""
    syntax = RAW_LINES._replace(comment=context.syntax.comment)
    found: Index = kernel("delimited").index(
        preamble, **replace(context, syntax=syntax).dialect, columns=2
    )
    return found


def _bad(damage: Damage, context: CsvContext, start: int) -> Bad:
    """A damaged record, in words."""
    in_field = damage.error in ("stray_quote", "unterminated_quote")
    at = f"byte {start + damage.offset}"
    message = {
        "stray_quote": f"expected a quote only around a field or escaped in it, found one at {at}",
        "unterminated_quote": f"expected an end of the quoted field, found none: it starts at {at}",
        "record_too_long": f"expected at most {context.max_record_bytes} bytes, found more",
    }.get(damage.error, f"expected {context.columns} fields, found {damage.fields}")
    return Bad(
        damage.record,
        damage.start,
        damage.end,
        damage.error,
        message,
        min(damage.fields, context.columns) - 1 if in_field else None,
    )


def _runs_between(gaps: Iterable[int], count: int) -> Iterator[slice]:
    """The runs of ``range(count)`` that the ascending *gaps* leave."""
    start = 0
    for gap in gaps:
        yield slice(start, gap)
        start = gap + 1
    yield slice(start, count)


def _spans(fields: Sequence[Field], at: int) -> array[int]:
    """The *fields* of a record that starts *at*, as cells."""
    return array(
        "I", (n for start, end, flags in fields for n in (at + start, end - start | flags))
    )


def _with(
    numbers: memoryview, places: Iterable[int], new: Iterable[array[int]], width: int = 1
) -> memoryview:
    """Groups of *width* numbers, with a *new* one before that at each of the ascending *places*."""
    parts: list[Any] = []
    start = 0
    for place, group in zip(places, new, strict=True):
        parts += [numbers[width * start : width * place], group]
        start = place
    return memoryview(bytearray().join([*parts, numbers[width * start :]])).cast("I")


def _joined(numbers: memoryview, runs: Iterable[slice], width: int = 1) -> memoryview:
    """The ascending runs of groups of *width* numbers, moved to be one behind the other: new
    memory for all of them would cost more."""
    end = 0
    for run in runs:
        part = numbers[width * run.start : width * run.stop]
        numbers[end : end + len(part)] = part
        end += len(part)
    return numbers[:end]
