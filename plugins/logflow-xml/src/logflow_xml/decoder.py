"""The decoder: chunks of whole elements, then a row an element, whatever is damaged beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from logflow import decode_columns, observe_columns
from logflow.errors import DecodeError, LimitError
from logflow.ingest.positions import counted
from logflow.ingest.window import Window
from logflow.interfaces.decoder import Chunk, DecodedBatch, Observation, Positions, Reject
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_ext import kernel
from logflow_ext.xml_records import Cut
from logflow_xml.options import XmlOptions
from logflow_xml.rows import Rows
from logflow_xml.structure import Structure, structure_of

__all__ = ["XmlDecoder"]

HEAD = 1 << 20
"""Bytes at the start that tell what the records are."""
OUTSIDE = "outside of records"
"""Why values are skipped that are in no record."""


@dataclass(frozen=True, slots=True)
class XmlContext:
    """Which element is the record, and whether the end of the root is missing behind the chunk."""

    element: str
    cut_off: bool


class XmlDecoder:
    """Reads documents.  A ``ChunkDecoder``."""

    name = "xml"

    def __init__(self, options: XmlOptions | None = None) -> None:
        self._options = options or XmlOptions()

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The one table."""
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of whole elements, with what stands before them.

        Raises :exc:`~logflow.errors.DecodeError` for a document type that declares something, and
        :exc:`~logflow.errors.LimitError` for an element that is too long to be kept.
        """
        index = start = records = lines = 0
        with source.open() as stream:
            text = Window(stream)
            head = bytes(text.peek(HEAD)[0])
            if not head.strip():
                return
            structure = self._structure(head)
            final = False
            while not final:
                payload, cut = _next(text, structure.element, start, options)
                size = len(payload)
                final = text.peek(1)[1] and not text.rest
                cut_off = final and not cut.inside and not structure.is_closed(payload)
                yield Chunk(
                    decoder=self.name,
                    source=source,
                    index=index,
                    start=start,
                    length=size,
                    records=cut.records + cut_off,
                    first_record=records + 1,
                    first_line=lines + 1,
                    table=table,
                    context=XmlContext(structure.element, cut_off),
                    payload=payload,
                    final=final,
                )
                index += 1
                start += size
                records += cut.records
                lines += kernel("delimited").count_lines(memoryview(payload).cast("B"), size)

    def _structure(self, head: bytes) -> Structure:
        if re.search(rb"<!DOCTYPE[^>\[]*\[", head) or b"<!ENTITY" in head:
            raise DecodeError(
                "the document has a document type (DTD) with declarations, which are not read: "
                "take it out"
            )
        found = structure_of(head)
        return replace(found, element=self._options.element or found.element)

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk's rows."""
        rows = Rows.of(_data(chunk), chunk.context.element, options)
        facts = observe_columns(
            rows.columns, options, first_record=chunk.first_record, records=rows.numbers
        )
        rejects = len(rows.broken) + chunk.context.cut_off
        return Observation(facts=facts, rows=len(rows.starts), rejects=rejects)

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk."""
        rows = Rows.of(_data(chunk), chunk.context.element, options)
        count = len(rows.starts)
        typed = decode_columns(
            rows.columns,
            schema,
            options,
            rows=count,
            first_record=chunk.first_record,
            records=rows.numbers,
        )
        batch, positions = typed.batch, _positions(chunk, rows, options)
        rejects = _rejects(chunk, rows)
        for row, cell in typed.bad.items():
            place = rows.numbers[row], rows.starts[row], rows.ends[row]
            bad = _reject(chunk, *place, "bad_value", cell.message)
            rejects.append(replace(bad, column=cell.column, column_index=cell.column_index))
        if typed.bad:
            good = pa.array([row not in typed.bad for row in range(count)])
            batch, positions = batch.filter(good), positions.filter(good)
        yield DecodedBatch(
            batch=batch,
            facts=typed.facts,
            rejects=sorted(rejects, key=lambda each: each.record),
            skipped={OUTSIDE: rows.outside} if rows.outside else {},
            covered=chunk.length,
            drift=typed.drift,
            positions=positions,
        )


def _next(text: Window, element: str, start: int, options: DecodeOptions) -> tuple[pa.Buffer, Cut]:
    """The bytes of the next chunk, which are taken, and what the kernel says of them."""
    size = options.chunk_bytes + 1
    limit = options.max_record_bytes + options.chunk_bytes
    while True:
        view, ended = text.peek(size)
        cut: Cut = kernel("xml").cut(
            view,
            name=element,
            max_records=options.chunk_rows,
            max_bytes=options.chunk_bytes,
            final=ended,
        )
        if cut.size or ended:
            return text.take(cut.size), cut
        if size > limit:
            raise LimitError(
                f"<{element}> at or behind byte {start:,} has no end within {size:,} bytes: raise "
                "max_record_bytes if it is so long, or name another element by records_path"
            )
        size *= 2


def _data(chunk: Chunk) -> memoryview:
    return memoryview(chunk.payload).cast("B")


def _positions(chunk: Chunk, rows: Rows, options: DecodeOptions) -> Positions:
    """Where the rows start, as far as that is wanted."""
    wanted = options.coordinates
    assert chunk.first_line is not None
    lines = None
    if "_line" in wanted:
        before = kernel("delimited").lines_before(_data(chunk), rows.starts)
        lines = counted(before, chunk.first_line)
    return Positions(
        record=counted(rows.numbers, chunk.first_record) if "_record" in wanted else None,
        line=lines,
        byte_offset=counted(rows.starts, chunk.start) if "_byte_offset" in wanted else None,
    )


def _rejects(chunk: Chunk, rows: Rows) -> list[Reject]:
    """Those of elements that cannot be read, and of a document that ends too early."""
    rejects = [
        _reject(chunk, each.record, each.start, each.end, each.what.error_type, each.what.message)
        for each in rows.broken
    ]
    if chunk.context.cut_off:
        message = "expected the end of the document: it is cut off"
        end = chunk.length
        rejects.append(_reject(chunk, chunk.records - 1, end, end, "cut_off", message))
    return rejects


def _reject(chunk: Chunk, record: int, start: int, end: int, error: str, message: str) -> Reject:
    assert chunk.first_line is not None
    data = _data(chunk)
    return Reject(
        record=chunk.first_record + record,
        line=chunk.first_line + int(kernel("delimited").count_lines(data, start)),
        byte_offset=chunk.start + start,
        error_type=error,
        message=message,
        raw=bytes(data[start:end]),
    )
