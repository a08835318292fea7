"""The decoder: lines into records, those of stack traces with the record before them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from typing import BinaryIO

import pyarrow as pa

from logflow.ingest.adapters import as_chunk_decoder
from logflow.interfaces.decoder import (
    Chunk,
    DecodedBatch,
    Malformed,
    Observation,
    Position,
)
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_logs.definition import LineFormat, formats, named
from logflow_logs.dynamic import DIRECTIVE, W3c
from logflow_logs.format_strings import from_format_string
from logflow_logs.options import LogsOptions
from logflow_logs.sniff import LOOK_LINES, best
from logflow_logs.timestamps import Clock

__all__ = ["LogsDecoder"]

MESSAGE = "message"
UNMATCHED = Malformed("expected a line of the log's format", "unmatched_line")
MOST_LINES = 10_000
"""Lines of a record."""


class LogsDecoder:
    """Reads text logs.  A ``ChunkDecoder`` around records of text."""

    name = "logs"

    def __init__(self, options: LogsOptions | None = None) -> None:
        self._options = options or LogsOptions()

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The one table."""
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of records, one after the other, so that years and stack traces are known."""
        records = _Records(self._options, _latest(source, self._options))
        return as_chunk_decoder(records, self.name).split(source, table, options)

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk's rows."""
        return as_chunk_decoder(_Records(self._options, None), self.name).observe(chunk, options)

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk."""
        adapter = as_chunk_decoder(_Records(self._options, None), self.name)
        return adapter.decode(chunk, schema, options)


def _latest(source: Source, options: LogsOptions) -> dt.date:
    """The day that no record is younger than."""
    if options.year is not None:
        return dt.date(options.year, 12, 31)
    modified = source.identity().mtime_ns
    now = dt.datetime.now(dt.UTC)
    return (dt.datetime.fromtimestamp(modified / 1e9, dt.UTC) if modified else now).date()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line: its text without the end, and where it is; *is_bad* if it is no UTF-8."""

    text: str
    position: Position
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class _Records:
    """Records of text.  A ``RecordDecoder``."""

    options: LogsOptions
    latest: dt.date | None

    def records(self, stream: BinaryIO) -> Iterator[tuple[Position, Mapping[str, str] | Malformed]]:
        """The records of *stream*, in the format that its first lines have.

        Lines of another format that is known are records of that one.
        """
        lines = _lines(stream)
        head = list(islice(lines, LOOK_LINES))
        chosen = self._chosen([line.text for line in head])
        record: _Open | None = None
        number = 0
        for line in chain(head, lines):
            if chosen.is_directive(line.text):
                continue
            fields = None if line.is_bad else chosen.fields(line.text)
            joins = fields is None and self.options.unmatched == "join" and chosen.joins(line)
            if joins and record is not None and record.add(line.text):
                continue
            if record is not None:
                number += 1
                yield record.done(number)
            if line.is_bad:
                record = _Open(line.position, None, Malformed("expected text in UTF-8", "bad_utf8"))
            elif fields is None and self.options.unmatched == "reject":
                record = _Open(line.position, None)
            else:
                record = _Open(line.position, {MESSAGE: line.text} if fields is None else fields)
        if record is not None:
            yield record.done(number + 1)

    def _chosen(self, head: Sequence[str]) -> _Chosen:
        clock = Clock(self.latest or dt.datetime.now(dt.UTC).date())
        if self.options.log_format is not None:
            return _Chosen((_asked(self.options.log_format),), clock)
        found = best(head)
        if found is None:
            return _Chosen((), clock)
        first, share = found
        others = [
            form
            for form in formats()
            if share < 1
            and form is not first
            and any(form.fields(line, clock) and not first.fields(line, clock) for line in head)
        ]
        return _Chosen((first, *others[:2]), Clock(clock.latest))


@lru_cache(maxsize=16)
def _asked(log_format: str) -> LineFormat:
    """The definition of a name, or what a configuration writes."""
    if "$" in log_format or "%" in log_format:
        return from_format_string(log_format)
    return named(log_format)


@dataclass(slots=True)
class _Chosen:
    """The formats of a file, the one that most lines have first."""

    forms: tuple[LineFormat, ...]
    clock: Clock

    def joins(self, line: _Line) -> bool:
        """Whether a line that has no format of these may belong to the record before it."""
        return bool(self.forms) and not line.is_bad

    def is_directive(self, line: str) -> bool:
        """Whether a line is none of data, but says what fields there are."""
        if not line.startswith("#") or not self.forms or self.forms[0].name != "w3c":
            return False
        if line.startswith(DIRECTIVE):
            self.forms = (W3c.of(line),)
        return True

    def fields(self, line: str) -> dict[str, str] | None:
        for form in self.forms:
            fields = form.fields(line, self.clock)
            if fields is not None:
                return fields
        return None


@dataclass(slots=True)
class _Open:
    """A record that may go on with the next line."""

    position: Position
    fields: dict[str, str] | None
    bad: Malformed = UNMATCHED
    more: list[str] = field(default_factory=list)

    def add(self, line: str) -> bool:
        """Take one more line, if there are not too many."""
        if self.fields is None or len(self.more) >= MOST_LINES:
            return False
        self.more.append(line)
        return True

    def done(self, number: int) -> tuple[Position, Mapping[str, str] | Malformed]:
        """The record as a whole."""
        position = Position(number, self.position.line, self.position.byte_offset)
        if self.fields is None:
            return position, self.bad
        if self.more:
            self.fields[MESSAGE] = "\n".join([self.fields.get(MESSAGE, ""), *self.more])
        return position, self.fields


def _lines(stream: BinaryIO) -> Iterator[_Line]:
    offset = 0
    for number, raw in enumerate(stream, 1):
        position = Position(number, number, offset)
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            yield _Line("", position, is_bad=True)
        else:
            if text:
                yield _Line(text, position)
        offset += len(raw)
