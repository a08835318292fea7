"""The decoder: lines into records, those of stack traces with the record before them."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import pyarrow as pa

from logflow import decode_columns, observe_columns
from logflow.errors import LimitError
from logflow.ingest.adapters import as_chunk_decoder
from logflow.ingest.positions import counted
from logflow.ingest.schema.text import BadCell
from logflow.ingest.window import Window
from logflow.interfaces.decoder import (
    Chunk,
    ChunkDecoder,
    DecodedBatch,
    Malformed,
    Observation,
    Positions,
    Reject,
)
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_ext.line_programs import Clock, Lines
from logflow_logs.definition import LineFormat, LogFormat, formats, named
from logflow_logs.format_strings import from_format_string, from_pattern
from logflow_logs.logfmt import MESSAGE, LogfmtRecords
from logflow_logs.options import LogsOptions
from logflow_logs.rows import LogsContext
from logflow_logs.sniff import best, first_lines
from logflow_logs.w3c import DIRECTIVE, readable

__all__ = ["LogsDecoder"]

HEAD_BYTES = 1 << 18
MOST_FORMS = 3
"""Formats that the lines of a file may have."""
MOST_CHUNK = 1 << 28
_EXPECTED = {
    "unmatched_line": "expected a line of the log's format",
    "bad_utf8": "expected text in UTF-8",
}


class LogsDecoder:
    """Reads text logs.  A ``ChunkDecoder``."""

    name = "logs"

    def __init__(self, options: LogsOptions | None = None) -> None:
        self._options = options or LogsOptions()

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The one table."""
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of whole records; every line counts as a record.

        Raises :exc:`~logflow.errors.LimitError` for a record that is too long to be kept.
        """
        with source.open() as stream:
            text = Window(stream)
            view, ended = text.peek(HEAD_BYTES)
            forms = self._forms(first_lines(bytes(view), complete=ended))
            if all(isinstance(form, LogFormat) for form in forms):
                defined = tuple(form for form in forms if isinstance(form, LogFormat))
                context = LogsContext(
                    forms=defined,
                    policy=_policy(defined, self._options),
                    directives=any(form.name == "w3c" for form in forms),
                    clock=_clock(source, self._options),
                )
                yield from _chunks(text, source, context, options)
                return
        yield from self._logfmt().split(source, table, options)

    def _forms(self, head: Sequence[str]) -> Sequence[LineFormat]:
        """The formats of a file, the one that most of its first lines have first."""
        asked = self._options.log_format
        if asked is not None:
            return (_asked(asked),)
        found = best(head)
        if found is None:
            return ()
        first, share = found
        if first.name == "w3c":
            return readable(next(line for line in head if line.startswith(DIRECTIVE)))
        if share == 1 or not isinstance(first, LogFormat):
            return (first,)
        rest = [line for line in head if not first.matches(line)]
        others = (
            form
            for form in formats()
            if isinstance(form, LogFormat) and any(map(form.matches, rest))
        )
        return (first, *others)[:MOST_FORMS]

    def _logfmt(self) -> ChunkDecoder:
        unmatched = Malformed(_EXPECTED["unmatched_line"], "unmatched_line")
        return as_chunk_decoder(LogfmtRecords(self._options.unmatched, unmatched), self.name)

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk's rows."""
        if chunk.context is None:
            return self._logfmt().observe(chunk, options)
        lines, data = _read(chunk)
        facts = observe_columns(
            chunk.context.plan.columns(lines, data),
            options,
            first_record=chunk.first_record,
            records=lines.numbers,
        )
        return Observation(facts=facts, rows=lines.rows, rejects=len(lines.broken))

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk."""
        if chunk.context is None:
            yield from self._logfmt().decode(chunk, schema, options)
            return
        lines, data = _read(chunk)
        typed = decode_columns(
            chunk.context.plan.columns(lines, data),
            schema,
            options,
            rows=lines.rows,
            first_record=chunk.first_record,
            records=lines.numbers,
        )
        batch, positions = typed.batch, _positions(chunk, lines, options)
        if typed.bad:
            good = pa.array([row not in typed.bad for row in range(lines.rows)])
            batch, positions = batch.filter(good), positions.filter(good)
        yield DecodedBatch(
            batch=batch,
            facts=typed.facts,
            rejects=_rejects(chunk, lines, data, typed.bad),
            skipped=_skipped(lines),
            covered=len(data),
            drift=typed.drift,
            positions=positions,
        )


def _chunks(
    text: Window, source: Source, context: LogsContext, options: DecodeOptions
) -> Iterator[Chunk]:
    """The chunks of a log; where the fields of W3C change, another one begins."""
    most = min(options.chunk_bytes, MOST_CHUNK)
    index = start = records = 0
    final = False
    while not final:
        size = most + 1
        while True:
            view, ended = text.peek(size)
            forms, stop = _next_fields(view, context) if context.directives else (None, None)
            if stop == 0 and forms is not None:
                context = replace(context, forms=forms)
                continue
            taken, lines = context.plan.reader.cut(
                view[:stop],
                max_records=options.chunk_rows,
                max_bytes=most,
                final=ended or stop is not None,
            )
            if taken or ended:
                break
            if size > options.max_record_bytes:
                raise LimitError(
                    f"a record of more than {options.max_record_bytes} bytes starts at byte "
                    f"{start}: raise max_record_bytes if it is one"
                )
            size *= 2
        final = ended and len(text.rest) == taken
        payload = text.take(taken)
        yield Chunk(
            decoder=LogsDecoder.name,
            source=source,
            index=index,
            start=start,
            length=taken,
            records=lines,
            first_record=records + 1,
            first_line=records + 1,
            context=context,
            payload=payload,
            final=final,
        )
        if context.plan.needs_years:
            clock = context.plan.reader.advance(memoryview(payload), context.clock)
            context = replace(context, clock=clock)
        index += 1
        start += taken
        records += lines


def _next_fields(
    view: memoryview, context: LogsContext
) -> tuple[tuple[LogFormat, ...] | None, int | None]:
    """The first directive that says other fields, and where it is."""
    text = bytes(view)
    at = text.find(DIRECTIVE.encode())
    while at >= 0:
        line = text[at:].split(b"\n", 1)[0].decode("utf-8", "replace")
        forms = readable(line.rstrip("\r"))
        if (at == 0 or text[at - 1 : at] == b"\n") and forms != context.forms:
            return forms, at
        at = text.find(DIRECTIVE.encode(), at + 1)
    return None, None


@lru_cache(maxsize=16)
def _asked(log_format: str) -> LineFormat:
    """The definition of a name, what a configuration writes, or a regular expression."""
    if "(?P<" in log_format:
        return from_pattern(log_format)
    if "$" in log_format or "%" in log_format:
        return from_format_string(log_format)
    return named(log_format)


def _policy(forms: Sequence[LogFormat], options: LogsOptions) -> str:
    """What becomes of lines that have none of the forms."""
    if options.unmatched != "join" or any(MESSAGE in form.pattern.groupindex for form in forms):
        return options.unmatched
    return "reject" if forms else "message"


def _clock(source: Source, options: LogsOptions) -> Clock:
    """The day that no record is younger than."""
    if options.year is not None:
        return Clock(options.year, 12, 31)
    modified = source.identity().mtime_ns
    now = dt.datetime.now(dt.UTC)
    latest = dt.datetime.fromtimestamp(modified / 1e9, dt.UTC) if modified else now
    return Clock(latest.year, latest.month, latest.day)


def _read(chunk: Chunk) -> tuple[Lines, memoryview]:
    context: LogsContext = chunk.context
    data = memoryview(chunk.payload).cast("B")
    return context.plan.reader.read(data, context.clock), data


def _positions(chunk: Chunk, lines: Lines, options: DecodeOptions) -> Positions:
    if not options.coordinates:
        return Positions()
    assert chunk.first_line is not None
    return Positions(
        record=counted(lines.numbers, chunk.first_record),
        line=counted(lines.numbers, chunk.first_line),
        byte_offset=counted(lines.starts, chunk.start),
    )


def _skipped(lines: Lines) -> dict[str, int]:
    counts = {
        "blank": lines.blank,
        "joined to records": lines.joined,
        "directive": lines.directives,
    }
    return {reason: count for reason, count in counts.items() if count}


def _rejects(
    chunk: Chunk, lines: Lines, data: memoryview, bad: Mapping[int, BadCell]
) -> list[Reject]:
    """Lines that are no records, and records with bad values, in order."""
    assert chunk.first_line is not None
    found: list[tuple[int, int, int, str, str, str | None, int | None]] = [
        (line, start, end, error, _EXPECTED[error], None, None)
        for line, start, end, error in lines.broken
    ]
    begun = (
        sorted([*lines.starts, *(each.start for each in lines.broken), len(data)]) if bad else []
    )
    for row, cell in bad.items():
        start = lines.starts[row]
        end = begun[bisect_right(begun, start)]
        place = lines.numbers[row], start, end, "bad_value", cell.message
        found.append((*place, cell.column, cell.column_index))
    return [
        Reject(
            record=chunk.first_record + line,
            line=chunk.first_line + line,
            byte_offset=chunk.start + start,
            error_type=error,
            message=message,
            raw=bytes(data[start:end]).rstrip(b"\r\n"),
            column=column,
            column_index=index,
        )
        for line, start, end, error, message, column, index in sorted(found, key=lambda it: it[0])
    ]
