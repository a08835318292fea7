"""The decoder: chunks of whole traces, then a row an event, or a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from logflow import TextColumn, decode_columns, observe_columns
from logflow.errors import LimitError
from logflow.ingest.positions import counted
from logflow.ingest.schema.facts import TextFacts, TypedFacts
from logflow.ingest.schema.json_text import JSON_TEXT
from logflow.ingest.schema.text import BadCell
from logflow.ingest.window import Window
from logflow.interfaces.decoder import (
    Chunk,
    ColumnFacts,
    DecodedBatch,
    Observation,
    Positions,
    Reject,
)
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_ext import kernel
from logflow_ext.cells import LENGTH, MISSING
from logflow_ext.xes_events import Broken, Log
from logflow_xes.facts import XesFacts
from logflow_xes.header import inner_json, metadata_of

__all__ = ["XesDecoder"]

MOST_TRACE = 256 << 20
"""Bytes of a trace, which is in memory as a whole."""
NESTED = ":nested"
"""What names of columns end with that hold what is inside of attributes."""

_EXPECTED = {
    "bad_tag": "expected a tag",
    "bad_attribute": 'expected an attribute of a tag, such as key="value"',
    "bad_entity": "expected a reference to a character, such as &amp; or &#233;",
    "mismatched_tag": "expected the end tag of the element that is open",
    "no_end_tag": "expected the end tag of the element",
    "too_deep": "expected fewer attributes inside each other",
    "ill_formed_utf8": "expected text in UTF-8",
    "cut_off": "expected more: the log ends too early",
}


@dataclass(frozen=True, slots=True)
class XesContext:
    """Whether traces are the rows, and whether nothing follows the chunk."""

    traces: bool
    last: bool


class XesDecoder:
    """Reads event logs.  A ``ChunkDecoder``."""

    name = "xes"

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """Events with the attributes of their traces; or events and traces."""
        return (None, "events", "traces")

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of whole traces.

        Raises :exc:`~logflow.errors.LimitError` for a trace that is too long to be kept, and
        :exc:`~logflow.errors.DecodeError` for a document type.
        """
        traces = table == "traces"
        index = start = records = lines = 0
        with source.open() as stream:
            text = Window(stream)
            metadata = None
            final = False
            while not final:
                size = options.chunk_bytes + 1
                while True:
                    view, ended = text.peek(size)
                    cut = kernel("xes").cut(
                        view,
                        traces=traces,
                        max_records=options.chunk_rows,
                        max_bytes=options.chunk_bytes,
                        final=ended,
                    )
                    if cut.size or ended:
                        break
                    if size > MOST_TRACE:
                        raise LimitError(
                            f"a trace of more than {MOST_TRACE:,} bytes starts at or behind byte "
                            f"{start:,}"
                        )
                    size *= 2
                final = ended and len(text.rest) == cut.size
                payload = text.take(cut.size)
                if metadata is None:
                    metadata = metadata_of(_head(memoryview(payload).cast("B")))
                yield Chunk(
                    decoder=self.name,
                    source=source,
                    index=index,
                    start=start,
                    length=cut.size,
                    records=cut.records,
                    first_record=records + 1,
                    first_line=lines + 1,
                    table=table,
                    context=XesContext(traces, final),
                    payload=payload,
                    final=final,
                    metadata=metadata if index == 0 else {},
                )
                index += 1
                start += cut.size
                records += cut.records
                lines += kernel("delimited").count_lines(memoryview(payload).cast("B"), cut.size)

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk's rows."""
        events = _Events.of(chunk, options)
        facts = observe_columns(events.columns, events.options)
        return Observation(
            facts=events.facts(facts), rows=events.log.rows, rejects=len(events.log.broken)
        )

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk, which are more than were asked for where a trace has more."""
        events = _Events.of(chunk, options)
        log = events.log
        wanted = pa.schema([each for each in schema if each.name not in events.nested])
        typed = decode_columns(events.columns, wanted, events.options, rows=log.rows)
        drift = typed.drift or not set(events.nested) <= set(schema.names)
        facts = events.facts(typed.facts)
        if drift:
            empty = pa.RecordBatch.from_pylist([], schema=schema)
            yield DecodedBatch(batch=empty, facts=facts, drift=True, covered=chunk.length)
            return
        batch = events.together(typed.batch, schema)
        positions = events.positions(options.coordinates)
        rejects = [*events.rejects(), *events.bad(typed.bad)]
        if typed.bad:
            good = pa.array([row not in typed.bad for row in range(log.rows)])
            batch, positions = batch.filter(good), positions.filter(good)
        rows = options.chunk_rows
        for at in range(0, max(1, batch.num_rows), rows):
            first = at == 0
            yield DecodedBatch(
                batch=batch.slice(at, rows),
                facts=facts,
                rejects=sorted(rejects, key=lambda each: each.record) if first else (),
                skipped={"empty_trace": log.empty} if first and log.empty else {},
                covered=chunk.length if first else 0,
                positions=positions.slice(at, rows),
            )


def _head(payload: memoryview) -> bytes:
    """What stands before the first trace, or event."""
    text = bytes(payload)
    ends = [at for at in (text.find(b"<trace"), text.find(b"<event")) if at >= 0]
    return text[: min(ends)] if ends else text


@dataclass(frozen=True, slots=True)
class _Events:
    """The rows of a chunk as columns of text, and those with what is inside of attributes."""

    chunk: Chunk
    log: Log
    data: memoryview
    options: DecodeOptions
    columns: dict[str, TextColumn]
    kinds: dict[str, int]
    nested: dict[str, memoryview]

    @classmethod
    def of(cls, chunk: Chunk, options: DecodeOptions) -> _Events:
        context: XesContext = chunk.context
        data = memoryview(chunk.payload).cast("B")
        log: Log = kernel("xes").shred(data, traces=context.traces, last=context.last)
        of_events = chunk.table == "events"
        columns, kinds, nested = {}, {}, {}
        for column in log.columns:
            if of_events and column.name.startswith("case:") and column.name != "case:concept:name":
                continue
            if column.inner is not None:
                nested[column.name + NESTED] = column.inner
            if column.kinds & ~(64 | 128):
                columns[column.name] = TextColumn(log.text, column.values, 0, 1, log.rows)
                kinds[column.name] = column.kinds
        plain = replace(options, null_values=(), decimal=None, thousands=None)
        return cls(chunk, log, data, plain, columns, kinds, nested)

    def facts(self, found: Mapping[str, ColumnFacts]) -> dict[str, ColumnFacts]:
        """The facts of all columns, by those of their texts."""
        facts: dict[str, ColumnFacts] = {}
        for name, each in found.items():
            if isinstance(each, TextFacts) and name in self.kinds:
                facts[name] = XesFacts(kinds=self.kinds[name], text=each)
            elif not isinstance(each, TextFacts):
                facts[name] = each
        for name in self.nested:
            facts[name] = TypedFacts(pa.string(), JSON_TEXT, "attributes inside of others, as JSON")
        return facts

    def together(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        """The typed columns, and those with what is inside of attributes."""
        arrays = [
            self._nested(self.nested[each.name])
            if each.name in self.nested
            else batch.column(each.name)
            for each in schema
        ]
        if not arrays:
            return pa.RecordBatch.from_struct_array(pa.array([{}] * self.log.rows, pa.struct([])))
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _nested(self, spans: memoryview) -> pa.Array:
        words = spans.cast("I").tolist()
        texts = [
            None if word & MISSING else inner_json(bytes(self.data[at : at + (word & LENGTH)]))
            for at, word in zip(words[::2], words[1::2], strict=True)
        ]
        return pa.array(texts + [None] * (self.log.rows - len(texts)), pa.string())

    def positions(self, wanted: Sequence[str]) -> Positions:
        """Where the rows start, as far as that is *wanted*."""
        log, chunk = self.log, self.chunk
        lines = None
        if "_line" in wanted:
            lines = kernel("delimited").lines_before(self.data, log.starts)
        assert chunk.first_line is not None
        return Positions(
            record=counted(log.numbers, chunk.first_record) if "_record" in wanted else None,
            line=None if lines is None else counted(lines, chunk.first_line),
            byte_offset=counted(log.starts, chunk.start) if "_byte_offset" in wanted else None,
        )

    def rejects(self) -> list[Reject]:
        """Those of events, and traces, that cannot be read."""
        return [
            self._reject(each.record, each.start, each.end, each.error, self._message(each))
            for each in self.log.broken
        ]

    def _message(self, broken: Broken) -> str:
        expected = _EXPECTED[broken.error]
        found = bytes(self.data[broken.offset : broken.offset + 24]).decode(
            "utf-8", "backslashreplace"
        )
        return f"{expected}, found {found!r}" if found else expected

    def bad(self, bad: Mapping[int, BadCell]) -> list[Reject]:
        """Those of rows with a value that is not of its declared type."""
        log = self.log
        return [
            replace(
                self._reject(
                    log.numbers[row],
                    log.starts[row],
                    self._end(log.starts[row]),
                    "bad_value",
                    cell.message,
                ),
                column=cell.column,
                column_index=cell.column_index,
            )
            for row, cell in bad.items()
        ]

    def _end(self, start: int) -> int:
        """Where the element of a row ends."""
        tag = b"</trace>" if self.chunk.context.traces else b"</event>"
        found = bytes(self.data[start:]).find(tag)
        return len(self.data) if found < 0 else start + found + len(tag)

    def _reject(self, record: int, start: int, end: int, error: str, text: str) -> Reject:
        assert self.chunk.first_line is not None
        return Reject(
            record=self.chunk.first_record + record,
            line=self.chunk.first_line + int(kernel("delimited").count_lines(self.data, start)),
            byte_offset=self.chunk.start + start,
            error_type=error,
            message=text,
            raw=bytes(self.data[start:end]),
        )
