"""The decoder: chunks of whole records, then rows, facts and rejects of each chunk by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, count

import pyarrow as pa

from logflow import decode_columns, observe_columns
from logflow.errors import LimitError
from logflow.interfaces.decoder import Chunk, DecodedBatch, Observation
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_csv.context import CsvContext
from logflow_csv.dialect import CsvDialect, after_lines, find_dialect
from logflow_csv.footer import FOOTER_BYTES, footer_size
from logflow_csv.options import CsvOptions
from logflow_csv.rows import read_rows
from logflow_csv.table import PRIOR
from logflow_csv.text import Cut, Limits, Text

__all__ = ["CsvDecoder", "TsvDecoder"]

EXTRA = "_extra"
HEAD_BYTES = 1 << 17
MAX_CHUNK = 1 << 30
MAX_RECORD = (1 << 29) - 1
"""What fits the 32-bit positions of the kernels."""


class CsvDecoder:
    """Reads one table of records and fields.  A ``ChunkDecoder`` with ``SupportsDialect``."""

    name = "csv"
    delimiters: Sequence[str] = tuple(PRIOR)
    """What is considered where no delimiter is given; the first one where none shows."""

    def __init__(self, options: CsvOptions | None = None) -> None:
        self._options = options or CsvOptions()

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The one table."""
        return (None,)

    def dialect(self, source: Source, options: DecodeOptions) -> CsvDialect:
        """How *source* is written, by its first bytes and the options given."""
        with source.open() as stream:
            return self._look(Text(stream), options)[0]

    def _look(self, text: Text, options: DecodeOptions) -> tuple[CsvDialect, int, int]:
        """The dialect, and the bytes before the table and of its header; looks on until there is
        a record."""
        size = HEAD_BYTES
        while True:
            view, complete = text.peek(size)
            head = bytes(view)
            last_look = complete or size >= options.max_record_bytes
            found = find_dialect(
                head,
                self._options,
                complete=last_look,
                delimiters=self.delimiters,
                max_columns=options.max_columns,
            )
            if found is not None and (found.columns or complete):
                preamble = after_lines(head, found.skip_lines)
                header = after_lines(head, found.skip_lines + found.header_lines) - preamble
                return found, preamble, header
            if last_look:
                raise LimitError(f"the first {size} bytes have no record: a table starts earlier")
            size *= 2

    def _footer(self, text: Text, dialect: CsvDialect, top: int, limits: Limits) -> int | None:
        """How many bytes of lines follow the table; ``None`` while its end is not in sight."""
        rest, ended = text.peek(limits.window + FOOTER_BYTES)
        if not ended:
            return None
        start = max(top, len(rest) - FOOTER_BYTES)
        return footer_size(
            bytes(rest[start:]),
            dialect.syntax,
            dialect.columns,
            self._options.skip_footer,
            whole=start == top,
        )

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """At least one chunk; preamble and header are at the start of the first."""
        limits = Limits(
            options.chunk_rows,
            min(options.chunk_bytes, MAX_CHUNK),
            min(options.max_record_bytes, MAX_RECORD),
        )
        with source.open() as stream:
            text = Text(stream)
            dialect, preamble, header = self._look(text, options)
            footer: int | None = None
            done, index, final = Cut(), 0, False
            while not final:
                if footer is None:
                    footer = self._footer(text, dialect, preamble + header, limits)
                cut = text.cut(preamble, dialect.syntax, limits, footer)
                context = CsvContext(
                    syntax=dialect.syntax,
                    max_record_bytes=limits.record_bytes,
                    columns=dialect.columns,
                    names=dialect.names,
                    written=dialect.written,
                    pad=self._options.ragged != "reject",
                    extra=_extra(dialect.names) if self._options.ragged == "extra" else None,
                    lazy_quotes=self._options.lazy_quotes,
                    preamble=min(preamble, cut.size),
                    header=min(header, max(0, cut.size - preamble)),
                    footer=text.in_footer(cut.size, footer) if footer else 0,
                )
                payload = text.take(cut.size)
                final = text.peek(0)[1]
                yield Chunk(
                    decoder=self.name,
                    source=source,
                    index=index,
                    start=done.size,
                    length=cut.size,
                    records=cut.records,
                    first_record=done.records + 1,
                    first_line=done.lines + 1,
                    context=context,
                    payload=payload,
                    final=final,
                    doubt=dialect.doubt,
                )
                preamble -= context.preamble
                header -= context.header
                footer = footer and footer - context.footer
                done += cut
                index += 1

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk's rows."""
        rows = read_rows(chunk, typed=not options.all_text)
        options = _with_extra(options, rows.context)
        facts = observe_columns(
            rows.columns(), options, first_record=rows.first_record, records=rows.records
        )
        return Observation(facts=facts, rows=len(rows), rejects=len(rows.bad))

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk as one batch."""
        rows = read_rows(chunk, typed=not options.all_text)
        options = _with_extra(options, rows.context)
        typed = decode_columns(
            rows.columns(),
            schema,
            options,
            rows=len(rows),
            first_record=rows.first_record,
            records=rows.records,
        )
        batch, positions = typed.batch, rows.positions(options.coordinates)
        if typed.bad:
            good = _all_but(typed.bad, len(rows))
            batch, positions = batch.filter(good), positions.filter(good)
        names = rows.context.all_names
        bad = [
            *rows.bad,
            *(
                rows.bad_row(row, "bad_value", cell.message, names.index(cell.column))
                for row, cell in typed.bad.items()
            ),
        ]
        yield DecodedBatch(
            batch=batch,
            facts=typed.facts,
            rejects=rows.rejects(bad),
            skipped=rows.skipped,
            covered=rows.covered,
            drift=typed.drift,
            noted=rows.noted(bad),
            positions=positions,
            listed=rows.listed,
        )


def _all_but(rows: Iterable[int], count: int) -> pa.Array:
    """A mask of *count* rows that leaves some out; made of bits, not of a list for each row."""
    bits = bytearray(b"\xff" * ((count + 7) // 8))
    for row in rows:
        bits[row // 8] &= ~(1 << row % 8)
    return pa.Array.from_buffers(pa.bool_(), count, [None, pa.py_buffer(bits)])


def _extra(names: Sequence[str]) -> str:
    """A name for the column of what is too much that no other column has."""
    numbered = (f"{EXTRA}_{n}" for n in count(2))
    return next(name for name in chain([EXTRA], numbered) if name not in names)


def _with_extra(options: DecodeOptions, context: CsvContext) -> DecodeOptions:
    """What is too much is text, whatever it looks like."""
    if context.extra is None:
        return options
    return replace(options, columns={context.extra: "string", **(options.columns or {})})


class TsvDecoder(CsvDecoder):
    """The same with a tab between fields, unless another delimiter is given."""

    name = "tsv"
    delimiters = ("\t",)
