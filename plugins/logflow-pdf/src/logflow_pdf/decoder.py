"""The decoder: rows of tables, typed as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import pyarrow as pa

from logflow import TextColumn, decode_columns, observe_columns
from logflow.errors import DecodeError, OptionError
from logflow.ingest.child_process import read_in_child
from logflow.interfaces.decoder import Chunk, DecodedBatch, Observation, Positions, Reject, Skipped
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_pdf.options import PdfOptions
from logflow_pdf.pages import pages_of
from logflow_pdf.tables import PAGE, Row, rows_of

__all__ = ["PdfDecoder"]


class PdfDecoder:
    """Reads the tables of a document as one.  A ``ChunkDecoder``."""

    name = "pdf"

    def __init__(self, options: PdfOptions | None = None) -> None:
        self._options = options or PdfOptions()

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The one table, which has the rows of all."""
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of rows.

        Raises :exc:`~logflow.errors.DecodeError` for a document without tables, or that is locked
        or damaged as a whole, :exc:`~logflow.errors.OptionError` for pages that are none.
        """
        rows = rows_of(self._pages(source), self._options)
        index = 0
        while part := tuple(islice(rows, options.chunk_rows)):
            yield Chunk(
                decoder=self.name,
                source=source,
                index=index,
                start=0,
                length=0,
                records=len(part),
                first_record=part[0].record,
                first_line=None,
                payload=part,
            )
            index += 1

    def _pages(self, source: Source) -> Iterator[pa.RecordBatch]:
        pages = self._options.pages or ""
        try:
            pages_of(pages)
        except ValueError as err:
            raise OptionError(f"pages is {pages!r}, but {err}", name="pages") from None
        with source.open() as stream:
            try:
                yield from read_in_child(
                    stream,
                    "logflow_pdf.child:main",
                    self._options.edges,
                    pages,
                    crashed="the library crashed on it, which damaged and huge documents do",
                )
            except DecodeError as err:
                err.record = None
                raise

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk's rows."""
        rows = _good(chunk)
        facts = observe_columns(
            _columns(rows),
            options,
            first_record=chunk.first_record,
            records=_ordinals(chunk, rows),
        )
        rejects = sum(row.bad is not None for row in chunk.payload)
        return Observation(facts=facts, rows=len(rows), rejects=rejects)

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk as one batch."""
        rows = _good(chunk)
        typed = decode_columns(
            _columns(rows),
            schema,
            options,
            rows=len(rows),
            first_record=chunk.first_record,
            records=_ordinals(chunk, rows),
        )
        rejects = [_reject(row, *row.bad) for row in chunk.payload if row.bad]
        rejects += [
            _reject(rows[at], "bad_value", cell.message, cell.column, cell.column_index)
            for at, cell in typed.bad.items()
        ]
        batch = typed.batch
        positions = Positions(record=pa.array([row.record for row in rows], pa.int64()))
        if typed.bad:
            good = pa.array([at not in typed.bad for at in range(len(rows))])
            batch, positions = batch.filter(good), positions.filter(good)
        skipped = [row for row in chunk.payload if row.skipped]
        yield DecodedBatch(
            batch=batch,
            facts=typed.facts,
            rejects=sorted(rejects, key=lambda each: each.record),
            skipped=Counter(row.skipped for row in skipped),
            drift=typed.drift,
            positions=positions if options.coordinates else None,
            listed=[
                Skipped(reason=row.skipped, record=row.record, line=None, text=row.text)
                for row in skipped
                if row.text
            ],
        )


def _good(chunk: Chunk) -> list[Row]:
    """The rows of data that can be read."""
    return [row for row in chunk.payload if not (row.bad or row.skipped)]


def _columns(rows: Sequence[Row]) -> dict[str, TextColumn]:
    """The columns of rows, in the order in which they appear."""
    names = dict.fromkeys(name for row in rows for name in row.cells)
    return {n: TextColumn.from_values(row.cells.get(n) for row in rows) for n in names}


def _ordinals(chunk: Chunk, rows: Sequence[Row]) -> list[int]:
    return [row.record - chunk.first_record for row in rows]


def _reject(
    row: Row, error: str, message: str, column: str | None = None, index: int | None = None
) -> Reject:
    return Reject(
        record=row.record,
        line=None,
        byte_offset=None,
        error_type=error,
        message=f"page {row.cells[PAGE]}: {message}",
        raw=row.text.encode(),
        column=column,
        column_index=index,
    )
